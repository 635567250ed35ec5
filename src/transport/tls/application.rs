use reqwest::ClientBuilder;
use rustls::crypto::CryptoProvider;

use crate::transport::{Stage, TransportError};

/// rustls with the crypto provider that the application has installed. Without one the client would panic.
pub(in crate::transport) fn choose(
    builder: ClientBuilder,
) -> Result<ClientBuilder, TransportError> {
    if CryptoProvider::get_default().is_none() {
        let what = "no crypto provider is installed: install one of rustls first";
        return Err(TransportError::not_sent(Stage::Config, what));
    }
    Ok(builder.tls_backend_rustls())
}
