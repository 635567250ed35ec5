//! The decision table, and what the wrappers make of it.

mod outage;
mod retry;
mod throttle;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use otpost::async_trait;
use otpost::clock::{Timer, TokioTimer};
use otpost::provider::{
    CircuitBreaker, CircuitBreakerState, Decision, Duplicates, Failover, Fate, Provider, Receipt,
    Retry, SendError, SendErrorKind,
};
use otpost::testing::RecordingProvider;
use otpost::{Message, PhoneNumber};

use SendErrorKind::{
    Blocked, Content, InvalidRecipient, Misconfigured, NoCredit, Regulatory, Throttled, Transport,
    Unauthorized, Unavailable, Unknown,
};

const KINDS: [SendErrorKind; 11] = [
    Blocked,
    Content,
    InvalidRecipient,
    Misconfigured,
    NoCredit,
    Regulatory,
    Throttled,
    Transport,
    Unauthorized,
    Unavailable,
    Unknown,
];

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

fn error(kind: SendErrorKind, fate: Fate) -> SendError {
    SendError::new(kind, fate)
}

/// Fails as it is told, takes its time, and counts what it was asked.
#[derive(Clone, Debug)]
struct Failing {
    kind: SendErrorKind,
    fate: Fate,
    takes: Duration,
    sends: Arc<AtomicUsize>,
    retry_after: Option<Duration>,
    deduplicated: bool,
}

impl Failing {
    fn new(kind: SendErrorKind, fate: Fate) -> Self {
        let (takes, sends) = (Duration::ZERO, Arc::default());
        Self { kind, fate, takes, sends, retry_after: None, deduplicated: false }
    }

    fn taking(mut self, time: Duration) -> Self {
        self.takes = time;
        self
    }

