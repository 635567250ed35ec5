use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::serve::Socket;
use super::{FaultProtocol, FaultServer, Script, TestAuthority, TestCertificate};

impl FaultServer {
    /// Starts a server with TLS that plays the script on every connection. It uses a certificate of
    /// the authority.
    ///
    /// # Errors
    ///
    /// Returns an error if the certificate cannot be created or no port can be opened.
    pub async fn start_tls(
        script: Script,
        protocol: FaultProtocol,
        authority: &TestAuthority,
        certificate: TestCertificate,
    ) -> io::Result<Self> {
        let config = authority.server(certificate, protocol == FaultProtocol::Http2)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let handshake = move |tcp: TcpStream| {
            let acceptor = acceptor.clone();
            let shaken = async move {
                let stream: Box<dyn Socket> = Box::new(acceptor.accept(tcp).await?);
                Ok(stream)
            };
            Box::pin(shaken) as _
        };
        Self::listen(script, Some(Arc::new(handshake))).await
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}
