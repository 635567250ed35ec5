//! What is said when the gateway is not reached: at which stage, in which words, and that nothing was sent.

mod certificates;
mod frames;
mod sentences;
mod sources;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use otpost::async_trait;
use otpost::provider::Stage;
use otpost::transport::{
    DnsResolver, Request, ReqwestTransport, Transport, TransportError, TransportOptions,
};
use otpost_testing::{FaultServer, Script};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

fn options() -> TransportOptions {
    TransportOptions::new()
        .with_http_allowed()
        .with_timeout(Duration::from_secs(60))
        .with_connect_timeout(Duration::from_secs(30))
}

/// The text with `N s` for times in seconds. What takes longer on a busy machine says so.
fn without_seconds(text: &str) -> String {
    let seconds = regex_lite::Regex::new(r"\d+\.\d s\b").unwrap();
    seconds.replace_all(text, "N s").into_owned()
}

/// Checks that a request that ran out of time took at least this long, and that its error names no longer time.
#[track_caller]
fn check_time(error: &TransportError, limit: Duration) {
    let text = error.to_string();
    let seconds = regex_lite::Regex::new(r" in (\d+\.\d) s\b").unwrap();
    let named: f64 = seconds.captures(&text).expect(&text)[1].parse().unwrap();
    let elapsed = error.elapsed().unwrap();
    assert!(elapsed >= limit && named <= elapsed.as_secs_f64() + 0.06, "{limit:?}: {text}");
}

/// How often each case is tried.
const RUNS: usize = 100;

/// The errors of a hundred requests at the same time.
async fn failures(options: &TransportOptions, url: &str) -> Vec<TransportError> {
    let transport = ReqwestTransport::new(options).unwrap();
    let runs = (0..RUNS).map(|_| {
        let (transport, url) = (transport.clone(), url.to_owned());
        tokio::spawn(async move { send(&transport, &url).await.unwrap_err() })
    });
    let mut errors = Vec::new();
    for run in runs.collect::<Vec<_>>() {
        errors.push(run.await.unwrap());
    }
    errors
}

async fn call(options: &TransportOptions, url: &str) -> Result<u16, TransportError> {
    send(&ReqwestTransport::new(options)?, url).await
}

async fn send(transport: &ReqwestTransport, url: &str) -> Result<u16, TransportError> {
    let mut request = Request::new("text=012345".into());
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = url.parse().unwrap();
    transport.call(request).await.map(|answer| answer.status().as_u16())
}

/// The stage, and the sentence with `PORT` for the port, `PIN` for a pin and without the time.
#[track_caller]
fn check(error: &TransportError, stage: Stage, port: u16, sentence: &str) {
    let pin = regex_lite::Regex::new("pin_sha256 = \"[^\"]{44}\"").unwrap();
    let text = pin.replace_all(&error.to_string(), "pin_sha256 = PIN").into_owned();
    let text = text.replace(&port.to_string(), "PORT");
    let (before, rest) = text.split_once('(').unwrap_or((&text, ""));
    let facts: Vec<_> = rest.split(')').next().unwrap_or_default().split(", ").collect();
    let facts: Vec<_> = facts.into_iter().filter(|fact| !fact.ends_with(" ms")).collect();
    let shown = format!("{}({})", before, facts.join(", "));
    assert_eq!(shown, sentence, "{text}");
    assert_eq!((error.stage(), error.may_have_sent()), (stage, false), "{error:?}");
    assert!(text.ends_with("; the message was not sent") && error.elapsed().is_some(), "{text}");
    assert!(
        !text.contains("012345") && !text.contains("secret") && !text.contains("path"),
        "{text}"
    );
}

/// Knows its names from the test, and never answers for the others.
#[derive(Debug)]
struct Names(Vec<(&'static str, Vec<IpAddr>)>);

#[async_trait]
impl DnsResolver for Names {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match self.0.iter().find(|(known, _)| *known == name) {
            Some((_, addresses)) => Ok(addresses.clone()),
            None if name.starts_with("hanging") => std::future::pending().await,
            None => Err(io::Error::new(io::ErrorKind::NotFound, "no such name")),
        }
    }
}

fn addresses(list: &[[u8; 4]]) -> Vec<IpAddr> {
    list.iter().map(|address| IpAddr::from(*address)).collect()
}

/// A port that nobody can connect to and that does not refuse: its queue is full.
pub(crate) struct BlackHole {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    pub(crate) async fn new(host: [u8; 4], port: u16) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((host, port))).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        let patience = Duration::from_secs(1);
        while let Ok(Ok(stream)) = tokio::time::timeout(patience, TcpStream::connect(address)).await
        {
            queue.push(stream);
            assert!(queue.len() < 64, "the queue has an end");
        }
        Self { address, _listener: listener, _queue: queue }
    }
}

