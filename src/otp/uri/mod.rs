//! `otpauth://` URIs: how a key gets into an authenticator app.

mod error;
mod parse;
pub(super) mod percent;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::time::Duration;

pub use error::KeyUriError;
pub(super) use parse::ToSecret;

use super::algorithm::Algorithm;
use super::digits::Digits;
use super::hotp::Hotp;
use super::secret::Secret;
use super::steam::Steam;
use super::totp::Totp;
use crate::secret::SecretString;

/// The names that have methods or kinds of their own.
const NAMED: [&str; 7] =
    ["secret", "issuer", "algorithm", "digits", "counter", "period", "encoder"];

/// A key as authenticator apps take it: an `otpauth://` URI by the
/// [Key URI format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format), read and written.
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
/// // Import, from whatever another program wrote.
/// let key = KeyUri::parse(key.to_uri().expose())?;
/// assert_eq!((key.issuer(), key.account()), (Some("Acme Corp"), "alice@example.com"));
/// let totp = key.to_totp().ok_or("not a key for TOTP")?;
/// assert_eq!(totp.generate_at(1_700_000_000).expose().len(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is read
///
/// Case of scheme, kind and known parameters, characters that should have been encoded, `SHA-256` and `HmacSHA256`, secrets in lower case, with
/// padding, blanks and hyphens; a key for Steam Guard by the kind `steam` or by `encoder=steam`. Blanks around names are taken away. Parameters
/// that are not known are kept and written again.
///
/// Refused is what would be read in two ways: a parameter that stands twice, and a secret with bits left over behind its last byte, which
/// some programs ignore and which most often is a secret that was mistyped.
///
/// # Security
///
/// Whoever sees the URI can log in: [`to_uri`](Self::to_uri) gives a [`SecretString`], `Debug` shows neither secret nor names.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyUri {
    kind: KeyKind,
    secret: Secret,
    algorithm: Algorithm,
    digits: Digits,
    /// The issuer before the colon of the label.
    prefix: Option<String>,
    /// The issuer as the parameter has it.
    issuer: Option<String>,
    account: String,
    others: Vec<(String, SecretString)>,
}

/// What codes a key makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// Codes by a counter (RFC 4226).
    Hotp {
        /// The counter of the next code.
        counter: u64,
    },
    /// Codes by time (RFC 6238).
    Totp {
        /// The time step, whole seconds.
        step: Duration,
    },
    /// Codes of Steam Guard.
    Steam,
}

/// Two issuers in one URI: one before the colon of the label, another as parameter. The format asks for the same.
///
/// # Examples
///
/// ```
/// use otpost::otp::KeyUri;
///
/// let key = KeyUri::parse("otpauth://totp/Bank:bob?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Evil")?;
/// let mismatch = key.issuer_mismatch().ok_or("the same")?;
/// assert_eq!((mismatch.label, mismatch.parameter), ("Bank", "Evil"));
///
/// // The choice is the application's, or its user's.
/// let chosen = mismatch.label.to_owned();
/// let key = key.with_issuer(&chosen)?;
/// assert!(key.issuer_mismatch().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuerMismatch<'a> {
    /// The issuer before the colon of the label.
    pub label: &'a str,
    /// The issuer as the parameter has it.
    pub parameter: &'a str,
}

impl KeyUri {
    /// A key for TOTP: six digits over HMAC-SHA-1, a step of 30 seconds, which every app assumes.
    ///
    /// # Errors
    ///
    /// [`KeyUriError::Account`] for an account that is empty or has a colon or a control character in it.
    pub fn totp(secret: Secret, account: &str) -> Result<Self, KeyUriError> {
        Self::named(KeyKind::Totp { step: Duration::from_secs(30) }, secret, account)
    }

    /// A key for HOTP: six digits over HMAC-SHA-1, and the counter of the next code.
    ///
    /// # Errors
    ///
    /// As of [`totp`](Self::totp).
    pub fn hotp(secret: Secret, account: &str, counter: u64) -> Result<Self, KeyUriError> {
        Self::named(KeyKind::Hotp { counter }, secret, account)
    }

