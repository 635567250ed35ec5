//! Challenges, and the events that an observer gets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use otpost::challenge::{
    Challenges, ChallengesBuilder, Client, Event, EventKind, Limits, Pepper, Step,
};
use otpost::provider::{Fate, Provider, Receipt, Retry, SendError, SendErrorKind, Stage};
use otpost::store::{MemoryStore, StoreError, StoreErrorKind};
use otpost::testing::RecordingProvider;
use otpost::{Message, PhoneNumber, async_trait};

use super::{Capture, all, check, names, only};
use crate::challenges::LOGIN;
use crate::hooked::{Call, Hook, Hooked};

fn builder() -> ChallengesBuilder {
    Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .store(MemoryStore::new())
        .regions(["CH"])
        .limits(Limits::none())
}

fn swiss() -> PhoneNumber {
    PhoneNumber::parse("+41791234567").unwrap()
}

fn code(phone: &RecordingProvider) -> String {
    phone.messages().last().unwrap().code().unwrap().expose().to_owned()
}

#[tokio::test]
async fn telemetry_of_a_challenge_that_is_issued_and_verified() {
    let capture = Capture::start();
    let phone = RecordingProvider::new();
    let challenges = builder().provider(phone.clone()).build().unwrap();
    let challenge = challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
    let id = challenge.id().to_string();
    let seen = capture.take();
    // The provider is one of the application, and its send has a span nevertheless.
    assert_eq!(names(&seen), ["otpost.issue", "otpost.send", "otpost.sent"]);
    check(
        &seen[0],
        &[("purpose", "login"), ("region", "CH"), ("result", "accepted"), ("challenge", &id)],
    );
    assert_eq!(seen[1].within, ["otpost.issue"]);
    assert_eq!(seen[1].get("provider"), "recording");

    let wrong = if code(&phone) == "000000" { "000001" } else { "000000" };
    for (typed, verdict) in [("x", "malformed"), (wrong, "wrong")] {
        let _ = challenges.verify(challenge.token(), LOGIN, typed).await.unwrap();
        let fields = [("purpose", "login"), ("verdict", verdict)];
        check(only(&capture.take(), "otpost.verify"), &fields);
    }
    let _ = challenges.verify(challenge.token(), LOGIN, &code(&phone)).await.unwrap();
    let seen = capture.take();
    let fields = [("purpose", "login"), ("verdict", "accepted"), ("challenge", id.as_str())];
    check(only(&seen, "otpost.verify"), &fields);
    let _ = challenges.verify(challenge.token(), LOGIN, &code(&phone)).await.unwrap();
    let fields = [("purpose", "login"), ("verdict", "gone")];
    check(only(&capture.take(), "otpost.verify"), &fields);
}

#[tokio::test]
async fn telemetry_of_a_challenge_that_is_refused_and_sent_again() {
    let capture = Capture::start();
    let phone = RecordingProvider::new();
    let challenges = builder().provider(phone.clone()).build().unwrap();
    let french = PhoneNumber::parse("+33612345678").unwrap();
    let _ = challenges.issue(&french, LOGIN, Client::Internal).await.unwrap_err();
    let refused = [
        ("purpose", "login"),
        ("region", "FR"),
        ("result", "region"),
        ("otel.status_code", "ERROR"),
    ];
    check(only(&capture.take(), "otpost.issue"), &refused);

    let challenge = challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
    capture.take();
    let again = challenges.resend(challenge.token(), LOGIN, Client::Internal).await;
    assert!(again.is_err());
    let fields = [("purpose", "login"), ("result", "cooldown"), ("otel.status_code", "ERROR")];
    check(only(&capture.take(), "otpost.resend"), &fields);

    phone.fail_next(SendError::new(SendErrorKind::NoCredit, Fate::Refused));
    let german = PhoneNumber::parse("+41791234568").unwrap();
    challenges.issue(&german, LOGIN, Client::Internal).await.unwrap_err();
    let seen = capture.take();
    assert_eq!(only(&seen, "otpost.issue").get("result"), "send");
    assert_eq!(only(&seen, "otpost.send_failed").within, ["otpost.issue", "otpost.send"]);
}

/// Keeps the store from everything.
#[derive(Debug)]
pub(super) struct Down;

#[async_trait]
impl Hook for Down {
    async fn before(&self, _: Call<'_>) -> Result<(), StoreError> {
        Err(StoreError::new(StoreErrorKind::Unavailable))
    }
}

#[tokio::test]
async fn telemetry_of_a_store_that_fails() {
    let capture = Capture::start();
    let store = Hooked::new(MemoryStore::new(), Down);
    let challenges = builder().store(store).provider(RecordingProvider::new()).build().unwrap();
    challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap_err();
    let seen = capture.take();
    let failed = only(&seen, "otpost.store_failed");
    assert_eq!((failed.get("purpose"), failed.get("error.type")), ("login", "unavailable"));
    assert_eq!(failed.within, ["otpost.issue"]);
    assert_eq!(only(&seen, "otpost.issue").get("result"), "unavailable");
}

/// What an observer needs to know of a message.
type Told = Arc<Mutex<Vec<(String, String)>>>;

