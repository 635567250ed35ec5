//! Everything that a network and a gateway can do wrong, again and again, over every way to send.

use std::sync::Arc;
use std::time::Duration;

use otpost::gateway::GatewaySpec;
use otpost::provider::{Fate, Provider, Receipt, SendError, Stage};
use otpost::transport::{
    Request, ReqwestTransport, Response, Transport, TransportError, TransportOptions,
};
use otpost::{HttpGateway, Message, PhoneNumber};
use otpost_testing::{
    Fault, FaultClass, FaultProtocol, FaultServer, TestAuthority, TestCertificate,
};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const ACCEPTED: &str = r#"{"responseCode":0,"messageIds":["1-2"]}"#;

/// What a request looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Post,
    Get,
}

/// Whose client sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Ours,
    /// One of the application's, as the documentation asks for it.
    Foreign,
}

/// How often each fault is repeated.
fn runs() -> usize {
    usize::try_from(crate::scale::cases("OTPOST_RUNS", 10, 100)).unwrap()
}

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

fn spec(origin: &str, shape: Shape) -> GatewaySpec {
    let allow = if shape == Shape::Get { "\"secret-in-url\"" } else { "" };
    let request = match shape {
        Shape::Post => "method = \"POST\"\nform = { to = \"{{to}}\", text = \"{{text}}\" }",
        Shape::Get => "method = \"GET\"\nquery = { to = \"{{to}}\", text = \"{{text}}\" }",
    };
    let text = format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        allow = [{allow}]
        [request]
        {request}
        url = "{origin}/send"
        [[response]]
        when = {{ status = 200, json = {{ "/responseCode" = 0 }} }}
        then = {{ outcome = "accepted", message_id = "/messageIds/0" }}
        "#
    );
    GatewaySpec::from_toml(&text).unwrap()
}

/// Time enough for what ends by itself, on a machine as busy as it may be. What only the clock ends gets less from its message.
fn options() -> TransportOptions {
    TransportOptions::new()
        .with_timeout(Duration::from_secs(60))
        .with_connect_timeout(Duration::from_secs(50))
        .with_idle_timeout(Duration::ZERO)
}

fn foreign(authority: &TestAuthority, protocol: FaultProtocol) -> ReqwestTransport {
    let ca = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let mut client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(0)
        .tls_certs_only([ca]);
    if protocol == FaultProtocol::Http2 {
        client = client.http2_prior_knowledge();
    }
    ReqwestTransport::from_client(client.build().unwrap(), &options())
}

fn gateway(origin: &str, shape: Shape, transport: &(impl Transport + Clone)) -> HttpGateway {
    HttpGateway::builder(spec(origin, shape)).build_with(transport.clone()).unwrap()
}

/// Judges one send: the class is the expected one, and nothing that the gateway has seen a byte of is called not sent.
fn check(
    case: &str,
    class: FaultClass,
    server: &FaultServer,
    sent: &Result<Receipt, SendError>,
) -> Result<(), String> {
    let fate = sent.as_ref().map_err(SendError::fate);
    let is_expected = match class {
        FaultClass::Accepted => sent.is_ok(),
        // An answer that says no may say it for now, or for good.
        FaultClass::Declined => matches!(fate, Err(Fate::NotSent | Fate::Refused)),
        FaultClass::NotSent => matches!(fate, Err(Fate::NotSent)) && !server.is_touched(),
        FaultClass::Open => match fate {
            Err(Fate::NotSent) => !server.is_touched(),
            Err(Fate::Unknown) => true,
            _ => false,
        },
        _ => matches!(fate, Err(Fate::Unknown)),
    };
    if is_expected && server.requests() <= 1 {
        return Ok(());
    }
    let (requests, touched) = (server.requests(), server.is_touched());
    Err(format!("{case}: {requests} requests, touched: {touched}, {sent:?}"))
}

/// Plays one fault once, with a server of its own, so that what the server has seen belongs to this send.
async fn once(
    fault: &Fault,
    shape: Shape,
    transport: &(impl Transport + Clone),
    tls: Option<(&TestAuthority, TestCertificate)>,
    time: Duration,
) -> (FaultServer, Result<Receipt, SendError>) {
    let script = fault.script();
    let server = match tls {
        Some((authority, certificate)) => {
            FaultServer::start_tls(script, fault.protocol(), authority, certificate).await
        }
        None => FaultServer::start(script).await,
    }
    .unwrap();
    let origin = match fault.protocol() {
        FaultProtocol::Tls => server.origin().replace("http://", "https://"),
        _ => server.origin(),
    };
    let sent = gateway(&origin, shape, transport).send(&message().with_time_left(time)).await;
    (server, sent)
}

