//! The authentication of delivery reports.
//!
//! A scheme is compiled once. What a request contains is only compared: no part of a request is
//! parsed as a template, chooses a key, or chooses an algorithm that the spec does not list.

mod algorithm_header;
mod coverage;
mod fixed;
mod incoming;
mod key_kind;
#[cfg(not(feature = "signatures"))]
mod no_private_key;
#[cfg(not(feature = "signatures"))]
mod no_public_key;
mod outgoing;
#[cfg(feature = "signatures")]
mod private_key;
#[cfg(feature = "signatures")]
mod public_key;
mod rejection;
mod secrets;
mod signature;
mod signature_key;
mod signer;
mod text;
mod token;
mod token_key;
mod vars;
mod verifier;
mod window;

pub use incoming::IncomingReport;
pub(in crate::gateway) use outgoing::{OutgoingBody, OutgoingReport};
pub use rejection::ReportRejection;
pub(in crate::gateway) use signer::ReportSigner;
pub use verifier::{ReportVerifier, VerifiedReport};
