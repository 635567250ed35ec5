//! Real servers for tests, each started on free ports in a folder of its own, and stopped with the test.

pub(crate) mod kannel;

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::time::{Duration, Instant};

/// A process that ends with its owner.
#[derive(Debug)]
pub(crate) struct Server(Child);

impl Server {
    pub(crate) fn new(child: Child) -> Self {
        Self(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // By its own pid, and waited for: nothing is left behind.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ports that are free now. They are taken all at once, so that they differ.
pub(crate) fn free_ports<const N: usize>() -> io::Result<[u16; N]> {
    let mut ports = [0; N];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// Asks again and again until the answer is yes; `false` when it took longer than allowed.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "another process is ready when it is ready, in real time"
)]
pub(crate) fn wait_until(limit: Duration, mut ready: impl FnMut() -> bool) -> bool {
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

pub(crate) fn accepts(port: u16) -> bool {
    TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), Duration::from_millis(200)).is_ok()
}