/// Plays every fault that the filter lets through, over one way to send.
async fn play(shape: Shape, client: Client, with_tls: bool) {
    let authority = Arc::new(TestAuthority::new().unwrap());
    let mut playing = JoinSet::new();
    // Those that wait do nothing meanwhile; the others are held to a few at once, so that no time-out is for lack of
    // a processor.
    let (busy, waiting) = (Arc::new(Semaphore::new(16)), Arc::new(Semaphore::new(150)));
    let mut cases = 0;
    for fault in Fault::all(ACCEPTED) {
        let fits = match fault.protocol() {
            FaultProtocol::Http1 => true,
            // Without TLS there is nothing by which HTTP/2 could be agreed on, unless the client insists on it.
            FaultProtocol::Http2 => with_tls || client == Client::Foreign,
            _ => with_tls,
        };
        if !fits {
            continue;
        }
        cases += 1;
        let transport = match client {
            Client::Ours => {
                let options = options();
                let options = options.with_ca_certificates(authority.pem().into_bytes());
                let is_http2 = fault.protocol() == FaultProtocol::Http2;
                let options = if is_http2 { options.with_http2() } else { options };
                ReqwestTransport::new(&options).unwrap()
            }
            Client::Foreign => foreign(&authority, fault.protocol()),
        };
        let permits = if fault.ends_by_clock() { &waiting } else { &busy };
        for run in 0..runs() {
            let (fault, transport, authority) =
                (fault.clone(), transport.clone(), authority.clone());
            let permits = permits.clone();
            playing.spawn(async move {
                let _permit = permits.acquire().await.unwrap();
                let certificate = (&*authority, TestCertificate::Valid);
                let tls =
                    (with_tls && fault.protocol() != FaultProtocol::Tls).then_some(certificate);
                let mut time = Duration::from_secs(if fault.ends_by_clock() { 2 } else { 60 });
                let (server, sent) = loop {
                    let (server, sent) = once(&fault, shape, &transport, tls, time).await;
                    // On a busy machine the time may be over before the fault: nothing has arrived, and that is what is
                    // said. Then it is played again with more time.
                    let not_sent = matches!(&sent, Err(error) if error.fate() == Fate::NotSent);
                    let is_early =
                        not_sent && !server.is_touched() && time < Duration::from_secs(60);
                    if fault.class() != FaultClass::Unknown || !is_early {
                        break (server, sent);
                    }
                    time *= 2;
                };
                let case = format!("{:?}: {}, run {run}", fault.protocol(), fault.name());
                check(&case, fault.class(), &server, &sent)
            });
        }
    }
    assert!(cases > 40, "{cases}");
    let mut complaints = Vec::new();
    while let Some(played) = playing.join_next().await {
        complaints.extend(played.unwrap().err());
    }
    let count = complaints.len();
    complaints.truncate(12);
    assert!(complaints.is_empty(), "{count} of {}:\n{}", cases * runs(), complaints.join("\n"));
}

/// The naive twin: a client as it comes, and an error that is believed to be about the request.
#[derive(Clone, Debug)]
struct Naive(reqwest::Client);

#[otpost::async_trait]
impl Transport for Naive {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        let url = request.uri().to_string();
        let judge = |error: reqwest::Error| {
            if error.is_connect() || error.is_request() {
                TransportError::not_sent(Stage::Request, "the request failed")
            } else {
                TransportError::maybe_sent(Stage::Body, "the answer failed")
            }
        };
        let post = self.0.post(url).body(request.into_body());
        let answer = post.send().await.map_err(judge)?;
        let mut response = Response::default();
        *response.status_mut() = answer.status();
        *response.body_mut() = answer.bytes().await.map_err(judge)?;
        Ok(response)
    }
}

#[tokio::test]
async fn a_naive_client_lies_and_repeats() {
    let authority = TestAuthority::new().unwrap();
    let ca = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let client = || reqwest::Client::builder().timeout(Duration::from_secs(2));
    let (mut lies, mut repeats) = (0, 0);
    for fault in Fault::all(ACCEPTED) {
        let over_tls = fault.protocol() == FaultProtocol::Http2;
        // What never ends it would keep to its end.
        let is_endless = ["a gigabyte", "endless chunks"].contains(&fault.name());
        if fault.protocol() == FaultProtocol::Tls || fault.ends_by_clock() || is_endless {
            continue;
        }
        let client = client().tls_certs_only([ca.clone()]).build().unwrap();
        let tls = over_tls.then_some((&authority, TestCertificate::Valid));
        let (server, sent) = once(&fault, Shape::Post, &Naive(client), tls, Duration::MAX).await;
        let not_sent = matches!(&sent, Err(error) if error.fate() == Fate::NotSent);
        lies +=
            usize::from(not_sent && server.requests() > 0 && fault.class() == FaultClass::Unknown);
        repeats += usize::from(server.requests() > 1);
        if not_sent && server.requests() > 1 {
            check(fault.name(), fault.class(), &server, &sent).expect_err("it is noticed");
        }
    }
    assert!(lies >= 10 && repeats >= 2, "{lies} lies, {repeats} repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_in_the_clear() {
    play(Shape::Post, Client::Ours, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_over_tls() {
    play(Shape::Post, Client::Ours, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gets_in_the_clear() {
    play(Shape::Get, Client::Ours, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gets_over_tls() {
    play(Shape::Get, Client::Ours, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_by_the_application_s_client() {
    play(Shape::Post, Client::Foreign, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_over_tls_by_the_application_s_client() {
    play(Shape::Post, Client::Foreign, true).await;
}
