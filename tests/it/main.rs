//! One binary for all integration tests.

#[cfg(feature = "reqwest")]
mod kannel;
#[cfg(feature = "reqwest")]
#[path = "../servers/mod.rs"]
mod servers;
mod tidy;
