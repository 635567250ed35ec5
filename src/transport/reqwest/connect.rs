//! DNS lookups and connections, which record each step in the progress of the exchange.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::task::unconstrained;
use tower_layer::Layer;
use tower_service::Service;

use super::handshake::HandshakeDetector;
use crate::provider::Stage;
use crate::transport::progress::Progress;
use crate::transport::{DnsResolver, is_public};

/// The resolver that is passed to the client.
pub(super) struct Names {
    pub(super) resolver: Option<Arc<dyn DnsResolver>>,
    pub(super) deny_private: bool,
    /// The stage that follows the DNS lookup.
    pub(super) next: Stage,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, deny_private, next) = (self.resolver.clone(), self.deny_private, self.next);
        Box::pin(async move {
            let progress = Progress::current();
            if let Some(progress) = &progress {
                progress.ask(name.as_str());
            }
            let mut addresses = match resolver {
                Some(resolver) => resolver.resolve(name.as_str()).await?,
                None => system(name.as_str()).await?,
            };
            // Check the addresses here, where the connection takes them from: a second lookup could
            // return different ones.
            let found = addresses.len();
            addresses.retain(|address| !deny_private || is_public(*address));
            if addresses.is_empty() {
                let what =
                    if found > 0 { "all its addresses are private" } else { "no address found" };
                return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, what).into());
            }
            // The client replaces the port 0 by the port of the URL.
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            let addresses: Vec<_> = addresses.collect();
            if let Some(progress) = &progress {
                progress.found(addresses.iter().copied());
                // Only the resolver knows this moment: the layer below wraps the whole connector,
                // DNS included.
                progress.enter(next);
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

async fn system(name: &str) -> io::Result<Vec<IpAddr>> {
    Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
}

/// A layer that records when a connection is started and when it is open.
#[derive(Clone, Copy)]
pub(super) struct Noting {
    /// The first stage if there is no name to resolve.
    pub(super) first: Stage,
    /// The TLS library does not report the beginning of a handshake, so it has to be detected.
    pub(super) detects_handshakes: bool,
}

impl<S> Layer<S> for Noting {
    type Service = Noted<S>;

    fn layer(&self, inner: S) -> Noted<S> {
        Noted { inner: Arc::new(inner), layer: *self }
    }
}

/// The service that [`Noting`] adds around the connector.
///
/// The client clones its connector for each request, but most requests need no new connection. So
/// the inner service is behind an [`Arc`], and cloned only when a connection is opened.
pub(super) struct Noted<S> {
    inner: Arc<S>,
    layer: Noting,
}

impl<S> Clone for Noted<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer }
    }
}

impl<S, Target> Service<Target> for Noted<S>
where
    S: Service<Target> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    Target: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        // The inner service is polled when there is a connection to open.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Target) -> Self::Future {
        // Read it now and set it again for the connection: the client may continue this future in a
        // background task, which does not inherit a task-local value.
        let progress = Progress::current();
        let mut inner = S::clone(&self.inner);
        let Noting { first, detects_handshakes } = self.layer;
        Box::pin(async move {
            if let Some(progress) = &progress {
                // For a literal address, this stays the stage. For a name, the resolver enters the
                // DNS stage.
                progress.enter(first);
            }
            let connecting = async move {
                std::future::poll_fn(|cx| inner.poll_ready(cx)).await?;
                inner.call(target).await
            };
            let Some(progress) = progress else { return connecting.await };
            let connected = if detects_handshakes {
                // Without a budget of polls, the runtime wakes the task only for the connection.
                let connecting = unconstrained(progress.watch(connecting));
                HandshakeDetector::new(connecting, progress.clone()).await
            } else {
                progress.watch(connecting).await
            };
            if connected.is_ok() {
                progress.open();
            }
            connected
        })
    }
}
