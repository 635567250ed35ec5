//! Authentication that needs more than a header: signatures, and access tokens that are requested
//! first.

pub(in crate::gateway) mod access_token;
mod flight;
pub(in crate::gateway) mod sign;
pub(in crate::gateway) mod token;
pub(in crate::gateway) mod tokens;
