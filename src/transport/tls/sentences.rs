//! The descriptions of TLS failures that both libraries report.

pub(super) fn no_agreement(host: &str) -> String {
    format!(
        "{host} refused the TLS handshake: it may require a client certificate or other cipher suites"
    )
}

pub(super) fn no_client_certificate(host: &str) -> String {
    format!("{host} requires a client certificate")
}

pub(super) fn no_name(host: &str) -> String {
    format!("{host} refused the TLS handshake: it does not serve this host name")
}

pub(super) fn no_tls(host: &str) -> String {
    format!("{host} does not support TLS on this port: is it an http:// port?")
}

pub(super) fn no_version(host: &str) -> String {
    format!("{host} supports no TLS version that is allowed here: its TLS is too old")
}

pub(super) fn unknown_ca(host: &str) -> String {
    format!("the certificate of {host} was issued by an unknown CA: add its CA certificate")
}
