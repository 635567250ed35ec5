//! Connections that stop answering while TCP stays open: a timeout must cost the messages under way, and no later one.

use std::time::Duration;

use otpost::provider::{CircuitBreaker, Fate, Provider, SendErrorKind};
use otpost::transport::{ReqwestTransport, TransportOptions};
use otpost::{HttpGateway, Message, PhoneNumber, gateways};
use otpost_testing::{FaultProtocol, FaultServer, Script, TestAuthority, TestCertificate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const ACCEPTED: &str = r#"{"responseCode":0,"messageIds":["1-2"]}"#;

/// Paid once for each connection that hangs; long, so that a busy machine does not make a good connection look hung.
const TIMEOUT: Duration = Duration::from_secs(6);

/// Longer than the timeout: a connection that hangs does not also become too old.
const IDLE: Duration = Duration::from_secs(3_600);

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345").unwrap()
}

fn answer() -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{ACCEPTED}", ACCEPTED.len())
}

/// Answers this many requests and then no other, without closing the connection.
fn answers(protocol: FaultProtocol, requests: usize) -> Script {
    if protocol == FaultProtocol::Http2 {
        return Script::new().answer_http2(ACCEPTED, requests, 100).hang();
    }
    let each = |script: Script, _| script.read_request().write(answer());
    (0..requests).fold(Script::new(), each).hang()
}

/// A server whose first connection answers once and then hangs, and whose later connections are good.
async fn server(protocol: FaultProtocol, authority: Option<&TestAuthority>) -> FaultServer {
    let good = answers(protocol, 100);
    let server = match authority {
        None => FaultServer::start(good).await,
        Some(authority) => {
            FaultServer::start_tls(good, protocol, authority, TestCertificate::Valid).await
        }
    };
    let server = server.unwrap();
    server.next(answers(protocol, 1));
    server
}

/// A proxy that opens tunnels; it stops with the test's runtime.
async fn tunnels() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await?);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let target = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
                let mut gateway = TcpStream::connect(target).await?;
                client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
                tokio::io::copy_bidirectional(&mut client, &mut gateway).await
            });
        }
    });
    origin
}

fn gateway(origin: &str, options: &TransportOptions) -> HttpGateway {
    let transport = ReqwestTransport::new(options).unwrap();
    gateways::link_mobility("u", "p").origin(origin).build_with(transport).unwrap()
}

/// Sends 40 messages, one after the other, and returns how many were lost. What a circuit refuses is sent again.
async fn lost(provider: impl Provider, most: usize) -> usize {
    let mut lost = 0;
    for _ in 0..40 {
        loop {
            match provider.send(&message()).await {
                Ok(_) => break,
                Err(error) if error.kind() == SendErrorKind::Unavailable => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(error) => {
                    assert_eq!(error.fate(), Fate::Unknown, "{error:?}");
                    lost += 1;
                    break;
                }
            }
        }
        if lost > most {
            break;
        }
    }
    lost
}

#[tokio::test(flavor = "multi_thread")]
async fn hung_connections_lose_one_message() {
    let authority = TestAuthority::new().unwrap();
    let (mut cases, proxy) = (JoinSet::new(), tunnels().await);
    for with_circuit in [false, true] {
        for (case, protocol, with_tls, with_proxy) in [
            ("HTTP/1.1", FaultProtocol::Http1, false, false),
            ("HTTP/1.1, proxy", FaultProtocol::Http1, false, true),
            ("HTTP/1.1, TLS", FaultProtocol::Http1, true, false),
            ("HTTP/1.1, TLS, tunnel", FaultProtocol::Http1, true, true),
            ("HTTP/2, TLS", FaultProtocol::Http2, true, false),
            ("HTTP/2, TLS, tunnel", FaultProtocol::Http2, true, true),
        ] {
            let server = server(protocol, with_tls.then_some(&authority)).await;
            let mut options = TransportOptions::new()
                .with_idle_timeout(IDLE)
                .with_timeout(TIMEOUT)
                .with_connect_timeout(TIMEOUT)
                .with_ca_certificates(authority.pem().into_bytes());
            if protocol == FaultProtocol::Http2 {
                options = options.with_http2();
            }
            let mut origin = server.origin();
            if with_proxy && with_tls {
                options = options.with_proxy(proxy.as_str());
            } else if with_proxy {
                // A proxy for http:// is one that gets the whole URL: the server itself plays it.
                options = options.with_http_allowed().with_proxy(server.origin());
                origin = "http://sms.internal".to_owned();
            }
            let gateway = gateway(&origin, &options);
            cases.spawn(async move {
                let lost = if with_circuit {
                    let pause = Duration::from_millis(1);
                    lost(CircuitBreaker::new(gateway).with_failures(1).with_open_duration(pause), 1)
                        .await
                } else {
                    lost(gateway, 1).await
                };
                (case, with_circuit, lost, server.requests(), server.connections())
            });
        }
    }
    while let Some(case) = cases.join_next().await {
        let (case, with_circuit, lost, requests, connections) = case.unwrap();
        let shown = format!("{case}, circuit: {with_circuit}: {connections} connections");
        // The one that was lost has been read, and nothing is sent twice.
        assert_eq!((lost, requests), (1, 40), "{shown}");
    }
}

