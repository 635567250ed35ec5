//! Authentication that needs more than a header: signatures, signed tokens, and access tokens that
//! are requested first.

pub(in crate::gateway) mod access_token;
pub(in crate::gateway) mod digest;
mod flight;
pub(in crate::gateway) mod jwt;
mod key_text;
pub(in crate::gateway) mod sign;
pub(in crate::gateway) mod token;
pub(in crate::gateway) mod tokens;
