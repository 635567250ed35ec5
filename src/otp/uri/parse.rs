//! Parses `otpauth://` URIs of the Key URI format, and the variants that programs write.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use super::error::KeyUriError;
use super::percent::decode;
use super::{KeyKind, KeyUri, NAMED};
use crate::otp::algorithm::Algorithm;
use crate::otp::base32;
use crate::otp::digits::Digits;
use crate::otp::secret::{Secret, SecretError};
use crate::secret::SecretString;

/// The most characters that a QR code holds, in its alphanumeric mode (ISO/IEC 18004).
const MAX: usize = 4_296;
const SCHEME: &str = "otpauth://";

/// The conversion of bytes to a secret: with the minimum length of RFC 4226, or with any length.
pub(in crate::otp) type ToSecret = fn(Vec<u8>) -> Result<Secret, SecretError>;

pub(super) fn parse(text: &str, to_secret: ToSecret) -> Result<KeyUri, KeyUriError> {
    if text.len() > MAX {
        return Err(KeyUriError::TooLong);
    }
    let after = match text.split_at_checked(SCHEME.len()) {
        Some((scheme, after)) if scheme.eq_ignore_ascii_case(SCHEME) => after,
        _ => return Err(KeyUriError::Scheme),
    };
    let (path, query) = after.split_once('?').unwrap_or((after, ""));
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    // Positions for errors are byte offsets in the whole URI.
    let query_at = text.len().saturating_sub(query.len());
    let label_at = SCHEME.len().saturating_add(kind.len()).saturating_add(1);

    let label = decode(label, label_at)?;
    let (prefix, account) = match label.expose().split_once(':') {
        Some((prefix, account)) => (prefix.trim(), account.trim()),
        None => ("", label.expose().trim()),
    };
    // Without an issuer before it, a colon of the account would be read as the end of an issuer.
    if prefix.is_empty() && account.contains(':') {
        return Err(KeyUriError::Account);
    }
    let mut parameters = Parameters::parse(query, query_at)?;
    let secret = parameters.take("secret").ok_or(KeyUriError::Missing("secret"))?;
    let bytes = base32::decode(secret.expose()).ok_or(SecretError::Base32);
    // The bytes are moved into the secret, so there is no second copy to wipe.
    let secret = bytes.and_then(|mut bytes| to_secret(mem::take(&mut *bytes)));
    let secret = secret.map_err(KeyUriError::Secret)?;

    let kind = read_kind(kind, &mut parameters)?;
    let algorithm = parameters.read("algorithm", read_algorithm)?.unwrap_or(Algorithm::Sha1);
    let digits = match kind {
        KeyKind::Steam => {
            // This checks the parameter and takes it out, so that it is not kept as an unknown one.
            parameters.read("digits", |text| (text == "5").then_some(()))?;
            if algorithm != Algorithm::Sha1 {
                return Err(KeyUriError::Invalid("algorithm"));
            }
            Digits::default()
        }
        _ => parameters.read("digits", read_digits)?.unwrap_or_default(),
    };
    let issuer = parameters.take("issuer");
    let issuer = issuer.as_ref().map(|issuer| issuer.expose().trim()).unwrap_or_default();
    let key = KeyUri::new(kind, secret).with_algorithm(algorithm).with_digits(digits);
    Ok(KeyUri { others: parameters.rest(), ..key.with_names(prefix, issuer, account) })
}

fn read_kind(kind: &str, parameters: &mut Parameters) -> Result<KeyKind, KeyUriError> {
    if kind.eq_ignore_ascii_case("hotp") {
        let counter = parameters.read("counter", number)?;
        return Ok(KeyKind::Hotp { counter: counter.ok_or(KeyUriError::Missing("counter"))? });
    }
    let steam = kind.eq_ignore_ascii_case("steam");
    if !steam && !kind.eq_ignore_ascii_case("totp") {
        return Err(KeyUriError::Kind);
    }
    let step = parameters.read("period", number)?.unwrap_or(30);
    // KeePassXC marks Steam Guard with the parameter, Aegis with the kind.
    // Looked up and not taken: for other kinds, `encoder` is kept like an unknown parameter.
    let encoder = parameters.find("encoder").is_some_and(|text| text.eq_ignore_ascii_case("steam"));
    match (steam || encoder, step) {
        (_, 0) => Err(KeyUriError::Invalid("period")),
        (true, 30) => match parameters.take("encoder") {
            // The kind says Steam Guard, and the parameter names another encoder.
            Some(_) if !encoder => Err(KeyUriError::Invalid("encoder")),
            _ => Ok(KeyKind::Steam),
        },
        (true, _) => Err(KeyUriError::Invalid("period")),
        (false, step) => Ok(KeyKind::Totp { step: Duration::from_secs(step) }),
    }
}

/// Parses `SHA1`, the spelling of the format, and `SHA-1` and `HmacSHA1`, which some programs
/// write.
fn read_algorithm(text: &str) -> Option<Algorithm> {
    let name = text.to_ascii_uppercase();
    match name.strip_prefix("HMAC").unwrap_or(&name) {
        "SHA1" | "SHA-1" => Some(Algorithm::Sha1),
        "SHA256" | "SHA-256" => Some(Algorithm::Sha256),
        "SHA512" | "SHA-512" => Some(Algorithm::Sha512),
        _ => None,
    }
}

fn read_digits(text: &str) -> Option<Digits> {
    Digits::from_count(usize::try_from(number(text)?).ok()?)
}

/// Parses ASCII digits, without sign or blank.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The parameters that have not been read yet, in their order.
struct Parameters(Vec<(String, SecretString)>);

impl Parameters {
    fn parse(query: &str, mut at: usize) -> Result<Self, KeyUriError> {
        let mut found: Vec<(String, SecretString)> = Vec::new();
        for parameter in query.split('&') {
            if !parameter.is_empty() {
                let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
                let value_at = at.saturating_add(name.len()).saturating_add(1);
                let name = decode(name, at)?;
                // Known names match in any case: if `Digits=8` were ignored, the key would have six
                // digits.
                let named =
                    NAMED.into_iter().find(|known| known.eq_ignore_ascii_case(name.expose()));
                let name = named.unwrap_or(name.expose()).to_owned();
                if found.iter().any(|(known, _)| *known == name) {
                    return Err(KeyUriError::Duplicate { at });
                }
                found.push((name, decode(value, value_at)?));
            }
            // Empty parameters (`&&`) count too. Otherwise later positions would be wrong.
            at = at.saturating_add(parameter.len()).saturating_add(1);
        }
        Ok(Self(found))
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose())
    }

    fn take(&mut self, name: &str) -> Option<SecretString> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, KeyUriError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        read(value.expose()).map(Some).ok_or(KeyUriError::Invalid(name))
    }

    fn rest(self) -> Vec<(String, SecretString)> {
        self.0
    }
}
