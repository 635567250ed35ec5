//! Real servers for tests, each started on free ports in a folder of its own, and stopped with the
//! test.

#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "only tests use it"
)]

pub mod browser;
pub mod kannel;
#[cfg(feature = "login")]
pub mod login;
pub mod openssl;
pub mod postgres;
pub mod redis;

use std::io::{self, BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A process that ends with its owner.
#[derive(Debug)]
pub struct Server(Child);

impl Server {
    pub fn new(child: Child) -> Self {
        Self(child)
    }

    /// Whether it has not ended by itself: what answers on its port may else be another's.
    pub fn is_running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }
}

impl Server {
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // By its own pid, and waited for: nothing is left behind.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ports for a server that cannot choose one by itself, free now and not given out before.
///
/// They lie below those that the system gives to whoever asks for any port, as the tests beside
/// this one do all the time: one of them could otherwise take the port before the server does.
/// The ports 10,000 above, which the nodes of a Redis cluster take as well, lie there too.
pub fn free_ports<const N: usize>() -> io::Result<[u16; N]> {
    const FIRST: u16 = 10_000;
    const COUNT: u16 = 10_000;
    static TAKEN: AtomicU16 = AtomicU16::new(0);

    // Processes that run at the same time begin at different places.
    let start = u16::try_from(std::process::id() % 100).unwrap_or_default().saturating_mul(100);
    let mut ports = [0; N];
    for port in &mut ports {
        *port = (0..COUNT)
            .map(|_| TAKEN.fetch_add(1, Ordering::Relaxed).wrapping_add(start) % COUNT)
            .map(|offset| FIRST.saturating_add(offset))
            .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
            .ok_or_else(|| io::Error::other("no port from 10000 to 19999 is free"))?;
    }
    Ok(ports)
}

/// Asks again and again until the answer is yes; `false` when it took longer than allowed.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "another process is ready when it is ready, in real time"
)]
pub fn wait_until(limit: Duration, mut ready: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if ready() {
            return true;
        }
        if Instant::now() > end {
            return false;
        }
        // The other process cannot be told to report; this is a poll of its port, not a guess at its speed.
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn accepts(port: u16) -> bool {
    TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), Duration::from_millis(200)).is_ok()
}

/// The program of an example of the crate under test. `cargo test` without `--test` has built it.
fn example(name: &str) -> io::Result<Command> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(std::path::Path::parent).unwrap_or(&test);
    let mut program = Command::new(folder.join("examples").join(name));
    program.stdin(Stdio::null());
    Ok(program)
}

/// Runs an example of the crate under test without a terminal, and returns its output.
#[expect(clippy::panic, reason = "a test that cannot go on has failed")]
pub fn run_example(name: &str) -> String {
    let ran = example(name).and_then(|mut program| program.output());
    let output = ran
        .unwrap_or_else(|error| panic!("{name}: {error}: `cargo test` without `--test` builds it"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {printed}\n{errors}");
    printed
}

/// An example that runs until its owner ends, and the lines that it prints.
#[derive(Debug)]
pub struct RunningExample {
    lines: Receiver<String>,
    _server: Server,
}

impl RunningExample {
    pub fn start(name: &str, variables: &[(&str, &str)]) -> io::Result<Self> {
        let mut program = example(name)?;
        program.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn()?;
        let (sender, lines) = channel();
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|output| Box::new(output) as _),
            child.stderr.take().map(|output| Box::new(output) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self { lines, _server: Server::new(child) })
    }

    /// The rest of the next line that contains the text, behind the text. The other lines up to it are skipped.
    #[expect(clippy::panic, reason = "a test that cannot go on has failed")]
    pub fn after(&self, text: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(Duration::from_secs(60)) {
                Ok(line) => match line.split_once(text) {
                    Some((_, rest)) => return rest.to_owned(),
                    None => seen.push(line),
                },
                Err(RecvTimeoutError::Timeout) => panic!("no line with {text:?} in {seen:#?}"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("it ended without {text:?}: {seen:#?}")
                }
            }
        }
    }

    /// Returns the lines that were printed since the last one that was read.
    pub fn rest(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }
}
