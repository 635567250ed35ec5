mod explain;

use std::error::Error;

use native_tls::{Certificate as Trusted, Identity, Protocol, TlsConnector};
use reqwest::ClientBuilder;
use tokio::net::TcpStream;

pub(super) use explain::explain;

use super::certificate::Certificate;
use super::{Setup, TlsHandshake, TlsProbe, TlsSetup, trust};
use crate::provider::Stage;
use crate::transport::{TlsVersion, TransportError, TransportOptions};

pub(super) fn setup(options: &TransportOptions) -> TlsSetup {
    let trust = trust(options);
    Some(connector(options).map(|connector| Box::new(Native { connector, trust }) as _))
}

/// The operating system's TLS, or OpenSSL. Certificates are read once, when it is set up.
struct Native {
    connector: TlsConnector,
    trust: &'static str,
}

impl Setup for Native {
    fn configure(&self, builder: ClientBuilder) -> ClientBuilder {
        builder.tls_backend_preconfigured(self.connector.clone())
    }

    fn probe(&self, stream: TcpStream, host: &str) -> TlsProbe {
        Box::pin(probe(stream, host.to_owned(), self.connector.clone(), self.trust))
    }

    fn records_handshakes(&self) -> bool {
        false
    }
}

/// Performs a handshake and describes it. The library does not tell the version.
async fn probe(
    stream: TcpStream,
    host: String,
    connector: TlsConnector,
    trust: &str,
) -> Result<TlsHandshake, Box<dyn Error + Send + Sync>> {
    let stream = tokio_native_tls::TlsConnector::from(connector).connect(&host, stream).await?;
    let inner = stream.get_ref();
    let is_http2 = inner.negotiated_alpn()?.is_some_and(|name| name == b"h2");
    let http = if is_http2 { "HTTP/2" } else { "HTTP/1.1" };
    let der = match inner.peer_certificate()? {
        Some(certificate) => certificate.to_der()?,
        None => Vec::new(),
    };
    let summary = Certificate::read(&der).summary();
    let what = format!("TLS, {http}; {summary}, trusted by {trust}");
    Ok(TlsHandshake { what, stream: Box::new(stream), is_http2 })
}

fn connector(options: &TransportOptions) -> Result<TlsConnector, TransportError> {
    if options.pin.is_some() {
        // The client offers no way to see the certificate before it sends the request.
        return Err(refuse(
            "pin_sha256 needs rustls, because native-tls cannot check a key before the request is sent: enable the feature `rustls`",
        ));
    }
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(match options.min_tls {
        TlsVersion::V1_2 => Protocol::Tlsv12,
        TlsVersion::V1_3 => Protocol::Tlsv13,
    }));
    builder.request_alpns(if options.http2 { &["h2", "http/1.1"] } else { &["http/1.1"] });
    if let Some(pem) = &options.ca_certificates {
        for certificate in authorities(pem)? {
            builder.add_root_certificate(certificate);
        }
    }
    if let Some(pem) = &options.client_identity {
        let pem = pem.expose();
        // The parser of the key expects it at the beginning. That of the certificates skips it.
        let key = pem.find("-----BEGIN PRIVATE KEY-----").and_then(|at| pem.get(at..));
        let identity = Identity::from_pkcs8(pem.as_bytes(), key.unwrap_or_default().as_bytes());
        let what = "invalid client identity: expected PEM with a certificate and its PKCS #8 key";
        builder.identity(identity.map_err(|_| refuse(what))?);
    }
    // Without the source: OpenSSL's errors may repeat a part of the key.
    builder.build().map_err(|_| {
        refuse("the TLS library does not accept the options: check the client certificate")
    })
}

/// Reads the CA certificates of the options. An error names the first one that cannot be used.
fn authorities(pem: &[u8]) -> Result<Vec<Trusted>, TransportError> {
    const END: &str = "-----END CERTIFICATE-----";

    let text =
        std::str::from_utf8(pem).map_err(|_| refuse("invalid CA certificates: expected PEM"))?;
    let blocks = text.split_inclusive(END).filter(|block| block.contains("-----BEGIN CERTIFICATE"));
    let mut found = Vec::new();
    for (number, block) in (1_usize..).zip(blocks) {
        found.push(Trusted::from_pem(block.as_bytes()).map_err(|_| {
            refuse(&format!("invalid CA certificates: number {number} is not a valid certificate"))
        })?);
    }
    if found.is_empty() {
        return Err(refuse("invalid CA certificates: expected PEM"));
    }
    Ok(found)
}

fn refuse(what: &str) -> TransportError {
    TransportError::not_sent(Stage::Config, what)
}
