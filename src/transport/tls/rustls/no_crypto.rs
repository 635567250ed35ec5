use std::sync::Arc;

use rustls::crypto::CryptoProvider;

use crate::provider::Stage;
use crate::transport::TransportError;

/// Returns the crypto provider that the application has installed. There is no default.
pub(super) fn crypto() -> Result<Arc<CryptoProvider>, TransportError> {
    CryptoProvider::get_default().cloned().ok_or_else(|| {
        let what =
            "no crypto provider is installed: install one of rustls before building the transport";
        TransportError::not_sent(Stage::Config, what)
    })
}
