//! TLS: the library, what it says about servers that it refuses, and the pin of a key.

#[cfg(feature = "rustls")]
mod backend;
mod errors;
#[cfg(feature = "rustls")]
mod impostor;
#[cfg(feature = "rustls")]
mod pins;

use std::time::Duration;

use bytes::Bytes;
use otpost::provider::Stage;
use otpost::transport::{
    Request, ReqwestTransport, TlsBackend, Transport, TransportError, TransportOptions, diagnose,
};
use otpost_test_servers::openssl::OpensslFolder;

const ACCEPTED: &str = "HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n";
const SAN: &str = "-addext subjectAltName=IP:127.0.0.1";
const NO_CA: &str = "-addext basicConstraints=critical,CA:FALSE";

/// The libraries that were compiled.
fn backends() -> Vec<TlsBackend> {
    let rustls = cfg!(feature = "rustls").then_some(TlsBackend::Rustls);
    let native = cfg!(any(feature = "native-tls", feature = "native-tls-vendored"));
    let native = native.then_some(TlsBackend::NativeTls);
    rustls.into_iter().chain(native).collect()
}

/// For exchanges that are expected to end by themselves, on a machine as busy as it may be.
fn options() -> TransportOptions {
    TransportOptions::new()
        .with_timeout(Duration::from_secs(60))
        .with_connect_timeout(Duration::from_secs(50))
}

/// Requests a page, and returns the status.
async fn get(options: &TransportOptions, origin: &str) -> Result<u16, TransportError> {
    get_with(&ReqwestTransport::new(options)?, origin).await
}

async fn get_with(transport: &ReqwestTransport, origin: &str) -> Result<u16, TransportError> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = origin.parse().unwrap();
    Ok(transport.call(request).await?.status().as_u16())
}

/// The error's text without what `Display` adds to it.
fn sentence(error: &TransportError) -> String {
    let text = error.to_string();
    let text = text.split_once(": ").map_or(&*text, |(_, text)| text);
    let end = text.rfind(" (").unwrap_or(text.len());
    text[..end].to_owned()
}

/// The sentence of exchanges that TLS ends before the request. It is the same each time, and the
/// connection test says the same.
async fn refused(options: &TransportOptions, origin: &str, runs: u64) -> String {
    let diagnosis = diagnose(&origin.parse().unwrap(), options).await;
    let failed = diagnosis.failed().unwrap_or_else(|| panic!("reached: {diagnosis}"));
    assert_eq!(failed.stage, Stage::Tls, "{diagnosis}");
    let transport = ReqwestTransport::new(options).unwrap();
    for _ in 0..runs {
        let error = get_with(&transport, origin).await.expect_err("it was refused");
        assert_eq!((error.stage(), error.may_have_sent()), (Stage::Tls, false), "{error:?}");
        assert_eq!(sentence(&error), failed.what, "{diagnosis}");
    }
    failed.what.clone()
}

/// The certificates of appliances.
fn appliances() -> OpensslFolder {
    let folder = OpensslFolder::new().unwrap();
    folder.self_signed("authority", &format!("-newkey rsa:2048 {SAN}"));
    folder.self_signed("plain", &format!("-newkey rsa:2048 {SAN} {NO_CA}"));
    folder.self_signed("curve", &format!("-newkey ec -pkeyopt ec_paramgen_curve:P-256 {SAN}"));
    folder.self_signed("nameless", &format!("-newkey rsa:2048 {NO_CA}"));
    folder.self_signed("sha1", &format!("-newkey rsa:2048 -sha1 {SAN} {NO_CA}"));
    folder.self_signed("short", &format!("-newkey rsa:1024 {SAN} {NO_CA}"));
    // Without extensions, OpenSSL creates version 1.
    folder.run(
        "openssl req -new -newkey rsa:2048 -nodes -keyout v1.key -out v1.csr -subj /CN=127.0.0.1
         openssl x509 -req -in v1.csr -signkey v1.key -out v1.pem -days 3650
         openssl x509 -in v1.pem -noout -text | grep -q 'Version: 1 '",
    );
    // Issued by a CA, with SHA-1.
    folder.run(
        "echo subjectAltName=IP:127.0.0.1 >san.cnf
         openssl req -new -newkey rsa:2048 -nodes -keyout issued.key -out issued.csr -subj /CN=127.0.0.1
         openssl x509 -req -sha1 -in issued.csr -CA authority.pem -CAkey authority.key -set_serial 7 \
             -extfile san.cnf -out issued.pem -days 3650",
    );
    folder
}
