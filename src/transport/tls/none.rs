use reqwest::ClientBuilder;

use crate::transport::{TransportError, TransportOptions};

/// Without a feature for TLS there is nothing to choose, and `https` is refused by the client.
pub(in crate::transport) fn configure(
    builder: ClientBuilder,
    _: &TransportOptions,
) -> Result<ClientBuilder, TransportError> {
    Ok(builder)
}

/// There is no handshake that could fail.
pub(in crate::transport) const fn explain(_: &reqwest::Error, _: &str) -> Option<String> {
    None
}
