//! Gateways that are down, by the clock and on real sockets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use otpost::async_trait;
use otpost::clock::{Timer, TokioTimer};
use otpost::provider::{
    CircuitBreaker, FailedAttempt, Failover, Fate, Provider, Receipt, Retry, SendError,
    SendErrorKind,
};
use otpost::transport::{ReqwestTransport, TransportOptions};
use otpost::{HttpGateway, Message, gateways};
use otpost_testing::MockGateway;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::{error, message};
use crate::dice::Dice;
use crate::scale::cases;

/// Takes some time and fails or succeeds, as the dice say; notes when it was asked.
#[derive(Debug)]
struct Moody {
    dice: Mutex<Dice>,
    timer: TokioTimer,
    asked: Arc<Mutex<Vec<Duration>>>,
}

#[async_trait]
impl Provider for Moody {
    fn name(&self) -> &str {
        "moody"
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        self.asked.lock().unwrap().push(self.timer.elapsed());
        let (time, kind, fate, wish) = {
            let mut dice = self.dice.lock().unwrap();
            let time = match dice.below(4) {
                0 => 0,
                1 => dice.below(200),
                2 => dice.below(5_000),
                _ => dice.below(60_000),
            };
            let fates = [Fate::NotSent, Fate::NotSent, Fate::Refused, Fate::Unknown];
            (time, dice.one(&super::KINDS), dice.one(&fates), dice.below(8))
        };
        tokio::time::sleep(Duration::from_millis(time)).await;
        match wish {
            7 => Ok(Receipt::new("moody")),
            6 => Err(error(kind, fate)),
            wish => Err(error(kind, fate).with_retry_after(Duration::from_secs(wish))),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_schedules_keep_the_deadline() {
    let deadline = Duration::from_secs(20);
    let least = Duration::from_secs(5);
    for seed in 0..1_000_u64 {
        let timer = TokioTimer::new();
        let asked = Arc::<Mutex<Vec<Duration>>>::default();
        let moody = |seed: u64| {
            let provider = Moody { dice: Mutex::new(Dice::new(seed)), timer, asked: asked.clone() };
            Retry::new(CircuitBreaker::new(provider))
                .with_seed(seed)
                .with_retries(5)
                .with_deadline(deadline)
        };
        let provider =
            Failover::new(moody(seed)).with_fallback(moody(seed + 1_000)).with_deadline(deadline);
        let begin = timer.elapsed();
        let sent = provider.send(&message()).await;
        let took = timer.elapsed() - begin;
        assert!(took <= deadline + Duration::from_millis(50), "seed {seed}: {took:?}, {sent:?}");
        let asked = asked.lock().unwrap();
        let latest = asked.iter().skip(1).map(|at| *at - begin).max().unwrap_or_default();
        // A millisecond is what the timer counts in.
        assert!(latest <= deadline - least + Duration::from_millis(1), "seed {seed}: {latest:?}");
    }
}

fn transport(connect: Duration) -> ReqwestTransport {
    let options =
        TransportOptions::new().with_connect_timeout(connect).with_timeout(Duration::from_secs(60));
    ReqwestTransport::new(&options).unwrap()
}

fn link(origin: &str, connect: Duration) -> HttpGateway {
    gateways::link_mobility("u", "p").origin(origin).build_with(transport(connect)).unwrap()
}

/// Sends so many messages one after the other, and returns how often the first gateway was tried for them: by which a
/// gateway that is down slows down the other one.
async fn tries(provider: &impl Provider, count: usize) -> usize {
    let mut tries = 0;
    for _ in 0..count {
        let receipt = provider.send(&message()).await.unwrap();
        let tried = |failed: &&FailedAttempt| failed.kind == SendErrorKind::Transport;
        tries += receipt.attempts().iter().filter(tried).count();
    }
    tries
}

#[tokio::test]
async fn messages_survive_a_gateway_that_is_down() {
    let count = usize::try_from(cases("OTPOST_MESSAGES", 1_000, 10_000)).unwrap();
    let healthy = MockGateway::start(&otpost::gateways::with_examples("link-mobility").unwrap())
        .await
        .unwrap();
    let patience = Duration::from_millis(400);
    let forever = Duration::from_secs(3_600);
    // One that refuses, and one whose queue is full so that nobody gets an answer.
    let refusing = TcpSocket::new_v4().unwrap();
    refusing.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let silent = TcpSocket::new_v4().unwrap();
    silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let silent: TcpListener = silent.listen(1).unwrap();
    let mut queue = Vec::new();
    let connect = || TcpStream::connect(silent.local_addr().unwrap());
    // On a busy machine a connection may take a while although there is room: the queue is full when several got none.
    let mut refused = 0;
    while refused < 3 {
        match tokio::time::timeout(Duration::from_millis(200), connect()).await {
            Ok(Ok(stream)) => queue.push(stream),
            _ => refused += 1,
        }
    }

    let good = || link(&healthy.origin(), Duration::from_secs(30));
    let mut sent = 0;
    for address in [refusing.local_addr().unwrap(), silent.local_addr().unwrap()] {
        let down = || link(&format!("http://{address}"), patience);
        // A circuit that stays open, however long the machine takes for all messages.
        let circuit = CircuitBreaker::new(down()).with_open_duration(forever);
        let provider = Failover::new(Retry::new(circuit))
            .with_fallback(Retry::new(CircuitBreaker::new(good())));
        assert_eq!(tries(&provider.with_deadline(forever), count).await, 5);
        sent += count;
        assert_eq!(healthy.requests().len(), sent, "each message arrives, and none twice");
        // The naive twin asks the gateway that is down for each message.
        let naive = Failover::new(down()).with_fallback(good()).with_deadline(forever);
        assert_eq!(tries(&naive, 8).await, 8);
        sent += 8;
    }
}

#[tokio::test]
async fn every_fault_that_sends_nothing_fails_over_once() {
    use otpost_testing::{Fault, FaultProtocol, FaultServer};
    let healthy = MockGateway::start(&otpost::gateways::with_examples("link-mobility").unwrap())
        .await
        .unwrap();
    let mut sent = 0;
    for fault in Fault::all("") {
        if fault.protocol() != FaultProtocol::Tls || fault.ends_by_clock() {
            continue;
        }
        let server = FaultServer::start(fault.script()).await.unwrap();
        let origin = server.origin().replace("http://", "https://");
        let bad = link(&origin, Duration::from_secs(30));
        let provider =
            Failover::new(bad).with_fallback(link(&healthy.origin(), Duration::from_secs(30)));
        for _ in 0..100 {
            let receipt = provider.send(&message()).await.unwrap();
            sent += 1;
            assert_eq!(
                (receipt.attempts().len(), healthy.requests().len()),
                (1, sent),
                "{}",
                fault.name()
            );
        }
        assert_eq!(server.requests(), 0);
    }
    let nowhere = link("https://gateway.invalid", Duration::from_secs(30));
    let provider =
        Failover::new(nowhere).with_fallback(link(&healthy.origin(), Duration::from_secs(30)));
    assert!(provider.send(&message()).await.is_ok());
    assert!(sent >= 400, "{sent}");
}

/// A gateway that all clients share: down for a while, and counting who comes in each second.
#[derive(Debug)]
struct Shared {
    timer: TokioTimer,
    outage: std::ops::Range<Duration>,
    seconds: Mutex<Vec<usize>>,
}

#[async_trait]
impl Provider for Arc2<Shared> {
    fn name(&self) -> &str {
        "shared"
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        let now = self.0.timer.elapsed();
        let second = usize::try_from(now.as_secs()).unwrap();
        {
            let mut seconds = self.0.seconds.lock().unwrap();
            if seconds.len() <= second {
                seconds.resize(second + 1, 0);
            }
            seconds[second] += 1;
        }
        if self.0.outage.contains(&now) {
            return Err(error(SendErrorKind::Transport, Fate::NotSent));
        }
        Ok(Receipt::new("shared"))
    }
}

/// An `Arc` of this crate's own, since the trait is not.
#[derive(Debug)]
struct Arc2<T>(Arc<T>);

/// A thousand clients that send a message every ten seconds each, over an outage of a minute. The peak of any second after
/// its end, where the steady rate is 100.
async fn storm(client: impl Fn(Arc2<Shared>, u64) -> Box<dyn Provider>) -> usize {
    let timer = TokioTimer::new();
    let outage = Duration::from_secs(60)..Duration::from_secs(120);
    let shared = Arc::new(Shared { timer, outage, seconds: Mutex::default() });
    let mut clients = JoinSet::new();
    for number in 0..1_000_u64 {
        let client = client(Arc2(shared.clone()), number);
        clients.spawn(async move {
            tokio::time::sleep(Duration::from_millis(number * 10)).await;
            let mut tick = tokio::time::interval(Duration::from_secs(10));
            for _ in 0..24 {
                tick.tick().await;
                let _ = client.send(&message()).await;
            }
        });
    }
    clients.join_all().await;
    let seconds = shared.seconds.lock().unwrap();
    assert!(seconds[30] >= 90 && seconds[30] <= 110, "the steady rate: {}", seconds[30]);
    seconds[120..].iter().copied().max().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_outage_is_no_storm() {
    let peak =
        storm(|shared, seed| Box::new(Retry::new(CircuitBreaker::new(shared)).with_seed(seed)))
            .await;
    assert!(peak <= 200, "{peak}");

    // The naive twin tries until it succeeds, at the full minute like everybody else.
    #[derive(Debug)]
    struct Patient(Arc2<Shared>);
    #[async_trait]
    impl Provider for Patient {
        fn name(&self) -> &str {
            "patient"
        }
        async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
            loop {
                let sent = self.0.send(message).await;
                if sent.is_ok() {
                    return sent;
                }
                let now = self.0.0.timer.elapsed();
                let next = Duration::from_secs((now.as_secs() / 30 + 1) * 30);
                tokio::time::sleep(next - now).await;
            }
        }
    }
    let peak = storm(|shared, _| Box::new(Patient(shared))).await;
    assert!(peak >= 900, "{peak}");
}

#[tokio::test]
async fn a_deadline_ends_the_exchange_and_its_fate_is_known() {
    use otpost_testing::{FaultServer, Script};
    // The handshake stalls for longer than anybody waits: nothing was sent, and that is known, since the exchange was
    // told how long it has.
    let stalled = FaultServer::start(Script::new().hang()).await.unwrap();
    let origin = stalled.origin().replace("http://", "https://");
    let patient = || Retry::new(link(&origin, Duration::from_secs(50)));
    // Long enough to connect on a busy machine.
    let short = Duration::from_secs(2);
    for provider in [
        Box::new(patient().with_deadline(short)) as Box<dyn Provider>,
        Box::new(Failover::new(patient()).with_deadline(short)),
    ] {
        let error = provider.send(&message()).await.unwrap_err();
        assert_eq!(
            (error.fate(), error.stage()),
            (Fate::NotSent, Some(otpost::provider::Stage::Tls))
        );
    }
    // And where the request is out, it is open.
    let patient = Retry::new(link(&stalled.origin(), Duration::from_secs(50))).with_deadline(short);
    assert_eq!(patient.send(&message()).await.unwrap_err().fate(), Fate::Unknown);
}

#[tokio::test]
async fn the_wrappers_need_little_memory() {
    use otpost::provider::{NullProvider, Throttle};
    let runtime = tokio::runtime::Handle::current();
    let places = std::num::NonZeroUsize::new(64).unwrap();
    let wrapped = Failover::new(Retry::new(CircuitBreaker::new(
        Throttle::new(NullProvider).with_concurrency(places),
    )));
    let message = message();
    let count = |provider: &dyn Provider| {
        let mut send = provider.send(&message);
        let _guard = runtime.enter();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let polled = allocation_counter::measure(|| {
            assert!(send.as_mut().poll(&mut context).is_ready());
        });
        polled.count_total
    };
    let (bare, all) = (count(&NullProvider), count(&wrapped));
    // The facade for metrics cannot be asked whether there is a recorder: spans and labels are made in vain.
    let most = if cfg!(feature = "metrics") { 20 } else { 10 };
    assert!(all - bare <= most, "{bare} and {all}");
}
