//! Rates, places, queues and ways.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use otpost::async_trait;
use otpost::clock::{Timer, TokioTimer};
use otpost::phone::Prefix;
use otpost::provider::{
    Failover, Fate, Provider, Receipt, Route, RouteTarget, SendError, SendErrorKind, Throttle,
};
use otpost::testing::RecordingProvider;
use otpost::transport::{ReqwestTransport, TransportOptions};
use otpost::{HttpGateway, Message, PhoneNumber, gateways};
use otpost_testing::{FaultServer, MockGateway, Script};
use tokio::task::JoinSet;

use super::message;

fn count(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}

/// Takes its time, and remembers how many were there at once.
#[derive(Clone, Debug, Default)]
struct Slow {
    now: Arc<AtomicUsize>,
    peak: Arc<AtomicUsize>,
    done: Arc<AtomicUsize>,
}

#[async_trait]
impl Provider for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        self.done.fetch_add(1, Ordering::SeqCst);
        Ok(Receipt::new("slow"))
    }
}

#[tokio::test(start_paused = true)]
async fn places_are_taken_in_order_and_given_back() {
    let slow = Slow::default();
    let throttle = Arc::new(
        Throttle::new(slow.clone())
            .with_concurrency(count(8))
            .with_max_wait(Duration::from_secs(1)),
    );
    let timer = TokioTimer::new();
    let mut sending = JoinSet::new();
    for number in 0..100 {
        let throttle = throttle.clone();
        sending.spawn(async move {
            // They come one after the other.
            tokio::time::sleep(Duration::from_micros(number)).await;
            (number, throttle.send(&message()).await)
        });
    }
    let results = sending.join_all().await;
    // A second is enough for ten rounds of eight and one more; the rest has waited in vain.
    let (sent, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(|(_, sent)| sent.is_ok());
    assert_eq!(slow.peak.load(Ordering::SeqCst), 8);
    assert!((80..=88).contains(&sent.len()), "{}", sent.len());
    assert!(timer.elapsed() < Duration::from_millis(1_250), "{:?}", timer.elapsed());
    let last = sent.iter().map(|(number, _)| *number).max().unwrap();
    assert!(refused.iter().all(|(number, _)| *number > last), "first come, first served");
    for (_, refused) in refused {
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (SendErrorKind::Throttled, Fate::NotSent));
    }
    // All places are free again, also those of sends that were dropped, waiting or under way.
    for after in [0, 1, 50, 99] {
        let mut dropped = JoinSet::new();
        for _ in 0..20 {
            let throttle = throttle.clone();
            dropped.spawn(async move { throttle.send(&message()).await });
        }
        tokio::time::sleep(Duration::from_millis(after)).await;
        dropped.shutdown().await;
        slow.now.store(0, Ordering::SeqCst);
        let mut again = JoinSet::new();
        for _ in 0..8 {
            let throttle = throttle.clone();
            again.spawn(async move { throttle.send(&message()).await });
        }
        let begin = timer.elapsed();
        assert!(again.join_all().await.iter().all(Result::is_ok));
        assert_eq!(timer.elapsed() - begin, Duration::from_millis(100), "nobody had to wait");
    }
}

#[tokio::test(start_paused = true)]
async fn the_queue_has_an_end() {
    let throttle = Throttle::new(Slow::default()).with_concurrency(count(1)).with_queue(3);
    let throttle = Arc::new(throttle);
    let mut sending = JoinSet::new();
    for _ in 0..10 {
        let throttle = throttle.clone();
        sending.spawn(async move { throttle.send(&message()).await });
    }
    let sent = sending.join_all().await;
    assert_eq!(sent.iter().filter(|sent| sent.is_ok()).count(), 4);
}

