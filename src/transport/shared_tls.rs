//! TLS set-ups that are shared by transports with equal options.
//!
//! Reading the system's certificates takes most of the time and memory of a transport, and an
//! application can have a gateway for each of its tenants. The connections are not shared: a hung
//! connection of one tenant does not concern the others.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use sha2::{Digest, Sha256};

use super::tls::Tls;
use super::{TlsBackend, TlsVersion, TransportError, TransportOptions};

/// The set-ups in use. Those of transports that were dropped are removed by the next one.
static SHARED: Mutex<Vec<(TlsKey, Weak<Tls>)>> = Mutex::new(Vec::new());

/// The options on which a set-up depends. Secrets and files are compared by their hashes, so that
/// they are not kept longer than the transports.
#[derive(PartialEq, Eq)]
struct TlsKey {
    backend: Option<TlsBackend>,
    ca_certificates: Option<[u8; 32]>,
    client_identity: Option<[u8; 32]>,
    http2: bool,
    min_tls: TlsVersion,
    pin: Option<String>,
    proxy: Option<[u8; 32]>,
}

impl TlsKey {
    fn new(options: &TransportOptions) -> Self {
        let hash = |bytes: &[u8]| Sha256::digest(bytes).into();
        let identity = options.client_identity.as_ref();
        let proxy = options.proxy.as_ref();
        Self {
            backend: options.tls_backend,
            ca_certificates: options.ca_certificates.as_deref().map(hash),
            client_identity: identity.map(|pem| hash(pem.expose().as_bytes())),
            http2: options.http2,
            min_tls: options.min_tls,
            pin: options.pin.clone(),
            proxy: proxy.map(|url| hash(url.expose().as_bytes())),
        }
    }
}

/// Returns the set-up of another transport with equal options, or creates one.
pub(super) fn shared_tls(options: &TransportOptions) -> Result<Arc<Tls>, TransportError> {
    let key = TlsKey::new(options);
    // Nothing that runs under the lock can panic, except a TLS library.
    let mut known = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|(_, tls)| tls.strong_count() > 0);
    let found = known.iter().find(|(other, _)| *other == key).and_then(|(_, tls)| tls.upgrade());
    if let Some(tls) = found {
        return Ok(tls);
    }
    // Created under the lock, so that many gateways that are built at once read the certificates
    // once.
    let tls = Arc::new(Tls::new(options)?);
    known.push((key, Arc::downgrade(&tls)));
    Ok(tls)
}
