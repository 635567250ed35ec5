//! Delivery reports, from the gateway's request to the state of a challenge.
//!
//! A web server of this program receives the reports of two gateways, on this machine. One of them
//! is a mock of Twilio, which signs its reports. The other is a real Kannel, if it is installed
//! (Debian and Ubuntu: `apt-get install kannel kannel-extras`). No account is needed:
//!
//! ```sh
//! cargo run -p otpost-tests --features testing --example reports
//! ```
//!
//! The parts for an application are `answer`, which is called for each request to the URL of the
//! reports, and the observer in `challenges`. A gateway can be so fast that its report comes before
//! its answer to the message: then `on_report` returns `None`, and the observer gets the change as
//! soon as the message is recorded.

use std::error::Error;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response, StatusCode};
use otpost::challenge::{Challenges, Client, Event, EventKind, Limits, Pepper, Purpose};
use otpost::report::{ReportReceiver, ReportStatus};
use otpost::store::{ChallengeId, MemoryStore};
use otpost::{HttpGateway, PhoneNumber, gateways};
use otpost_test_servers::kannel::Kannel;
use otpost_testing::{MockAnswer, MockGateway};
use sha1::Sha1;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const LOGIN: Purpose = Purpose::new("login");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    println!("Twilio (a mock, with signed reports)\n");
    twilio().await?;
    println!("\nKannel (with a secret in the URL of the reports)\n");
    match Kannel::start() {
        Ok(kannel) => real_kannel(&kannel).await,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("  Kannel is not installed: {error}");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Sends a code through a mock of Twilio, and the reports that Twilio would send.
async fn twilio() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mock = MockGateway::start(&gateways::with_examples("twilio")?).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    // The URL as Twilio calls it. Behind a proxy, it is the public one.
    let url = format!("http://{}/reports/twilio", listener.local_addr()?);
    let gateway = gateways::twilio("AC0123456789abcdef0123456789abcdef", "auth token")
        .var("sender", "+14155550100")
        .var("report_url", url.as_str())
        .origin(&mock.origin())
        .build()?;
    let receiver = ReportReceiver::new(&gateway, &url)?;
    let (sender, mut changes) = unbounded_channel();
    let challenges = challenges(gateway, sender)?;
    let server = tokio::spawn(serve(listener, receiver, challenges.clone()));

    let id = issue(&challenges, "+41791234567").await?;
    let callback = callback_of_message(&mock, 1).await?;
    let (sending, delivered) = (twilio_report("sent"), twilio_report("delivered"));
    let forged = twilio_report("undelivered");
    for (body, signature, what) in [
        (&sending, sign(&callback, &sending), "a report"),
        (
            &forged,
            sign(&callback, &sending),
            "a forged report, with the signature of the first one",
        ),
        (&delivered, sign(&callback, &delivered), "a report"),
        (&delivered, sign(&callback, &delivered), "the same report again"),
        (&sending, sign(&callback, &sending), "the first report again, which is late"),
    ] {
        let status = post(&callback, body, &signature).await?;
        println!("  the gateway sent {what}, and the answer was {status}");
    }
    wait_for_delivery(&challenges, &id, &mut changes).await?;

    println!("\n  now the gateway sends a report before its answer to the message");
    let answer = MockAnswer::new(201, r#"{"sid":"SM2","status":"queued","error_code":null}"#);
    mock.answer(answer.with_delay(Duration::from_millis(500)));
    let early = async {
        let callback = callback_of_message(&mock, 2).await?;
        post(&callback, &delivered, &sign(&callback, &delivered)).await
    };
    let (id, status) = tokio::try_join!(issue(&challenges, "+41791234568"), early)?;
    println!("  the answer to the report was {status}");
    wait_for_delivery(&challenges, &id, &mut changes).await?;
    server.abort();
    Ok(())
}

/// Sends a code through Kannel, which calls the URL of the reports itself.
async fn real_kannel(kannel: &Kannel) -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    // Kannel signs nothing. Generate a token once, and keep it with the other secrets.
    let token = "8f3c0d5e9a7b41c2864f0e1d2c3b4a59";
    let url = format!("http://{}/reports/kannel/{token}", listener.local_addr()?);
    let gateway = gateways::kannel(kannel.origin(), "tester", "foobar")
        .var("report_url", url.as_str())
        .build()?;
    let receiver = ReportReceiver::new(&gateway, &url)?;
    let (sender, mut changes) = unbounded_channel();
    let challenges = challenges(gateway, sender)?;
    let server = tokio::spawn(serve(listener, receiver, challenges.clone()));
    let id = issue(&challenges, "+41791234567").await?;
    wait_for_delivery(&challenges, &id, &mut changes).await?;
    server.abort();
    Ok(())
}

/// Builds the challenges. Their observer prints each change of a message's state, and passes it on.
fn challenges(
    gateway: HttpGateway,
    changes: UnboundedSender<ReportStatus>,
) -> Result<Challenges, Box<dyn Error + Send + Sync>> {
    let store = MemoryStore::new();
    let challenges = Challenges::builder(Pepper::random()?)
        .app("Acme")
        .provider(gateway)
        .store(store.clone())
        .regions(["CH"])
        .limits(Limits::none())
        // Without this, reports are not matched to challenges.
        .delivery_log(store)
        .observer(move |event: &Event<'_>| {
            if let (EventKind::Reported { status, .. }, Some(id)) = (event.kind(), event.id()) {
                println!("  report: challenge {id} is {status}");
                let _ = changes.send(status);
            }
        })
        .build()?;
    Ok(challenges)
}

