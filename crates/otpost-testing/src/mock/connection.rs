use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use otpost::gateway::imitation::ImitatedReport;

use super::MockState;
use super::answer::MockAnswer;
use super::post::post;
use super::reports::{ReportFault, SentReport};
use super::request::RecordedRequest;
use crate::lock;

/// The maximum size of a request in bytes. A larger one is a mistake in the test.
const MAX_REQUEST: usize = 16 * 1_024 * 1_024;
const MAX_HEADERS: usize = 128;

/// Serves one connection until either side closes it.
pub(super) async fn run(mut stream: TcpStream, state: Arc<Mutex<MockState>>) {
    // Ignore errors: the client sees them too, and so does the test.
    let _ = serve(&mut stream, &state).await;
}

async fn serve(stream: &mut TcpStream, state: &Arc<Mutex<MockState>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = read(stream, &mut buffer).await? {
        // The block ends the lock before the response is sent, which can take long.
        let (scripted, usual, player) = {
            let mut state = lock(state);
            if !state.forgetful {
                state.requests.push(request.clone());
            }
            (state.script.pop_front(), state.usual.clone(), state.player.clone())
        };
        let player = player.filter(|_| scripted.is_none());
        let accepted = player.as_ref().and_then(|player| player.accept(&request));
        let (answer, mut reports) = match accepted {
            Some((response, reports)) => (Some(MockAnswer::of_imitation(&response)), reports),
            None => (scripted.or(usual), Vec::new()),
        };
        let has = |fault| player.as_ref().is_some_and(|player| player.reports.has(fault));
        if has(ReportFault::Lost) {
            lose_reports(state, &std::mem::take(&mut reports));
        }
        if has(ReportFault::Late) {
            lock(state).late.append(&mut reports);
        }
        if has(ReportFault::Early) {
            send_reports(state, &std::mem::take(&mut reports)).await;
        }
        match answer.unwrap_or_else(|| MockAnswer::new(500, "the mock gateway has no response")) {
            MockAnswer::Close => return Ok(()),
            MockAnswer::Raw(bytes) => return stream.write_all(&bytes).await,
            MockAnswer::Reply { status, headers, body, delay } => {
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                stream.write_all(&reply(status, &headers, &body, &body)).await?;
                start_reports(state, reports);
            }
            MockAnswer::Stall => {
                // Wait until the client disconnects.
                while stream.read_buf(&mut buffer).await? > 0 {
                    buffer.clear();
                }
                return Ok(());
            }
            MockAnswer::Truncate { status, body } => {
                // Back to the start of a character, because the body is a `str`.
                let mut half = body.len() / 2;
                while !body.is_char_boundary(half) {
                    half = half.saturating_sub(1);
                }
                let sent = body.get(..half).unwrap_or_default();
                return stream.write_all(&reply(status, &[], &body, sent)).await;
            }
        }
    }
    Ok(())
}

/// Sends reports in a separate task. The application can send another message on the connection
/// before it has answered a report, and that message must be read.
fn start_reports(state: &Arc<Mutex<MockState>>, reports: Vec<ImitatedReport>) {
    if reports.is_empty() {
        return;
    }
    let task_state = state.clone();
    let mut state = lock(state);
    while state.sending.try_join_next().is_some() {}
    state.sending.spawn(async move { send_reports(&task_state, &reports).await });
}

/// Sends reports one after the other, so that they arrive in this order.
pub(super) async fn send_reports(state: &Mutex<MockState>, reports: &[ImitatedReport]) {
    for report in reports {
        let status = post(report).await;
        record(state, report, status);
    }
}

fn lose_reports(state: &Mutex<MockState>, reports: &[ImitatedReport]) {
    reports.iter().for_each(|report| record(state, report, None));
}

fn record(state: &Mutex<MockState>, report: &ImitatedReport, status: Option<u16>) {
    let mut state = lock(state);
    state.sent.push(SentReport { report: report.report().clone(), status });
    let count = state.sent.len();
    state.reported.send_replace(count);
}

fn reply(status: u16, headers: &[(String, String)], body: &str, sent: &str) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Mock\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    // `sent` is the part of the body that is really sent. The length is always that of the whole.
    head.push_str(&format!("Content-Length: {}\r\n\r\n{sent}", body.len()));
    head.into_bytes()
}

/// Reads the next request. Returns `None` if the client closed the connection.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<RecordedRequest>> {
    loop {
        if let Some((request, used)) = parse(buffer)? {
            // The rest may be the beginning of the next request.
            buffer.drain(..used);
            return Ok(Some(request));
        }
        if buffer.len() > MAX_REQUEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// Parses a complete request at the start of the buffer, and returns it with its length.
fn parse(buffer: &[u8]) -> io::Result<Option<(RecordedRequest, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(buffer) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(io::ErrorKind::InvalidData.into()),
    };
    let (method, target) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let mut recorded = RecordedRequest {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: Vec::new(),
    };
    // The clients of otpost always send the length.
    let length = recorded.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let end = head.saturating_add(length);
    let Some(body) = buffer.get(head..end) else { return Ok(None) };
    recorded.body = body.to_vec();
    Ok(Some((recorded, end)))
}
