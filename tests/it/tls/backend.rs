//! The TLS library of a transport is the one that was chosen when it was built.

use otpost::provider::Stage;
use otpost::transport::{Request, ReqwestTransport, TlsBackend, Transport, TransportOptions};
use otpost_testing::{FaultProtocol, FaultServer, Script, TestAuthority, TestCertificate};

/// Sends a request over TLS with this library, and returns the error's stage and text if there is one.
async fn exchange(backend: Option<TlsBackend>) -> Result<u16, (Stage, String)> {
    let authority = TestAuthority::new().unwrap();
    let script = Script::new().read_request().write("HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n");
    let server =
        FaultServer::start_tls(script, FaultProtocol::Http1, &authority, TestCertificate::Valid);
    let server = server.await.unwrap();
    let mut options = TransportOptions::new().with_ca_certificates(authority.pem().into_bytes());
    if let Some(backend) = backend {
        options = options.with_tls_backend(backend);
    }
    let told = |error: otpost::transport::TransportError| (error.stage(), error.to_string());
    let transport = ReqwestTransport::new(&options).map_err(told)?;
    let mut request = Request::new(bytes::Bytes::new());
    *request.uri_mut() = server.origin().parse().unwrap();
    Ok(transport.call(request).await.map_err(told)?.status().as_u16())
}

#[tokio::test]
async fn tls_backend_rustls_is_used_where_it_is_chosen_and_by_default() {
    assert_eq!(exchange(Some(TlsBackend::Rustls)).await, Ok(202));
    assert_eq!(exchange(None).await, Ok(202));
}

#[cfg(feature = "native-tls")]
#[tokio::test]
async fn tls_backend_native_is_used_where_it_is_chosen_beside_rustls() {
    assert_eq!(exchange(Some(TlsBackend::NativeTls)).await, Ok(202));
}

#[cfg(not(feature = "native-tls"))]
#[tokio::test]
async fn tls_backend_that_was_not_compiled_is_named() {
    let (stage, text) = exchange(Some(TlsBackend::NativeTls)).await.unwrap_err();
    assert_eq!(stage, Stage::Config);
    assert!(text.contains("the TLS backend native-tls needs the feature `native-tls`"), "{text}");
}
