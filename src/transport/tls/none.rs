use reqwest::ClientBuilder;

use crate::transport::TransportError;

/// Without a feature for TLS there is nothing to choose, and `https` is refused by the client.
pub(in crate::transport) fn choose(
    builder: ClientBuilder,
) -> Result<ClientBuilder, TransportError> {
    Ok(builder)
}