fn listen(builder: ChallengesBuilder, told: &Told) -> ChallengesBuilder {
    let told = told.clone();
    builder.observer(move |event: &Event<'_>| {
        let text = match event.kind() {
            EventKind::Sent { provider, message_id, segments, duration, .. } => {
                assert!(duration < Duration::from_secs(60));
                format!("{provider} {:?} {segments}", message_id.map(|id| id.expose().to_owned()))
            }
            EventKind::SendFailed {
                provider, kind, fate, stage, gateway_code, gateway_words, segments, ..
            } => format!(
                "{provider} {kind:?} {fate:?} {stage:?} {gateway_code:?} {gateway_words:?} {segments}"
            ),
            _ => return,
        };
        told.lock().unwrap().push((text, format!("{event:?}")));
    })
}

/// Accepts with an identity that holds the number, as some gateways do.
#[derive(Debug)]
struct Talkative;

#[async_trait]
impl Provider for Talkative {
    fn name(&self) -> &str {
        "talkative"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        Ok(Receipt::new("talkative").with_message_id(format!("{}-1", message.to().plain())))
    }
}

fn failure() -> SendError {
    SendError::new(SendErrorKind::Blocked, Fate::Refused)
        .with_stage(Stage::Headers)
        .with_gateway_code("17")
        .with_gateway_words("*** is blocked")
}

const FAILED: &str =
    "recording Blocked Refused Some(Headers) Some(\"17\") Some(\"*** is blocked\") 1";

#[tokio::test]
async fn telemetry_of_observers_carries_what_was_sent() {
    let told = Told::default();
    let challenges = listen(builder().provider(Talkative), &told).build().unwrap();
    challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
    let phone = RecordingProvider::new();
    phone.fail_next(failure());
    let failing = listen(builder().provider(Retry::new(phone)), &told).build().unwrap();
    failing.issue(&swiss(), LOGIN, Client::Internal).await.unwrap_err();
    let told = told.lock().unwrap();
    assert_eq!(told[0].0, "talkative Some(\"41791234567-1\") 1");
    assert_eq!(told[1].0, FAILED);
    for (_, debug) in told.iter() {
        assert!(!debug.contains("1791234567"), "{debug}");
    }
}

#[tokio::test]
async fn telemetry_of_a_worker_is_that_of_any_send() {
    let capture = Capture::start();
    let (told, phone) = (Told::default(), RecordingProvider::new());
    let builder = builder().provider(phone.clone()).outbox(MemoryStore::new());
    let challenges = listen(builder, &told).build().unwrap();
    let worker = challenges.worker().unwrap();
    let challenge = challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
    assert_eq!(only(&capture.take(), "otpost.issue").get("result"), "queued");
    assert_eq!(worker.step().await.unwrap(), Step::Sent);
    let seen = capture.take();
    assert_eq!(names(&seen), ["otpost.send", "otpost.sent", "otpost.worker_step"]);
    let id = challenge.id().to_string();
    check(&seen[2], &[("step", "sent"), ("is_repeated", "false"), ("challenge", &id)]);

    phone.fail_next(failure());
    let other = PhoneNumber::parse("+41791234568").unwrap();
    challenges.issue(&other, LOGIN, Client::Internal).await.unwrap();
    capture.take();
    assert_eq!(worker.step().await.unwrap(), Step::Dropped);
    let seen = capture.take();
    assert_eq!(only(&seen, "otpost.send_failed").get("gateway_code"), "17");
    assert_eq!(only(&seen, "otpost.worker_step").get("step"), "dropped");
    assert_eq!(worker.step().await.unwrap(), Step::Idle);
    assert!(all(&capture.take(), "otpost.worker_step").is_empty());

    let id = phone.messages()[0].id().as_str().to_owned();
    let told = told.lock().unwrap();
    let texts: Vec<_> = told.iter().map(|(text, _)| text.clone()).collect();
    assert_eq!(texts, [format!("recording {:?} 1", Some(id)), FAILED.to_owned()]);
}

#[test]
fn telemetry_of_the_rules_of_regions() {
    let capture = Capture::start();
    let build = |builder: ChallengesBuilder| {
        builder.provider(RecordingProvider::new()).build().unwrap();
        capture.take()
    };
    assert_eq!(names(&build(builder().regions(["CH"]))), [""; 0]);
    let seen = build(builder().regions(["SG", "CH", "US"]));
    assert_eq!(names(&seen), ["otpost.region_rules"; 2]);
    let rules = "names_registered,generic_names,bank";
    check(&seen[0], &[("region", "SG"), ("rules", rules)]);
    check(&seen[1], &[("region", "US"), ("rules", "names_refused,reports")]);
    assert_eq!(names(&build(builder().regions(["SG"]).without_region_warnings(["SG"]))), [""; 0]);
    // An application for the whole world gets one line in place of hundreds.
    let seen = build(builder().any_region());
    assert_eq!(names(&seen), ["otpost.many_region_rules"]);
    let count = seen[0].get("regions").parse::<usize>().unwrap();
    assert!((100..230).contains(&count), "{count}");
}