/// The naive twin: a client with HTTP/2 that keeps its connections, whatever happens on them.
#[tokio::test(flavor = "multi_thread")]
async fn hung_connections_lose_every_message_of_a_naive_client() {
    let authority = TestAuthority::new().unwrap();
    let server = server(FaultProtocol::Http2, Some(&authority)).await;
    let ca = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy().build().unwrap();
    let options = TransportOptions::new().with_timeout(Duration::from_secs(1));
    let transport = ReqwestTransport::from_client(client, &options);
    let naive = gateways::link_mobility("u", "p").origin(&server.origin());
    let naive = naive.build_with(transport).unwrap();
    assert_eq!((lost(naive, 3).await, server.connections()), (4, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn hung_connections_are_found_by_those_who_do_not_wait() {
    // The application's own timeout is shorter than the transport's, which so never ends an exchange.
    let authority = TestAuthority::new().unwrap();
    let server = server(FaultProtocol::Http2, Some(&authority)).await;
    let options = TransportOptions::new()
        .with_idle_timeout(IDLE)
        .with_timeout(Duration::from_secs(120))
        .with_ca_certificates(authority.pem().into_bytes())
        .with_http2();
    let gateway = gateway(&server.origin(), &options);
    assert!(gateway.send(&message()).await.is_ok());
    let request = message();
    let mut hanging = Box::pin(gateway.send(&request));
    while server.requests() < 2 {
        let _ = tokio::time::timeout(Duration::from_millis(5), &mut hanging).await;
    }
    drop(hanging);
    assert!(gateway.send(&message()).await.is_ok());
    assert_eq!((server.requests(), server.connections()), (3, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn hung_bodies_end_the_connection() {
    let authority = TestAuthority::new().unwrap();
    // The head of the second response arrives, and a part of its body: HEADERS and DATA on stream 3.
    let begun = [0, 0, 1, 1, 4, 0, 0, 0, 3, 0x88, 0, 0, 1, 0, 0, 0, 0, 0, 3, b'{'];
    let script = Script::new().answer_http2(ACCEPTED, 1, 100).read_request().write(begun).hang();
    let server = server(FaultProtocol::Http2, Some(&authority)).await;
    server.next(script);
    let options = TransportOptions::new()
        .with_idle_timeout(IDLE)
        .with_timeout(TIMEOUT)
        .with_ca_certificates(authority.pem().into_bytes())
        .with_http2();
    // The first script of the queue hangs as well.
    let gateway = gateway(&server.origin(), &options);
    for expected in [true, false, true, false, true, true, true] {
        let sent = gateway.send(&message()).await;
        assert_eq!(sent.is_ok(), expected, "{sent:?}");
    }
    assert_eq!((server.requests(), server.connections()), (7, 3));
}

/// Opens idle connections that then all die at once, as behind a NAT that has restarted, and counts what they cost.
async fn half_dead(gateway: HttpGateway, server: &FaultServer, most: usize) -> (usize, usize) {
    const CONNECTIONS: usize = 8;
    let dying = Script::new().read_request().wait(Duration::from_millis(500)).write(answer());
    for _ in 0..CONNECTIONS {
        server.next(dying.clone().hang());
    }
    let mut first = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let gateway = gateway.clone();
        first.spawn(async move { gateway.send(&message()).await.is_ok() });
    }
    while let Some(sent) = first.join_next().await {
        assert!(sent.unwrap());
    }
    (server.connections(), lost(gateway, most).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn half_dead_pools_lose_one_message() {
    let server = FaultServer::start(answers(FaultProtocol::Http1, 100)).await.unwrap();
    let ours = gateway(
        &server.origin(),
        &TransportOptions::new().with_timeout(TIMEOUT).with_idle_timeout(IDLE),
    );
    let (idle, lost) = half_dead(ours, &server, 1).await;
    assert!(idle > 1 && lost <= 1, "{lost} lost of {idle} idle connections");

    // The naive twin loses a message for each of them.
    let server = FaultServer::start(answers(FaultProtocol::Http1, 100)).await.unwrap();
    let options = TransportOptions::new().with_timeout(Duration::from_secs(2));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let transport = ReqwestTransport::from_client(client, &options);
    let naive = gateways::link_mobility("u", "p").origin(&server.origin());
    let (idle, lost) = half_dead(naive.build_with(transport).unwrap(), &server, 1).await;
    assert!(idle > 1 && lost > 1, "{lost} lost of {idle} idle connections");
}

/// Sends 200 messages at a time: how many were accepted, not sent, and of unknown fate.
async fn burst(gateway: &HttpGateway) -> (usize, usize, usize) {
    let mut sending = JoinSet::new();
    for _ in 0..200 {
        let gateway = gateway.clone();
        sending.spawn(async move { gateway.send(&message()).await.map_err(|error| error.fate()) });
    }
    let (mut accepted, mut not_sent, mut unknown) = (0, 0, 0);
    while let Some(sent) = sending.join_next().await {
        match sent.unwrap() {
            Ok(_) => accepted += 1,
            Err(Fate::NotSent) => not_sent += 1,
            Err(_) => unknown += 1,
        }
    }
    (accepted, not_sent, unknown)
}

/// Answers one request over HTTP/2, and first allows no further stream (RFC 9113 §6.5.2, SETTINGS_MAX_CONCURRENT_STREAMS).
fn one_stream() -> Script {
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        let length = u8::try_from(payload.len()).unwrap();
        [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
    };
    let settings = frame(4, 0, 0, &[0, 3, 0, 0, 0, 0]);
    // The status 200 of the static table (RFC 7541, appendix A).
    let (head, body) = (frame(1, 4, 1, &[0x88]), frame(0, 1, 1, ACCEPTED.as_bytes()));
    Script::new().read_request().write([settings, head, body].concat()).hang()
}

#[tokio::test(flavor = "multi_thread")]
async fn h2_messages_wait_for_a_stream() {
    let authority = TestAuthority::new().unwrap();
    let start = |script| {
        FaultServer::start_tls(script, FaultProtocol::Http2, &authority, TestCertificate::Valid)
    };
    let options = TransportOptions::new()
        .with_idle_timeout(IDLE)
        .with_timeout(Duration::from_secs(120))
        .with_connect_timeout(Duration::from_secs(60))
        .with_ca_certificates(authority.pem().into_bytes())
        .with_http2();
    let server = start(Script::new().answer_http2(ACCEPTED, 10_000, 20)).await.unwrap();
    assert_eq!(burst(&gateway(&server.origin(), &options)).await, (200, 0, 0));
    assert_eq!(server.requests(), 200);

    // Without a response, those that never had a stream were not sent.
    let silent = || start(Script::new().answer_http2(ACCEPTED, 0, 20).hang());
    let server = silent().await.unwrap();
    let hasty = options.with_timeout(Duration::from_secs(10));
    let (accepted, not_sent, unknown) = burst(&gateway(&server.origin(), &hasty)).await;
    assert_eq!((accepted, not_sent + unknown), (0, 200));
    let seen = server.requests();
    assert!(not_sent >= 100 && seen + not_sent <= 200, "{not_sent} not sent, {seen} seen");

    // The naive twin gives them all to the client, and knows of none. Its server answers once and then allows no stream
    // at all, so it sees none of them.
    let server = start(one_stream()).await.unwrap();
    let ca = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([ca]).no_proxy().build().unwrap();
    let transport = ReqwestTransport::from_client(client, &hasty);
    let naive = gateways::link_mobility("u", "p").origin(&server.origin());
    let naive = naive.build_with(transport).unwrap();
    naive.send(&message()).await.unwrap();
    assert_eq!((burst(&naive).await, server.requests()), ((0, 0, 200), 1));
}

#[tokio::test]
async fn http1_is_the_default_and_h2_an_option() {
    let authority = TestAuthority::new().unwrap();
    let options = TransportOptions::new().with_ca_certificates(authority.pem().into_bytes());
    for (protocol, http2, is_spoken) in [
        (FaultProtocol::Http1, false, true),
        (FaultProtocol::Http1, true, true),
        (FaultProtocol::Http2, true, true),
        (FaultProtocol::Http2, false, false),
    ] {
        let good = answers(protocol, 1);
        let server =
            FaultServer::start_tls(good, protocol, &authority, TestCertificate::Valid).await;
        let server = server.unwrap();
        let options = if http2 { options.clone().with_http2() } else { options.clone() };
        let sent = gateway(&server.origin(), &options).send(&message()).await;
        assert_eq!(sent.is_ok(), is_spoken, "{protocol:?}, {http2}: {sent:?}");
        let fate = sent.err().map(|error| error.fate());
        assert!(is_spoken || (fate == Some(Fate::NotSent) && !server.is_touched()));
    }
}
