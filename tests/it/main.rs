//! One binary for all integration tests.

#[cfg(feature = "testing")]
mod answers;
#[cfg(feature = "reqwest")]
mod catalogue;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod examples;
#[cfg(feature = "testing")]
mod gateway;
#[cfg(feature = "reqwest")]
mod kannel;
mod messages;
mod otp;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod parse_back;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod redaction;
#[cfg(feature = "reqwest")]
#[path = "../servers/mod.rs"]
mod servers;
#[cfg(feature = "testing")]
mod spec_errors;
#[cfg(feature = "testing")]
mod spec_values;
mod tidy;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod transport;