    /// A key for Steam Guard. It is written as a key for TOTP with `encoder=steam`, which KeePassXC knows; an app that does not know it shows codes
    /// of six digits, which never pass.
    ///
    /// # Errors
    ///
    /// As of [`totp`](Self::totp).
    pub fn steam(secret: Secret, account: &str) -> Result<Self, KeyUriError> {
        Self::named(KeyKind::Steam, secret, account)
    }

    fn named(kind: KeyKind, secret: Secret, account: &str) -> Result<Self, KeyUriError> {
        let account = name(account).ok_or(KeyUriError::Account)?;
        Ok(Self { account, ..Self::new(kind, secret) })
    }

    /// A key without names.
    pub(super) fn new(kind: KeyKind, secret: Secret) -> Self {
        let (algorithm, digits) = (Algorithm::Sha1, Digits::default());
        let (prefix, issuer, account, others) = (None, None, String::new(), Vec::new());
        Self { kind, secret, algorithm, digits, prefix, issuer, account, others }
    }

    /// With names as another program wrote them; an empty issuer is none. Only where there is a prefix may the account have a colon.
    pub(super) fn with_names(mut self, prefix: &str, issuer: &str, account: &str) -> Self {
        let given = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        (self.prefix, self.issuer) = (given(prefix), given(issuer));
        self.account = account.to_owned();
        self
    }

