//! Each way in which an exchange can fail, and the sentence for it. Every sentence must be true in every case in which it is
//! printed, so the table holds the cases that were once taken for one another.

use std::error::Error;
use std::time::Duration;

use otpost::gateway::GatewaySpec;
use otpost::provider::{Fate, Provider, SendErrorKind};
use otpost::transport::{ReqwestTransport, TransportOptions};
use otpost::{HttpGateway, Message, PhoneNumber, gateways};
use otpost_testing::{FaultProtocol, FaultServer, Script, TestAuthority, TestCertificate};

use super::frames::{CUT, GOAWAY, HEAD, HEAD_OF_9, RESET, SETTINGS, frames};
use super::{call, options};

/// Who stands between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RouteTarget {
    /// `http://`.
    Clear,
    /// `https://` to a server that speaks HTTP/1.1.
    Tls,
    /// `https://` to a server that speaks HTTP/2.
    Http2,
    /// `https://` to a port that does not speak TLS.
    NoTls,
    /// `http://` by a proxy.
    Proxy,
    /// `https://` by a proxy.
    Tunnel,
    /// `https://` by a proxy that is asked to speak TLS, and does not.
    TlsProxy,
}

/// What is said, with `HOST` for the server and without the time.
async fn said(
    way: RouteTarget,
    script: Script,
    authority: &TestAuthority,
    options: TransportOptions,
) -> String {
    let protocol =
        if way == RouteTarget::Http2 { FaultProtocol::Http2 } else { FaultProtocol::Http1 };
    let server = match way {
        RouteTarget::Tls | RouteTarget::Http2 => {
            FaultServer::start_tls(script, protocol, authority, TestCertificate::Valid).await
        }
        _ => FaultServer::start(script).await,
    };
    let server = server.unwrap();
    let address = server.address().to_string();
    let options = match way {
        RouteTarget::Proxy | RouteTarget::Tunnel => {
            options.with_proxy(format!("http://u:hunter2@{address}"))
        }
        RouteTarget::TlsProxy => options.with_proxy(format!("https://u:hunter2@{address}")),
        _ => options,
    };
    let url = match way {
        RouteTarget::Clear | RouteTarget::Tls | RouteTarget::Http2 => server.origin(),
        RouteTarget::NoTls => format!("https://{address}"),
        RouteTarget::Proxy => "http://sms.example:80".to_owned(),
        RouteTarget::Tunnel | RouteTarget::TlsProxy => "https://sms.example".to_owned(),
    };
    let error = call(&options, &format!("{url}/path?secret=1")).await.unwrap_err();
    let text = error.to_string();
    assert!(!text.contains("hunter2") && !text.contains("secret"), "{text}");
    let is_sent = text.ends_with("; it may have been sent");
    assert!(is_sent == error.may_have_sent(), "{text}");
    assert!(is_sent || text.ends_with("; the message was not sent"), "{text}");
    let sentence = text.rsplit_once(" (").unwrap().0;
    let mark = if is_sent { "?" } else { "-" };
    format!("{mark} {}", sentence.replace(&address, "HOST"))
}

