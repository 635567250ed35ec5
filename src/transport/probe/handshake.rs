use std::error::Error;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Finding, Probe, Stopped};
use crate::clock::Timer;
use crate::provider::Stage;
use crate::transport::cause::chain;
use crate::transport::shared_tls::shared_tls;
use crate::transport::tls::{self, TlsHandshake};

/// The time that a server has to refuse the client after the handshake: the round trip to a distant
/// server.
const LATE_REFUSAL: Duration = Duration::from_millis(500);

impl Probe<'_> {
    /// Performs a TLS handshake, and waits for a server that refuses the client after it.
    pub(super) async fn handshake(
        &mut self,
        stream: TcpStream,
        host: &str,
        port: u16,
    ) -> Result<TlsHandshake, Stopped> {
        let tls = shared_tls(self.options).map_err(|error| {
            // The TLS options are invalid, so there was no handshake.
            let hint = "check the TLS options, and the certificates on this machine";
            self.fail(Stage::Config, Duration::ZERO, &error.0.what, hint)
        })?;
        let Some(handshake) = tls.probe(stream, host) else {
            let hint = "enable the feature `rustls` or `native-tls`";
            let what = "no TLS library was compiled";
            return Err(self.fail(Stage::Config, Duration::ZERO, what, hint));
        };
        let begin = self.timer.elapsed();
        let shaken = timeout(self.options.connect_timeout, handshake).await;
        let elapsed = self.timer.elapsed().saturating_sub(begin);
        let host = format!("{host}:{port}");
        let refused = match shaken {
            Ok(Ok(mut shaken)) => match refused_late(&mut shaken.stream).await {
                None => {
                    let what = shaken.what.clone();
                    self.diagnosis.push(Finding::good(Stage::Tls, elapsed, what));
                    return Ok(shaken);
                }
                Some(error) => Ok(error.into()),
            },
            Ok(Err(error)) => Ok(error),
            Err(over) => Err(over),
        };
        let (what, hint) = match refused {
            Ok(error) => match tls::explain(&*error, &host, false) {
                Some(what) => (what, tls::advice(&*error)),
                None => (
                    interrupted(&*error, &host),
                    "check that this is the https port, and that no firewall filters it",
                ),
            },
            Err(_) => (
                tls::unanswered(&host, elapsed),
                "a firewall on the way may allow TCP and block TLS",
            ),
        };
        Err(self.fail(Stage::Tls, elapsed, &what, hint))
    }
}

/// Waits for a server that refuses the client after the handshake. In TLS 1.3, the handshake of the
/// client is over before the server has checked the client's certificate.
async fn refused_late(stream: &mut (impl AsyncRead + Unpin)) -> Option<io::Error> {
    let mut byte = [0];
    let read = timeout(LATE_REFUSAL, stream.read(&mut byte)).await;
    // A server that closes the connection or sends data has at least not refused the client.
    read.ok()?.err().filter(|error| error.kind() != io::ErrorKind::UnexpectedEof)
}

/// Describes how a handshake ended for which the TLS library has no error.
fn interrupted(error: &(dyn Error + 'static), host: &str) -> String {
    let lowest = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).last();
    match lowest.map(io::Error::kind) {
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe) => {
            format!("the connection to {host} was closed during the TLS handshake")
        }
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) => {
            format!("the connection to {host} was reset during the TLS handshake")
        }
        _ => format!("the TLS handshake with {host} failed"),
    }
}
