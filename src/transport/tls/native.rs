use std::sync::Arc;

use reqwest::{Certificate, ClientBuilder, Identity, tls};

use super::{Setup, TlsSetup};
use crate::provider::Stage;
use crate::secret::SecretString;
use crate::transport::{TlsVersion, TransportError, TransportOptions};

pub(super) fn setup(options: &TransportOptions) -> TlsSetup {
    Some(Ok(Box::new(Native {
        ca_certificates: options.ca_certificates.clone(),
        client_identity: options.client_identity.clone(),
        min_tls: options.min_tls,
    })))
}

/// The operating system's TLS. Its configuration cannot be shared between clients, so each client
/// reads it again.
struct Native {
    ca_certificates: Option<Arc<[u8]>>,
    client_identity: Option<SecretString>,
    min_tls: TlsVersion,
}

impl Setup for Native {
    fn configure(&self, builder: ClientBuilder) -> Result<ClientBuilder, TransportError> {
        let mut builder = builder.tls_backend_native().tls_version_min(match self.min_tls {
            TlsVersion::V1_2 => tls::Version::TLS_1_2,
            TlsVersion::V1_3 => tls::Version::TLS_1_3,
        });
        let refuse = |what: &str| TransportError::not_sent(Stage::Config, what);
        if let Some(pem) = &self.ca_certificates {
            let certificates =
                Certificate::from_pem_bundle(pem).ok().filter(|list| !list.is_empty());
            let what = "invalid CA certificates: expected PEM";
            builder = builder.tls_certs_merge(certificates.ok_or_else(|| refuse(what))?);
        }
        if let Some(pem) = &self.client_identity {
            // The API takes certificate and key separately. Each parser finds its own part in the
            // whole text.
            let pem = pem.expose().as_bytes();
            let identity = Identity::from_pkcs8_pem(pem, pem);
            let what =
                "invalid client identity: expected PEM with a certificate and its PKCS #8 key";
            builder = builder.identity(identity.map_err(|_| refuse(what))?);
        }
        Ok(builder)
    }
}