#[tokio::test(start_paused = true)]
async fn rates_are_kept_over_any_second() {
    let rate = NonZeroU32::new(10).unwrap();
    let phone = RecordingProvider::new();
    let throttle = Throttle::new(phone.clone())
        .with_rate(rate, Duration::from_secs(1))
        .with_max_wait(Duration::from_secs(60));
    let throttle = Arc::new(throttle);
    let timer = TokioTimer::new();
    let mut sending = JoinSet::new();
    for _ in 0..100 {
        let throttle = throttle.clone();
        sending.spawn(async move {
            throttle.send(&message()).await.unwrap();
            timer.elapsed()
        });
    }
    let mut times = sending.join_all().await;
    times.sort();
    // Ten at once, and then one every tenth of a second.
    assert!(times[9] < Duration::from_millis(2) && times[10] >= Duration::from_millis(100));
    let total = *times.last().unwrap();
    assert!(total >= Duration::from_secs(9) && total < Duration::from_millis(9_200), "{total:?}");
    for window in times[10..].windows(12) {
        assert!(window[11] - window[0] >= Duration::from_secs(1), "{window:?}");
    }
    assert_eq!(phone.messages().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn what_was_waited_is_gone() {
    /// Notes how much time it was told that is left.
    #[derive(Debug, Default)]
    struct Told(std::sync::Mutex<Vec<Duration>>);
    #[async_trait]
    impl Provider for Told {
        fn name(&self) -> &str {
            "told"
        }
        async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
            self.0.lock().unwrap().push(message.time_left().unwrap());
            Ok(Receipt::new("told"))
        }
    }
    let told = Arc::new(Told::default());
    let rate = NonZeroU32::new(1).unwrap();
    let throttle = Throttle::new(told.clone()).with_rate(rate, Duration::from_secs(1));
    let message = message().with_time_left(Duration::from_secs(5));
    for _ in 0..2 {
        throttle.send(&message).await.unwrap();
    }
    let told = told.0.lock().unwrap();
    assert_eq!(told[0], Duration::from_secs(5));
    assert!(
        told[1] <= Duration::from_secs(4) && told[1] > Duration::from_millis(3_900),
        "{told:?}"
    );
}

/// How many of a hundred messages arrive, one after the other.
async fn arrived(provider: &impl Provider) -> usize {
    let mut arrived = 0;
    for _ in 0..100 {
        arrived += usize::from(provider.send(&message()).await.is_ok());
    }
    arrived
}

/// Sends so many messages at once, and goes on when as many connections as there are places are open.
async fn fill(
    provider: Arc<impl Provider>,
    messages: usize,
    stalled: &FaultServer,
) -> JoinSet<Result<Receipt, SendError>> {
    let mut sending = JoinSet::new();
    for _ in 0..messages {
        let provider = provider.clone();
        sending.spawn(async move { provider.send(&message()).await });
    }
    let full = async {
        while stalled.open_connections() < PLACES {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(LIMIT, full).await.unwrap();
    sending
}

const PLACES: usize = 64;
/// When a test is taken for hung. Nothing is measured against it.
const LIMIT: Duration = Duration::from_secs(120);
const FOREVER: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_stalled_gateway_holds_up_its_own_messages_and_no_others() {
    let healthy = MockGateway::start(&otpost::gateways::with_examples("link-mobility").unwrap())
        .await
        .unwrap();
    let link = |origin: &str| {
        let transport = ReqwestTransport::new(&TransportOptions::new().with_timeout(FOREVER));
        gateways::link_mobility("u", "p").origin(origin).build_with(transport.unwrap()).unwrap()
    };
    let limited = |provider: HttpGateway, patience: Duration| {
        Arc::new(Throttle::new(provider).with_concurrency(count(PLACES)).with_max_wait(patience))
    };
    let second = limited(link(&healthy.origin()), FOREVER);

    // The first gateway has all the messages that it may have, and others wait for it without end. The messages of the
    // second gateway arrive meanwhile.
    let stalled = FaultServer::start(Script::new().hang()).await.unwrap();
    let first = limited(link(&stalled.origin()), FOREVER);
    let mut sending = fill(first, 2 * PLACES, &stalled).await;
    assert_eq!(tokio::time::timeout(LIMIT, arrived(&second)).await, Ok(100));
    assert!(sending.try_join_next().is_none(), "the first gateway still has its messages");
    assert_eq!(stalled.connections(), PLACES);
    drop(sending);

    // The naive twin has one limit for both gateways.
    let stalled = FaultServer::start(Script::new().hang()).await.unwrap();
    let both = Failover::new(link(&stalled.origin())).with_fallback(link(&healthy.origin()));
    let both = Throttle::new(both.with_deadline(FOREVER)).with_concurrency(count(PLACES));
    let naive = Arc::new(both.with_max_wait(Duration::from_millis(1)));
    let sending = fill(naive.clone(), PLACES, &stalled).await;
    assert_eq!(tokio::time::timeout(LIMIT, arrived(&naive)).await, Ok(0));
    drop(sending);

    // Those that have waited for the first gateway in vain go to the other one, all of them.
    let stalled = FaultServer::start(Script::new().hang()).await.unwrap();
    let first = limited(link(&stalled.origin()), Duration::from_millis(200));
    let provider = Arc::new(Failover::new(first).with_fallback(second).with_deadline(FOREVER));
    let patient = message().with_lifetime(FOREVER);
    let mut sending = JoinSet::new();
    for _ in 0..1_000 {
        let (provider, message) = (provider.clone(), patient.clone());
        sending.spawn(async move { provider.send(&message).await });
    }
    let others = async {
        for _ in 0..1_000 - PLACES {
            assert!(sending.join_next().await.unwrap().unwrap().is_ok());
        }
    };
    tokio::time::timeout(LIMIT, others).await.unwrap();
    assert!(sending.try_join_next().is_none(), "the rest is in the gateway that stalls");
    assert!(stalled.connections() <= PLACES, "{}", stalled.connections());
    assert_eq!(healthy.requests().len(), 100 + 1_000 - PLACES);
}

#[tokio::test]
async fn ways_are_chosen_by_prefix_then_price_then_weight() {
    let (swiss, cheap, dear) =
        (RecordingProvider::new(), RecordingProvider::new(), RecordingProvider::new());
    let route = Route::new()
        .with_target(RouteTarget::new(dear.clone()).with_price(90))
        .with_target(RouteTarget::new(cheap.clone()).with_price(60))
        .with_target(
            RouteTarget::new(swiss.clone())
                .with_prefix(Prefix::parse("+41").unwrap())
                .with_price(100),
        );
    let to = |number: &str| Message::new(PhoneNumber::parse(number).unwrap(), "x").unwrap();
    route.send(&to("+41791234567")).await.unwrap();
    route.send(&to("+33612345678")).await.unwrap();
    cheap.fail_next(SendError::new(SendErrorKind::NoCredit, Fate::Refused));
    route.send(&to("+33612345678")).await.unwrap();
    assert_eq!((swiss.messages().len(), cheap.messages().len(), dear.messages().len()), (1, 1, 1));

    let nowhere = Route::new()
        .with_target(RouteTarget::new(swiss.clone()).with_prefix(Prefix::parse("+41").unwrap()));
    let error = nowhere.send(&to("+33612345678")).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Misconfigured, Fate::NotSent));

    // Three to one, and each message always the same way.
    let (many, few, none) =
        (RecordingProvider::new(), RecordingProvider::new(), RecordingProvider::new());
    let route = Route::new()
        .with_target(RouteTarget::new(many.clone()).with_weight(3))
        .with_target(RouteTarget::new(few.clone()))
        .with_target(RouteTarget::new(none.clone()).with_weight(0));
    for _ in 0..10_000 {
        route.send(&to("+41791234567")).await.unwrap();
    }
    let share = many.messages().len();
    assert!((7_300..=7_700).contains(&share), "{share}");
    assert_eq!((share + few.messages().len(), none.messages().len()), (10_000, 0));
    let same = to("+41791234567");
    let before = many.messages().len();
    for _ in 0..10 {
        route.send(&same).await.unwrap();
    }
    assert!([0, 10].contains(&(many.messages().len() - before)));
    for bad in ["41", "+", "+0", "+41x", "+1234567890123456", ""] {
        assert!(Prefix::parse(bad).is_err(), "{bad}");
    }
}
