//! A simulated network that drops, delays and divides, gateways that crash, and an application that dies in the midst of a
//! send: each seed is another run, and the same seed is the same run.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper_util::rt::TokioIo;
use otpost::gateway::GatewaySpec;
use otpost::provider::{
    CircuitBreaker, Failover, Fate, Provider, Receipt, Retry, SendError, Stage,
};
use otpost::transport::{Request, Response, TimeLeft, Transport, TransportError};
use otpost::{HttpGateway, Message, PhoneNumber, async_trait};
use turmoil::net::{TcpListener, TcpStream};

use crate::dice::Dice;
use crate::scale::cases;

const MESSAGES: usize = 3;

/// HTTP over the simulated network, by the rule that the crate's own transport follows: a request that was not taken for
/// writing has not left.
#[derive(Clone, Debug)]
struct Simulated;

struct Watched {
    body: Option<Bytes>,
    taken: Arc<AtomicBool>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.taken.store(true, Ordering::SeqCst);
        Poll::Ready(self.body.take().map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.taken.store(true, Ordering::SeqCst);
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}

#[async_trait]
impl Transport for Simulated {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        let left = request.extensions().get().map_or(Duration::MAX, |TimeLeft(left)| *left);
        let taken = Arc::new(AtomicBool::new(false));
        let answered = tokio::time::timeout(
            left.min(Duration::from_secs(5)),
            exchange(request, taken.clone()),
        )
        .await;
        answered.ok().flatten().ok_or_else(|| {
            if taken.load(Ordering::SeqCst) {
                TransportError::maybe_sent(Stage::Request, "no answer")
            } else {
                TransportError::not_sent(Stage::Tcp, "no connection")
            }
        })
    }
}

async fn exchange(request: Request, taken: Arc<AtomicBool>) -> Option<Response> {
    let host = request.uri().host()?.to_owned();
    let connecting = tokio::time::timeout(Duration::from_secs(2), TcpStream::connect((host, 80)));
    let stream = connecting.await.ok()?.ok()?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    let request = request.map(|body| Watched { body: Some(body), taken });
    let (head, mut body) = sender.send_request(request).await.ok()?.into_parts();
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        bytes.extend_from_slice(&frame.ok()?.into_data().unwrap_or_default());
    }
    Some(Response::from_parts(head, bytes.into()))
}

/// What happened to each message: how many were delivered, and what the application was told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ledger {
    delivered: HashMap<String, usize>,
    told: Vec<(usize, Result<(), Fate>)>,
}

type Shared = Arc<Mutex<Ledger>>;