    fn sends(&self) -> usize {
        self.sends.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Provider for Failing {
    fn name(&self) -> &str {
        "failing"
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        self.sends.fetch_add(1, Ordering::SeqCst);
        if !self.takes.is_zero() {
            tokio::time::sleep(self.takes).await;
        }
        let error = error(self.kind, self.fate).with_deduplicated(self.deduplicated);
        Err(match self.retry_after {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        })
    }
}

#[test]
fn the_guide_prints_the_table_that_is_used() {
    let guide = include_str!("../../../src/guide/delivery.md");
    let mut seen = 0;
    for line in guide.lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, fate, kinds, here @ ("yes" | "no"), next @ ("yes" | "no"), _] = cells[..] else {
            continue;
        };
        let fate = match fate {
            "NotSent" => Fate::NotSent,
            "Refused" => Fate::Refused,
            "Unknown" => Fate::Unknown,
            other => panic!("{other}"),
        };
        for kind in KINDS
            .into_iter()
            .filter(|kind| kinds == "all" || kinds.split(", ").any(|k| k == format!("{kind:?}")))
        {
            let decision = Decision::on(&error(kind, fate), Duplicates::Avoid);
            assert_eq!(decision.retry_here, here == "yes", "{fate:?} {kind:?}");
            assert_eq!(decision.next_provider, next == "yes", "{fate:?} {kind:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 33, "each fate and kind stands in the table once");
    for kind in KINDS {
        let known = error(kind, Fate::Unknown).with_deduplicated(true);
        let decision = Decision::on(&known, Duplicates::Avoid);
        assert_eq!((decision.retry_here, decision.next_provider), (true, false));
        let decision = Decision::on(&error(kind, Fate::Unknown), Duplicates::Tolerate);
        assert_eq!((decision.retry_here, decision.next_provider), (true, true));
        // What is certain is not changed by a tolerance for duplicates.
        for fate in [Fate::NotSent, Fate::Refused] {
            let (avoid, tolerate) = (Duplicates::Avoid, Duplicates::Tolerate);
            assert_eq!(
                Decision::on(&error(kind, fate), avoid),
                Decision::on(&error(kind, fate), tolerate)
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_sent_is_sent_once_over_all_gateways() {
    for kind in KINDS {
        let first = Failing::new(kind, Fate::Unknown);
        let second = RecordingProvider::new();
        let provider =
            Failover::new(Retry::new(first.clone())).with_fallback(Retry::new(second.clone()));
        for _ in 0..100 {
            let error = provider.send(&message()).await.unwrap_err();
            assert_eq!((error.fate(), error.attempts().len()), (Fate::Unknown, 1));
        }
        assert_eq!((first.sends(), second.messages().len()), (100, 0), "{kind:?}");
    }
    // Who tolerates duplicates gets them, and still learns that the first may have been sent.
    let first = Failing::new(Transport, Fate::Unknown);
    let second = Failing::new(Transport, Fate::NotSent);
    let provider = Failover::new(Retry::new(first.clone()).with_duplicates(Duplicates::Tolerate))
        .with_fallback(Retry::new(second.clone()))
        .with_duplicates(Duplicates::Tolerate);
    let error = provider.send(&message()).await.unwrap_err();
    assert_eq!((first.sends(), second.sends(), error.attempts().len()), (3, 3, 6));
    assert_eq!(
        error.fate(),
        Fate::Unknown,
        "the last one was not sent, and the first ones may have been"
    );
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_deduplicates_is_asked_again_and_no_other() {
    let first = Failing { deduplicated: true, ..Failing::new(Transport, Fate::Unknown) };
    let second = RecordingProvider::new();
    let provider = Failover::new(Retry::new(first.clone())).with_fallback(second.clone());
    let error = provider.send(&message()).await.unwrap_err();
    assert_eq!((first.sends(), second.messages().len(), error.fate()), (3, 0, Fate::Unknown));
    assert!(!error.is_deduplicated(), "around a row of gateways it must not be sent again");
    // Also where the later tries say that nothing was sent: the first may have been.
    let gateway = RecordingProvider::new();
    gateway.fail_next(self::error(Transport, Fate::Unknown).with_deduplicated(true));
    gateway.fail_next(self::error(Unauthorized, Fate::Refused).with_deduplicated(true));
    let error = Retry::new(gateway.clone()).send(&message()).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (Unauthorized, Fate::Unknown));
    assert!(gateway.messages().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_goes_on_and_arrives_once() {
    for kind in KINDS {
        for fate in [Fate::NotSent, Fate::Refused] {
            let (first, second) = (Failing::new(kind, fate), RecordingProvider::new());
            let provider =
                Failover::new(Retry::new(first.clone())).with_fallback(Retry::new(second.clone()));
            let sent = provider.send(&message()).await;
            let decision = Decision::on(&error(kind, fate), Duplicates::Avoid);
            assert_eq!(sent.is_ok(), decision.next_provider, "{kind:?}");
            assert_eq!(second.messages().len(), usize::from(decision.next_provider));
            assert_eq!(first.sends(), if decision.retry_here { 3 } else { 1 });
            let trail = match &sent {
                Ok(receipt) => receipt.attempts(),
                Err(error) => error.attempts(),
            };
            assert_eq!(trail.len(), first.sends());
            assert!(
                trail.iter().all(|failed| failed.kind == kind && &*failed.provider == "failing")
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn deadlines_end_a_send_that_does_not_end_itself() {
    let timer = TokioTimer::new();
    let hour = Duration::from_secs(3_600);
    let stuck = Failing::new(Transport, Fate::NotSent).taking(hour);
    let second = RecordingProvider::new();
    let provider = Failover::new(Retry::new(stuck.clone())).with_fallback(second.clone());
    let begin = timer.elapsed();
    let error = provider.send(&message()).await.unwrap_err();
    let took = timer.elapsed() - begin;
    // 30 s of the retry's own; what was given up may have been sent, so nobody else is asked.
    assert_eq!((error.fate(), second.messages().len()), (Fate::Unknown, 0));
    assert!(took >= Duration::from_secs(30) && took < Duration::from_millis(30_050), "{took:?}");
    // A code that lives no longer than that ends it earlier.
    let short = message().with_lifetime(Duration::from_secs(7));
    let begin = timer.elapsed();
    provider.send(&short).await.unwrap_err();
    assert!(timer.elapsed() - begin < Duration::from_millis(7_050));
}

#[tokio::test(start_paused = true)]
async fn circuits_open_and_one_message_finds_out() {
    let timer = TokioTimer::new();
    let down = Failing::new(Transport, Fate::NotSent).taking(Duration::from_millis(100));
    let circuit = Arc::new(CircuitBreaker::new(down.clone()));
    for _ in 0..5 {
        assert_eq!(circuit.state(), CircuitBreakerState::Closed);
        circuit.send(&message()).await.unwrap_err();
    }
    assert_eq!(circuit.state(), CircuitBreakerState::Open);
    let begin = timer.elapsed();
    for _ in 0..1_000 {
        let error = circuit.send(&message()).await.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (Unavailable, Fate::NotSent));
        assert!(error.retry_after().unwrap() <= Duration::from_secs(30));
    }
    assert_eq!((down.sends(), timer.elapsed()), (5, begin), "nobody is asked, and nobody waits");

    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(circuit.state(), CircuitBreakerState::HalfOpen);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let circuit = circuit.clone();
        asking.spawn(async move { circuit.send(&message()).await.unwrap_err().kind() });
    }
    let kinds = asking.join_all().await;
    assert_eq!(
        kinds.iter().filter(|kind| **kind == Transport).count(),
        1,
        "one of a thousand probes"
    );
    assert_eq!((down.sends(), circuit.state()), (6, CircuitBreakerState::Open));

    // A probe that nobody waits for gives its place back, and one that succeeds closes the circuit.
    tokio::time::sleep(Duration::from_secs(30)).await;
    let dropped = tokio::time::timeout(Duration::from_millis(50), circuit.send(&message())).await;
    assert!(dropped.is_err() && circuit.state() == CircuitBreakerState::HalfOpen);
    let recovering = RecordingProvider::new();
    let circuit = CircuitBreaker::new(recovering.clone())
        .with_failures(2)
        .with_open_duration(Duration::from_secs(1));
    for _ in 0..2 {
        recovering.fail_next(error(Transport, Fate::Unknown));
        circuit.send(&message()).await.unwrap_err();
    }
    assert_eq!(circuit.state(), CircuitBreakerState::Open);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(circuit.send(&message()).await.is_ok());
    assert_eq!(circuit.state(), CircuitBreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn circuits_open_on_half_of_the_last_twenty() {
    let gateway = RecordingProvider::new();
    let circuit = CircuitBreaker::new(gateway.clone());
    let alternate = async |count: usize, pause: Duration| {
        for at in 0..count {
            if at % 2 == 0 {
                gateway.fail_next(self::error(Unavailable, Fate::NotSent));
            }
            let _ = circuit.send(&message()).await;
            tokio::time::sleep(pause).await;
        }
    };
    alternate(19, Duration::from_millis(10)).await;
    assert_eq!(circuit.state(), CircuitBreakerState::Closed, "nineteen are too few to tell");
    alternate(1, Duration::from_millis(10)).await;
    assert_eq!(circuit.state(), CircuitBreakerState::Open);

    // The same failures, spread over more than ten seconds, are none of an outage.
    let gateway = RecordingProvider::new();
    let slow = CircuitBreaker::new(gateway.clone());
    for at in 0..100 {
        if at % 2 == 0 {
            gateway.fail_next(self::error(Unavailable, Fate::NotSent));
        }
        let _ = slow.send(&message()).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    assert_eq!(slow.state(), CircuitBreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_fault_of_the_gateway_opens_no_circuit() {
    for (kind, fate) in [
        (InvalidRecipient, Fate::Refused),
        (NoCredit, Fate::Refused),
        (Throttled, Fate::NotSent),
        (Misconfigured, Fate::NotSent),
    ] {
        let gateway = Failing::new(kind, fate);
        let circuit = CircuitBreaker::new(gateway.clone());
        for _ in 0..100 {
            circuit.send(&message()).await.unwrap_err();
        }
        assert_eq!(
            (circuit.state(), gateway.sends()),
            (CircuitBreakerState::Closed, 100),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn of_all_statuses_three_are_tried_again() {
    use otpost::testing::ScriptedTransport;
    for status in 100..=999 {
        let transport = ScriptedTransport::new().answer(status, "");
        let gateway = otpost::gateways::link_mobility("u", "p").build_with(transport).unwrap();
        let error = gateway.send(&message()).await.unwrap_err();
        let decision = Decision::on(&error, Duplicates::Avoid);
        assert_eq!(decision.retry_here, [408, 425, 429].contains(&status), "{status}: {error}");
        // What may have been taken goes nowhere else; what was refused for this account may.
        let is_open = matches!(status, 100..=304 | 500..=999);
        assert_eq!(decision.next_provider, !is_open, "{status}: {error}");
        assert_eq!(error.fate() == Fate::Unknown, is_open, "{status}: {error}");
    }
}
