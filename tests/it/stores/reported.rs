//! Two processes over one store: a report reaches one of them, and the other one has sent the
//! message.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use otpost::challenge::{
    Challenges, Client, Event, EventKind, Limits, Pepper, Policy, Purpose, Step,
};
use otpost::clock::Timer;
use otpost::provider::{Provider, Receipt, SendError};
use otpost::report::{DeliveryReport, ReportStatus};
use otpost::store::{ChallengeId, LimitStore, MemoryStore, OutboxStore, ReportStore};
use otpost::{Message, PhoneNumber, async_trait};
use otpost_testing::ReportConformance;

use super::none;

const LOGIN: Purpose<'static> = Purpose::new("login");
const SCENARIOS: [&str; 5] = ["crash", "duplicates", "early", "order", "replays"];

/// The behaviour of the gateway before it answers.
#[derive(Clone, Default)]
enum Gateway {
    #[default]
    Answers,
    /// It reports the delivery to this process, and then answers.
    Reports(Challenges),
    /// It reports the delivery to this process, and its answer never arrives.
    Hangs(Challenges),
}

#[derive(Clone, Default)]
struct Sent {
    gateway: Arc<Mutex<Gateway>>,
    ids: Arc<Mutex<Vec<String>>>,
    /// Told when the gateway has reported and does not answer.
    hung: Arc<tokio::sync::Notify>,
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sent")
    }
}

impl Sent {
    fn id(&self) -> String {
        self.ids.lock().unwrap().last().cloned().unwrap()
    }

    fn set(&self, gateway: Gateway) {
        *self.gateway.lock().unwrap() = gateway;
    }
}

#[async_trait]
impl Provider for Sent {
    fn name(&self) -> &str {
        "acme"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let id = format!("id of {}", message.id().as_str());
        self.ids.lock().unwrap().push(id.clone());
        let gateway = self.gateway.lock().unwrap().clone();
        if let Gateway::Reports(to) | Gateway::Hangs(to) = &gateway {
            // A gateway without ids of its own names the reference.
            let report = DeliveryReport::new("acme", ReportStatus::Delivered)
                .with_reference(message.id().as_str());
            assert_eq!(to.on_report(&report).await.unwrap(), None, "the message is not recorded");
        }
        if let Gateway::Hangs(_) = gateway {
            self.hung.notify_one();
            std::future::pending::<()>().await;
        }
        Ok(Receipt::new("acme").with_message_id(id))
    }
}

/// A timer that stands still.
#[derive(Debug)]
struct Still;

#[async_trait]
impl Timer for Still {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }
}

/// A process, and the number of its events about reports.
struct Process {
    challenges: Challenges,
    sent: Sent,
    told: Arc<AtomicUsize>,
}

