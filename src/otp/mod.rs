//! One-time codes: HOTP (RFC 4226), TOTP (RFC 6238), random codes, and their secrets.
//!
//! Nothing here reads a clock, the environment or the network; randomness alone comes from the operating system.
//!
//! | you want | use |
//! |---|---|
//! | a code to send, with a store that remembers it | [`Code::random`] |
//! | a code to send, computed from a secret and a counter | [`Hotp`] |
//! | what an authenticator app shows | [`Totp`]; for Steam's, [`Steam`] |
//! | a key into an app, and out of another | [`KeyUri`], [`Migration`]; as QR code `Qr`, with feature `qr` |
//! | an answer to a challenge (RFC 6287) | `Ocra`, with feature `ocra` |
//!
//! # Security
//!
//! What is claimed for making and checking codes: no branch, address or division depends on the secret or on the
//! digits of a code. Reading and writing base32 is not part of it: it goes by tables, and belongs into enrolment.
//! That the input is malformed, that a draw is drawn again, and which step matched, is public. How it is shown stands in
//! `benches/README.md` of the repository.
//!
//! Secrets, keys that were made ready, codes, and what is decoded on the way to them are wiped when they are dropped. What a computation
//! leaves on the stack is not.

mod algorithm;
mod base32;
mod code;
mod ct_div;
mod digits;
mod hmac;
mod hotp;
mod key;
mod matched;
mod migration;
#[cfg(feature = "ocra")]
mod ocra;
#[cfg(feature = "qr")]
mod qr;
mod random;
mod secret;
mod steam;
mod totp;
mod truncate;
mod uri;

pub use algorithm::Algorithm;
pub use code::{Code, CodeError};
pub use digits::Digits;
pub use hotp::{Hotp, LookAhead};
pub use matched::Match;
pub use migration::{Migration, MigrationError, MigrationExportError, MigrationKeyError};
#[cfg(feature = "ocra")]
pub use ocra::{Ocra, OcraInput, OcraInputError, OcraSuite, OcraSuiteError};
#[cfg(feature = "qr")]
pub use qr::{Qr, QrError};
pub use random::{RandomError, fill_random};
pub use secret::{Secret, SecretError};
pub use steam::{Steam, SteamCode, SteamCodeError};
pub use totp::{Totp, Window};
pub use uri::{IssuerMismatch, KeyKind, KeyUri, KeyUriError};
