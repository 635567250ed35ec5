//! One-time codes: HOTP (RFC 4226), TOTP (RFC 6238), random codes, and their secrets.
//!
//! This module reads no clock, no environment variable and no network. Its only outside input is
//! the randomness of the operating system.
//!
//! | you want | use |
//! |---|---|
//! | a random code to send and to keep in a store | [`Code::random`] |
//! | a code to send, computed from a secret and a counter | [`Hotp`] |
//! | the codes of an authenticator app | [`Totp`] |
//! | the codes of Steam Guard | `Steam`, with feature `steam` |
//! | to export a key to an app, or to import one | [`KeyUri`] |
//! | to read, combine or write the QR codes of Google Authenticator's export | `Migration`, with feature `migration` |
//! | a key as a QR code | `Qr`, with feature `qr` |
//! | a response to a challenge (RFC 6287) | `Ocra`, with feature `ocra` |
//!
//! # Security
//!
//! Generating and verifying codes takes constant time: no branch, memory address or division
//! depends on the secret or on the digits of a code. Base32 is not covered, because it is read and
//! written with lookup tables: use it for enrolment only.
//!
//! Three facts are public: that an input is malformed, that a random draw was rejected and
//! repeated, and which step matched. `benches/README.md` in the repository describes the proofs.
//!
//! Secrets, prepared keys, codes and the buffers used to decode them are wiped when they are
//! dropped. Data that a computation leaves on the stack is not wiped.

mod algorithm;
mod base32;
mod code;
mod ct_div;
mod digits;
mod hmac;
mod hotp;
mod key;
mod matched;
#[cfg(feature = "migration")]
mod migration;
#[cfg(feature = "ocra")]
mod ocra;
#[cfg(feature = "qr")]
mod qr;
mod random;
mod secret;
mod secret_error;
#[cfg(feature = "steam")]
mod steam;
mod totp;
mod truncate;
mod uri;

pub use algorithm::Algorithm;
pub use code::{Code, CodeError};
pub use digits::Digits;
pub use hotp::{Hotp, LookAhead};
pub use matched::Match;
#[cfg(feature = "migration")]
pub use migration::{
    Migration, MigrationCombineError, MigrationError, MigrationExportError, MigrationKeyError,
};
#[cfg(feature = "ocra")]
pub use ocra::{Ocra, OcraInput, OcraInputError, OcraSuite, OcraSuiteError};
#[cfg(feature = "qr")]
pub use qr::{Qr, QrError};
pub use random::{RandomError, fill_random};
pub use secret::Secret;
pub use secret_error::SecretError;
#[cfg(feature = "steam")]
pub use steam::{Steam, SteamCode, SteamCodeError};
pub use totp::{Totp, Window};
pub use uri::{IssuerMismatch, KeyKind, KeyUri, KeyUriError};
