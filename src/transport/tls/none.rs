use std::error::Error;

use reqwest::ClientBuilder;

use crate::transport::{TransportError, TransportOptions};

/// Without a feature for TLS there is nothing to choose, and `https` is refused by the client.
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

/// There is no handshake that could fail.
pub(in crate::transport) fn explain(_: &(dyn Error + 'static), _: &str, _: bool) -> Option<String> {
    None
}

/// Only rustls is probed: the others do not say what they saw.
pub(in crate::transport) async fn probe(
    _: tokio::net::TcpStream,
    host: &str,
    _: &TransportOptions,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    Ok(format!("the handshake with {host} was not tried: that needs the feature `rustls`"))
}
