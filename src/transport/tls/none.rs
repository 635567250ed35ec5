use std::error::Error;

use reqwest::ClientBuilder;

use crate::transport::{TransportError, TransportOptions};

/// The configuration without a TLS feature. There is nothing to set, and the HTTP client rejects
/// `https`.
pub(in crate::transport) struct Tls;

impl Tls {
    pub(in crate::transport) fn new(_: &TransportOptions) -> Result<Self, TransportError> {
        Ok(Self)
    }

    pub(in crate::transport) fn configure(
        &self,
        builder: ClientBuilder,
    ) -> Result<ClientBuilder, TransportError> {
        Ok(builder)
    }
}

/// Returns `None`, because there are no handshakes.
pub(in crate::transport) fn explain(_: &(dyn Error + 'static), _: &str, _: bool) -> Option<String> {
    None
}

/// Skips the handshake: only rustls reports the details of a connection.
pub(in crate::transport) async fn probe(
    _: tokio::net::TcpStream,
    host: &str,
    _: &TransportOptions,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    Ok(format!("the TLS handshake with {host} was not tested: enable the feature `rustls`"))
}
