use std::error::Error;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::transport::tls::TlsHandshake;
use crate::transport::tls::certificate::Certificate;

/// Performs a handshake and describes it.
pub(super) async fn probe(
    stream: TcpStream,
    host: String,
    config: Arc<ClientConfig>,
    trust: &str,
) -> Result<TlsHandshake, Box<dyn Error + Send + Sync>> {
    let name = ServerName::try_from(host)?;
    // A resumed session would show the certificate of an earlier handshake.
    let mut config = ClientConfig::clone(&config);
    config.resumption = Resumption::disabled();
    let config = Arc::new(config);
    let stream = TlsConnector::from(config).connect(name, stream).await?;
    let (_, connection) = stream.get_ref();
    let version = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let is_http2 = connection.alpn_protocol() == Some(b"h2");
    let http = if is_http2 { "HTTP/2" } else { "HTTP/1.1" };
    let certificate = connection.peer_certificates().and_then(|chain| chain.first());
    let certificate = certificate.map(|der| Certificate::read(der)).unwrap_or_default();
    let what = format!("{version}, {http}; {}, trusted by {trust}", certificate.summary());
    Ok(TlsHandshake { what, stream: Box::new(stream), is_http2 })
}
