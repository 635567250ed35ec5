//! The connections of a transport, grouped in generations.
//!
//! A hung connection looks healthy: TCP is open, but the response never arrives. With HTTP/2, the
//! client would send every later request on it. And when a firewall or a NAT drops its state for
//! this machine, all idle connections of a pool are dead at once, and each of them would cost a
//! message.
//!
//! The HTTP client offers no way to close a connection or to empty its pool, but the pool is
//! dropped with the client. So an exchange that ends without a response replaces the client by a
//! new one with an empty pool. Exchanges in progress on the old client are not disturbed: they keep
//! it alive until they end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::uri::{Scheme, Uri};
use http::{HeaderMap, HeaderName};
use reqwest::Client;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::build;
use crate::telemetry;
use crate::transport::cause::http2_error;
use crate::transport::progress::Progress;
use crate::transport::shared_tls::shared_tls;
use crate::transport::tls::Tls;
use crate::transport::{TransportError, TransportOptions};

/// The maximum number of requests in progress on an HTTP/2 connection.
///
/// A request above the server's limit (`SETTINGS_MAX_CONCURRENT_STREAMS`, RFC 9113 §6.5.2) waits
/// inside the client, where its fate can no longer be known. Before the limit is known, the server
/// refuses such a request. The RFC recommends a limit of at least 100, but smaller limits exist,
/// and the client does not expose the limit. Limits below 20 are rare. Here a request waits outside
/// the client, so if its time ends, it was certainly not sent.
const MAX_STREAMS: usize = 20;

/// The number of hosts that are kept before those without requests in progress are removed.
const MAX_HOSTS: usize = 64;

/// The client of a transport, and the settings to build the next one.
pub(super) struct Pool {
    /// `None` for the application's client, which cannot be rebuilt.
    recipe: Option<Recipe>,
    state: Mutex<PoolState>,
}

struct Recipe {
    options: TransportOptions,
    /// Kept so that a new client reuses the TLS sessions of the old one, and does not read
    /// certificates again.
    tls: Arc<Tls>,
}

struct PoolState {
    generation: Arc<Generation>,
    /// The current idle timeout. It is shorter than that of the options if a server announced that
    /// it closes connections earlier.
    idle_timeout: Duration,
}

/// A client whose pool contains no connection that is known to hang.
struct Generation {
    client: Client,
    /// Only for HTTP/2: with HTTP/1.1, each request in progress has its own connection.
    slots: Option<Slots>,
}

/// The free HTTP/2 streams per host.
#[derive(Default)]
struct Slots(Mutex<HashMap<String, Arc<Semaphore>>>);

impl Pool {
    pub(super) fn new(options: &TransportOptions) -> Result<Self, TransportError> {
        let recipe = Recipe { options: options.clone(), tls: shared_tls(options)? };
        let generation = recipe.build(options.idle_timeout)?;
        let state = PoolState { generation, idle_timeout: options.idle_timeout };
        Ok(Self { recipe: Some(recipe), state: Mutex::new(state) })
    }

    /// Creates a pool with the application's client, which is never replaced.
    pub(super) fn foreign(client: Client) -> Self {
        let generation = Arc::new(Generation { client, slots: None });
        // Without a recipe no client is built, so the idle timeout has no effect.
        let state = PoolState { generation, idle_timeout: Duration::MAX };
        Self { recipe: None, state: Mutex::new(state) }
    }

