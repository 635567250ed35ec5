//! The transport on real sockets, and what becomes of a message when the other side misbehaves.

use std::time::{Duration, Instant};

use otpost::provider::{Fate, Provider, SendError, SendErrorKind, Stage};
use otpost::transport::{Request, ReqwestTransport, Transport, TransportOptions};
use otpost::{HttpGateway, Message, PhoneNumber, gateways};
use otpost_testing::{MockAnswer, MockGateway};

const ACCEPTED: &str = r#"{"responseCode":0,"messageIds":["1-2"]}"#;

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345").unwrap()
}

/// For exchanges that are expected to end by themselves, on a machine as busy as it may be.
fn options() -> TransportOptions {
    TransportOptions::new()
        .with_timeout(Duration::from_secs(30))
        .with_connect_timeout(Duration::from_secs(10))
}

/// For those that only the clock ends.
fn impatient() -> TransportOptions {
    options().with_timeout(Duration::from_millis(500))
}

/// A port that refuses: it is taken, and nobody listens.
fn refusing() -> (tokio::net::TcpSocket, String) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let origin = format!("http://{}", socket.local_addr().unwrap());
    (socket, origin)
}

fn gateway(origin: &str, transport: ReqwestTransport) -> HttpGateway {
    gateways::link_mobility("acme", "hunter2").origin(origin).build_with(transport).unwrap()
}

async fn mock() -> (MockGateway, HttpGateway) {
    let mock = MockGateway::start(&otpost::gateways::with_examples("link-mobility").unwrap())
        .await
        .unwrap();
    let gateway = gateway(&mock.origin(), ReqwestTransport::new(&options()).unwrap());
    (mock, gateway)
}

#[track_caller]
fn check(error: &SendError, kind: SendErrorKind, fate: Fate, stage: Stage) {
    assert_eq!((error.kind(), error.fate(), error.stage()), (kind, fate, Some(stage)), "{error:?}");
}

/// One misbehaviour: the message's fate, and that the gateway has seen exactly one request.
async fn misbehave(answer: MockAnswer, kind: SendErrorKind, fate: Fate, stage: Stage) {
    let stalls = matches!(answer, MockAnswer::Stall);
    let mock = MockGateway::start(&otpost::gateways::with_examples("link-mobility").unwrap())
        .await
        .unwrap();
    let options = if stalls { impatient() } else { options() };
    let gateway = gateway(&mock.origin(), ReqwestTransport::new(&options).unwrap());
    mock.answer_always(answer);
    let error = gateway.send(&message()).await.unwrap_err();
    check(&error, kind, fate, stage);
    assert_eq!(mock.requests().len(), 1, "nothing is repeated: {error:?}");
}

#[tokio::test]
async fn requests_that_are_read_and_not_answered_may_have_been_sent() {
    use Fate::Unknown;
    use SendErrorKind::Transport;
    for _ in 0..20 {
        misbehave(MockAnswer::Close, Transport, Unknown, Stage::Request).await;
    }
    misbehave(MockAnswer::Stall, Transport, Unknown, Stage::Request).await;
    for (stage, garbage) in [
        (Stage::Headers, "\0\0\0\0garbage\r\n\r\n"),
        (Stage::Request, "HTTP/1.1 20"),
        (Stage::Request, "HTTP/1.1 200 OK\r\nA: b"),
        (Stage::Headers, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
    ] {
        misbehave(MockAnswer::Raw(garbage.into()), Transport, Unknown, stage).await;
    }
}

#[tokio::test]
async fn a_careless_client_sends_twice_and_keeps_everything() {
    // The naive twin of the tests around it: a retry on any error, and a body that is read to its end.
    let (mock, _) = mock().await;
    mock.answer(MockAnswer::Close);
    let client = reqwest::Client::new();
    let post = || client.post(mock.origin()).body("messageText=012345").send();
    let answer = match post().await {
        Err(_) => post().await.unwrap(),
        Ok(answer) => answer,
    };
    assert_eq!(
        (answer.status().as_u16(), mock.requests().len()),
        (200, 2),
        "a double message is seen"
    );
    mock.answer(MockAnswer::new(200, " ".repeat(8 * 1_024 * 1_024)));
    assert_eq!(post().await.unwrap().bytes().await.unwrap().len(), 8 * 1_024 * 1_024);
}

#[tokio::test]
async fn answers_that_break_off_leave_the_fate_open() {
    let truncated = MockAnswer::Truncate { status: 200, body: ACCEPTED.to_owned() };
    misbehave(truncated, SendErrorKind::Transport, Fate::Unknown, Stage::Body).await;
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{ACCEPTED}\r\n",
        ACCEPTED.len()
    );
    misbehave(
        MockAnswer::Raw(chunked.into()),
        SendErrorKind::Transport,
        Fate::Unknown,
        Stage::Body,
    )
    .await;
    // A body that ends early but cleanly is not JSON any more.
    let short = format!("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{ACCEPTED}");
    let (mock, gateway) = mock().await;
    mock.answer(MockAnswer::Raw(short.into()));
    let error = gateway.send(&message()).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unknown, Fate::Unknown));
}

