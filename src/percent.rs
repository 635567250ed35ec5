//! Percent-encoding (RFC 3986 §2.1).

#[cfg(feature = "gateway")]
pub(crate) use percent_encoding::percent_decode;
pub(crate) use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// All bytes but the unreserved ones (RFC 3986 §2.3), which never need encoding and which every
/// server reads as they are.
pub(crate) const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
