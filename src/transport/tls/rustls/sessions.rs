use rustls::NamedGroup;
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::ServerName;

use crate::provider::Stage;
use crate::transport::progress::Progress;

/// The number of servers whose sessions are kept. This is the default of rustls.
const CAPACITY: usize = 256;

/// A TLS session cache that also records the start of a handshake: rustls looks up a session at
/// that moment.
///
/// Nothing else separates the TCP connection from the TLS handshake, and so an unreachable host
/// from a stalled handshake.
#[derive(Debug)]
pub(super) struct Sessions {
    cache: ClientSessionMemoryCache,
    /// The host of a proxy that is reached over TLS. The handshake with it is not the gateway's.
    proxy: Option<String>,
}

impl Sessions {
    pub(super) fn new(proxy: Option<String>) -> Self {
        Self { cache: ClientSessionMemoryCache::new(CAPACITY), proxy }
    }

    /// Records that a handshake starts for the current exchange.
    fn begin(&self, server: &ServerName<'_>) {
        let Some(progress) = Progress::current() else { return };
        let stage = progress.way().0.stage;
        // A gateway with the same host name as the proxy cannot be told from the proxy, because no
        // event marks the open tunnel.
        let is_proxy = self.proxy.as_deref() == Some(&*server.to_str());
        // rustls makes several lookups per handshake. Only the first one counts.
        if stage != Some(Stage::Tls) && !(stage == Some(Stage::Proxy) && is_proxy) {
            progress.enter(Stage::Tls);
        }
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.cache.set_kx_hint(server, group);
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        self.begin(server);
        self.cache.kx_hint(server)
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.cache.set_tls12_session(server, value);
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.begin(server);
        self.cache.tls12_session(server)
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.cache.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.cache.insert_tls13_ticket(server, value);
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.begin(server);
        self.cache.take_tls13_ticket(server)
    }
}