#[tokio::test]
async fn answers_are_read_up_to_the_limit() {
    let (mock, gateway) = mock().await;
    let body = |length: usize| {
        let padding = " ".repeat(length - ACCEPTED.len());
        MockAnswer::new(200, format!("{ACCEPTED}{padding}"))
    };
    mock.answer(body(64 * 1_024));
    assert!(gateway.send(&message()).await.is_ok());
    mock.answer(body(64 * 1_024 + 1));
    let error = gateway.send(&message()).await.unwrap_err();
    check(&error, SendErrorKind::Transport, Fate::Unknown, Stage::Body);
    mock.answer(body(8 * 1_024 * 1_024));
    let error = gateway.send(&message()).await.unwrap_err();
    check(&error, SendErrorKind::Transport, Fate::Unknown, Stage::Body);
}

#[tokio::test]
async fn a_gateway_that_is_not_reached_has_nothing() {
    let transport = || ReqwestTransport::new(&options()).unwrap();
    let (_held, origin) = refusing();
    let refused = gateway(&origin, transport()).send(&message()).await;
    check(&refused.unwrap_err(), SendErrorKind::Transport, Fate::NotSent, Stage::Tcp);
    let nowhere = gateway("https://gateway.invalid", transport()).send(&message()).await;
    check(&nowhere.unwrap_err(), SendErrorKind::Transport, Fate::NotSent, Stage::Dns);

    // TLS to a port that does not speak it: the mock sees no request.
    let (mock, _) = mock().await;
    let tls =
        gateway(&mock.origin().replace("http://", "https://"), transport()).send(&message()).await;
    check(&tls.unwrap_err(), SendErrorKind::Transport, Fate::NotSent, Stage::Tls);
    assert!(mock.requests().is_empty() && mock.connections() > 0);

    // A TLS handshake that never ends, with the total time-out alone: the client's own flags cannot tell this from a
    // request that was sent.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let patient = impatient().with_connect_timeout(Duration::from_secs(60));
    let origin = format!("https://{}", silent.local_addr().unwrap());
    let stalled = gateway(&origin, ReqwestTransport::new(&patient).unwrap()).send(&message()).await;
    check(&stalled.unwrap_err(), SendErrorKind::Transport, Fate::NotSent, Stage::Tls);
}

#[tokio::test]
async fn without_a_body_only_a_failed_connection_is_proof() {
    let mock =
        MockGateway::start(&otpost::gateways::with_examples("smseagle-v1").unwrap()).await.unwrap();
    let transport = || ReqwestTransport::new(&options()).unwrap();
    let get =
        |origin: &str| gateways::smseagle_v1(origin, "token").build_with(transport()).unwrap();
    assert_eq!(get(&mock.origin()).send(&message()).await.unwrap().message_id(), Some("297"));
    mock.answer(MockAnswer::Close);
    let error = get(&mock.origin()).send(&message()).await.unwrap_err();
    check(&error, SendErrorKind::Transport, Fate::Unknown, Stage::Request);
    let error = get("http://127.0.0.1:9").send(&message()).await.unwrap_err();
    check(&error, SendErrorKind::Transport, Fate::NotSent, Stage::Tcp);
    // The application's client may follow redirects: it fails to connect also after the gateway has taken the message.
    let redirect = || MockAnswer::new(302, "").with_header("Location", "http://127.0.0.1:9/");
    let foreign = ReqwestTransport::from_client(reqwest::Client::new(), &options());
    let foreign = gateways::smseagle_v1(mock.origin(), "token").build_with(foreign).unwrap();
    mock.answer(redirect());
    let error = foreign.send(&message()).await.unwrap_err();
    check(&error, SendErrorKind::Transport, Fate::Unknown, Stage::Request);
    mock.answer(redirect());
    assert_eq!(get(&mock.origin()).send(&message()).await.unwrap_err().fate(), Fate::Unknown);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = MockGateway::start(&otpost::gateways::with_examples("link-mobility").unwrap())
        .await
        .unwrap();
    let port = elsewhere.origin().rsplit(':').next().unwrap().to_owned();
    for status in [301, 302, 303, 307, 308] {
        // Another port, another host, another scheme, and the host without the scheme.
        for base in ["http://127.0.0.1", "http://localhost", "https://127.0.0.1", "//127.0.0.1"] {
            let (mock, gateway) = mock().await;
            let location = format!("{base}:{port}/restapi/v1/sms/send");
            mock.answer_always(MockAnswer::new(status, "").with_header("Location", location));
            let error = gateway.send(&message()).await.unwrap_err();
            let expected = if status < 305 { Fate::Unknown } else { Fate::Refused };
            assert_eq!(error.fate(), expected, "{status}");
            assert_eq!(mock.requests().len(), 1);
        }
    }
    assert_eq!(elsewhere.connections(), 0, "the other host has seen nothing");

    // The naive twin: the client as it comes follows, and shows the other host the whole message.
    let (mock, _) = mock().await;
    let location = format!("{}/restapi/v1/sms/send", elsewhere.origin());
    mock.answer_always(MockAnswer::new(307, "").with_header("Location", location));
    let naive =
        reqwest::Client::new().post(mock.origin()).body("messageText=012345").send().await.unwrap();
    assert_eq!(naive.status(), 200);
    assert!(elsewhere.requests()[0].text().contains("012345"));
}

