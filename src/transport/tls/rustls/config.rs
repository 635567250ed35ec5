use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::crypto::crypto;
use super::sessions::Sessions;
use super::verifier::{CaVerifier, PinVerifier};
use crate::provider::Stage;
use crate::transport::{TlsVersion, TransportError, TransportOptions};

pub(super) fn client_config(options: &TransportOptions) -> Result<ClientConfig, TransportError> {
    let crypto = crypto()?;
    let versions: &[_] = match options.min_tls {
        TlsVersion::V1_2 => &[&rustls::version::TLS13, &rustls::version::TLS12],
        TlsVersion::V1_3 => &[&rustls::version::TLS13],
    };
    let verifier = verifier(options, &crypto)?;
    let config = ClientConfig::builder_with_provider(crypto)
        .with_protocol_versions(versions)
        .map_err(|error| {
            refuse("the crypto provider supports none of the allowed TLS versions", error)
        })?
        // rustls calls every verifier dangerous that it did not create. Here it is the operating
        // system's, or the one that accepts a single key.
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &options.client_identity {
        None => config.with_no_client_auth(),
        Some(pem) => {
            let what =
                "invalid client identity: expected PEM with a certificate and its private key";
            let pem = pem.expose().as_bytes();
            let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| unreadable(what))?;
            config.with_client_auth_cert(certificates(pem, what)?, key).map_err(|error| {
                refuse("the client certificate does not match its private key", error)
            })?
        }
    };
    // The client does not set ALPN for a prepared configuration. With `h2` alone, a server without
    // HTTP/2 would end the handshake (RFC 7301 §3.2).
    config.alpn_protocols = if options.http2 {
        vec![b"h2".to_vec(), b"http/1.1".to_vec()]
    } else {
        vec![b"http/1.1".to_vec()]
    };
    config.resumption = Resumption::store(Arc::new(Sessions::new(tls_proxy(options))));
    Ok(config)
}

/// Returns the host of the proxy if it is reached over TLS.
fn tls_proxy(options: &TransportOptions) -> Option<String> {
    // As the client parses it, so that both compare the same name.
    let proxy = options.proxy_url().ok()??;
    let host = proxy.host_str().filter(|_| proxy.scheme() == "https")?;
    Some(host.trim_matches(['[', ']']).to_owned())
}

fn verifier(
    options: &TransportOptions,
    crypto: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TransportError> {
    let Some(pin) = options.key_pin().map_err(|what| unreadable(&what))? else {
        return Ok(Arc::new(ca_verifier(options, crypto)?));
    };
    // Without such a proxy no CA is needed, so a machine without CA certificates can use a pin.
    let proxy = match tls_proxy(options) {
        Some(host) => Some((host, ca_verifier(options, crypto)?)),
        None if options.ca_certificates.is_some() => {
            let what = "pin_sha256 replaces the CA certificates: remove them, or remove the pin";
            return Err(unreadable(what));
        }
        None => None,
    };
    Ok(Arc::new(PinVerifier::new(pin, crypto, proxy)))
}

fn ca_verifier(
    options: &TransportOptions,
    crypto: &Arc<CryptoProvider>,
) -> Result<CaVerifier, TransportError> {
    let added = match &options.ca_certificates {
        None => Vec::new(),
        Some(pem) => authorities(pem)?,
    };
    let verifier = if added.is_empty() {
        Verifier::new(crypto.clone())
    } else {
        Verifier::new_with_extra_roots(added.clone(), crypto.clone())
    };
    let verifier = verifier.map_err(|error| {
        refuse("no CA certificates found: install the package ca-certificates", error)
    })?;
    Ok(CaVerifier { verifier, added })
}

/// Reads the CA certificates of the options. An error names the first one that cannot be used.
fn authorities(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let added = certificates(pem, "invalid CA certificates: expected PEM")?;
    for (number, certificate) in (1_usize..).zip(&added) {
        // The operating system's verifier reports neither the position nor the reason.
        RootCertStore::empty().add(certificate.clone()).map_err(|error| {
            let what =
                format!("invalid CA certificates: number {number} is not a valid certificate");
            refuse(&what, error)
        })?;
    }
    Ok(added)
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    certificates.ok().filter(|list| !list.is_empty()).ok_or_else(|| unreadable(what))
}

/// Creates an error without the parser's own text, which repeats the invalid line. That line may be
/// part of the key.
fn unreadable(what: &str) -> TransportError {
    TransportError::not_sent(Stage::Config, what)
}

fn refuse(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::not_sent(Stage::Config, what).with_source(error)
}
