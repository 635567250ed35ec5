use std::error::Error;
use std::time::{Duration, SystemTime};

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

use super::refusal::CertificateRefusal;
use crate::transport::cause::chain;
use crate::transport::tls::sentences::{
    no_agreement, no_client_certificate, no_name, no_tls, no_version, unknown_ca,
};

/// Describes a TLS failure, in the handshake or later on an open connection.
///
/// In TLS 1.3, the client completes the handshake before the server has checked the client's
/// certificate. So a refusal of the certificate arrives on an open connection.
pub(in crate::transport::tls) fn explain(
    error: &(dyn Error + 'static),
    host: &str,
    is_open: bool,
) -> Option<String> {
    let error = chain(error).find_map(|error| error.downcast_ref::<rustls::Error>())?;
    Some(match *error {
        rustls::Error::InvalidCertificate(ref problem) => of_certificate(problem, host),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            no_client_certificate(host)
        }
        rustls::Error::AlertReceived(alert) if is_open => {
            format!("{host} ended the TLS connection: {alert:?}")
        }
        _ if is_open => format!("the TLS connection to {host} failed"),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => no_tls(host),
        rustls::Error::InvalidMessage(_) => {
            format!("{host} sent an invalid message in the TLS handshake")
        }
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => no_version(host),
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure) => no_agreement(host),
        rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => no_name(host),
        rustls::Error::AlertReceived(alert) => {
            format!("{host} refused the TLS handshake: {alert:?}")
        }
        rustls::Error::PeerIncompatible(_) => {
            format!("{host} supports no TLS version and cipher suite that is allowed here")
        }
        _ => format!("the TLS handshake with {host} failed"),
    })
}

fn of_certificate(problem: &CertificateError, host: &str) -> String {
    if let Some(refusal) = CertificateRefusal::inside(problem) {
        return refusal.explain(host, |problem| of_library(problem, host));
    }
    of_library(problem, host)
}

fn of_library(problem: &CertificateError, host: &str) -> String {
    match problem {
        CertificateError::Expired => format!("the certificate of {host} has expired"),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the certificate of {host} expired on {}", day(*not_after))
        }
        CertificateError::NotValidYet => format!("the certificate of {host} is not valid yet"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the certificate of {host} is not valid before {}", day(*not_before))
        }
        CertificateError::NotValidForName => {
            format!("the certificate of {host} is for another name")
        }
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            format!("the certificate of {host} contains no name (subjectAltName)")
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            // The server chooses these names, so limit their number, length and characters.
            let names = presented.iter().take(3).map(|name| printable(name)).collect::<Vec<_>>();
            format!("the certificate of {host} is for {}", names.join(", "))
        }
        CertificateError::UnknownIssuer => unknown_ca(host),
        CertificateError::BadSignature => format!(
            "the signature of the certificate of {host} is not by its CA, or the key of the CA is too short"
        ),
        CertificateError::Revoked => format!("the certificate of {host} was revoked"),
        _ => format!("the certificate of {host} is not valid"),
    }
}

fn day(time: UnixTime) -> String {
    // HTTP dates end with the year 9999, so a later date is shown as that year.
    let latest = Duration::from_secs(time.as_secs().min(253_402_300_799));
    let time = SystemTime::UNIX_EPOCH.checked_add(latest).unwrap_or(SystemTime::UNIX_EPOCH);
    let date = httpdate::fmt_http_date(time);
    // "Fri, 01 Jan 2021 00:00:00 GMT"
    date.get(5..16).unwrap_or(&date).to_owned()
}

/// Returns the name inside `DnsName("other.example")`, as rustls prints it: only visible ASCII, at
/// most 80 characters.
fn printable(name: &str) -> String {
    name.split('"')
        .nth(1)
        .unwrap_or(name)
        .chars()
        .filter(|c| c.is_ascii_graphic())
        .take(80)
        .collect()
}
