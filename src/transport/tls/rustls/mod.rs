mod certificate;
mod config;
#[cfg(feature = "rustls")]
mod crypto;
#[cfg(not(feature = "rustls"))]
#[path = "no_crypto.rs"]
mod crypto;
mod explain;
mod probe;
mod sessions;

use reqwest::ClientBuilder;
use rustls::ClientConfig;

use config::client_config;
use crypto::crypto;
pub(in crate::transport) use explain::explain;
pub(super) use probe::probe;

use super::{Setup, TlsSetup};
use crate::transport::{TransportError, TransportOptions};

pub(super) fn setup(options: &TransportOptions) -> TlsSetup {
    Some(client_config(options).map(|config| Box::new(Rustls(config)) as _))
}

pub(super) fn has_crypto() -> bool {
    crypto().is_ok()
}

/// rustls with the system's certificates and those of the options. The client would build nearly
/// the same; it is built here so that the beginning of a handshake can be noted, and so that one
/// client after another has the same sessions.
struct Rustls(ClientConfig);

impl Setup for Rustls {
    fn configure(&self, builder: ClientBuilder) -> Result<ClientBuilder, TransportError> {
        Ok(builder.tls_backend_preconfigured(self.0.clone()))
    }
}