#[tokio::test]
async fn the_total_time_is_kept() {
    let (mock, patient) = mock().await;
    let transport = ReqwestTransport::new(&impatient()).unwrap();
    let hasty = gateway(&mock.origin(), transport);
    mock.answer(MockAnswer::new(200, ACCEPTED).with_delay(Duration::from_secs(300)));
    let begin = Instant::now();
    let error = hasty.send(&message()).await.unwrap_err();
    check(&error, SendErrorKind::Transport, Fate::Unknown, Stage::Request);
    assert!(begin.elapsed() >= Duration::from_millis(450), "{:?}", begin.elapsed());
    mock.answer(MockAnswer::new(200, ACCEPTED).with_delay(Duration::from_millis(600)));
    assert!(patient.send(&message()).await.is_ok());
}

#[tokio::test]
async fn idle_connections_that_were_closed_are_replaced() {
    let (mock, gateway) = mock().await;
    for _ in 0..20 {
        let closing =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{ACCEPTED}", ACCEPTED.len());
        mock.answer(MockAnswer::Raw(closing.into()));
        assert!(gateway.send(&message()).await.is_ok());
        // The mock has closed the connection; the client learns of it before the next send.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(mock.requests().len(), 20);
    // And one that stays open is used again.
    let before = mock.connections();
    for _ in 0..20 {
        assert!(gateway.send(&message()).await.is_ok());
    }
    assert!(mock.connections() <= before + 1);
}

#[tokio::test]
async fn cleartext_needs_permission() {
    let request = |uri: &str| {
        let mut request = Request::default();
        *request.uri_mut() = uri.parse().unwrap();
        request
    };
    let strict = ReqwestTransport::new(&options()).unwrap();
    for uri in [
        "http://sms.example/",
        "http://10.0.0.5/",
        "http://127.0.0.1.sms.example/",
        "http://localhost.example/",
    ] {
        let error = strict.call(request(uri)).await.unwrap_err();
        assert!(!error.may_have_sent() && error.stage() == Stage::Config, "{uri}: {error}");
    }
    for uri in ["http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/"] {
        let error = strict.call(request(uri)).await.unwrap_err();
        assert_eq!((error.may_have_sent(), error.stage()), (false, Stage::Tcp), "{uri}: {error}");
    }
    let relative = strict.call(request("/nowhere")).await.unwrap_err();
    assert!(!relative.may_have_sent());
}

#[tokio::test]
async fn proxies_are_used_when_asked_and_never_else() {
    let (proxy, _) = mock().await;
    let spec = || otpost::gateways::with_examples("link-mobility").unwrap();
    let with_proxy =
        ReqwestTransport::new(&options().with_http_allowed().with_proxy(proxy.origin())).unwrap();
    let through = gateways::link_mobility("u", "p")
        .origin("http://sms.internal")
        .build_with(with_proxy)
        .unwrap();
    assert!(through.send(&message()).await.is_ok());
    assert_eq!(proxy.requests()[0].target, "http://sms.internal/restapi/v1/sms/send");
    let dead =
        ReqwestTransport::new(&options().with_http_allowed().with_proxy("http://127.0.0.1:9"))
            .unwrap();
    let dead =
        gateways::link_mobility("u", "p").origin("http://sms.internal").build_with(dead).unwrap();
    check(
        &dead.send(&message()).await.unwrap_err(),
        SendErrorKind::Transport,
        Fate::NotSent,
        Stage::Proxy,
    );
    for bad in ["socks5://10.0.0.2:1080", "ftp://10.0.0.2", "", "10.0.0.2:3128", "http://"] {
        let error = ReqwestTransport::new(&options().with_proxy(bad)).unwrap_err();
        assert_eq!(error.stage(), Stage::Config, "{bad}");
    }
    assert!(spec().check().is_ok());
}
