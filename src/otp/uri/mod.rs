//! `otpauth://` URIs, which hand a key to an authenticator app.

mod error;
mod label;
mod mismatch;
mod parse;
pub(super) mod percent;
pub(super) mod query;
#[cfg(feature = "steam")]
mod steam;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::time::Duration;

pub use error::KeyUriError;
#[cfg(feature = "migration")]
pub(super) use label::split;
pub use mismatch::IssuerMismatch;
#[cfg(feature = "migration")]
pub(super) use parse::ToSecret;

use super::algorithm::Algorithm;
use super::digits::Digits;
use super::hotp::Hotp;
use super::secret::Secret;
use super::totp::Totp;
use crate::pasted::trim;
use crate::percent::{AsciiSet, RESERVED};
use crate::secret::SecretString;

/// The bytes to encode in a name. An account is often an e-mail address, and stays readable.
const NAME: &AsciiSet = &RESERVED.remove(b'@');

/// The names of parameters that have their own methods or kinds.
const NAMED: [&str; 7] =
    ["secret", "issuer", "algorithm", "digits", "counter", "period", "encoder"];

/// A key of an authenticator app as an `otpauth://` URI, read and written in the
/// [Key URI format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
///
/// # Examples
///
/// ```
/// use otpost::otp::{KeyUri, Secret};
///
/// // Enrolment. Show the URI as a QR code (feature `qr`), and keep the secret encrypted.
/// let secret = Secret::from_base32("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")?;
/// let key = KeyUri::totp(secret, "alice@example.com")?.with_issuer("Acme Corp")?;
/// assert_eq!(
///     key.to_uri().expose(),
///     "otpauth://totp/Acme%20Corp:alice@example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme%20Corp",
/// );
///
/// // Import of a URI that another program wrote.
/// let key = KeyUri::parse(key.to_uri().expose())?;
/// assert_eq!((key.issuer(), key.account()), (Some("Acme Corp"), "alice@example.com"));
/// let totp = key.to_totp().ok_or("not a key for TOTP")?;
/// assert_eq!(totp.generate_at(1_700_000_000).expose().len(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is read
///
/// The parser ignores the case of scheme, kind and known parameters. It accepts unencoded
/// characters, `SHA-256` and `HmacSHA256`, and secrets in lower case with padding, blanks and
/// hyphens. A key for Steam Guard has the kind `steam` or `encoder=steam`. Blanks and invisible
/// characters around the URI and around names are removed, and so are line ends in it. `&amp;` is
/// read as `&`, also where its semicolon is missing or percent-encoded. The label `issuer:account`
/// is split after the value of the parameter `issuer` if it begins with it, and otherwise at the
/// first colon that is not encoded. Unknown parameters are kept and written again.
///
/// Ambiguous input is rejected: a parameter that occurs twice, and a secret with leftover bits
/// after its last byte. Some programs ignore those bits, but such a secret is usually mistyped.
///
/// # Security
///
/// Anyone who sees the URI can log in. [`to_uri`](Self::to_uri) returns a [`SecretString`], and
/// `Debug` shows neither the secret nor names.
#[doc(alias = "otpauth")]
#[derive(Clone, PartialEq, Eq)]
pub struct KeyUri {
    kind: KeyKind,
    secret: Secret,
    algorithm: Algorithm,
    digits: Digits,
    /// The issuer before the colon of the label.
    pub(super) prefix: Option<String>,
    /// The issuer in the parameter `issuer`.
    issuer: Option<String>,
    account: String,
    // A list and not a map: the parameters are written again in the order of the URI.
    others: Vec<(String, SecretString)>,
}

/// The kind of codes that a key generates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// Counter-based codes (RFC 4226).
    Hotp {
        /// The counter of the next code.
        counter: u64,
    },
    /// Time-based codes (RFC 6238).
    Totp {
        /// The time step, in whole seconds.
        step: Duration,
    },
    /// Codes of Steam Guard.
    Steam,
}

impl KeyUri {
    /// Creates a key for TOTP: HMAC-SHA-1, six digits and 30 s, which every app assumes.
    ///
    /// # Errors
    ///
    /// [`KeyUriError::Account`] if the account is empty or has a colon or a control character.
    pub fn totp(secret: Secret, account: &str) -> Result<Self, KeyUriError> {
        Self::named(KeyKind::Totp { step: Duration::from_secs(30) }, secret, account)
    }

    /// Creates a key for HOTP: HMAC-SHA-1, six digits and the counter of the next code.
    ///
    /// # Errors
    ///
    /// Those of [`totp`](Self::totp).
    pub fn hotp(secret: Secret, account: &str, counter: u64) -> Result<Self, KeyUriError> {
        Self::named(KeyKind::Hotp { counter }, secret, account)
    }