    /// Starts an exchange. With HTTP/2, it may wait until other exchanges end. Returns `None` if
    /// `patience` is over first.
    pub(super) async fn begin(
        &self,
        progress: &Arc<Progress>,
        uri: &Uri,
        patience: Duration,
    ) -> Option<Exchange<'_>> {
        let (generation, slot) = match (self.current(), uri.authority()) {
            // HTTP/2 is negotiated in the TLS handshake, so `http://` never uses it.
            (generation, Some(host))
                if generation.slots.is_some() && uri.scheme() == Some(&Scheme::HTTPS) =>
            {
                // Boxed, because most exchanges do not wait, and their future should have no room
                // for it.
                Box::pin(timeout(patience, self.slot(host.as_str()))).await.ok()?
            }
            (generation, _) => (generation, None),
        };
        let progress = progress.clone();
        Some(Exchange { pool: self, generation, progress, slot, is_over: false })
    }

    async fn slot(&self, host: &str) -> (Arc<Generation>, Option<OwnedSemaphorePermit>) {
        loop {
            let generation = self.current();
            let Some(slots) = &generation.slots else { return (generation, None) };
            // An error means that the generation was replaced in the meantime. The new one has free
            // slots.
            if let Ok(slot) = slots.of(host).acquire_owned().await {
                return (generation, Some(slot));
            }
        }
    }

    fn current(&self) -> Arc<Generation> {
        self.lock().generation.clone()
    }

    /// Replaces a generation if no other exchange has replaced it already.
    fn abandon(&self, generation: &Arc<Generation>) {
        self.replace(|state| {
            Arc::ptr_eq(&state.generation, generation).then_some(state.idle_timeout)
        });
    }

    /// Limits the idle timeout to the value that a server announces in its response (`Keep-Alive:
    /// timeout=`).
    ///
    /// One second is subtracted, because the server starts to count before the client does and the
    /// next request takes time to arrive. With `timeout=1`, no connection is reused.
    fn heed(&self, headers: &HeaderMap) {
        static KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
        let Some(announced) = headers.get(&KEEP_ALIVE).and_then(|value| value.to_str().ok()) else {
            return;
        };
        let parameters = announced.split(',').filter_map(|parameter| parameter.split_once('='));
        let mut timeouts =
            parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"));
        let seconds = timeouts.next().and_then(|(_, value)| value.trim().parse::<u64>().ok());
        let Some(seconds) = seconds else { return };
        let limit = Duration::from_secs(seconds.saturating_sub(1));
        self.replace(|state| (limit < state.idle_timeout).then_some(limit));
    }

    /// Builds a new client if `wanted` returns an idle timeout for it.
    fn replace(&self, wanted: impl Fn(&PoolState) -> Option<Duration>) {
        let Some(recipe) = &self.recipe else { return };
        let Some(idle_timeout) = wanted(&self.lock()) else { return };
        // Build outside the lock, because some TLS libraries read files here. If it fails, the old
        // client is better than none.
        let Ok(generation) = recipe.build(idle_timeout) else { return };
        let mut state = self.lock();
        // Ask again: another exchange may have replaced the client during the build.
        if wanted(&state).is_some() {
            if let Some(slots) = &state.generation.slots {
                // Wakes the waiters, which then take slots of the new client. Permits in use stay
                // valid.
                slots.close();
            }
            *state = PoolState { generation, idle_timeout };
            // An event runs the code of the subscriber, so release the lock first.
            drop(state);
            telemetry::connections_replaced();
        }
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        // Nothing that runs under the lock can panic.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Recipe {
    fn build(&self, idle_timeout: Duration) -> Result<Arc<Generation>, TransportError> {
        let client = build::client(&self.options, idle_timeout, &self.tls)?;
        let slots = self.options.http2.then(Slots::default);
        Ok(Arc::new(Generation { client, slots }))
    }
}

impl Slots {
    fn of(&self, host: &str) -> Arc<Semaphore> {
        let mut hosts = self.lock();
        if let Some(slots) = hosts.get(host) {
            return slots.clone();
        }
        // The host may come from the values of a message, so the map must not grow without limit.
        if hosts.len() >= MAX_HOSTS {
            // If only the map holds a semaphore, it has no waiters and no permits in use.
            hosts.retain(|_, slots| Arc::strong_count(slots) > 1);
        }
        let slots = Arc::new(Semaphore::new(MAX_STREAMS));
        hosts.insert(host.to_owned(), slots.clone());
        slots
    }

    fn close(&self) {
        self.lock().values().for_each(|slots| slots.close());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Semaphore>>> {
        // Nothing that runs under the lock can panic.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// An exchange in progress. If it ends without a response, the connections of its generation are
/// not used again.
///
/// This also holds if the application drops the exchange because of its own timeout. Otherwise
/// nothing would detect that the connection hangs.
pub(super) struct Exchange<'p> {
    pool: &'p Pool,
    generation: Arc<Generation>,
    progress: Arc<Progress>,
    slot: Option<OwnedSemaphorePermit>,
    is_over: bool,
}

impl Exchange<'_> {
    pub(super) fn client(&self) -> &Client {
        &self.generation.client
    }

    /// Returns the time that remains for the exchange: all of it if the exchange did not wait for a
    /// slot.
    pub(super) fn left_of(&self, total: Duration) -> Duration {
        if self.slot.is_none() { total } else { total.saturating_sub(self.progress.elapsed()) }
    }

    /// Applies the `Keep-Alive` header of a response to the pool.
    pub(super) fn head(&self, response: &reqwest::Response) {
        // HTTP/2 does not have this header (RFC 9113 §8.2.2).
        if response.version() < http::Version::HTTP_2 {
            self.pool.heed(response.headers());
        }
    }

    /// Records that the connection is healthy, or not used again anyway.
    pub(super) const fn over(&mut self) {
        self.is_over = true;
    }

    /// Records why no complete response arrived. If a gateway resets one HTTP/2 stream, it is
    /// alive, and so is the connection.
    pub(super) fn failed(&mut self, error: &reqwest::Error) {
        self.is_over |=
            http2_error(error).is_some_and(|error| error.is_reset() && error.is_remote());
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        // A request that never reached a connection tells nothing about one.
        if !self.is_over && self.progress.may_have_left() {
            self.pool.abandon(&self.generation);
        }
    }
}
