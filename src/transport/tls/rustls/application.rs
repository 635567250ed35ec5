use std::sync::Arc;

use rustls::crypto::CryptoProvider;

use crate::provider::Stage;
use crate::transport::TransportError;

/// What the application has installed: there is nothing else.
pub(super) fn crypto() -> Result<Arc<CryptoProvider>, TransportError> {
    CryptoProvider::get_default().cloned().ok_or_else(|| {
        let what = "no crypto provider is installed: install one of rustls first";
        TransportError::not_sent(Stage::Config, what)
    })
}