fn asked(answer: impl Into<Vec<u8>>) -> Script {
    Script::new().read_request().write(answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn sentences_are_true() {
    let authority = TestAuthority::new().unwrap();
    let many: String = (0..150).map(|at| format!("H{at}: x\r\n")).collect();
    let long = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(1 << 20));
    let body = |rest: &str| asked(format!("HTTP/1.1 200 OK\r\n{rest}"));
    let h2 = |bytes: &[u8]| Script::new().write(SETTINGS).read_request().write(bytes).hang();
    let alert = [21, 3, 3, 0, 2, 2, 40];
    let tunnel = || asked("HTTP/1.1 200 OK\r\n\r\n");
    let second = Duration::from_secs(1);
    let table: Vec<(RouteTarget, Script, &str)> = vec![
        // Responses that are none.
        (
            RouteTarget::Clear,
            asked("\0\0\0\0garbage\r\n\r\n"),
            "? headers: the response from HOST is not HTTP/1.1: does the port expect TLS?",
        ),
        (
            RouteTarget::Clear,
            asked(alert),
            "? headers: the response from HOST is not HTTP/1.1: does the port expect TLS?",
        ),
        (
            RouteTarget::Tls,
            asked("\0\0\0\0garbage\r\n\r\n"),
            "? headers: the response from HOST is not HTTP/1.1",
        ),
        (
            RouteTarget::Proxy,
            asked("garbage\r\n\r\n"),
            "? headers: the response from proxy HOST is not HTTP/1.1: does the port expect TLS?",
        ),
        (
            RouteTarget::Clear,
            asked("HTTP/1.1 2x0 OK\r\n\r\n"),
            "? headers: the response from HOST has an invalid status line",
        ),
        (
            RouteTarget::Clear,
            asked("HTTP/1.1 200 OK\r\nno header\r\n\r\n"),
            "? headers: the response from HOST has an invalid header or line break",
        ),
        (
            RouteTarget::Tls,
            asked("HTTP/1.1 200 OK\r\nno header\r\n\r\n"),
            "? headers: the response from HOST has an invalid header or line break",
        ),
        (
            RouteTarget::Clear,
            body("Content-Length: -1\r\n\r\n"),
            "? headers: the response from HOST has an invalid Content-Length",
        ),
        (
            RouteTarget::Clear,
            body("Content-Length: 2\r\nContent-Length: 3\r\n\r\n"),
            "? headers: the response from HOST has an invalid Content-Length",
        ),
        (
            RouteTarget::Clear,
            body(&format!("{many}\r\n")),
            "? headers: the response from HOST has a head that is too large",
        ),
        (
            RouteTarget::Clear,
            asked(long),
            "? headers: the response from HOST has a head that is too large",
        ),
        (
            RouteTarget::Http2,
            h2(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            "? headers: the response from HOST is not valid HTTP/2 (FRAME_SIZE_ERROR)",
        ),
        // Connections that end.
        (
            RouteTarget::Clear,
            Script::new().read_request(),
            "? request: the connection to HOST was closed before the response was complete",
        ),
        (
            RouteTarget::Clear,
            asked("HTTP/1.1 20"),
            "? request: the connection to HOST was closed before the response was complete",
        ),
        (
            RouteTarget::Tls,
            Script::new().read_request(),
            "? request: the connection to HOST was closed before the response was complete",
        ),
        (
            RouteTarget::Clear,
            Script::new().read_request().reset(),
            "? request: the connection to HOST was reset before the response was complete",
        ),
        (
            RouteTarget::Proxy,
            Script::new().read_request(),
            "? request: the connection to proxy HOST was closed before the response was complete",
        ),
        (
            RouteTarget::Http2,
            Script::new().write(SETTINGS).read_request(),
            "? request: the connection to HOST was closed before the response was complete",
        ),
        (
            RouteTarget::Http2,
            h2(RESET),
            "? request: HOST reset the HTTP/2 stream of the request (REFUSED_STREAM)",
        ),
        (
            RouteTarget::Http2,
            h2(GOAWAY),
            "? request: the connection to HOST was ended by the other side (HTTP/2 GOAWAY, INTERNAL_ERROR) before the response was complete",
        ),
        (
            RouteTarget::Http2,
            h2(b""),
            "? request: the connection to HOST did not respond to an HTTP/2 PING before the response was complete",
        ),
        (
            RouteTarget::Clear,
            Script::new().read_request().hang(),
            "? request: no response from HOST in TIME",
        ),
        (
            RouteTarget::Proxy,
            Script::new().read_request().hang(),
            "? request: no response from sms.example:80 in TIME",
        ),
        // Bodies.
        (
            RouteTarget::Clear,
            body("Content-Length: 9\r\n\r\n{"),
            "? body: the connection to HOST was closed in the response body",
        ),
        (
            RouteTarget::Clear,
            body("Content-Length: 9\r\n\r\n{").wait(Duration::from_millis(100)).reset(),
            "? body: the connection to HOST was reset in the response body",
        ),
        (
            RouteTarget::Clear,
            body("Content-Length: 9\r\n\r\n{").hang(),
            "? body: the response body of HOST did not end in TIME",
        ),
        (
            RouteTarget::Clear,
            body("Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
            "? body: the response body of HOST has an invalid chunk",
        ),
        (
            RouteTarget::Clear,
            body("Content-Length: 70000\r\n\r\n").write([b' '; 70_000]).hang(),
            "? body: the response body is longer than 65536 bytes",
        ),
        (
            RouteTarget::Http2,
            h2(&frames(&[HEAD, RESET])),
            "? body: HOST reset the HTTP/2 stream in the response body (REFUSED_STREAM)",
        ),
        (
            RouteTarget::Http2,
            h2(&frames(&[HEAD_OF_9, CUT])),
            "? body: HOST ended the response body after 1 of 9 bytes",
        ),
        // Handshakes.
        (
            RouteTarget::NoTls,
            Script::new().read(1),
            "- tls: the connection to HOST was closed during the TLS handshake",
        ),
        (
            RouteTarget::NoTls,
            Script::new().read(1).reset(),
            "- tls: the connection to HOST was reset during the TLS handshake",
        ),
        (
            RouteTarget::NoTls,
            Script::new().hang(),
            "- tls: the TLS handshake with HOST did not end in TIME: does the port support TLS?",
        ),
        (
            RouteTarget::NoTls,
            Script::new().read(1).write("HTTP/1.1 400 Bad\r\n\r\n").hang(),
            "- tls: HOST does not support TLS on this port: is it an http:// port?",
        ),
        (
            RouteTarget::NoTls,
            Script::new().read(1).write(alert).hang(),
            "- tls: HOST refused the TLS handshake: it may require a client certificate or other cipher suites",
        ),
        // Proxies.
        (
            RouteTarget::Proxy,
            asked("HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n"),
            "- proxy: proxy HOST requires a user name and a password (407); the gateway was not reached",
        ),
        (
            RouteTarget::Tunnel,
            asked("HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n"),
            "- proxy: proxy HOST did not let the connection through: proxy authorization required; the gateway was not reached",
        ),
        (
            RouteTarget::Tunnel,
            Script::new().hang(),
            "- proxy: proxy HOST gave no connection to the gateway in TIME; the gateway was not reached",
        ),
        (
            RouteTarget::Tunnel,
            tunnel().hang(),
            "- tls: the TLS handshake with sms.example:443 did not end in TIME: does the port support TLS?",
        ),
        (
            RouteTarget::Tunnel,
            tunnel().read(1),
            "- tls: the connection to sms.example:443 was closed during the TLS handshake",
        ),
        (
            RouteTarget::Tunnel,
            tunnel().read(1).write("HTTP/1.1 400 Bad\r\n\r\n").hang(),
            "- tls: sms.example:443 does not support TLS on this port: is it an http:// port?",
        ),
        (
            RouteTarget::TlsProxy,
            Script::new().hang(),
            "- proxy: proxy HOST gave no connection to the gateway in TIME; the gateway was not reached",
        ),
        (
            RouteTarget::TlsProxy,
            Script::new().read(1).write("HTTP/1.1 400 Bad\r\n\r\n").hang(),
            "- proxy: proxy HOST does not support TLS on this port: is it an http:// port?; the gateway was not reached",
        ),
    ];
    let mut wrong = Vec::new();
    for (way, script, expected) in table {
        let ends_by_clock = expected.contains("TIME");
        let time = if ends_by_clock { second } else { Duration::from_secs(60) };
        // The ping comes after a third of the time, and has another third for its answer.
        let time = if expected.contains("PING") { Duration::from_secs(6) } else { time };
        let mut options = options()
            .with_timeout(time)
            .with_connect_timeout(Duration::from_secs(50))
            .with_ca_certificates(authority.pem().into_bytes());
        if way == RouteTarget::Http2 {
            options = options.with_http2();
        }
        let said = said(way, script, &authority, options).await;
        // A busy machine takes longer to notice that the time is over.
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let said = match said.split_once(" in ") {
            Some((before, after)) if ends_by_clock => {
                let (number, rest) = after.split_once(" s").unwrap_or_default();
                assert!(digits(number), "{said}");
                format!("{before} in TIME{rest}")
            }
            _ => said,
        };
        if said != expected {
            wrong.push(format!("{way:?}\n  said:     {said}\n  expected: {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn sentences_below_an_error_do_not_contradict_its_fate() {
    // The status alone says that the message was not taken; the body breaks off.
    let server = FaultServer::start(asked("HTTP/1.1 429 Slow\r\nContent-Length: 9\r\n\r\n{"));
    let server = server.await.unwrap();
    let spec = format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        [request]
        method = "POST"
        url = "{}/send"
        form = {{ to = "{{{{to}}}}", text = "{{{{text}}}}" }}
        "#,
        server.origin()
    );
    let gateway = HttpGateway::builder(GatewaySpec::from_toml(&spec).unwrap()).build().unwrap();
    let message = Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345").unwrap();
    let error = gateway.send(&message).await.unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::NotSent, SendErrorKind::Throttled));
    let mut below = error.source();
    let mut count = 0;
    while let Some(source) = below {
        count += 1;
        assert!(!source.to_string().contains("may have been sent"), "{source}");
        below = source.source();
    }
    assert!(count > 0, "{error:?}");
    // A proxy's 407 is not the gateway's, whose credentials are good.
    let proxy = FaultServer::start(asked("HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n"));
    let proxy = proxy.await.unwrap();
    let options = TransportOptions::new().with_http_allowed().with_proxy(proxy.origin());
    let gateway = gateways::link_mobility("u", "p").origin("http://sms.internal");
    let gateway = gateway.build_with(ReqwestTransport::new(&options).unwrap()).unwrap();
    let error = gateway.send(&message).await.unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::NotSent, SendErrorKind::Transport));
    assert_eq!(error.stage(), Some(otpost::provider::Stage::Proxy));
}

#[tokio::test]
async fn sentences_of_the_application_s_client_tell_the_time_of_the_exchange() {
    // Nothing is known of its connections. The transport is older than the exchange.
    let server = FaultServer::start(Script::new().hang()).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let options = options().with_timeout(Duration::from_secs(1));
    let transport = ReqwestTransport::from_client(client, &options);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let url = server.origin().replace("http://", "https://");
    let error = super::send(&transport, &url).await.unwrap_err();
    let text = error.to_string();
    let told: f64 = text.split(" in ").nth(1).unwrap().split(" s").next().unwrap().parse().unwrap();
    assert!(told <= error.elapsed().unwrap().as_secs_f64() + 0.1, "{text}");
    assert!(!error.may_have_sent());
}
