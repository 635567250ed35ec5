//! Reports of the messages of challenges: they are told, and change nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use otpost::challenge::{Challenges, Client, Event, EventKind, Limits, Pepper, Purpose, Verdict};
use otpost::provider::{Provider, Receipt, SendError};
use otpost::report::{DeliveryReport, ReportStatus};
use otpost::store::MemoryStore;
use otpost::testing::{ManualClock, RecordingProvider};
use otpost::{Message, PhoneNumber, async_trait};

const LOGIN: Purpose<'static> = Purpose::new("login");

struct Reported {
    clock: ManualClock,
    phone: RecordingProvider,
    challenges: Challenges,
    events: Arc<Mutex<Vec<String>>>,
}

fn reported(provider: impl Provider, phone: RecordingProvider) -> Reported {
    let clock = ManualClock::at(1_700_000_000);
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = events.clone();
    let observer = move |event: &Event<'_>| {
        if let EventKind::Reported { provider, status, gateway_code, elapsed, .. } = event.kind() {
            let region = event.region().map(|region| region.to_string());
            assert!(event.masked().is_none() && event.id().is_some());
            heard.lock().unwrap().push(format!(
                "{} {provider} {status} {gateway_code:?} {region:?} {}",
                event.purpose().as_str(),
                elapsed.as_secs()
            ));
        }
    };
    let store = MemoryStore::new().with_clock(clock.clone());
    let challenges = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(provider)
        .store(store.clone())
        .delivery_log(store)
        .clock(clock.clone())
        .regions(["CH"])
        .limits(Limits::none())
        .observer(observer)
        .build()
        .unwrap();
    Reported { clock, phone, challenges, events }
}

fn world() -> Reported {
    let phone = RecordingProvider::new();
    reported(phone.clone(), phone)
}

fn swiss() -> PhoneNumber {
    PhoneNumber::parse("+41791234567").unwrap()
}

fn report(id: &str, status: ReportStatus) -> DeliveryReport {
    DeliveryReport::new("recording", status).with_message_id(id)
}

#[tokio::test]
async fn reports_are_matched_told_and_counted() {
    let Reported { clock, phone, challenges, events } = world();
    let challenge = challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
    let state = async || challenges.delivery_state(challenge.id()).await.unwrap().unwrap().status();
    assert_eq!(state().await, None);
    let id = phone.messages()[0].id().as_str().to_owned();
    clock.advance(Duration::from_secs(3));
    assert_eq!(
        challenges.on_report(&report(&id, ReportStatus::Pending)).await.unwrap(),
        Some(*challenge.id())
    );
    clock.advance(Duration::from_secs(2));
    let delivered = report(&id, ReportStatus::Delivered).with_gateway_code("0");
    assert_eq!(challenges.on_report(&delivered).await.unwrap(), Some(*challenge.id()));
    // Twice, late, of another message, of another provider.
    assert_eq!(challenges.on_report(&delivered).await.unwrap(), None);
    assert_eq!(
        challenges.on_report(&report(&id, ReportStatus::Undeliverable)).await.unwrap(),
        None
    );
    assert_eq!(challenges.on_report(&report("x", ReportStatus::Delivered)).await.unwrap(), None);
    let other = DeliveryReport::new("other", ReportStatus::Delivered).with_message_id(id.as_str());
    assert_eq!(challenges.on_report(&other).await.unwrap(), None);
    assert_eq!(state().await, Some(ReportStatus::Delivered));
    assert_eq!(
        *events.lock().unwrap(),
        [
            "login recording pending None Some(\"CH\") 3",
            "login recording delivered Some(\"0\") Some(\"CH\") 5",
        ]
    );
    let stats = challenges.stats();
    let conversion = stats.regions.values().next().unwrap();
    assert_eq!((conversion.sent, conversion.delivered, conversion.undelivered), (1, 1, 0));
}

