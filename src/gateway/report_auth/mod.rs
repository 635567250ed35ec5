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
mod no_public_key;
#[cfg(feature = "signatures")]
mod public_key;
mod rejection;
mod secrets;
mod signature;
mod signature_key;
mod text;
mod token;
mod token_key;
mod vars;
mod verifier;
mod window;

pub use incoming::IncomingReport;
pub use rejection::ReportRejection;
pub use verifier::{ReportVerifier, VerifiedReport};