impl Process {
    fn new<S>(store: S, pepper: Pepper, queues: bool) -> Self
    where
        S: LimitStore + OutboxStore + ReportStore + Clone,
    {
        let (sent, told) = (Sent::default(), Arc::new(AtomicUsize::new(0)));
        let count = told.clone();
        let builder = Challenges::builder(pepper)
            .app("Acme")
            .provider(sent.clone())
            .delivery_log(store.clone())
            .store_timeout(None)
            // With so short a lease, each claim would be answered too late.
            .timer(Still)
            .any_region()
            .limits(Limits::none())
            .policy(Policy::sms().with_cooldown(Duration::ZERO).with_sends(1_000, 1_000))
            .observer(move |event: &Event<'_>| {
                if let EventKind::Reported { .. } = event.kind() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        let builder = if queues { builder.outbox(store) } else { builder.store(store) };
        Self { challenges: builder.build().unwrap(), sent, told }
    }

    async fn issue(&self) -> ChallengeId {
        // Another number each time: a number gets few messages a day.
        static NEXT: AtomicUsize = AtomicUsize::new(1_000);
        let to = format!("+4179123{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let to = PhoneNumber::parse(&to).unwrap();
        *self.challenges.issue(&to, LOGIN, Client::Internal).await.unwrap().id()
    }

    async fn report(&self, id: &str, status: ReportStatus) -> Option<ChallengeId> {
        let report = DeliveryReport::new("acme", status).with_message_id(id);
        self.challenges.on_report(&report).await.unwrap()
    }

    async fn is_delivered(&self, id: &ChallengeId) -> bool {
        let state = self.challenges.delivery_state(id).await.unwrap();
        state.is_some_and(|state| state.status() == Some(ReportStatus::Delivered))
    }
}

async fn both_know(a: &Process, b: &Process, id: &ChallengeId) -> bool {
    a.is_delivered(id).await && b.is_delivered(id).await
}

/// Returns the scenarios that go wrong with these stores of two processes.
pub(super) async fn wrong<S>(one: S, two: S) -> Vec<&'static str>
where
    S: LimitStore + OutboxStore + ReportStore + Clone,
{
    // The middle of a rotation: one process has the new key in front, the other one the old key.
    let [old, new] = [vec![7; 32], vec![8; 32]];
    let front = Pepper::new(1, old.clone()).unwrap().with_old(2, new.clone()).unwrap();
    let behind = Pepper::new(2, new).unwrap().with_old(1, old).unwrap();
    let a = Process::new(one.clone(), front.clone(), false);
    let b = Process::new(two.clone(), behind.clone(), false);
    let told = || a.told.load(Ordering::Relaxed) + b.told.load(Ordering::Relaxed);
    let mut right = Vec::new();

    // The report reaches A before B has recorded the message.
    b.sent.set(Gateway::Reports(a.challenges.clone()));
    let id = b.issue().await;
    b.sent.set(Gateway::Answers);
    let late = b.sent.id();
    let again = [
        a.report(&late, ReportStatus::Delivered).await,
        b.report(&late, ReportStatus::Delivered).await,
    ];
    right.push((again == [None, None] && told() == 1 && both_know(&a, &b, &id).await, "early"));

    // The gateway repeats the report at once, to both.
    let mut seen = (0, true);
    for _ in 0..10 {
        let id = b.issue().await;
        let sent = b.sent.id();
        let status = ReportStatus::Delivered;
        let changed = tokio::join!(
            a.report(&sent, status),
            b.report(&sent, status),
            a.report(&sent, status),
            b.report(&sent, status)
        );
        let changed = <[_; 4]>::from(changed);
        seen.0 += changed.iter().filter(|changed| **changed == Some(id)).count();
        seen.1 &= both_know(&a, &b, &id).await;
    }
    right.push((seen == (10, true), "duplicates"));

    let id = b.issue().await;
    let sent = b.sent.id();
    let first = a.report(&sent, ReportStatus::Delivered).await;
    let second = b.report(&sent, ReportStatus::Pending).await;
    let is_right = (first, second) == (Some(id), None) && both_know(&a, &b, &id).await;
    right.push((is_right, "order"));

    let mut new = 0;
    for round in 0..10 {
        let key = format!("request {round} of {}", b.sent.id());
        let all = tokio::join!(
            a.challenges.record_replay_key(&key),
            b.challenges.record_replay_key(&key),
            a.challenges.record_replay_key(&key),
            b.challenges.record_replay_key(&key)
        );
        new += <[_; 4]>::from(all).into_iter().filter(|is_new| matches!(is_new, Ok(true))).count();
    }
    right.push((new == 10, "replays"));

    // B stops after its message was sent and reported, and before it is recorded. A sends the
    // message again, with the same reference.
    let (a, b) = (Process::new(one, front, true), Process::new(two, behind, true));
    let id = b.issue().await;
    b.sent.set(Gateway::Hangs(a.challenges.clone()));
    let worker = |of: &Process| {
        let worker = of.challenges.worker().unwrap();
        worker.with_lease(Duration::from_millis(20))
    };
    let stopped = worker(&b);
    tokio::select! {
        step = stopped.step() => panic!("{step:?}"),
        () = b.sent.hung.notified() => {}
    }
    let mut is_sent = false;
    for _ in 0..100 {
        is_sent = matches!(worker(&a).step().await, Ok(Step::Sent));
        if is_sent {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    right.push((is_sent && both_know(&a, &b, &id).await, "crash"));

    let mut wrong: Vec<_> =
        right.into_iter().filter(|(is_right, _)| !is_right).map(|(_, name)| name).collect();
    wrong.sort_unstable();
    wrong
}

/// Runs the conformance suite, and two processes.
pub(super) async fn reports_reach_other_processes<S>(store: S)
where
    S: LimitStore + OutboxStore + ReportStore + Clone,
{
    none(&ReportConformance::new(store.clone()).run().await);
    assert_eq!(wrong(store.clone(), store).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_in_memory_matches_reports() {
    reports_reach_other_processes(MemoryStore::new()).await;
}

/// Logs in the memory of each process, which is what an application without a shared store has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_of_two_processes_get_everything_wrong() {
    assert_eq!(wrong(MemoryStore::new(), MemoryStore::new()).await, SCENARIOS);
}
