//! A socket that can still be used after the HTTP server has given it up.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// A connection with a second owner, which plays a fault on it.
///
/// A client that does not read fills the buffers, and then a write waits. The timers of the HTTP
/// server do not run meanwhile, so the wait ends here: otherwise a few such clients would take all
/// connections for as long as they like.
pub(super) struct SharedStream {
    stream: Arc<TcpStream>,
    write_timeout: Duration,
    /// The end of the wait until the client reads. `None` if no write waits.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl SharedStream {
    /// Creates a stream. A write that makes no progress for `write_timeout` is an error.
    pub(super) const fn new(stream: Arc<TcpStream>, write_timeout: Duration) -> Self {
        Self { stream, write_timeout, stalled: None }
    }
}

impl AsyncRead for SharedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            match self.stream.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                // The readiness was out of date and is cleared now, so wait for the next one.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for SharedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        loop {
            match this.stream.poll_write_ready(context) {
                Poll::Ready(ready) => ready?,
                Poll::Pending => {
                    let wait = || Box::pin(sleep(this.write_timeout));
                    let stalled = this.stalled.get_or_insert_with(wait);
                    ready!(stalled.as_mut().poll(context));
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
            match this.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => {
                    this.stalled = None;
                    return Poll::Ready(written);
                }
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The connection is closed when its last owner is dropped, which follows at once.
        Poll::Ready(Ok(()))
    }
}
