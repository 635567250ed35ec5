use std::error::Error;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::certificate::Certificate;
use super::config::client_config;
use crate::transport::TransportOptions;

/// Shakes hands, and says with whom.
pub(in crate::transport::tls) async fn probe(
    stream: TcpStream,
    host: &str,
    options: &TransportOptions,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let config = client_config(options)?;
    let name = ServerName::try_from(host.to_owned())?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let (_, connection) = stream.get_ref();
    let version = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let http = if connection.alpn_protocol() == Some(b"h2") { "HTTP/2" } else { "HTTP/1.1" };
    let certificate = connection.peer_certificates().and_then(|chain| chain.first());
    let certificate = certificate.map(|der| Certificate::read(der)).unwrap_or_default();
    let names: Vec<_> = certificate.names.iter().take(4).map(String::as_str).collect();
    let names = if names.is_empty() { "no name" } else { &names.join(", ") };
    let until = certificate.not_after.unwrap_or_else(|| "?".to_owned());
    let trust = if options.ca_certificates.is_some() {
        "the CAs of the system and of the options"
    } else {
        "the CAs of the system"
    };
    Ok(format!(
        "{version}, {http}; certificate for {names}, valid until {until}, trusted by {trust}"
    ))
}
