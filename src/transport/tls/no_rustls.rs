//! rustls where it was not compiled.

use std::error::Error;

use tokio::net::TcpStream;

use super::TlsSetup;
use crate::transport::TransportOptions;

pub(super) const fn setup(_: &TransportOptions) -> TlsSetup {
    None
}

pub(super) const fn has_crypto() -> bool {
    false
}

pub(in crate::transport) fn explain(_: &(dyn Error + 'static), _: &str, _: bool) -> Option<String> {
    None
}

pub(super) async fn probe(
    _: TcpStream,
    host: &str,
    _: &TransportOptions,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    Ok(super::not_tried(host))
}
