use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

use crate::transport::TransportError;

/// Returns the crypto provider that the application has installed. Defaults to aws-lc-rs.
pub(super) fn crypto() -> Result<Arc<CryptoProvider>, TransportError> {
    let installed = CryptoProvider::get_default().cloned();
    Ok(installed.unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider())))
}
