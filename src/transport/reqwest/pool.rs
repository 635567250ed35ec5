//! The connections of a transport, in generations.
//!
//! A connection that hangs looks like a good one: TCP is open, and only the response never comes. Over HTTP/2 the client
//! would send every later request on it. When a firewall or a NAT has forgotten a machine, all idle connections of a
//! pool are dead at once, and each would cost a message. The HTTP client offers no way to close a connection or to empty
//! its pool, but its pool ends with it. So an exchange that ends without a response replaces the client by a new one with
//! an empty pool. Exchanges under way on the old one are not disturbed: they keep it alive until they end.

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
use crate::transport::tls::Tls;
use crate::transport::{TransportError, TransportOptions};

/// How many requests are under way at a time on an HTTP/2 connection.
///
/// A request above the server's limit (`SETTINGS_MAX_CONCURRENT_STREAMS`, RFC 9113 §6.5.2) waits inside of the client,
/// where it can no longer be said whether it was sent, or, before the limit is known, is refused by the server. The RFC
/// recommends at least 100, but smaller limits are found, and the client does not show the limit. Below 20 none is
/// common. Here a request waits outside of the client, and one whose time ends there was certainly not sent.
const MAX_STREAMS: usize = 20;

/// How many hosts are kept in mind before those to which nothing is under way are forgotten.
const MAX_HOSTS: usize = 64;

/// The client of a transport, and what it takes to build the next one.
pub(super) struct Pool {
    /// `None` for a client of the application, which cannot be built again.
    recipe: Option<Recipe>,
    state: Mutex<PoolState>,
}

struct Recipe {
    options: TransportOptions,
    /// Kept so that a new client starts with the old one's TLS sessions, and without reading certificates again.
    tls: Tls,
}

struct PoolState {
    generation: Arc<Generation>,
    /// Shorter than that of the options where a server announces that it closes connections earlier.
    idle_timeout: Duration,
}

/// A client, whose pool holds connections of which none is known to hang.
struct Generation {
    client: Client,
    /// Of HTTP/2 only: HTTP/1.1 opens a connection for each request under way.
    slots: Option<Slots>,
}

/// The room on the connection to each host.
#[derive(Default)]
struct Slots(Mutex<HashMap<String, Arc<Semaphore>>>);

impl Pool {
    pub(super) fn new(options: &TransportOptions) -> Result<Self, TransportError> {
        let recipe = Recipe { options: options.clone(), tls: Tls::new(options)? };
        let generation = recipe.build(options.idle_timeout)?;
        let state = PoolState { generation, idle_timeout: options.idle_timeout };
        Ok(Self { recipe: Some(recipe), state: Mutex::new(state) })
    }

    /// A pool of the application's client, which stays what it is.
    pub(super) fn foreign(client: Client) -> Self {
        let generation = Arc::new(Generation { client, slots: None });
        let state = PoolState { generation, idle_timeout: Duration::MAX };
        Self { recipe: None, state: Mutex::new(state) }
    }

    /// Begins an exchange, which over HTTP/2 may have to wait for others to end. `None` when it has waited in vain.
    pub(super) async fn begin(
        &self,
        progress: &Arc<Progress>,
        uri: &Uri,
        patience: Duration,
    ) -> Option<Exchange<'_>> {
        let (generation, slot) = match (self.current(), uri.authority()) {
            // Without TLS there is nothing by which HTTP/2 could be agreed on.
            (generation, Some(host))
                if generation.slots.is_some() && uri.scheme() == Some(&Scheme::HTTPS) =>
            {
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
            // An error says that the generation was replaced meanwhile: the new one has free slots.
            if let Ok(slot) = slots.of(host).acquire_owned().await {
                return (generation, Some(slot));
            }
        }
    }

    fn current(&self) -> Arc<Generation> {
        self.lock().generation.clone()
    }

    /// Replaces a generation, unless another exchange already has.
    fn abandon(&self, generation: &Arc<Generation>) {
        self.replace(|state| {
            Arc::ptr_eq(&state.generation, generation).then_some(state.idle_timeout)
        });
    }

    /// Keeps idle connections for no longer than a server announces in its response (`Keep-Alive: timeout=`).
    ///
    /// The server starts to count before the client does, and the next request takes its time to arrive, hence a second
    /// less. Of a server that closes connections after a second none is used again.
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

    /// Builds a new client if it is wanted, with the wanted idle timeout.
    fn replace(&self, wanted: impl Fn(&PoolState) -> Option<Duration>) {
        let Some(recipe) = &self.recipe else { return };
        let Some(idle_timeout) = wanted(&self.lock()) else { return };
        // Not under the lock: with some TLS libraries it reads files. If it fails, the old client is better than none.
        let Ok(generation) = recipe.build(idle_timeout) else { return };
        let mut state = self.lock();
        if wanted(&state).is_some() {
            if let Some(slots) = &state.generation.slots {
                slots.close();
            }
            *state = PoolState { generation, idle_timeout };
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
        // A host may come from a message's values: hosts to which nothing is under way are not kept for ever.
        if hosts.len() >= MAX_HOSTS {
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

/// An exchange under way. If it ends without a response, the connections of its generation are not used again.
///
/// That holds for every such end: also the application may have its own timeout and drop the exchange, and then nothing
/// else would ever find out that the connection hangs.
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

    /// What is left of the time for the exchange: all of it unless it had to wait for others.
    pub(super) fn left_of(&self, total: Duration) -> Duration {
        if self.slot.is_none() { total } else { total.saturating_sub(self.progress.elapsed()) }
    }

    /// Notes what the head of a response says of the connection.
    pub(super) fn head(&self, response: &reqwest::Response) {
        // HTTP/2 knows no such header (RFC 9113 §8.2.2).
        if response.version() < http::Version::HTTP_2 {
            self.pool.heed(response.headers());
        }
    }

    /// Notes that the connection is good, or is not used again anyway.
    pub(super) const fn over(&mut self) {
        self.is_over = true;
    }

    /// Notes why there is no whole response. A gateway that resets one HTTP/2 stream is alive, and so is the connection.
    pub(super) fn failed(&mut self, error: &reqwest::Error) {
        self.is_over |=
            http2_error(error).is_some_and(|error| error.is_reset() && error.is_remote());
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        // A request that never came as far as a connection says nothing about any.
        if !self.is_over && self.progress.may_have_left() {
            self.pool.abandon(&self.generation);
        }
    }
}
