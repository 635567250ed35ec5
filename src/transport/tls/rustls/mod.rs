mod advice;
mod config;
#[cfg(feature = "rustls")]
mod crypto;
#[cfg(not(feature = "rustls"))]
#[path = "no_crypto.rs"]
mod crypto;
mod explain;
mod probe;
mod refusal;
mod sessions;
mod verifier;

use std::sync::Arc;

use reqwest::ClientBuilder;
use rustls::ClientConfig;
use tokio::net::TcpStream;

pub(super) use advice::advice;
use config::client_config;
use crypto::crypto;
pub(super) use explain::explain;
use probe::probe;

use super::{Setup, TlsProbe, TlsSetup, trust};
use crate::transport::TransportOptions;

pub(super) fn setup(options: &TransportOptions) -> TlsSetup {
    let trust = trust(options);
    Some(
        client_config(options).map(|config| Box::new(Rustls { config: config.into(), trust }) as _),
    )
}

pub(super) fn has_crypto() -> bool {
    crypto().is_ok()
}

/// rustls with the system's certificates and those of the options. The client would build nearly
/// the same; it is built here so that the beginning of a handshake can be noted, and so that one
/// client after another has the same sessions.
struct Rustls {
    config: Arc<ClientConfig>,
    trust: &'static str,
}

impl Setup for Rustls {
    fn configure(&self, builder: ClientBuilder) -> ClientBuilder {
        builder.tls_backend_preconfigured(ClientConfig::clone(&self.config))
    }

    fn probe(&self, stream: TcpStream, host: &str) -> TlsProbe {
        Box::pin(probe(stream, host.to_owned(), self.config.clone(), self.trust))
    }
}