#[tokio::test]
async fn names_that_cannot_be_resolved() {
    let names = || Names(vec![("empty.example", vec![])]);
    let url = "https://user.example:8443/path?secret=1";
    for error in failures(&options().with_dns_resolver(names()), url).await {
        check(&error, Stage::Dns, 0, "dns: cannot resolve user.example: no such name ()");
    }
    for error in failures(&options().with_dns_resolver(names()), "https://empty.example/").await {
        let text = error.to_string();
        assert!(text.starts_with("dns: cannot resolve empty.example: no address"), "{text}");
        assert_eq!((error.host(), error.may_have_sent()), (Some("empty.example:443"), false));
    }

    // A name that hangs, with the time to connect and with the total time alone: the same stage, and nothing sent.
    for options in [
        options().with_connect_timeout(Duration::from_millis(300)),
        options().with_timeout(Duration::from_millis(300)),
    ] {
        let options = options.with_dns_resolver(names());
        for error in failures(&options, "https://hanging.example/path").await {
            let text = error.to_string();
            let sentence = "dns: cannot resolve hanging.example: no response in N s (";
            assert!(without_seconds(&text).starts_with(sentence), "{text}");
            check_time(&error, Duration::from_millis(300));
            assert_eq!((error.stage(), error.may_have_sent()), (Stage::Dns, false));
        }
    }
    // The system's own resolver: it may say that there is no such name, or that nobody can be asked.
    for error in failures(&options(), "https://gateway.invalid/").await {
        assert_eq!((error.stage(), error.may_have_sent()), (Stage::Dns, false), "{error}");
    }
}

#[tokio::test]
async fn hosts_that_do_not_answer() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let names = || Names(vec![("gw.example", addresses(&[[127, 0, 0, 1], [127, 0, 0, 2]]))]);
    let refused = "tcp: gw.example:PORT refused the connection (127.0.0.1:PORT, 127.0.0.2:PORT, ECONNREFUSED)";
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://gw.example:{port}/path?secret=1");
        for error in failures(&options().with_dns_resolver(names()), &url).await {
            check(&error, Stage::Tcp, port, refused);
            assert_eq!((error.errno(), error.addresses().len()), (Some("ECONNREFUSED"), 2));
        }
    }
    // No connection goes to a group: the system says that there is no route, and sends no packet.
    for (group, shown) in [("224.0.0.1", "224.0.0.1"), ("[ff01::1]", "[ff01::1]")] {
        for error in failures(&options(), &format!("https://{group}:{port}/path")).await {
            let route = format!(
                "tcp: {shown}:PORT cannot be reached: there is no route to its network ({shown}:PORT, ENETUNREACH)"
            );
            check(&error, Stage::Tcp, port, &route);
        }
    }

    let hole = BlackHole::new([127, 0, 0, 1], 0).await;
    for (scheme, options) in [
        ("http", options().with_connect_timeout(Duration::from_millis(400))),
        ("https", options().with_connect_timeout(Duration::from_millis(400))),
        ("http", options().with_timeout(Duration::from_millis(400))),
        ("https", options().with_timeout(Duration::from_millis(400))),
    ] {
        let sentence = format!("tcp: {} did not respond in N s ({}", hole.address, hole.address);
        for error in failures(&options, &format!("{scheme}://{}/path", hole.address)).await {
            assert_eq!((error.stage(), error.may_have_sent()), (Stage::Tcp, false), "{error}");
            assert!(without_seconds(&error.to_string()).starts_with(&sentence), "{error}");
            check_time(&error, Duration::from_millis(400));
        }
    }
}

