//! The counters and histograms.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use otpost::challenge::{Challenges, Client, Limits, Pepper};
use otpost::provider::{
    CircuitBreaker, Failover, Fate, Provider, Retry, SendError, SendErrorKind, Throttle,
};
use otpost::report::{DeliveryReport, ReportStatus};
use otpost::store::MemoryStore;
use otpost::testing::RecordingProvider;
use otpost::{Message, PhoneNumber};

use super::flow::Down;
use crate::challenges::LOGIN;
use crate::hooked::Hooked;

/// Counts each time series by its name and labels.
#[derive(Clone, Default)]
pub(super) struct Recorded(Arc<Mutex<BTreeMap<String, u64>>>);

struct Series {
    name: String,
    recorded: Recorded,
}

impl Recorded {
    fn series(&self, key: &Key) -> Arc<Series> {
        let labels = key.labels().map(|label| format!("{}={}", label.key(), label.value()));
        let labels = labels.collect::<Vec<_>>().join(",");
        Arc::new(Series { name: format!("{}{{{labels}}}", key.name()), recorded: self.clone() })
    }

    pub(super) fn take(&self) -> Vec<String> {
        let recorded = std::mem::take(&mut *self.0.lock().unwrap());
        recorded.into_iter().map(|(name, count)| format!("{name} {count}")).collect()
    }
}

impl CounterFn for Series {
    fn increment(&self, value: u64) {
        *self.recorded.0.lock().unwrap().entry(self.name.clone()).or_default() += value;
    }

    fn absolute(&self, _: u64) {}
}

impl HistogramFn for Series {
    fn record(&self, value: f64) {
        assert!((0.0..60.0).contains(&value), "{} is {value} s", self.name);
        self.increment(1);
    }
}

impl Recorder for Recorded {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.series(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.series(key))
    }
}

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

/// Two attempts fail, and the second provider accepts the message.
pub(super) async fn fail_over() {
    let phone = RecordingProvider::new();
    for _ in 0..2 {
        phone.fail_next(SendError::new(SendErrorKind::Transport, Fate::NotSent));
    }
    let provider =
        Failover::new(Retry::new(phone.clone()).with_retries(1)).with_fallback(Retry::new(phone));
    provider.send(&message()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn telemetry_counts_sends_attempts_retries_and_failovers() {
    let recorded = Recorded::default();
    let _guard = metrics::set_default_local_recorder(&recorded);
    fail_over().await;
    assert_eq!(
        recorded.take(),
        [
            "otpost.attempt.duration{provider=recording,fate=accepted} 1",
            "otpost.attempt.duration{provider=recording,fate=not_sent,error.type=transport} 2",
            "otpost.attempts{provider=recording,fate=accepted} 1",
            "otpost.attempts{provider=recording,fate=not_sent,error.type=transport} 2",
            "otpost.failovers{provider=recording} 1",
            "otpost.retries{provider=recording} 1",
            "otpost.send.duration{provider=recording,fate=accepted} 1",
            "otpost.sends{provider=recording,fate=accepted} 1",
        ]
    );
}

/// A circuit breaker opens and refuses, and a throttle lets wait and refuses.
pub(super) async fn refuse() {
    let phone = RecordingProvider::new();
    phone.fail_next(SendError::new(SendErrorKind::Transport, Fate::Unknown));
    let circuit = CircuitBreaker::new(phone.clone()).with_failures(1);
    circuit.send(&message()).await.unwrap_err();
    circuit.send(&message()).await.unwrap_err();
    let throttle = Throttle::new(phone)
        .with_rate(NonZeroU32::MIN, Duration::from_secs(3))
        .with_max_wait(Duration::from_secs(4));
    let (a, b, c) = (message(), message(), message());
    let _ = tokio::join!(throttle.send(&a), throttle.send(&b), throttle.send(&c));
}

#[tokio::test(start_paused = true)]
async fn telemetry_counts_what_wrappers_refuse() {
    let recorded = Recorded::default();
    let _guard = metrics::set_default_local_recorder(&recorded);
    refuse().await;
    let recorded: Vec<_> =
        recorded.take().into_iter().filter(|name| !name.starts_with("otpost.send")).collect();
    assert_eq!(
        recorded,
        [
            "otpost.circuit.opened{provider=recording} 1",
            "otpost.circuit.refused{provider=recording} 1",
            "otpost.throttle.refused{provider=recording} 1",
            "otpost.throttle.wait{provider=recording} 1",
        ]
    );
}

/// A code is issued, sent by a worker and verified, and a store fails.
pub(super) async fn challenge() {
    let phone = RecordingProvider::new();
    let builder = || {
        Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
            .app("Acme")
            .provider(phone.clone())
            .regions(["CH"])
            .limits(Limits::none())
    };
    let store = MemoryStore::new();
    let challenges = builder().outbox(store.clone()).delivery_log(store).build().unwrap();
    let to = PhoneNumber::parse("+41791234567").unwrap();
    let challenge = challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
    challenges.worker().unwrap().step().await.unwrap();
    let _ = challenges.resend(challenge.token(), LOGIN, Client::Internal).await;
    let id = phone.messages()[0].id().as_str().to_owned();
    let report = DeliveryReport::new("recording", ReportStatus::Delivered).with_message_id(id);
    assert_eq!(challenges.on_report(&report).await.unwrap(), Some(*challenge.id()));
    let code = phone.messages()[0].code().unwrap().expose().to_owned();
    for typed in ["x", &code, &code] {
        let _ = challenges.verify(challenge.token(), LOGIN, typed).await.unwrap();
    }
    let down = builder().store(Hooked::new(MemoryStore::new(), Down)).build().unwrap();
    down.issue(&to, LOGIN, Client::Internal).await.unwrap_err();
}

#[tokio::test]
async fn telemetry_counts_challenges_by_their_results() {
    let recorded = Recorded::default();
    let _guard = metrics::set_default_local_recorder(&recorded);
    challenge().await;
    let recorded: Vec<_> =
        recorded.take().into_iter().filter(|name| !name.starts_with("otpost.send")).collect();
    assert_eq!(
        recorded,
        [
            "otpost.delivery.duration{provider=recording,region=CH} 1",
            "otpost.issues{result=queued} 1",
            "otpost.issues{result=unavailable} 1",
            "otpost.reports{provider=recording,region=CH,status=delivered} 1",
            "otpost.resends{result=cooldown} 1",
            "otpost.store.failures{error.type=unavailable} 1",
            "otpost.verdicts{verdict=accepted} 1",
            "otpost.verdicts{verdict=gone} 1",
            "otpost.verdicts{verdict=malformed} 1",
            "otpost.worker.steps{step=sent} 1",
        ]
    );
}