    /// The issuer before the colon of the label.
    pub(super) fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }

    /// Reads a URI. Its secret has 128 bits at least, as RFC 4226 §4 (R6) asks.
    ///
    /// # Errors
    ///
    /// [`KeyUriError`] says what is wrong and where; the text is in none of them.
    pub fn parse(uri: &str) -> Result<Self, KeyUriError> {
        parse::parse(uri, Secret::from_bytes)
    }

    /// Reads a URI whose secret may be shorter, such as the 80 bits that some services hand out. All else is as in
    /// [`parse`](Self::parse).
    ///
    /// # Errors
    ///
    /// As of [`parse`](Self::parse).
    pub fn parse_with_short_secret(uri: &str) -> Result<Self, KeyUriError> {
        parse::parse(uri, Secret::from_short_bytes)
    }

    /// With this issuer, before the account and as parameter.
    ///
    /// # Errors
    ///
    /// [`KeyUriError::Issuer`] for one that is empty or has a colon or a control character in it.
    pub fn with_issuer(mut self, issuer: &str) -> Result<Self, KeyUriError> {
        self.issuer = Some(name(issuer).ok_or(KeyUriError::Issuer)?);
        self.prefix = self.issuer.clone();
        Ok(self)
    }

    /// With another hash. Some apps ignore it and show codes over SHA-1 that never pass. Steam Guard stays as it is.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        if self.kind != KeyKind::Steam {
            self.algorithm = algorithm;
        }
        self
    }

    /// With another number of digits, which some apps ignore. Steam Guard stays as it is.
    #[must_use]
    pub fn with_digits(mut self, digits: Digits) -> Self {
        if self.kind != KeyKind::Steam {
            self.digits = digits;
        }
        self
    }

    /// With another time step, cut to whole seconds, one at least; some apps ignore it. Other kinds than TOTP stay as they are.
    #[must_use]
    pub fn with_step(mut self, step: Duration) -> Self {
        if let KeyKind::Totp { step: mine } = &mut self.kind {
            *mine = Duration::from_secs(step.as_secs().max(1));
        }
        self
    }

    /// With another counter of the next code, to hand on a key that was used; other kinds than HOTP stay as they are.
    #[must_use]
    pub const fn with_counter(mut self, counter: u64) -> Self {
        if let KeyKind::Hotp { counter: mine } = &mut self.kind {
            *mine = counter;
        }
        self
    }

    /// With one more parameter, such as the `image` that some apps show.
    ///
    /// # Errors
    ///
    /// [`KeyUriError::Parameter`] for an empty name, for one that is there or has a method or kind of its own, and for control characters.
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

    /// What codes the key makes.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The secret.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The hash.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// How many digits the codes have; of no meaning for Steam Guard.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// Whose key it is at the issuer's, often an address for mail. Empty where the URI had none.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Who gave the key: the parameter, else what stands before the colon of the label.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref().or(self.prefix.as_deref())
    }

    /// The two issuers, where they differ. Some programs write a plus for a blank; that alone is no difference.
    #[must_use]
    pub fn issuer_mismatch(&self) -> Option<IssuerMismatch<'_>> {
        let (label, parameter) = (self.prefix.as_deref()?, self.issuer.as_deref()?);
        let same = label == parameter || label == parameter.replace('+', " ");
        (!same).then_some(IssuerMismatch { label, parameter })
    }

    /// The other parameters, names and values, in their order.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.others.iter().map(|(name, value)| (name.as_str(), value.expose()))
    }

    /// What checks the codes, where the key is for TOTP.
    #[must_use]
    pub fn to_totp(&self) -> Option<Totp> {
        let KeyKind::Totp { step } = self.kind else { return None };
        let totp = Totp::with_algorithm(&self.secret, self.algorithm);
        Some(totp.with_digits(self.digits).with_step(step))
    }

    /// What checks the codes, where the key is for HOTP. The counter is in [`kind`](Self::kind).
    #[must_use]
    pub fn to_hotp(&self) -> Option<Hotp> {
        let KeyKind::Hotp { .. } = self.kind else { return None };
        Some(Hotp::with_algorithm(&self.secret, self.algorithm).with_digits(self.digits))
    }

    /// What checks the codes, where the key is for Steam Guard.
    #[must_use]
    pub fn to_steam(&self) -> Option<Steam> {
        (self.kind == KeyKind::Steam).then(|| Steam::new(&self.secret))
    }

    /// The URI. What apps assume anyway (SHA-1, six digits, 30 seconds) is left out, which keeps the QR code small.
    #[must_use]
    pub fn to_uri(&self) -> SecretString {
        // Room for all, so that no half of a secret stays behind where the text grew.
        let others = self.parameters().map(|(name, value)| name.len().saturating_add(value.len()));
        let names = [&self.prefix, &self.issuer].into_iter().flatten().map(String::len);
        let texts = others.chain(names).chain([self.account.len(), self.secret.expose().len()]);
        let room = texts.fold(160, |room: usize, text| room.saturating_add(text.saturating_mul(3)));
        let mut uri =
            String::with_capacity(room.saturating_add(self.others.len().saturating_mul(2)));

        uri.push_str("otpauth://");
        uri.push_str(if matches!(self.kind, KeyKind::Hotp { .. }) { "hotp/" } else { "totp/" });
        if let Some(prefix) = &self.prefix {
            percent::encode(prefix, b"@", &mut uri);
            uri.push(':');
        }
        percent::encode(&self.account, b"@", &mut uri);
        uri.push_str("?secret=");
        uri.push_str(self.secret.to_base32().expose());
        if let Some(issuer) = &self.issuer {
            uri.push_str("&issuer=");
            percent::encode(issuer, b"", &mut uri);
        }
        // Writing into a string does not fail.
        let _ = self.write_rest(&mut uri);
        for (name, value) in self.parameters() {
            uri.push('&');
            percent::encode(name, b"", &mut uri);
            uri.push('=');
            percent::encode(value, b"", &mut uri);
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
            // As KeePassXC writes it: readers that do not know it still find a key for TOTP.
            KeyKind::Steam => uri.write_str("&encoder=steam"),
        }
    }
}

impl fmt::Debug for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyUri").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for IssuerMismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerMismatch").finish_non_exhaustive()
    }
}

/// A name that can stand in a label.
fn name(text: &str) -> Option<String> {
    let forbidden = |c: char| c == ':' || c.is_control();
    (!text.trim().is_empty() && !text.contains(forbidden)).then(|| text.trim().to_owned())
}
