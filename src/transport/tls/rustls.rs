use reqwest::ClientBuilder;

use crate::transport::TransportError;

/// Says which TLS the client uses: it is not left to what other crates of the application switch on.
pub(in crate::transport) fn choose(
    builder: ClientBuilder,
) -> Result<ClientBuilder, TransportError> {
    Ok(builder.tls_backend_rustls())
}
