use rustls::NamedGroup;
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::ServerName;

use crate::transport::Stage;
use crate::transport::progress::Progress;

/// How many gateways' sessions are kept, as rustls does by default.
const CAPACITY: usize = 256;

/// Remembers sessions, and notes when a handshake begins: that is when rustls asks for one.
///
/// Nothing else tells the end of connecting from the beginning of TLS, and so a dead host from a stalled handshake.
#[derive(Debug)]
pub(super) struct Sessions(ClientSessionMemoryCache);

impl Sessions {
    pub(super) fn new() -> Self {
        Self(ClientSessionMemoryCache::new(CAPACITY))
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(server, group);
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        begin();
        self.0.kx_hint(server)
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(server, value);
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        begin();
        self.0.tls12_session(server)
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.0.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(server, value);
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        begin();
        self.0.take_tls13_ticket(server)
    }
}

/// Notes that a handshake begins for the exchange under way.
fn begin() {
    let Some(progress) = Progress::current() else { return };
    // With a proxy nothing tells its own handshake from the one with the gateway behind it; that the gateway was not
    // reached is true of both.
    if progress.way().0.stage != Some(Stage::Proxy) {
        progress.enter(Stage::Tls);
    }
}
