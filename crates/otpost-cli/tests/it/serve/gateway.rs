//! A gateway on this machine that records the bytes it receives.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// The response of a gateway that accepts a message.
pub(super) const ACCEPTED: &str =
    r#"{"responseCode":0,"responseMessage":"Success","messageIds":["1-2637481"]}"#;

/// A gateway that answers every request in the same way.
pub(super) struct TestGateway {
    port: u16,
    received: Arc<Mutex<Vec<ReceivedRequest>>>,
}

/// A request, byte by byte.
#[derive(Clone, Debug)]
pub(super) struct ReceivedRequest {
    pub(super) head: String,
    pub(super) body: String,
}

impl ReceivedRequest {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl TestGateway {
    /// Starts a gateway that accepts every message.
    pub(super) fn accepting() -> Self {
        Self::answering(200, ACCEPTED)
    }

    /// Starts a gateway with this response.
    pub(super) fn answering(status: u16, body: &str) -> Self {
        Self::start(status, body, None)
    }

    /// Starts a gateway that waits before each response until it gets a word.
    pub(super) fn waiting() -> (Self, Sender<()>) {
        let (sender, receiver) = channel();
        (Self::start(200, ACCEPTED, Some(receiver)), sender)
    }

    fn start(status: u16, body: &str, wait: Option<Receiver<()>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let wait = wait.map(|wait| Arc::new(Mutex::new(wait)));
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Test\r\ncontent-type: application/json\r\n");
        let answer = format!("{head}content-length: {length}\r\n\r\n{body}");
        let all = received.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (all, wait, answer) = (all.clone(), wait.clone(), answer.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &all, wait.as_deref(), &answer));
            }
        });
        Self { port, received }
    }

    pub(super) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn received(&self) -> Vec<ReceivedRequest> {
        self.received.lock().unwrap().clone()
    }

    pub(super) fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    /// Returns the only request.
    #[track_caller]
    pub(super) fn single(&self) -> ReceivedRequest {
        let received = self.received();
        assert_eq!(received.len(), 1, "{received:?}");
        received[0].clone()
    }
}

/// Serves one connection until the client closes it.
fn serve(
    stream: TcpStream,
    received: &Mutex<Vec<ReceivedRequest>>,
    wait: Option<&Mutex<Receiver<()>>>,
    answer: &str,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let request = ReceivedRequest { head, body: String::new() };
        let length = request.header("content-length").map_or(0, |it| it.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).unwrap();
        received.lock().unwrap().push(ReceivedRequest { body, ..request });
        if let Some(wait) = wait {
            wait.lock().unwrap().recv().ok()?;
        }
        stream.write_all(answer.as_bytes()).ok()?;
    }
}
