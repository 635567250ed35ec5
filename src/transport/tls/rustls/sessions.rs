use rustls::NamedGroup;
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::ServerName;

use crate::provider::Stage;
use crate::transport::progress::Progress;

/// How many gateways' sessions are kept, as rustls does by default.
const CAPACITY: usize = 256;

/// Remembers sessions, and notes when a handshake begins: that is when rustls asks for one.
///
/// Nothing else tells the end of connecting from the beginning of TLS, and so a dead host from a stalled handshake.
#[derive(Debug)]
pub(super) struct Sessions {
    cache: ClientSessionMemoryCache,
    /// The name of a proxy that is spoken to over TLS: the handshake with it is not the gateway's.
    proxy: Option<String>,
}

impl Sessions {
    pub(super) fn new(proxy: Option<String>) -> Self {
        Self { cache: ClientSessionMemoryCache::new(CAPACITY), proxy }
    }

    /// Notes that a handshake begins for the exchange under way.
    fn begin(&self, server: &ServerName<'_>) {
        let Some(progress) = Progress::current() else { return };
        let stage = progress.way().0.stage;
        // A gateway of the proxy's own name is not told from the proxy: nothing says that the tunnel is open.
        let is_proxy = self.proxy.as_deref() == Some(&*server.to_str());
        // Each session is asked for in several ways.
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
