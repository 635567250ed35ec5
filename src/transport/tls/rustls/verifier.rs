use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, PeerMisbehaved, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::refusal::CertificateRefusal;
use crate::transport::KeyPin;
use crate::transport::tls::certificate::Certificate;

/// The operating system's verifier, which explains a refusal.
#[derive(Debug)]
pub(super) struct CaVerifier {
    pub(super) verifier: Verifier,
    /// The certificates that were added by the options.
    pub(super) added: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for CaVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier.verify_server_cert(certificate, intermediates, name, ocsp, now).map_err(
            |error| {
                let position = self.added.iter().position(|added| added == certificate);
                CertificateRefusal::of(error, certificate, position)
            },
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// A verifier that accepts one public key.
///
/// The signature of the handshake proves that the server has the private key. It is verified with
/// the key alone: the library's own functions also parse the certificate, and refuse version 1.
#[derive(Debug)]
pub(super) struct PinVerifier {
    pin: KeyPin,
    algorithms: WebPkiSupportedAlgorithms,
    /// The host of a proxy that is reached over TLS, and the verifier for it.
    proxy: Option<(String, CaVerifier)>,
}

impl PinVerifier {
    pub(super) fn new(
        pin: KeyPin,
        crypto: &CryptoProvider,
        proxy: Option<(String, CaVerifier)>,
    ) -> Self {
        Self { pin, algorithms: crypto.signature_verification_algorithms, proxy }
    }
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // A gateway with the host name of the proxy cannot be told from it. So the transport
        // refuses such a request.
        if let Some((_, verifier)) = self.proxy.as_ref().filter(|(host, _)| *host == *name.to_str())
        {
            return verifier.verify_server_cert(certificate, intermediates, name, ocsp, now);
        }
        let read = Certificate::read(certificate);
        match read.pin() {
            Some(pin) if pin == self.pin => CertificateRefusal::of_short_key(&read)
                .map_or_else(|| Ok(ServerCertVerified::assertion()), Err),
            _ => Err(CertificateRefusal::of_other_key(&read)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let read = Certificate::read(certificate);
        let Some((id, key)) = read.public_key() else {
            return Err(CertificateError::BadEncoding.into());
        };
        // TLS 1.2 does not say which curve belongs to a signature, so a scheme can have several
        // algorithms. The one of the key's type and curve applies.
        let schemes = self.algorithms.mapping.iter();
        let found = schemes
            .filter(|(scheme, _)| *scheme == signature.scheme)
            .flat_map(|(_, algorithms)| algorithms.iter())
            .find(|algorithm| *algorithm.public_key_alg_id() == *id)
            .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        match found.verify_signature(key, message, signature.signature()) {
            Ok(()) => Ok(HandshakeSignatureValid::assertion()),
            Err(_) => Err(CertificateRefusal::of_no_proof(&read)),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let read = Certificate::read(certificate);
        let key = SubjectPublicKeyInfoDer::from(read.key.ok_or(CertificateError::BadEncoding)?);
        verify_tls13_signature_with_raw_key(message, &key, signature, &self.algorithms)
            .map_err(|_| CertificateRefusal::of_no_proof(&read))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
