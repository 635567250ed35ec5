//! How long a message waits for a token, and what becomes of it.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use otpost::async_trait;
use otpost::clock::{Clock, Timer, TokioTimer};
use otpost::provider::{Failover, Fate, Provider, Receipt, Retry, SendError, SendErrorKind, Stage};
use otpost::testing::{ManualClock, RecordingProvider};
use otpost::transport::{
    Request, ReqwestTransport, Response, TimeLeft, Transport, TransportError, TransportOptions,
};
use otpost::{HttpGateway, Message};
use otpost_testing::{FaultServer, MockGateway, Script};
use tokio::task::JoinSet;

use super::{answer, builder, gateway, message, seconds};

/// When a test is taken for hung. Nothing is measured against it.
const LIMIT: Duration = Duration::from_secs(120);

/// The naive twin: one lock, which a message holds while it fetches a token.
#[derive(Clone, Debug)]
struct Naive {
    gateway: HttpGateway,
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[async_trait]
impl Provider for Naive {
    fn name(&self) -> &str {
        "naive"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let _turn = self.turn.lock().await;
        self.gateway.send(message).await
    }
}

/// What becomes of a message with one second, while another one has waited for a token for long and goes on doing so.
async fn second(provider: impl Provider + Clone, stalled: &FaultServer) -> SendError {
    let requests = stalled.requests();
    let first = tokio::spawn({
        let provider = provider.clone();
        async move { provider.send(&message()).await }
    });
    let asked = async {
        while stalled.requests() == requests {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(LIMIT, asked).await.unwrap();
    let second = Retry::new(provider).with_deadline(seconds(1));
    let error = tokio::time::timeout(LIMIT, second.send(&message())).await.unwrap().unwrap_err();
    assert!(!first.is_finished(), "the second has not waited for the first");
    first.abort();
    error
}

#[tokio::test]
async fn token_waits_end_with_the_time_of_the_message() {
    let stalled = FaultServer::start(Script::new().read_request().hang()).await.unwrap();
    let spec = otpost::gateways::with_examples("link-mobility").unwrap();
    let healthy = MockGateway::start(&spec).await.unwrap();
    let own = || builder(&healthy.origin(), &stalled.origin(), "9m").build().unwrap();
    let options = TransportOptions::new().with_timeout(seconds(600));
    let client = ReqwestTransport::new(&options).unwrap();
    let given = builder(&healthy.origin(), &stalled.origin(), "9m").build_with(client).unwrap();
    for gateway in [own(), given] {
        let error = second(gateway.clone(), &stalled).await;
        let known = (error.kind(), error.fate());
        assert_eq!(known, (SendErrorKind::Transport, Fate::NotSent), "{error:?}");
        // Without a wrapper as well.
        let short = message().with_time_left(seconds(1));
        let error = tokio::time::timeout(LIMIT, gateway.send(&short)).await.unwrap().unwrap_err();
        assert_eq!(error.fate(), Fate::NotSent);
        // So another provider gets its turn.
        let phone = RecordingProvider::new();
        let retry = Retry::new(gateway).with_deadline(seconds(1));
        let provider =
            Failover::new(retry).with_fallback(phone.clone()).with_deadline(seconds(600));
        provider.send(&message().with_lifetime(seconds(600))).await.unwrap();
        assert_eq!(phone.messages().len(), 1);
    }
    let naive = second(Naive { gateway: own(), turn: Arc::default() }, &stalled).await;
    assert_eq!(naive.fate(), Fate::Unknown, "nothing was requested, and nobody knows");
    assert_eq!(healthy.requests().len(), 0);
}

/// The clock of a runtime whose time is paused.
#[derive(Debug)]
struct Paused(TokioTimer);

impl Clock for Paused {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + self.0.elapsed()
    }
}

/// A token endpoint that answers after a while, and a transport that keeps to the time that is left.
#[derive(Clone, Debug)]
struct Stalling {
    calls: Arc<AtomicUsize>,
    takes: Duration,
}

#[async_trait]
impl Transport for Stalling {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        if request.uri().path() != "/token" {
            return Ok(answer(200, &[], ""));
        }
        self.calls.fetch_add(1, Ordering::SeqCst);
        let TimeLeft(left) = *request.extensions().get().unwrap();
        tokio::time::timeout(left, tokio::time::sleep(self.takes))
            .await
            .map_err(|_| TransportError::maybe_sent(Stage::Request, "no answer in time"))?;
        Ok(answer(200, &[], "{\"access_token\":\"abc\"}"))
    }
}

fn stalling(takes: Duration) -> (Stalling, HttpGateway) {
    let transport = Stalling { calls: Arc::default(), takes };
    (transport.clone(), gateway(transport, Paused(TokioTimer::new())))
}

#[tokio::test(start_paused = true)]
async fn token_waits_of_any_length_end_in_time_and_share_few_calls() {
    let mut dice = crate::dice::Dice::new(7);
    for takes in [100, 2_000, 5_000, 3_600_000] {
        let (transport, gateway) = stalling(Duration::from_millis(takes));
        let timer = TokioTimer::new();
        let mut sending = JoinSet::new();
        for _ in 0..200 {
            let (begin, time) = (dice.below(6_000), Duration::from_millis(dice.below(9_000) + 1));
            let gateway = Retry::new(gateway.clone()).with_deadline(time).with_retries(0);
            sending.spawn(async move {
                tokio::time::sleep(Duration::from_millis(begin)).await;
                let begin = timer.elapsed();
                let sent = gateway.send(&message()).await;
                let took = timer.elapsed() - begin;
                assert!(took <= time + Duration::from_millis(1), "{took:?} of {time:?}");
                sent.map(drop).map_err(|error| error.fate())
            });
        }
        let sent = sending.join_all().await;
        assert!(sent.iter().all(|sent| matches!(sent, Ok(()) | Err(Fate::NotSent))), "{takes}");
        let arrived = sent.iter().filter(|sent| sent.is_ok()).count();
        match takes {
            100 => assert!(arrived > 180, "{arrived}"),
            3_600_000 => assert_eq!(arrived, 0),
            _ => assert!(arrived > 0 && arrived < 200, "{takes}: {arrived}"),
        }
        let calls = transport.calls.load(Ordering::SeqCst);
        // A message whose time ends before that of the call makes one of its own; at random that is not the rule.
        assert!(calls < 100, "{takes}: {calls} calls for 200 messages");
    }
}

#[tokio::test(start_paused = true)]
async fn token_calls_that_fail_fail_for_all_who_waited() {
    let (transport, gateway) = stalling(seconds(3_600));
    let mut sending = JoinSet::new();
    for _ in 0..100 {
        let gateway = gateway.clone();
        sending.spawn(async move { gateway.send(&message()).await.unwrap_err().fate() });
    }
    assert!(sending.join_all().await.into_iter().all(|fate| fate == Fate::NotSent));
    assert_eq!(transport.calls.load(Ordering::SeqCst), 1);
    // One that had little time says nothing to those who have more.
    let (transport, gateway) = stalling(seconds(2));
    let short = gateway.clone();
    let short = tokio::spawn(async move {
        short.send(&message().with_time_left(seconds(1))).await.unwrap_err().fate()
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    gateway.send(&message()).await.unwrap();
    assert_eq!(short.await.unwrap(), Fate::NotSent);
    assert_eq!(transport.calls.load(Ordering::SeqCst), 2);
}

/// A token endpoint that answers when it is told to.
#[derive(Clone, Debug, Default)]
struct Gate {
    calls: Arc<AtomicUsize>,
    is_open: Arc<AtomicBool>,
    waker: Arc<Mutex<Option<Waker>>>,
    panics: Arc<AtomicBool>,
}

#[async_trait]
impl Transport for Gate {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        if request.uri().path() != "/token" {
            return Ok(answer(200, &[], ""));
        }
        self.calls.fetch_add(1, Ordering::SeqCst);
        std::future::poll_fn(|context| {
            assert!(!self.panics.swap(false, Ordering::SeqCst), "as it was told to");
            *self.waker.lock().unwrap() = Some(context.waker().clone());
            if self.is_open.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        Ok(answer(200, &[], "{\"access_token\":\"abc\"}"))
    }
}

/// Counts how often it is woken.
#[derive(Debug, Default)]
struct Woken(AtomicUsize);

impl std::task::Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Woken {
    fn take(&self) -> bool {
        self.0.swap(0, Ordering::SeqCst) > 0
    }
}

type Sending = Pin<Box<dyn Future<Output = Result<Receipt, SendError>> + Send>>;

/// A send that is polled by hand.
struct Hand {
    sending: Sending,
    woken: Arc<Woken>,
}

impl Hand {
    fn new(gateway: &HttpGateway) -> Self {
        let gateway = gateway.clone();
        let sending = Box::pin(async move { gateway.send(&message()).await });
        Self { sending, woken: Arc::default() }
    }

    fn poll(&mut self) -> Option<bool> {
        let waker = Waker::from(self.woken.clone());
        match self.sending.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(sent) => Some(sent.is_ok()),
            Poll::Pending => None,
        }
    }
}

fn by_hand<const N: usize>() -> (Gate, [Hand; N]) {
    let gate = Gate::default();
    let gateway = gateway(gate.clone(), ManualClock::at(0));
    let mut hands = std::array::from_fn(|_| Hand::new(&gateway));
    assert!(hands.iter_mut().all(|hand| hand.poll().is_none()));
    assert_eq!(gate.calls.load(Ordering::SeqCst), 1);
    (gate, hands)
}

#[test]
fn token_waiters_learn_of_the_end_before_the_leader_runs() {
    // A deadline wakes one that has joined, and the leader has not run yet: what is known must not depend on that.
    let (gate, [mut leader, mut joined, mut other]) = by_hand();
    gate.is_open.store(true, Ordering::SeqCst);
    assert_eq!(joined.poll(), Some(true));
    assert!(leader.woken.take() && other.woken.take(), "the rest is woken");
    assert_eq!((leader.poll(), other.poll()), (Some(true), Some(true)));
    // What wakes the call wakes the leader, whoever has polled last.
    let (gate, [leader, mut joined]) = by_hand();
    assert_eq!(joined.poll(), None);
    gate.waker.lock().unwrap().take().unwrap().wake();
    assert!(leader.woken.take() && !joined.woken.take());
}

#[test]
fn token_calls_that_are_dropped_are_taken_over() {
    let (gate, [leader, mut next, mut last]) = by_hand();
    drop(leader);
    assert!(next.woken.take() && last.woken.take());
    assert_eq!((next.poll(), last.poll()), (None, None));
    assert_eq!(gate.calls.load(Ordering::SeqCst), 2, "one of them makes a call of its own");
    // One that only waits takes nothing with it.
    drop(last);
    gate.is_open.store(true, Ordering::SeqCst);
    gate.waker.lock().unwrap().take().unwrap().wake();
    assert!(next.woken.take());
    assert_eq!((next.poll(), gate.calls.load(Ordering::SeqCst)), (Some(true), 2));
}

#[test]
fn token_calls_that_panic_are_taken_over() {
    let (gate, [mut leader, mut joined]) = by_hand();
    gate.panics.store(true, Ordering::SeqCst);
    let poll = std::panic::AssertUnwindSafe(|| joined.poll());
    assert!(std::panic::catch_unwind(poll).is_err());
    drop(joined);
    assert!(leader.woken.take());
    gate.is_open.store(true, Ordering::SeqCst);
    assert_eq!((leader.poll(), gate.calls.load(Ordering::SeqCst)), (Some(true), 2));
}