/// A gateway that delivers each message as soon as it has read it, as real ones do.
async fn gateway(ledger: Shared, script: u64) -> turmoil::Result {
    let listener = TcpListener::bind("0.0.0.0:80").await?;
    let mut dice = Dice::new(script);
    loop {
        let (stream, _) = listener.accept().await?;
        let (ledger, mood, pause) = (ledger.clone(), dice.below(10), dice.below(8_000));
        tokio::spawn(async move {
            let service =
                hyper::service::service_fn(|request: hyper::Request<hyper::body::Incoming>| {
                    let ledger = ledger.clone();
                    async move {
                        let mut body = request.into_body();
                        let mut bytes = Vec::new();
                        while let Some(frame) =
                            std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
                        {
                            bytes.extend_from_slice(&frame?.into_data().unwrap_or_default());
                        }
                        let mut answer = hyper::Response::new(String::new());
                        match mood {
                            // It says that it takes nothing, and means it.
                            0 => *answer.status_mut() = hyper::StatusCode::TOO_MANY_REQUESTS,
                            1 => *answer.status_mut() = hyper::StatusCode::UNAUTHORIZED,
                            _ => {
                                let text = String::from_utf8_lossy(&bytes).into_owned();
                                *ledger.lock().unwrap().delivered.entry(text).or_default() += 1;
                            }
                        }
                        // Some answers come late, and some are errors although the message went out.
                        if mood == 2 {
                            tokio::time::sleep(Duration::from_millis(pause)).await;
                        }
                        if mood == 3 {
                            *answer.status_mut() = hyper::StatusCode::BAD_GATEWAY;
                        }
                        Ok::<_, hyper::Error>(answer)
                    }
                });
            let http = hyper::server::conn::http1::Builder::new();
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn http_gateway(host: &str) -> HttpGateway {
    let spec = format!(
        r#"
        spec = 1
        id = "{host}"
        name = "Simulated"
        allow = ["cleartext"]
        [request]
        method = "POST"
        url = "http://{host}/send"
        form = {{ text = "{{{{text}}}}", to = "{{{{to}}}}" }}
        "#
    );
    HttpGateway::builder(GatewaySpec::from_toml(&spec).unwrap()).build_with(Simulated).unwrap()
}

fn careful(seed: u64) -> Box<dyn Provider> {
    let stack = |host| {
        Retry::new(CircuitBreaker::new(http_gateway(host)))
            .with_seed(seed)
            .with_deadline(Duration::from_secs(15))
    };
    Box::new(
        Failover::new(stack("first"))
            .with_fallback(stack("second"))
            .with_least_time(Duration::from_secs(2)),
    )
}

/// The naive twin: whatever fails is sent again, elsewhere.
#[derive(Debug)]
struct Naive([HttpGateway; 2]);

#[async_trait]
impl Provider for Naive {
    fn name(&self) -> &str {
        "naive"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        match self.0[0].send(message).await {
            Err(_) => self.0[1].send(message).await,
            ok => ok,
        }
    }
}

fn naive(_: u64) -> Box<dyn Provider> {
    Box::new(Naive([http_gateway("first"), http_gateway("second")]))
}

/// One run.
fn run(seed: u64, provider: fn(u64) -> Box<dyn Provider>) -> Ledger {
    let mut dice = Dice::new(seed);
    let ledger = Shared::default();
    let mut sim = turmoil::Builder::new()
        .rng_seed(seed)
        .simulation_duration(Duration::from_secs(120))
        .tick_duration(Duration::from_millis(20))
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(1 + dice.below(400)))
        .fail_rate(dice.one(&[0.0, 0.01, 0.05]))
        .repair_rate(0.3)
        .build();
    for name in ["first", "second"] {
        let (ledger, script) = (ledger.clone(), dice.below(u64::MAX));
        sim.host(name, move || gateway(ledger.clone(), script));
    }
    let sent = ledger.clone();
    // An application that died does not send again when it is back: what it had begun is in nobody's hands.
    let begun = Arc::new(Mutex::new(0));
    sim.host("app", move || {
        let (sent, begun, provider) = (sent.clone(), begun.clone(), provider(seed));
        async move {
            loop {
                let number = {
                    let mut begun = begun.lock().unwrap();
                    *begun += 1;
                    *begun - 1
                };
                if number >= MESSAGES {
                    return Ok(());
                }
                let to = PhoneNumber::parse("+41791234567")?;
                let told = provider.send(&Message::new(to, format!("code {number}"))?).await;
                sent.lock()
                    .unwrap()
                    .told
                    .push((number, told.map(|_| ()).map_err(|error| error.fate())));
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    });
    // Blows of fate, at times of their own.
    let blows: Vec<_> = (0..dice.below(5)).map(|_| (dice.below(12_000), dice.below(7))).collect();
    let mut time = 0;
    while time < 60_000 {
        for (_, blow) in blows.iter().filter(|(at, _)| at / 20 == time / 20) {
            match blow {
                0 => sim.partition("app", "first"),
                1 => sim.partition_oneway("first", "app"),
                2 => sim.hold("app", "second"),
                3 => sim.bounce("first"),
                4 => sim.crash("second"),
                5 => sim.bounce("app"),
                _ => sim.repair("app", "first"),
            }
        }
        if time == 16_000 {
            sim.release("app", "second");
            sim.repair("app", "first");
        }
        let done = ledger.lock().unwrap().told.len() >= MESSAGES;
        if done || sim.step().is_err() {
            break;
        }
        time += 20;
    }
    drop(sim);
    Arc::into_inner(ledger).unwrap().into_inner().unwrap()
}

/// What is wrong with a run, if anything is.
fn judge(ledger: &Ledger) -> Result<(), String> {
    for (text, count) in &ledger.delivered {
        if *count > 1 {
            return Err(format!("{text} was delivered {count} times: {ledger:?}"));
        }
    }
    for (number, told) in &ledger.told {
        let name = format!("text=code%20{number}&to=%2B41791234567");
        let delivered =
            ledger.delivered.get(&name).or_else(|| ledger.delivered.get(&name.replace("%20", "+")));
        let is_right = match told {
            Ok(()) => delivered.is_some(),
            Err(Fate::NotSent | Fate::Refused) => delivered.is_none(),
            Err(Fate::Unknown) => true,
        };
        if !is_right {
            return Err(format!("of message {number} a lie was told: {ledger:?}"));
        }
    }
    Ok(())
}

/// `OTPOST_SEED` plays one run again.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn no_message_is_sent_twice_whatever_the_network_does() {
    let seeds = match number("OTPOST_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..cases("OTPOST_SEEDS", 200, 10_000),
    };
    let (accepted, unknown) = std::thread::scope(|scope| {
        let halves: Vec<_> = (0..2)
            .map(|half| {
                let seeds = seeds.clone().filter(move |seed| seed % 2 == half);
                scope.spawn(move || {
                    let mut totals = (0, 0);
                    for seed in seeds {
                        let ledger = run(seed, careful);
                        if let Err(wrong) = judge(&ledger) {
                            panic!("replay with OTPOST_SEED={seed}: {wrong}");
                        }
                        totals.0 += ledger.told.iter().filter(|(_, told)| told.is_ok()).count();
                        totals.1 += ledger
                            .told
                            .iter()
                            .filter(|(_, told)| *told == Err(Fate::Unknown))
                            .count();
                    }
                    totals
                })
            })
            .collect();
        halves
            .into_iter()
            .map(|half| half.join().unwrap())
            .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    });
    let runs = usize::try_from(seeds.end - seeds.start).unwrap();
    // The network is bad, and not so bad that nothing was tested.
    assert!(
        runs < 100 || (accepted > runs && unknown > runs / 10),
        "{accepted} accepted, {unknown} unknown"
    );
}

#[test]
fn a_run_repeats_and_a_naive_client_sends_twice() {
    for seed in 0..20 {
        assert_eq!(run(seed, careful), run(seed, careful), "seed {seed}");
    }
    let doubles = (0..300).filter(|seed| judge(&run(*seed, naive)).is_err()).count();
    assert!(doubles >= 10, "{doubles}");
}
