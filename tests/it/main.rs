//! One binary for all integration tests.

#[cfg(feature = "reqwest")]
mod catalogue;
#[cfg(feature = "reqwest")]
mod kannel;
mod messages;
mod otp;
#[cfg(feature = "reqwest")]
#[path = "../servers/mod.rs"]
mod servers;
mod tidy;