async fn issue(
    challenges: &Challenges,
    to: &str,
) -> Result<ChallengeId, Box<dyn Error + Send + Sync>> {
    let to = PhoneNumber::parse(to)?;
    let challenge = challenges.issue(&to, LOGIN, Client::Internal).await?;
    println!("  message sent to {}", challenge.hint());
    Ok(*challenge.id())
}

/// Answers one request of the gateway. It works with any web framework that uses the `http` crate.
async fn answer(
    receiver: &ReportReceiver,
    challenges: &Challenges,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    match receiver.receive(&parts, &body) {
        Ok(received) => {
            for report in &received {
                match challenges.on_report(report).await {
                    Ok(Some(_)) => {} // the observer got the change
                    // It came before the answer to the message, or it is late or repeated.
                    Ok(None) => println!("  report: {} changes nothing now", report.status()),
                    // The gateway repeats the report after this answer.
                    Err(error) => {
                        println!("  report not recorded: {error}");
                        return empty(StatusCode::SERVICE_UNAVAILABLE);
                    }
                }
            }
            received.answer().to_response()
        }
        Err(error) => {
            println!("  report refused: {error}");
            error.answer().to_response()
        }
    }
}

/// Waits until the challenge is delivered. A gateway may report other states first.
async fn wait_for_delivery(
    challenges: &Challenges,
    id: &ChallengeId,
    changes: &mut UnboundedReceiver<ReportStatus>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let delivered = async {
        while let Some(status) = changes.recv().await {
            if status == ReportStatus::Delivered {
                return true;
            }
        }
        false
    };
    if !tokio::time::timeout(Duration::from_secs(90), delivered).await? {
        return Err("the challenges ended".into());
    }
    let state = challenges.delivery_state(id).await?.ok_or("the challenge is not in the log")?;
    println!(
        "  state of the challenge: {}",
        state.status().map_or("unknown", ReportStatus::as_str)
    );
    Ok(())
}

/// A small web server in place of the application's.
async fn serve(listener: TcpListener, receiver: ReportReceiver, challenges: Challenges) {
    let receiver = Arc::new(receiver);
    while let Ok((mut stream, _)) = listener.accept().await {
        let (receiver, challenges) = (Arc::clone(&receiver), challenges.clone());
        tokio::spawn(async move {
            let response = match read(&mut stream).await {
                Some(request) => answer(&receiver, &challenges, request).await,
                None => empty(StatusCode::BAD_REQUEST),
            };
            let head = format!(
                "HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                response.status(),
                response.body().len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(response.body()).await;
        });
    }
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// Reads a request, or returns `None` if it is not valid HTTP or longer than 64 KiB.
async fn read(stream: &mut TcpStream) -> Option<Request<Bytes>> {
    let mut bytes = Vec::new();
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut parsed = httparse::Request::new(&mut headers);
        if let httparse::Status::Complete(end) = parsed.parse(&bytes).ok()? {
            let mut request = Request::builder().method(parsed.method?).uri(parsed.path?);
            let mut length = 0;
            for header in parsed.headers.iter() {
                request = request.header(header.name, header.value);
                if header.name.eq_ignore_ascii_case("content-length") {
                    length = std::str::from_utf8(header.value).ok()?.parse().ok()?;
                }
            }
            let body = bytes.get(end..)?;
            if body.len() >= length {
                return request.body(Bytes::copy_from_slice(body)).ok();
            }
        }
        if bytes.len() > 64 * 1_024 || stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Waits until the mock has received this many messages. Returns the URL for the reports of the
/// last one, with the reference of the message.
async fn callback_of_message(
    mock: &MockGateway,
    count: usize,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let received = async {
        loop {
            if let Some(message) = mock.requests().get(count.saturating_sub(1)) {
                return message.form("StatusCallback");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let callback = tokio::time::timeout(Duration::from_secs(30), received).await?;
    callback.ok_or_else(|| "the message asks for no reports".into())
}

/// Returns the body of a report as Twilio sends it.
fn twilio_report(status: &str) -> String {
    format!("MessageSid=SM1&MessageStatus={status}&To=%2B41791234567&ApiVersion=2010-04-01")
}

/// Signs the URL and the sorted fields of the form, as Twilio does.
fn sign(url: &str, body: &str) -> String {
    let mut fields: Vec<_> = form_urlencoded::parse(body.as_bytes()).collect();
    fields.sort();
    let fields: String = fields.iter().map(|(name, value)| format!("{name}{value}")).collect();
    Hmac::<Sha1>::new_from_slice(b"auth token")
        .map(|mac| mac.chain_update(url).chain_update(fields).finalize().into_bytes())
        .map_or_else(|_| String::new(), |signature| BASE64.encode(&signature))
}

/// Sends a report as Twilio does. Returns the status of the answer.
async fn post(
    url: &str,
    body: &str,
    signature: &str,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let rest = url.strip_prefix("http://").ok_or("not an http:// URL")?;
    let (authority, path) = rest.split_once('/').ok_or("a URL without a path")?;
    let mut stream = TcpStream::connect(authority).await?;
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {authority}\r\nX-Twilio-Signature: {signature}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).ok_or("an answer that is not HTTP")?;
    Ok(status.to_owned())
}
