//! rustls where it was not compiled.

use std::error::Error;

use super::TlsSetup;
use crate::transport::TransportOptions;

pub(super) const fn setup(_: &TransportOptions) -> TlsSetup {
    None
}

pub(super) const fn has_crypto() -> bool {
    false
}

pub(super) const fn advice(_: &(dyn Error + 'static)) -> Option<&'static str> {
    None
}

pub(super) fn explain(_: &(dyn Error + 'static), _: &str, _: bool) -> Option<String> {
    None
}
