//! Servers that answer one HTTP/1.1 request twice: the second response must not become that to the next request.

use std::sync::Arc;
use std::time::Duration;

use otpost::gateway::GatewaySpec;
use otpost::provider::Provider;
use otpost::transport::{ReqwestTransport, TransportOptions};
use otpost::{HttpGateway, Message, PhoneNumber, gateways};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// When the second response is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Surplus {
    /// In one piece with the first.
    Together,
    /// When the test says so; it is told when the client has closed the connection.
    WhileIdle,
    /// After the next request was read: too late for anybody to notice.
    BeforeTheNextResponse,
}

struct Server {
    origin: String,
    /// Permission to send the second response, and the news that the connection was closed.
    go: Arc<Semaphore>,
    gone: Arc<Semaphore>,
}

fn response(id: usize) -> String {
    let body = format!(r#"{{"responseCode":0,"messageIds":["{id}"]}}"#);
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// The number in a message's text.
async fn read(stream: &mut TcpStream) -> Option<usize> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((_, rest)) = text.split_once("number")
            && text.ends_with("=p")
        {
            let number = rest.trim_start_matches("%20").trim_start_matches('+');
            return number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

async fn server(surplus: Surplus) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (go, gone) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (may_go, is_gone) = (go.clone(), gone.clone());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (may_go, is_gone) = (may_go.clone(), is_gone.clone());
            tokio::spawn(async move {
                let mut late = String::new();
                while let Some(id) = read(&mut stream).await {
                    let first = response(id);
                    let bytes = match surplus {
                        Surplus::Together => [&first[..], &first].concat(),
                        Surplus::WhileIdle => first.clone(),
                        Surplus::BeforeTheNextResponse => [&late[..], &first].concat(),
                    };
                    stream.write_all(bytes.as_bytes()).await.ok()?;
                    if surplus == Surplus::WhileIdle {
                        may_go.acquire().await.ok()?.forget();
                        stream.write_all(first.as_bytes()).await.ok()?;
                        // The client sees that they belong to no request, and closes the connection.
                        while read(&mut stream).await.is_some() {}
                        is_gone.add_permits(1);
                    }
                    late = first;
                }
                Some(())
            });
        }
    });
    Server { origin, go, gone }
}

fn gateway(origin: &str, idle_timeout: Duration) -> HttpGateway {
    let options = TransportOptions::new()
        .with_timeout(Duration::from_secs(60))
        .with_idle_timeout(idle_timeout);
    let transport = ReqwestTransport::new(&options).unwrap();
    gateways::link_mobility("u", "p").origin(origin).build_with(transport).unwrap()
}

/// Sends messages, and returns how many got the receipt of another.
async fn shifted(server: &Server, surplus: Surplus, gateway: &HttpGateway, count: usize) -> usize {
    let mut shifted = 0;
    for id in 0..count {
        let to = PhoneNumber::parse("+41791234567").unwrap();
        let message = Message::new(to, format!("number {id}.")).unwrap();
        let receipt = gateway.send(&message).await.unwrap();
        shifted += usize::from(receipt.message_id() != Some(&id.to_string()));
        if surplus == Surplus::WhileIdle {
            server.go.add_permits(1);
            server.gone.acquire().await.unwrap().forget();
        }
    }
    shifted
}

#[tokio::test(flavor = "multi_thread")]
async fn surplus_bytes_end_the_connection() {
    const HOUR: Duration = Duration::from_secs(3_600);
    for surplus in [Surplus::Together, Surplus::WhileIdle] {
        let server = server(surplus).await;
        let gateway = gateway(&server.origin, HOUR);
        assert_eq!(shifted(&server, surplus, &gateway, 200).await, 0, "{surplus:?}");
    }
    // No client can tell a response that comes after the next request from the response to that request. Where a server
    // does this, connections must not be used again.
    let surplus = Surplus::BeforeTheNextResponse;
    let server = server(surplus).await;
    assert!(shifted(&server, surplus, &gateway(&server.origin, HOUR), 20).await > 0);
    let single = gateway(&server.origin, Duration::ZERO);
    assert_eq!(shifted(&server, surplus, &single, 20).await, 0);
}

#[tokio::test]
async fn surplus_is_avoided_by_a_spec() {
    let surplus = Surplus::BeforeTheNextResponse;
    let server = server(surplus).await;
    let spec = format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        [request]
        method = "POST"
        url = "{}/send"
        form = {{ text = "{{{{text}}}}", to = "{{{{to}}}}", z = "p" }}
        [connection]
        idle_timeout = "0s"
        [[response]]
        when = {{ json = {{ "/responseCode" = 0 }} }}
        then = {{ outcome = "accepted", message_id = "/messageIds/0" }}
        "#,
        server.origin
    );
    let spec = GatewaySpec::from_toml(&spec).unwrap();
    assert_eq!(GatewaySpec::from_toml(&spec.to_toml().unwrap()).unwrap(), spec);
    let gateway = HttpGateway::builder(spec).build().unwrap();
    assert_eq!(shifted(&server, surplus, &gateway, 20).await, 0);
}

/// The naive twin: it reads as many bytes as the response is long, and the next response behind them.
#[tokio::test]
async fn surplus_bytes_are_taken_for_a_response_by_a_naive_client() {
    let server = server(Surplus::Together).await;
    let address = server.origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut shifted = 0;
    for id in 0..10 {
        let body = format!("text=number%20{id}%2E&password=p");
        let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let mut response = vec![0; response(id).len()];
        stream.read_exact(&mut response).await.unwrap();
        shifted +=
            usize::from(!String::from_utf8_lossy(&response).contains(&format!("[\"{id}\"]")));
    }
    assert!(shifted > 0);
}