#[tokio::test]
async fn a_report_verifies_nothing_and_lifts_no_limit() {
    let Reported { clock, phone, challenges, .. } = world();
    let challenge = challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
    let (token, id) = (challenge.token(), phone.messages()[0].id().as_str().to_owned());
    for _ in 0..4 {
        let verdict = challenges.verify(token, LOGIN, "000000").await.unwrap();
        assert!(matches!(verdict, Verdict::Wrong { .. }), "{verdict:?}");
    }
    let statuses = [
        ReportStatus::Undeliverable,
        ReportStatus::Expired,
        ReportStatus::Delivered,
        ReportStatus::Rejected,
    ];
    for status in statuses {
        challenges.on_report(&report(&id, status)).await.unwrap();
        // No message is sent again, and the cooldown goes on.
        assert_eq!(phone.messages().len(), 1);
        let error = challenges.resend(token, LOGIN, Client::Internal).await.unwrap_err();
        assert_eq!(error.kind().as_str(), "cooldown");
    }
    // The attempts and the lifetime are what they were.
    let verdict = challenges.verify(token, LOGIN, "000000").await.unwrap();
    assert!(!matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    let code = phone.messages()[0].code().unwrap().expose().to_owned();
    let verdict = challenges.verify(token, LOGIN, &code).await.unwrap();
    assert!(matches!(verdict, Verdict::Gone), "{verdict:?}");

    clock.advance(Duration::from_secs(60));
    let challenge = challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
    let message = phone.messages()[1].clone();
    clock.advance(challenges.policy().lifetime() - Duration::from_secs(1));
    let delivered = report(message.id().as_str(), ReportStatus::Delivered);
    challenges.on_report(&delivered).await.unwrap();
    clock.advance(Duration::from_secs(2));
    let code = message.code().unwrap().expose().to_owned();
    let verdict = challenges.verify(challenge.token(), LOGIN, &code).await.unwrap();
    assert!(matches!(verdict, Verdict::Gone), "{verdict:?}");
}

/// A gateway whose report arrives before its answer.
#[derive(Debug)]
struct Fast(Arc<Mutex<Option<Challenges>>>, RecordingProvider);

#[async_trait]
impl Provider for Fast {
    fn name(&self) -> &str {
        "recording"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let challenges = self.0.lock().unwrap().clone().unwrap();
        let early = report(message.id().as_str(), ReportStatus::Delivered);
        assert_eq!(challenges.on_report(&early).await.unwrap(), None);
        self.1.send(message).await
    }
}

#[tokio::test]
async fn a_report_before_the_answer_is_not_lost() {
    let (slot, phone) = (Arc::default(), RecordingProvider::new());
    let Reported { challenges, events, .. } =
        reported(Fast(Arc::clone(&slot), phone.clone()), phone);
    *slot.lock().unwrap() = Some(challenges.clone());
    let challenge = challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
    let state = challenges.delivery_state(challenge.id()).await.unwrap().unwrap();
    assert_eq!(state.status(), Some(ReportStatus::Delivered));
    assert_eq!(*events.lock().unwrap(), ["login recording delivered None Some(\"CH\") 0"]);
    slot.lock().unwrap().take();
}

#[tokio::test]
async fn decoys_have_a_state_without_reports() {
    let Reported { challenges, events, .. } = world();
    let decoy = challenges.issue(&swiss(), LOGIN, Client::Internal).decoy(true).await.unwrap();
    assert_eq!(challenges.delivery_state(decoy.id()).await.unwrap().unwrap().status(), None);
    assert!(events.lock().unwrap().is_empty());
}

#[tokio::test]
async fn without_a_log_nothing_is_kept() {
    let phone = RecordingProvider::new();
    let challenges = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(phone.clone())
        .store(MemoryStore::new())
        .regions(["CH"])
        .build()
        .unwrap();
    let challenge = challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
    let id = phone.messages()[0].id().as_str().to_owned();
    assert_eq!(challenges.on_report(&report(&id, ReportStatus::Delivered)).await.unwrap(), None);
    assert!(challenges.delivery_state(challenge.id()).await.unwrap().is_none());
}
