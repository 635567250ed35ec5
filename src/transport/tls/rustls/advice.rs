use std::error::Error;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use super::refusal::{CertificateRefusal, RefusalReason};
use crate::transport::cause::chain;

/// Returns what to do about a failed handshake, for the operator of the application.
pub(in crate::transport::tls) fn advice(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let error = chain(error).find_map(|error| error.downcast_ref::<rustls::Error>())?;
    match error {
        rustls::Error::InvalidCertificate(problem) => of_certificate(problem),
        rustls::Error::AlertReceived(alert) => of_alert(*alert),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Some("use the https port, or http:// in a network of your own")
        }
        rustls::Error::PeerIncompatible(_) => Some(NEWER_TLS),
        _ => None,
    }
}

const NEWER_TLS: &str =
    "ask the operator of the gateway to enable TLS 1.2 or 1.3 with current ciphers";
const NEW_CERTIFICATE: &str =
    "ask the operator of the gateway for a new certificate, or pin its key with pin_sha256";

fn of_alert(alert: AlertDescription) -> Option<&'static str> {
    match alert {
        AlertDescription::CertificateRequired => {
            Some("set client_identity in [connection] to the file of the certificate and its key")
        }
        AlertDescription::HandshakeFailure => Some(
            "ask the operator of the gateway whether it requires a client certificate \
             (client_identity)",
        ),
        AlertDescription::ProtocolVersion => Some(NEWER_TLS),
        AlertDescription::UnrecognisedName => {
            Some("check the host of the URL: use the name that the gateway's documentation shows")
        }
        _ => None,
    }
}

fn of_certificate(problem: &CertificateError) -> Option<&'static str> {
    let Some(refusal) = CertificateRefusal::inside(problem) else { return of_library(problem) };
    match &refusal.reason {
        RefusalReason::Library(rustls::Error::InvalidCertificate(problem)) => of_library(problem),
        RefusalReason::OtherKey => Some(
            "if the operator of the gateway confirms the new key, change pin_sha256; otherwise the \
             connection may be intercepted",
        ),
        RefusalReason::Authority(_)
        | RefusalReason::ShortKey(_)
        | RefusalReason::Version1
        | RefusalReason::WeakHash(_) => Some(NEW_CERTIFICATE),
        RefusalReason::Library(_) | RefusalReason::NoProof => None,
    }
}

fn of_library(problem: &CertificateError) -> Option<&'static str> {
    match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Some(
            "the operator of the gateway has to renew it; check the clock of this machine as well",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some("check the clock of this machine")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some("write the host of the URL as the certificate names it, if that is the gateway")
        }
        CertificateError::UnknownIssuer => Some(
            "set ca_file in [connection]; a firewall that inspects TLS has a CA certificate of its \
             own",
        ),
        _ => None,
    }
}
