//! Idle connections: servers close them after a time, and a request that crosses with the close is lost.
//!
//! Here a server does not watch the clock. The test tells it when a pause was longer than the time that it gives to idle
//! connections: it then takes the next request on any of them for one that has crossed with the close. So a slow machine
//! only makes pauses longer, and changes nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use otpost::provider::{Fate, Provider};
use otpost::transport::{ReqwestTransport, TransportOptions};
use otpost::{HttpGateway, Message, PhoneNumber, gateways};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const ACCEPTED: &str = r#"{"responseCode":0,"messageIds":["1-2"]}"#;

/// How many transports send at a time, each with a pool of its own, and how many messages each sends.
const TRANSPORTS: usize = 100;
const MESSAGES: usize = 10;
/// After these there is a pause that is too long for the server; after the others there is none.
const PAUSES: [usize; 2] = [2, 6];

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345").unwrap()
}

/// A server that knows one client, and how many pauses were too long so far.
struct Server {
    origin: String,
    pauses: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

async fn server(keep_alive: &'static str) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (pauses, connections) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (seen, opened) = (pauses.clone(), connections.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            opened.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream, keep_alive, seen.clone()));
        }
    });
    Server { origin, pauses, connections }
}

async fn serve(mut stream: TcpStream, keep_alive: &str, pauses: Arc<AtomicUsize>) -> Option<()> {
    let answer = format!(
        "HTTP/1.1 200 OK\r\n{keep_alive}Content-Length: {}\r\n\r\n{ACCEPTED}",
        ACCEPTED.len()
    );
    let mut since = None;
    loop {
        read(&mut stream).await?;
        let now = pauses.load(Ordering::SeqCst);
        // The close has crossed with this request: nobody reads it.
        if since.is_some_and(|since| since != now) {
            return None;
        }
        since = Some(now);
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// Reads a whole request.
async fn read(stream: &mut TcpStream) -> Option<()> {
    let mut bytes = Vec::new();
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        if let Ok(httparse::Status::Complete(head)) = request.parse(&bytes) {
            let length = request.headers.iter().find(|header| header.name == "Content-Length");
            let length = length.and_then(|header| std::str::from_utf8(header.value).ok());
            if bytes.len() >= head + length.map_or(0, |length| length.parse().unwrap()) {
                return Some(());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Sends 1,000 messages, and returns how many were lost and how many connections were opened.
async fn lost(
    keep_alive: &'static str,
    pause: Duration,
    transports: Vec<ReqwestTransport>,
) -> (usize, usize) {
    let mut sending = JoinSet::new();
    for transport in transports {
        sending.spawn(async move {
            let server = server(keep_alive).await;
            let gateway = gateways::link_mobility("u", "p").origin(&server.origin);
            let gateway: HttpGateway = gateway.build_with(transport).unwrap();
            let mut lost = 0;
            for at in 0..MESSAGES {
                match gateway.send(&message()).await {
                    Ok(_) => {}
                    Err(error) => {
                        assert_eq!(error.fate(), Fate::Unknown, "{error:?}");
                        lost += 1;
                    }
                }
                if PAUSES.contains(&at) {
                    tokio::time::sleep(pause).await;
                    server.pauses.fetch_add(1, Ordering::SeqCst);
                }
            }
            (lost, server.connections.load(Ordering::SeqCst))
        });
    }
    let mut total = (0, 0);
    while let Some(sent) = sending.join_next().await {
        let (lost, connections) = sent.unwrap();
        total = (total.0 + lost, total.1 + connections);
    }
    total
}

fn options() -> TransportOptions {
    // No message shall be late on any machine.
    TransportOptions::new().with_timeout(Duration::from_secs(600))
}

fn ours() -> ReqwestTransport {
    ReqwestTransport::new(&options()).unwrap()
}

/// A transport that was told to keep connections for long: the server's word counts.
fn lasting() -> ReqwestTransport {
    ReqwestTransport::new(&options().with_idle_timeout(Duration::from_secs(3_600))).unwrap()
}

/// The naive twin: idle connections are kept six times as long as the server keeps them, as 30 s are to 5 s.
fn naive() -> ReqwestTransport {
    let client = reqwest::Client::builder().no_proxy().pool_idle_timeout(Duration::from_secs(30));
    ReqwestTransport::from_client(client.build().unwrap(), &options())
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_go_before_the_server_closes_them() {
    let announced = "Keep-Alive: timeout=2, max=1000\r\n";
    let (two, five) = (Duration::from_millis(2_100), Duration::from_millis(5_100));
    // Each reads the system's certificates, and would hold up the messages of the others while they are sent.
    let many = |one: fn() -> _| (0..TRANSPORTS).map(|_| one()).collect::<Vec<_>>();
    let (first, second, third, fourth) = (many(ours), many(ours), many(lasting), many(naive));
    let (silent, short, long, theirs) = tokio::join!(
        // As uvicorn: 5 s, of which nothing is said.
        lost("", five, first),
        lost(announced, two, second),
        lost(announced, two, third),
        lost("", five, fourth),
    );
    assert_eq!((silent.0, short.0, long.0), (0, 0, 0), "of 1,000 messages each");
    // Where there is no pause, connections are used again.
    let all = TRANSPORTS * MESSAGES;
    assert!(silent.1 < all && short.1 < all && long.1 < all, "{silent:?} {short:?} {long:?}");
    assert!(theirs.0 > 0, "a client that keeps them longer loses messages");
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_are_not_kept_where_a_server_keeps_none() {
    // No margin would be left of a second: each message has a connection, after the first one that was told so.
    for announced in ["Keep-Alive: timeout=1\r\n", "keep-alive: max=5, Timeout = 0\r\n"] {
        let server = server(announced).await;
        let gateway = gateways::link_mobility("u", "p").origin(&server.origin);
        let gateway = gateway.build_with(ours()).unwrap();
        for sent in 1..=5 {
            assert!(gateway.send(&message()).await.is_ok());
            assert_eq!(server.connections.load(Ordering::SeqCst), sent, "{announced}");
        }
    }
    // What cannot be read changes nothing.
    for announced in
        ["", "Keep-Alive: timeout=x\r\n", "Keep-Alive: 5\r\n", "Keep-Alive: timeout\r\n"]
    {
        let server = server(announced).await;
        let gateway = gateways::link_mobility("u", "p").origin(&server.origin);
        let gateway = gateway.build_with(lasting()).unwrap();
        // On a busy machine a connection can be free again only after the next message asked for one.
        let mut sent = 0;
        while server.connections.load(Ordering::SeqCst) == sent {
            assert!(gateway.send(&message()).await.is_ok());
            sent += 1;
            assert!(sent < 1_000, "{announced}: no connection was used again");
        }
    }
}

#[test]
fn idle_connections_are_kept_for_four_seconds() {
    let shown = format!("{:?}", TransportOptions::new());
    assert!(shown.contains("idle_timeout: 4s"), "{shown}");
}
