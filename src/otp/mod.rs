//! One-time codes: HOTP (RFC 4226), TOTP (RFC 6238), random codes, and their secrets.
//!
//! Nothing here reads a clock, the environment or the network; randomness alone comes from the operating system.
//!
//! | you want | use |
//! |---|---|
//! | a code to send, with a store that remembers it | [`Code::random`] |
//! | a code to send, computed from a secret and a counter | [`Hotp`] |
//! | what an authenticator app shows | [`Totp`] |
//!
//! # Security
//!
//! What is claimed for making and checking codes: no branch, address or division depends on the secret or on the
//! digits of a code. Reading and writing base32 is not part of it: it goes by tables, and belongs into enrolment.
//! That the input is malformed, and which step matched, is public.

mod algorithm;
mod base32;
mod code;
mod digits;
mod hotp;
mod key;
mod matched;
mod random;
mod secret;
mod totp;

pub use algorithm::Algorithm;
pub use code::{Code, CodeError};
pub use digits::Digits;
pub use hotp::{Hotp, LookAhead};
pub use matched::Match;
pub use random::{RandomError, fill_random};
pub use secret::{Secret, SecretError};
pub use totp::{Totp, Window};