    /// Creates a key for Steam Guard. It is written as a key for TOTP with `encoder=steam`, as in
    /// KeePassXC. Other apps show codes of six digits, which are never accepted.
    ///
    /// # Errors
    ///
    /// Those of [`totp`](Self::totp).
    pub fn steam(secret: Secret, account: &str) -> Result<Self, KeyUriError> {
        Self::named(KeyKind::Steam, secret, account)
    }

    fn named(kind: KeyKind, secret: Secret, account: &str) -> Result<Self, KeyUriError> {
        let account = name(account).filter(|account| !account.contains(':'));
        let account = account.ok_or(KeyUriError::Account)?;
        Ok(Self { account, ..Self::new(kind, secret) })
    }

    /// Creates a key without names.
    pub(super) fn new(kind: KeyKind, secret: Secret) -> Self {
        let (algorithm, digits) = (Algorithm::Sha1, Digits::default());
        let (prefix, issuer, account, others) = (None, None, String::new(), Vec::new());
        Self { kind, secret, algorithm, digits, prefix, issuer, account, others }
    }

    /// Sets names that another program wrote. Empty issuers are left out. Only an account with a
    /// prefix may contain a colon.
    pub(super) fn with_names(mut self, prefix: &str, issuer: &str, account: &str) -> Self {
        let given = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        (self.prefix, self.issuer) = (given(prefix), given(issuer));
        self.account = account.to_owned();
        self
    }

    /// Parses a URI. The secret must have at least 128 bits (RFC 4226 §4, R6).
    ///
    /// # Errors
    ///
    /// [`KeyUriError`] with the fault and, for some faults, its position. It contains at most one
    /// character of the text, and none of the secret.
    pub fn parse(uri: &str) -> Result<Self, KeyUriError> {
        parse::parse(uri, Secret::from_bytes)
    }

    /// Parses a URI like [`parse`](Self::parse), but accepts short secrets, such as 80 bits.
    ///
    /// # Errors
    ///
    /// Those of [`parse`](Self::parse).
    pub fn parse_with_short_secret(uri: &str) -> Result<Self, KeyUriError> {
        parse::parse(uri, Secret::from_short_bytes)
    }

    /// Sets the issuer, both before the account and as a parameter.
    ///
    /// # Errors
    ///
    /// [`KeyUriError::Issuer`] if it is empty or has a control character.
    pub fn with_issuer(mut self, issuer: &str) -> Result<Self, KeyUriError> {
        self.issuer = Some(name(issuer).ok_or(KeyUriError::Issuer)?);
        self.prefix = self.issuer.clone();
        Ok(self)
    }

