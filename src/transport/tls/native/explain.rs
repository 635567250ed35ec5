use std::error::Error;
use std::io::{self, ErrorKind};

use crate::transport::cause::chain;
use crate::transport::tls::sentences::{
    no_agreement, no_client_certificate, no_name, no_tls, no_version, unknown_ca,
};

/// Describes a TLS failure, in the handshake or later on an open connection.
///
/// The library offers no kinds of errors, only the texts of OpenSSL. On other systems, most
/// failures have the general description.
pub(in crate::transport::tls) fn explain(
    error: &(dyn Error + 'static),
    host: &str,
    is_open: bool,
) -> Option<String> {
    let text = chain(error).find_map(text_of)?.to_lowercase();
    let has = |part: &str| text.contains(part);
    if has("certificate required") {
        return Some(no_client_certificate(host));
    }
    if is_open {
        // OpenSSL also reports a connection that was just closed. That is no failure of TLS.
        return alert(&text).map(|alert| format!("{host} ended the TLS connection: {alert}"));
    }
    if let Some(what) = of_certificate(&text, host) {
        return Some(what);
    }
    if ["unsupported protocol", "alert protocol version"].into_iter().any(has) {
        return Some(no_version(host));
    }
    // What OpenSSL makes of the beginning of an HTTP response depends on its version.
    let garbage = ["wrong version number", "http request", "unknown protocol", "packet length"];
    if garbage.into_iter().chain(["record layer failure", "bad record type"]).any(has) {
        return Some(no_tls(host));
    }
    if has("unrecognized name") {
        return Some(no_name(host));
    }
    if has("alert handshake failure") {
        return Some(no_agreement(host));
    }
    if let Some(alert) = alert(&text) {
        return Some(format!("{host} refused the TLS handshake: {alert}"));
    }
    // The handshake was interrupted.
    let lowest = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).last();
    Some(match lowest.map(io::Error::kind) {
        Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted) => {
            format!("the connection to {host} was reset during the TLS handshake")
        }
        Some(ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof) => closed(host),
        _ if has("eof") => closed(host),
        _ => format!("the TLS handshake with {host} failed"),
    })
}

/// Returns the text of an error of the library.
fn text_of(error: &(dyn Error + 'static)) -> Option<String> {
    if error.is::<native_tls::Error>() {
        return Some(error.to_string());
    }
    // The text of the HTTP client's error contains the URL.
    if error.is::<reqwest::Error>() {
        return None;
    }
    // Behind the handshake, the library passes on OpenSSL's own errors, whose type is not in its
    // interface.
    let text = error.to_string();
    text.contains(":SSL routines:").then_some(text)
}

/// Describes why a certificate was refused.
fn of_certificate(text: &str, host: &str) -> Option<String> {
    let has = |part: &&str| text.contains(*part);
    let certificate = format!("the certificate of {host}");
    let issuer = [
        "certificate in certificate chain",
        "local issuer certificate",
        "issuer certificate",
        "verify the first certificate",
    ];
    if issuer.iter().any(has) {
        return Some(unknown_ca(host));
    }
    // OpenSSL 3 writes the hyphen.
    if ["self-signed certificate", "self signed certificate"].iter().any(has) {
        return Some(format!(
            "{certificate} is self-signed and was not added: if it is the server's, add it to the CA certificates"
        ));
    }
    let sentences = [
        ("certificate has expired", "has expired"),
        ("not yet valid", "is not valid yet"),
        ("hostname mismatch", "is for another name"),
        ("ip address mismatch", "is for another name"),
        ("ca certificate key too weak", "was issued by a CA whose key is too short"),
        ("ca key too small", "was issued by a CA whose key is too short"),
        ("key too weak", "has a key that is too short and insecure: create a longer key"),
        ("key too small", "has a key that is too short and insecure: create a longer key"),
        ("digest algorithm too weak", "is signed with an insecure hash: create another one"),
        ("md too weak", "is signed with an insecure hash: create another one"),
        ("certificate revoked", "was revoked"),
    ];
    let found = sentences.iter().find(|(part, _)| has(part));
    if let Some((_, sentence)) = found {
        return Some(format!("{certificate} {sentence}"));
    }
    text.contains("certificate verify failed").then(|| format!("{certificate} is not valid"))
}

/// Returns the name of the alert that the server sent.
fn alert(text: &str) -> Option<&str> {
    // `error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:…`
    let (_, rest) = text.split_once(" alert ")?;
    rest.split([':', ',']).next()
}

fn closed(host: &str) -> String {
    format!("the connection to {host} was closed during the TLS handshake")
}
