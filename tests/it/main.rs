//! One binary for all integration tests.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]
#![cfg_attr(
    feature = "testing",
    expect(clippy::expect_used, reason = "what has to be refused and is not, has failed")
)]
#![cfg_attr(
    all(feature = "reqwest", feature = "testing"),
    expect(clippy::disallowed_methods, reason = "real sockets live in real time")
)]

#[cfg(feature = "testing")]
mod account;
#[cfg(feature = "testing")]
mod answers;
#[cfg(feature = "testing")]
mod auth;
#[cfg(feature = "testing")]
mod bodies;
#[cfg(feature = "testing")]
mod bounds;
#[cfg(all(feature = "reqwest", feature = "signatures", feature = "testing", feature = "xml"))]
mod catalogue;
#[cfg(all(feature = "challenge", feature = "testing"))]
mod challenges;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod clones;
#[cfg(all(feature = "reqwest", feature = "signatures", feature = "testing", feature = "xml"))]
mod curl;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod diagnosis;
mod dice;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod digest;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod examples;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod faults;
#[cfg(all(feature = "reqwest", feature = "testing", feature = "xml"))]
mod from_curl;
#[cfg(feature = "testing")]
mod gateway;
#[cfg(feature = "testing")]
mod guide;
#[cfg(all(feature = "challenge", feature = "testing"))]
mod hooked;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod hung;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod idle;
#[cfg(all(feature = "reqwest", feature = "testing", feature = "xml"))]
mod imitation;
#[cfg(feature = "testing")]
mod interpret;
#[cfg(all(feature = "signatures", feature = "testing"))]
mod jwt;
#[cfg(feature = "reqwest")]
mod kannel;
mod keys;
#[cfg(all(feature = "challenge", feature = "testing"))]
mod limits;
mod locales;
#[cfg(all(feature = "reqwest", feature = "testing", feature = "xml", target_os = "linux"))]
mod memory;
mod messages;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod network;
#[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
mod no_provider;
#[cfg(all(feature = "gateway", not(feature = "signatures")))]
mod no_signatures;
#[cfg(feature = "testing")]
mod origins;
mod otp;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod parse_back;
mod pasted;
#[cfg(feature = "testing")]
mod provider;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod reach;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod redaction;
mod redactor;
#[cfg(feature = "gateway")]
mod report_auth;
#[cfg(all(feature = "challenge", feature = "testing"))]
mod reports;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod reuse;
mod scale;
#[cfg(feature = "gateway")]
mod schema;
#[cfg(all(feature = "serde", feature = "testing"))]
mod serialized;
#[cfg(all(feature = "rustls", feature = "testing"))]
mod shared_tls;
#[cfg(feature = "testing")]
mod signatures;
#[cfg(feature = "testing")]
mod sms;
#[cfg(feature = "testing")]
mod spec_errors;
#[cfg(feature = "testing")]
mod spec_hints;
#[cfg(feature = "testing")]
mod spec_values;
#[cfg(all(feature = "challenge", feature = "reqwest", feature = "testing"))]
mod stores;
#[cfg(feature = "testing")]
mod structure;
#[cfg(feature = "testing")]
mod structured;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod surplus;
#[cfg(all(feature = "challenge", feature = "reqwest", feature = "testing", feature = "tracing"))]
mod telemetry;
mod tidy;
#[cfg(all(
    any(feature = "native-tls", feature = "native-tls-vendored", feature = "rustls"),
    feature = "testing"
))]
mod tls;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod tokens;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod transport;
#[cfg(feature = "testing")]
mod words;
#[cfg(all(feature = "reqwest", feature = "testing"))]
mod wrappers;
#[cfg(feature = "testing")]
mod written_query;