    /// Sets the hash. Some apps ignore it and show wrong codes. No effect for Steam Guard.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        if self.kind != KeyKind::Steam {
            self.algorithm = algorithm;
        }
        self
    }

    /// Sets the number of digits. Some apps ignore it. No effect for Steam Guard.
    #[must_use]
    pub fn with_digits(mut self, digits: Digits) -> Self {
        if self.kind != KeyKind::Steam {
            self.digits = digits;
        }
        self
    }

    /// Sets the time step, rounded down to whole seconds, at least 1 s. Some apps ignore it. No
    /// effect for kinds other than TOTP.
    #[must_use]
    pub fn with_step(mut self, step: Duration) -> Self {
        if let KeyKind::Totp { step: mine } = &mut self.kind {
            *mine = Duration::from_secs(step.as_secs().max(1));
        }
        self
    }

    /// Sets the counter of the next code, to export a used key. No effect except for HOTP.
    #[must_use]
    pub const fn with_counter(mut self, counter: u64) -> Self {
        if let KeyKind::Hotp { counter: mine } = &mut self.kind {
            *mine = counter;
        }
        self
    }

    /// Adds a parameter, such as the `image` that some apps show.
    ///
    /// # Errors
    ///
    /// [`KeyUriError::Parameter`] for an empty, taken or reserved name, or a control character.
    pub fn with_parameter(mut self, name: &str, value: &str) -> Result<Self, KeyUriError> {
        let is_named = NAMED.iter().any(|known| known.eq_ignore_ascii_case(name));
        let is_taken = is_named || self.parameters().any(|(known, _)| known == name);
        let is_clean = !name.contains(char::is_control) && !value.contains(char::is_control);
        if name.is_empty() || is_taken || !is_clean {
            return Err(KeyUriError::Parameter);
        }
        self.others.push((name.to_owned(), SecretString::new(value)));
        Ok(self)
    }

    /// Returns the kind of codes that the key generates.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Returns the secret.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Returns the hash.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the number of digits of the codes. It has no meaning for Steam Guard.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// Returns the account at the issuer, often an e-mail address. Empty if the URI had none.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Returns the issuer of the parameter, or else the one before the colon of the label.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref().or(self.prefix.as_deref())
    }

    /// Returns the two issuers if they differ. A plus in place of a blank is not a difference.
    #[must_use]
    pub fn issuer_mismatch(&self) -> Option<IssuerMismatch<'_>> {
        let (label, parameter) = (self.prefix.as_deref()?, self.issuer.as_deref()?);
        // Programs that encode the query as a form write a plus for a blank, but only there.
        let same = label == parameter || label == parameter.replace('+', " ");
        (!same).then_some(IssuerMismatch { label, parameter })
    }

    /// Returns the names and decoded values of the parameters without a method of their own, in
    /// their order: the unknown ones of a parsed URI, and those that were added.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.others.iter().map(|(name, value)| (name.as_str(), value.expose()))
    }

    /// Returns the [`Totp`] of the key, or `None` for another kind.
    #[must_use]
    pub fn to_totp(&self) -> Option<Totp> {
        let KeyKind::Totp { step } = self.kind else { return None };
        let totp = Totp::with_algorithm(&self.secret, self.algorithm);
        Some(totp.with_digits(self.digits).with_step(step))
    }

    /// Returns the [`Hotp`], or `None` for another kind. The counter of the next code is in
    /// [`kind`](Self::kind).
    #[must_use]
    pub fn to_hotp(&self) -> Option<Hotp> {
        let KeyKind::Hotp { .. } = self.kind else { return None };
        Some(Hotp::with_algorithm(&self.secret, self.algorithm).with_digits(self.digits))
    }

    /// Returns the URI without defaults (SHA-1, six digits, 30 s), for a small QR code.
    #[must_use]
    pub fn to_uri(&self) -> SecretString {
        // Reserve room for everything. A text that grows leaves part of a secret behind.
        let others = self.parameters().map(|(name, value)| name.len().saturating_add(value.len()));
        let names = [&self.prefix, &self.issuer].into_iter().flatten().map(String::len);
        let texts = others.chain(names).chain([self.account.len(), self.secret.expose().len()]);
        // `%XX` has three bytes. 160 bytes hold the fixed parts.
        let room = texts.fold(160, |room: usize, text| room.saturating_add(text.saturating_mul(3)));
        let mut uri =
            String::with_capacity(room.saturating_add(self.others.len().saturating_mul(2)));

        uri.push_str("otpauth://");
        uri.push_str(if matches!(self.kind, KeyKind::Hotp { .. }) { "hotp/" } else { "totp/" });
        if let Some(prefix) = &self.prefix {
            // A colon of the issuer is encoded, and the one after it is not: some programs split
            // the label before they decode it.
            percent::encode(prefix, NAME, &mut uri);
            uri.push(':');
        }
        percent::encode(&self.account, NAME, &mut uri);
        uri.push_str("?secret=");
        uri.push_str(self.secret.to_base32().expose());
        if let Some(issuer) = &self.issuer {
            uri.push_str("&issuer=");
            percent::encode(issuer, RESERVED, &mut uri);
        }
        // Writing into a string does not fail.
        let _ = self.write_rest(&mut uri);
        for (name, value) in self.parameters() {
            uri.push('&');
            percent::encode(name, RESERVED, &mut uri);
            uri.push('=');
            percent::encode(value, RESERVED, &mut uri);
        }
        SecretString::new(uri)
    }

    fn write_rest(&self, uri: &mut String) -> fmt::Result {
        if self.algorithm != Algorithm::Sha1 {
            write!(uri, "&algorithm={}", self.algorithm)?;
        }
        if self.digits != Digits::Six {
            write!(uri, "&digits={}", self.digits.count())?;
        }
        match self.kind {
            KeyKind::Hotp { counter } => write!(uri, "&counter={counter}"),
            KeyKind::Totp { step } if step.as_secs() == 30 => Ok(()),
            KeyKind::Totp { step } => write!(uri, "&period={}", step.as_secs()),
            // As in KeePassXC: readers that do not support it still find a key for TOTP.
            KeyKind::Steam => uri.write_str("&encoder=steam"),
        }
    }
}

impl fmt::Debug for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyUri").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Returns the trimmed name if it can be used in a label.
fn name(text: &str) -> Option<String> {
    let name = trim(text);
    (!name.is_empty() && !text.contains(char::is_control)).then(|| name.to_owned())
}