#[tokio::test]
async fn the_second_address_is_tried_in_time() {
    let server = FaultServer::start(
        Script::new().read_request().write("HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n").hang(),
    )
    .await
    .unwrap();
    let port = server.address().port();
    let names = |first: [u8; 4]| Names(vec![("gw.example", addresses(&[first, [127, 0, 0, 1]]))]);
    let url = format!("http://gw.example:{port}/");
    // The first refuses.
    assert_eq!(call(&options().with_dns_resolver(names([127, 0, 0, 3])), &url).await.unwrap(), 202);
    // The first does not answer: half of the time to connect goes to each.
    let _hole = BlackHole::new([127, 0, 0, 9], port).await;
    let options = options()
        .with_connect_timeout(Duration::from_secs(6))
        .with_dns_resolver(names([127, 0, 0, 9]));
    let begin = Instant::now();
    assert_eq!(call(&options, &url).await.unwrap(), 202);
    // With all of the time for the first there would be none left for the second.
    assert!(begin.elapsed() >= Duration::from_millis(2_900), "{:?}", begin.elapsed());
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn proxies_that_do_not_let_through() {
    let gateway = FaultServer::start(Script::new().hang()).await.unwrap();
    let target = gateway.origin().replace("http://", "https://");
    let port = gateway.address().port();
    let expect = |answer: &'static str| Script::new().read_request().write(answer);
    let (long, short) = (Duration::from_secs(60), Duration::from_millis(500));
    for (script, limit, sentence) in [
        (
            expect("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
            long,
            "did not let the connection through: unsuccessful",
        ),
        (
            expect("HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"),
            long,
            "did not let the connection through: proxy authorization required",
        ),
        (Script::new().read_request(), long, "did not let the connection through: "),
        (Script::new().hang(), short, "gave no connection to the gateway in N s"),
    ] {
        let proxy = FaultServer::start(script).await.unwrap();
        let options = options()
            .with_connect_timeout(limit)
            .with_proxy(format!("http://user:secret@{}", proxy.address()));
        for error in failures(&options, &format!("{target}/path")).await {
            let text = error.to_string();
            let expected = format!("proxy: proxy {} {sentence}", proxy.address());
            assert!(without_seconds(&text).starts_with(&expected), "{text} is not {expected}");
            if limit == short {
                check_time(&error, short);
            }
            let is_clear = text.contains("; the gateway was not reached (");
            assert!(is_clear && !text.contains("secret"), "{text}");
            assert_eq!((error.stage(), error.may_have_sent()), (Stage::Proxy, false), "{text}");
            assert_eq!(error.addresses(), [proxy.address()]);
        }
        // A client that has gone may be ahead of the proxy that it went to.
        for _ in 0..12_000 {
            if proxy.connections() >= RUNS {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!((proxy.connections(), gateway.connections()), (RUNS, 0));
    }
    // A dead proxy, whose refusal must not be taken for the gateway's.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let dead = socket.local_addr().unwrap();
    for scheme in ["http", "https"] {
        let options = options().with_proxy(format!("http://{dead}"));
        for error in failures(&options, &format!("{scheme}://127.0.0.1:{port}/")).await {
            check(
                &error,
                Stage::Proxy,
                dead.port(),
                "proxy: proxy 127.0.0.1:PORT refused the connection; the gateway was not reached (127.0.0.1:PORT, ECONNREFUSED)",
            );
        }
    }
    assert_eq!(gateway.connections(), 0);
    let silent = options().with_private_denied().with_proxy("http://127.0.0.1:9");
    assert_eq!(ReqwestTransport::new(&silent).unwrap_err().stage(), Stage::Config);
}

#[tokio::test]
async fn the_last_words_of_a_gateway_are_not_repeated() {
    use otpost_testing::{FaultProtocol, TestAuthority, TestCertificate};
    let authority = TestAuthority::new().unwrap();
    // SETTINGS, and after the request GOAWAY with INTERNAL_ERROR and words (RFC 9113 §6.8).
    let words = b"password=hunter2 text=012345";
    let length = u8::try_from(8 + words.len()).unwrap();
    let goaway = [&[0, 0, length, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2][..], words].concat();
    let script = Script::new().write([0, 0, 0, 4, 0, 0, 0, 0, 0]).read_request().write(goaway);
    let server =
        FaultServer::start_tls(script, FaultProtocol::Http2, &authority, TestCertificate::Valid);
    let server = server.await.unwrap();
    let options = options().with_ca_certificates(authority.pem().into_bytes()).with_http2();
    let error = call(&options, &server.origin()).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("HTTP/2 GOAWAY") && error.may_have_sent(), "{shown}");
    assert!(!shown.contains("hunter2") && !shown.contains("012345"), "{shown}");
}
