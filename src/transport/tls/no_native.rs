//! The operating system's TLS where it was not compiled.

use super::TlsSetup;
use crate::transport::TransportOptions;

pub(super) const fn setup(_: &TransportOptions) -> TlsSetup {
    None
}
