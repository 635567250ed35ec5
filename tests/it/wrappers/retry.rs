//! How often, how long and how evenly is waited.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use otpost::async_trait;
use otpost::clock::Timer;
use otpost::provider::{Fate, Provider, Receipt, Retry, SendError, SendErrorKind};
use otpost::testing::{ManualClock, RecordingProvider, ScriptedTransport};
use otpost::transport::Response;
use otpost::{Message, gateways};

use super::{Failing, error, message};
use crate::scale::cases;

/// A timer that does not wait, and remembers for how long it should have.
#[derive(Clone, Debug, Default)]
struct Waits(Arc<Mutex<Vec<Duration>>>);

impl Waits {
    fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl Timer for Waits {
    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().iter().sum()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.lock().unwrap().push(duration);
    }
}

/// The distance between what was drawn and the uniform distribution up to the bound (Kolmogorov and Smirnov), times the
/// root of the count: above 1.95 one in a thousand would be by chance.
fn distance(mut drawn: Vec<Duration>, bound: Duration) -> f64 {
    drawn.sort();
    let count = drawn.len() as f64;
    let worst = drawn.iter().enumerate().map(|(at, wait)| {
        let expected = wait.as_secs_f64() / bound.as_secs_f64();
        (expected - at as f64 / count).abs().max((expected - (at + 1) as f64 / count).abs())
    });
    worst.fold(0.0, f64::max) * count.sqrt()
}

#[tokio::test]
async fn waits_are_spread_evenly_below_a_bound_that_doubles() {
    let runs = cases("OTPOST_RUNS", 10_000, 100_000);
    for (kind, bases) in [
        (SendErrorKind::Transport, [50, 100]),
        (SendErrorKind::Throttled, [1_000, 2_000]),
        (SendErrorKind::Unavailable, [1_000, 2_000]),
    ] {
        let mut waits = [Vec::new(), Vec::new()];
        let timer = Waits::default();
        let mut retry =
            Retry::with_timer(Failing::new(kind, Fate::NotSent), timer.clone()).with_seed(7);
        for run in 0..runs {
            // A budget that is used up would end the retries.
            if run % 17 == 0 {
                let provider = Failing::new(kind, Fate::NotSent);
                retry = Retry::with_timer(provider, timer.clone()).with_seed(run);
            }
            retry.send(&message()).await.unwrap_err();
            let drawn = timer.take();
            assert_eq!(drawn.len(), 2, "three sends at most");
            waits[0].push(drawn[0]);
            waits[1].push(drawn[1]);
        }
        for (waits, base) in waits.into_iter().zip(bases) {
            let bound = Duration::from_millis(base);
            assert!(waits.iter().all(|wait| *wait < bound), "{kind:?}");
            let uneven: Vec<_> = waits.iter().map(|wait| (*wait + bound) / 2).collect();
            let (even, uneven) = (distance(waits, bound), distance(uneven, bound));
            assert!(even < 1.95, "{kind:?}: {even}");
            // The naive twin: half jitter keeps everybody together in the upper half.
            assert!(uneven > 0.3 * (runs as f64).sqrt(), "{kind:?}: {uneven}");
        }
    }
}

#[tokio::test]
async fn the_bound_has_a_cap_and_the_deadline_is_kept() {
    let timer = Waits::default();
    let gateway = Failing::new(SendErrorKind::Throttled, Fate::NotSent);
    let hour = Duration::from_secs(3_600);
    let retry =
        Retry::with_timer(gateway.clone(), timer.clone()).with_retries(30).with_deadline(hour);
    retry.send(&message().with_lifetime(hour)).await.unwrap_err();
    let waits = timer.take();
    assert_eq!(waits.len(), 30);
    assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(20)), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait > Duration::from_secs(8)), "{waits:?}");

    // No retry begins with less than the least time before the deadline.
    for seed in 0..1_000 {
        let retry = Retry::with_timer(gateway.clone(), timer.clone())
            .with_retries(30)
            .with_deadline(Duration::from_secs(10))
            .with_seed(seed);
        retry.send(&message()).await.unwrap_err();
        let waited: Duration = timer.take().iter().sum();
        assert!(waited <= Duration::from_secs(5), "{waited:?}");
    }
}

/// What Retry waits when a gateway answers 429 with this `Retry-After`; nothing when it gives up.
async fn waited(headers: &[&str]) -> Vec<Duration> {
    let mut transport = ScriptedTransport::new();
    for _ in 0..2 {
        let mut response = Response::new("".into());
        *response.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
        for value in headers {
            let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            response.headers_mut().append("retry-after", value);
        }
        transport = transport.respond(response);
    }
    let clock = ManualClock::at(784_111_777);
    let gateway = gateways::clickatell("key").clock(clock).build_with(transport).unwrap();
    let timer = Waits::default();
    let retry = Retry::with_timer(gateway, timer.clone()).with_retries(1);
    assert_eq!(retry.send(&message()).await.unwrap_err().kind(), SendErrorKind::Throttled);
    timer.take()
}

