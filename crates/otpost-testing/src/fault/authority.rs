use std::fmt;
use std::io;
use std::sync::Arc;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// A certificate authority for tests, which exists in memory only.
///
/// # Examples
///
/// ```
/// use otpost_testing::TestAuthority;
/// use otpost::transport::TransportOptions;
///
/// let authority = TestAuthority::new()?;
/// let options = TransportOptions::new().with_ca_certificates(authority.pem().as_bytes());
/// # let _ = options;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TestAuthority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate or TLS configuration of a test server, valid or with a fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TestCertificate {
    /// The server requires a client certificate of the authority.
    AsksClient,
    /// The certificate expired in 2021.
    Expired,
    /// The server supports TLS 1.2 only.
    OldTls,
    /// The certificate is self-signed.
    SelfSigned,
    /// The certificate is valid for `localhost`, `127.0.0.1` and `::1`.
    #[default]
    Valid,
    /// The certificate is for `other.example`.
    WrongName,
}

impl TestAuthority {
    /// Creates an authority with a new key.
    ///
    /// # Errors
    ///
    /// Returns an error if the key cannot be generated.
    pub fn new() -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::default();
        // A unique name: a client would take two authorities of the same name for one whose
        // signatures are invalid.
        let name = key.public_key_raw().last_chunk().copied().map(u64::from_be_bytes);
        let name = format!("test authority {:x}", name.unwrap_or_default());
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// Returns the authority's certificate in PEM, for clients to trust.
    #[must_use]
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// Creates a client certificate and returns it with its key in PEM.
    /// [`TestCertificate::AsksClient`] accepts it.
    ///
    /// # Errors
    ///
    /// Returns an error if the key cannot be generated.
    pub fn client_identity(&self) -> io::Result<String> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::default();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        Ok(format!("{}{}", certificate.pem(), key.serialize_pem()))
    }

    pub(super) fn server(
        &self,
        kind: TestCertificate,
        speaks_http2: bool,
    ) -> io::Result<ServerConfig> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::default();
        let name = if kind == TestCertificate::WrongName { "other.example" } else { "localhost" };
        let name = Ia5String::try_from(name).map_err(io::Error::other)?;
        params.subject_alt_names = vec![SanType::DnsName(name)];
        // Clients connect to 127.0.0.1, so the address is a name that has to be wrong as well.
        if kind != TestCertificate::WrongName {
            let addresses = [[127, 0, 0, 1].into(), [0, 0, 0, 0, 0, 0, 0, 1].into()];
            params.subject_alt_names.extend(addresses.map(SanType::IpAddress));
        }
        if kind == TestCertificate::Expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let certificate = match kind {
            TestCertificate::SelfSigned => params.self_signed(&key),
            _ => params.signed_by(&key, &self.issuer),
        };
        let certificate = certificate.map_err(io::Error::other)?;
        let versions: &[_] =
            if kind == TestCertificate::OldTls { &[&TLS12] } else { &[&TLS13, &TLS12] };
        // An explicit provider: the default of the process may be missing, or another one.
        let crypto = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(crypto.clone())
            .with_protocol_versions(versions)
            .map_err(io::Error::other)?;
        let config = if kind == TestCertificate::AsksClient {
            let mut roots = RootCertStore::empty();
            roots.add(self.certificate.der().clone()).map_err(io::Error::other)?;
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), crypto).build();
            config.with_client_cert_verifier(verifier.map_err(io::Error::other)?)
        } else {
            config.with_no_client_auth()
        };
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
        let mut config = config.with_single_cert(chain, key).map_err(io::Error::other)?;
        // Only one protocol, so that the client cannot choose another than the one of the test.
        let protocol: &[u8] = if speaks_http2 { b"h2" } else { b"http/1.1" };
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(config)
    }
}

impl fmt::Debug for TestAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestAuthority").finish_non_exhaustive()
    }
}
