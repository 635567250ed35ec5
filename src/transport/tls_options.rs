//! The types of TLS options.

use std::fmt;

use data_encoding::BASE64;

/// A TLS library.
///
/// # Examples
///
/// ```
/// use otpost::transport::{TlsBackend, TransportOptions};
///
/// let options = TransportOptions::new().with_tls_backend(TlsBackend::Rustls);
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsBackend {
    /// The operating system's library, or OpenSSL.
    ///
    /// With OpenSSL, a connection that is cut looks like one that was closed. So a response that
    /// has neither `Content-Length` nor chunks may lack its end: `1` could be the start of `1025`.
    /// [`Rustls`](Self::Rustls) reports such a response as incomplete, and its fate is unknown.
    NativeTls,
    /// rustls.
    Rustls,
}

impl fmt::Display for TlsBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NativeTls => "native-tls",
            Self::Rustls => "rustls",
        })
    }
}

/// A version of TLS.
///
/// # Examples
///
/// ```
/// use otpost::transport::TlsVersion;
///
/// assert!(TlsVersion::V1_2 < TlsVersion::V1_3);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    #[default]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}

/// The SHA-256 hash of a public key in the form SubjectPublicKeyInfo (RFC 7469 §2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyPin(pub(in crate::transport) [u8; 32]);

impl KeyPin {
    /// The problem with a text that is not a pin.
    pub(crate) const PROBLEM: &'static str = "it is not the base64 of a SHA-256 hash";
    pub(crate) const HINT: &'static str =
        "write 44 characters that end in `=`, without a prefix such as `sha256//`";

    pub(crate) fn parse(text: &str) -> Option<Self> {
        // The decoder accepts exactly one text for each hash.
        BASE64.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Display for KeyPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(&self.0))
    }
}
