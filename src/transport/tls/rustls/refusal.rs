use std::error::Error;
use std::fmt;
use std::sync::Arc;

use rustls::{CertificateError, OtherError};

use crate::transport::KeyPin;
use crate::transport::tls::certificate::Certificate;

/// The shortest RSA key that the crypto providers accept, in bits.
const LEAST_RSA: usize = 2_048;

/// A refused certificate of a server, with the facts that the library's own error lacks.
#[derive(Debug)]
pub(super) struct CertificateRefusal {
    pub(super) reason: RefusalReason,
    /// The pin of the key that the server presented.
    pub(super) presented: Option<KeyPin>,
    is_self_issued: bool,
}

#[derive(Debug)]
pub(super) enum RefusalReason {
    /// A CA certificate. If it was added by the options, its position in them, which counts from 0.
    Authority(Option<usize>),
    /// The library's own error.
    Library(rustls::Error),
    /// The signature of the handshake is not by the pinned key.
    NoProof,
    /// Another key than the pinned one.
    OtherKey,
    /// An RSA key of this size in bits.
    ShortKey(usize),
    Version1,
    /// A signature with this hash function.
    WeakHash(&'static str),
}

impl CertificateRefusal {
    /// Explains an error of the library.
    pub(super) fn of(error: rustls::Error, der: &[u8], position: Option<usize>) -> rustls::Error {
        let rustls::Error::InvalidCertificate(problem) = &error else { return error };
        let certificate = Certificate::read(der);
        // The library reports some of these by errors without a type, and others as an unknown
        // issuer. First come those that another issuer would not change.
        let reason = match (problem, certificate.rsa_bits(), certificate.weak_hash) {
            (CertificateError::Revoked, ..) => RefusalReason::Library(error),
            _ if certificate.is_version_1 => RefusalReason::Version1,
            (_, Some(bits), _) if bits < LEAST_RSA => RefusalReason::ShortKey(bits),
            _ if is_trust(problem) => RefusalReason::Library(error),
            _ if certificate.is_ca => RefusalReason::Authority(position),
            (_, _, Some(hash)) => RefusalReason::WeakHash(hash),
            _ => RefusalReason::Library(error),
        };
        Self::wrap(reason, &certificate)
    }

    /// Returns the error for a pinned key that no crypto provider accepts.
    pub(super) fn of_short_key(certificate: &Certificate<'_>) -> Option<rustls::Error> {
        let bits = certificate.rsa_bits().filter(|bits| *bits < LEAST_RSA)?;
        Some(Self::wrap(RefusalReason::ShortKey(bits), certificate))
    }

    pub(super) fn of_other_key(certificate: &Certificate<'_>) -> rustls::Error {
        Self::wrap(RefusalReason::OtherKey, certificate)
    }

    pub(super) fn of_no_proof(certificate: &Certificate<'_>) -> rustls::Error {
        Self::wrap(RefusalReason::NoProof, certificate)
    }

    fn wrap(reason: RefusalReason, certificate: &Certificate<'_>) -> rustls::Error {
        let presented = certificate.pin();
        let is_self_issued = certificate.is_self_issued;
        let refusal = Self { reason, presented, is_self_issued };
        CertificateError::Other(OtherError(Arc::new(refusal))).into()
    }

    /// Returns the refusal inside an error of the library.
    pub(super) fn inside(problem: &CertificateError) -> Option<&Self> {
        let CertificateError::Other(OtherError(error)) = problem else { return None };
        error.downcast_ref()
    }

    /// Describes the refusal. `library` describes an error of the library.
    pub(super) fn explain(
        &self,
        host: &str,
        library: impl FnOnce(&CertificateError) -> String,
    ) -> String {
        let pin = self.presented.map(|pin| pin.to_string()).unwrap_or_default();
        // The key may be an attacker's, so it must not be copied without a look at the server.
        let advice = format!("if its key is the server's, set pin_sha256 = \"{pin}\"");
        let certificate = format!("the certificate of {host}");
        match &self.reason {
            RefusalReason::Authority(position) => {
                let which = position.map_or_else(String::new, |position| {
                    let number = position.saturating_add(1);
                    format!(", number {number} of the added CA certificates,")
                });
                format!(
                    "{certificate}{which} is a CA certificate, which rustls does not accept from a server: {advice}"
                )
            }
            RefusalReason::Library(rustls::Error::InvalidCertificate(problem)) => match problem {
                CertificateError::UnknownIssuer if self.is_self_issued => {
                    format!("{certificate} is self-signed and was not added: {advice}")
                }
                _ if self.is_self_issued => format!("{}: {advice}", library(problem)),
                _ => library(problem),
            },
            RefusalReason::Library(_) => format!("{certificate} is not valid"),
            RefusalReason::NoProof => {
                format!(
                    "{host} presents the pinned key, but did not prove that it has its private key"
                )
            }
            RefusalReason::OtherKey => {
                format!("{host} has another key than the one in pin_sha256: it presents \"{pin}\"")
            }
            RefusalReason::ShortKey(bits) => format!(
                "{certificate} has an RSA key of {bits} bits, which is insecure: create a key of at least {LEAST_RSA} bits"
            ),
            RefusalReason::Version1 => format!(
                "{certificate} has the old version 1, which rustls does not support: {advice}"
            ),
            RefusalReason::WeakHash(hash) => {
                format!("{certificate} is signed with {hash}, which is insecure: {advice}")
            }
        }
    }
}

/// Returns whether the problem is the issuer, a date or a name. The other parts of the certificate
/// were then not the reason.
fn is_trust(problem: &CertificateError) -> bool {
    matches!(
        problem,
        CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
            | CertificateError::NotValidForName
            | CertificateError::NotValidForNameContext { .. }
            | CertificateError::UnknownIssuer
    )
}

impl fmt::Display for CertificateRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            RefusalReason::Library(error) => error.fmt(f),
            _ => f.write_str(&self.explain("the server", |_| String::new())),
        }
    }
}

impl Error for CertificateRefusal {}