#[tokio::test]
async fn retry_after_is_honoured_within_reason() {
    // The clock stands at Sun, 06 Nov 1994 08:49:37 GMT.
    let second = Duration::from_secs(1);
    for (value, least) in [
        ("0", 0),
        ("3", 3),
        ("5", 5),
        ("Sun, 06 Nov 1994 08:49:41 GMT", 4),
        ("Sunday, 06-Nov-94 08:49:41 GMT", 4),
        ("Sun Nov  6 08:49:41 1994", 4),
        // In the past, or nothing that the standard knows: as if it were not there.
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("-1", 0),
        ("1e30", 0),
        ("3.5", 0),
        ("", 0),
        ("soon", 0),
        (&"x".repeat(10_240), 0),
    ] {
        for _ in 0..20 {
            let waits = waited(&[value]).await;
            assert_eq!(waits.len(), 1, "{value}");
            // Between its own wait and 5 s more.
            assert!(waits[0] >= least * second && waits[0] <= 6 * second, "{value}: {waits:?}");
        }
    }
    // More than somebody at a login waits: the next gateway gets its turn at once.
    for value in [
        "6",
        "3600",
        "18446744073709551615",
        "999999999999999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        &"9".repeat(10_240),
    ] {
        assert!(waited(&[value]).await.is_empty(), "{value}");
    }
    assert!(waited(&["2", "3600"]).await[0] >= 2 * second, "the first of two headers counts");
}

#[tokio::test]
async fn an_outage_is_not_multiplied() {
    let down = Failing::new(SendErrorKind::Transport, Fate::NotSent);
    let retry = Retry::with_timer(down.clone(), Waits::default());
    for _ in 0..10_000 {
        retry.send(&message()).await.unwrap_err();
    }
    assert!((10_030..=10_035).contains(&down.sends()), "{}", down.sends());

    // Successes fill the budget again: one that was retried gives back what it has cost.
    let flaky = RecordingProvider::new();
    let retry = Retry::with_timer(flaky.clone(), Waits::default());
    for _ in 0..10_000 {
        flaky.fail_next(error(SendErrorKind::Transport, Fate::NotSent));
        assert!(retry.send(&message()).await.is_ok());
    }

    // The naive twin, without a budget.
    #[derive(Debug)]
    struct Naive(Failing);
    #[async_trait]
    impl Provider for Naive {
        fn name(&self) -> &str {
            "naive"
        }
        async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
            let mut sent = self.0.send(message).await;
            for _ in 0..2 {
                sent = match sent {
                    Err(_) => self.0.send(message).await,
                    ok => ok,
                };
            }
            sent
        }
    }
    let down = Failing::new(SendErrorKind::Transport, Fate::NotSent);
    let naive = Naive(down.clone());
    for _ in 0..10_000 {
        naive.send(&message()).await.unwrap_err();
    }
    assert_eq!(down.sends(), 30_000);
}

#[test]
fn identities_differ_between_messages_and_not_between_attempts() {
    let count = cases("OTPOST_MESSAGES", 100_000, 1_000_000);
    let ids: std::collections::HashSet<_> =
        (0..count).map(|_| otpost::message::MessageId::random().unwrap()).collect();
    assert_eq!(ids.len() as u64, count);
    assert!(ids.iter().all(|id| id.as_str().len() == 36));
}

#[tokio::test]
async fn each_attempt_carries_the_same_identity() {
    let transport = ScriptedTransport::new()
        .answer(429, "")
        .answer(429, "")
        .answer(429, "")
        .answer(429, "")
        .answer(429, "");
    let gateway = gateways::clickatell("key").build_with(transport.clone()).unwrap();
    let retry = Retry::with_timer(gateway, Waits::default());
    let first = message();
    retry.send(&first).await.unwrap_err();
    retry.send(&message()).await.unwrap_err();
    let requests = transport.requests();
    assert!(requests.len() >= 3, "{}", requests.len());
    let holds =
        |at: usize| String::from_utf8_lossy(requests[at].body()).contains(first.id().as_str());
    assert!(holds(0), "the gateway gets the identity");
    assert_eq!((0..requests.len()).filter(|at| holds(*at)).count(), retries_of(&requests, &first));
}

/// How many requests were made for the message, by its identity in the body.
fn retries_of(requests: &[otpost::transport::Request], message: &Message) -> usize {
    let id = message.id().as_str();
    requests.iter().filter(|request| String::from_utf8_lossy(request.body()).contains(id)).count()
}
