//! Parses `otpauth://` URIs of the Key URI format, and the variants that programs write.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use super::error::KeyUriError;
use super::label::split;
use super::percent::{check_visible, decode};
use super::query::{
    Parameter, contains_ignoring_case, known_name, parameters, strip_ignoring_case,
};
use super::{KeyKind, KeyUri, NAMED};
use crate::otp::algorithm::Algorithm;
use crate::otp::base32;
use crate::otp::digits::Digits;
use crate::otp::secret::Secret;
use crate::otp::secret_error::SecretError;
use crate::pasted::{clean, trim};
use crate::secret::SecretString;

/// The most characters that a QR code holds, in its alphanumeric mode (ISO/IEC 18004).
const MAX: usize = 4_296;
const SCHEME: &str = "otpauth://";

/// The conversion of bytes to a secret: with the minimum length of RFC 4226, or with any length.
pub(in crate::otp) type ToSecret = fn(Vec<u8>) -> Result<Secret, SecretError>;

pub(super) fn parse(text: &str, to_secret: ToSecret) -> Result<KeyUri, KeyUriError> {
    let uri = trim(text);
    if uri.len() > MAX {
        return Err(KeyUriError::TooLong);
    }
    let after = strip_ignoring_case(uri, SCHEME).ok_or_else(|| other_scheme(uri))?;
    let (path, query) = after.split_once('?').unwrap_or((after, ""));
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    // Before everything else: a key of another kind has other parameters, and its secret is not
    // base32.
    let kind = KindWord::parse(kind).ok_or(KeyUriError::Kind)?;

    // Positions for errors are byte offsets in the given text. What precedes the URI is blank, so
    // this finds its beginning.
    let begin = text.find(uri).unwrap_or_default();
    let end = begin.saturating_add(uri.len());
    let query_at = end.saturating_sub(query.len());
    let path_end = begin.saturating_add(SCHEME.len()).saturating_add(path.len());
    let label_at = path_end.saturating_sub(label.len());

    let decoded = decode(label, label_at)?;
    let mut parameters = Parameters::parse(query, query_at)?;
    let issuer = parameters.take("issuer");
    let issuer = issuer.as_ref().map(|issuer| trim(issuer.expose())).unwrap_or_default();
    let split_label = split(decoded.expose(), issuer, unencoded_colon(label));
    let (prefix, account) = split_label.ok_or(KeyUriError::Account)?;
    for name in [prefix, account] {
        check_visible(name, decoded.expose(), label, label_at)?;
    }

    let secret = parameters.take("secret").ok_or(KeyUriError::Missing("secret"))?;
    // The bytes are moved into the secret, so there is no second copy to wipe.
    let secret = base32::decode(secret.expose())
        .and_then(|mut bytes| to_secret(mem::take(&mut *bytes)))
        .map_err(KeyUriError::Secret)?;
    let kind = read_kind(kind, &mut parameters)?;
    let algorithm = parameters.read("algorithm", read_algorithm)?.unwrap_or(Algorithm::Sha1);
    let digits = match kind {
        KeyKind::Steam => {
            // This checks the parameter and takes it out, so that it is not kept as an unknown one.
            parameters.read("digits", |text| (number(text)? == 5).then_some(()))?;
            if algorithm != Algorithm::Sha1 {
                return Err(KeyUriError::Invalid("algorithm"));
            }
            Digits::default()
        }
        _ => parameters.read("digits", read_digits)?.unwrap_or_default(),
    };
    let key = KeyUri::new(kind, secret).with_algorithm(algorithm).with_digits(digits);
    Ok(KeyUri { others: parameters.rest(), ..key.with_names(prefix, issuer, account) })
}

/// Returns the place in the decoded label of its first colon that is not encoded and does not
/// belong to a URL. Programs encode a colon of the issuer, and leave the one after it.
fn unencoded_colon(label: &str) -> Option<usize> {
    let mut colons = label.match_indices(':').filter_map(|(at, _)| label.split_at_checked(at));
    let (before, _) = colons.find(|(_, after)| !after.starts_with("://"))?;
    Some(decode(before, 0).ok()?.expose().len())
}

fn other_scheme(uri: &str) -> KeyUriError {
    if strip_ignoring_case(uri, "otpauth-migration://").is_some() {
        return KeyUriError::Migration;
    }
    match uri.chars().next() {
        Some(character) if contains_ignoring_case(uri, SCHEME) => {
            KeyUriError::Leading { character }
        }
        _ => KeyUriError::Scheme,
    }
}

/// The word after the scheme.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KindWord {
    Hotp,
    Steam,
    Totp,
}

impl KindWord {
    fn parse(word: &str) -> Option<Self> {
        let words = [("hotp", Self::Hotp), ("steam", Self::Steam), ("totp", Self::Totp)];
        words.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, kind)| kind)
    }
}

fn read_kind(word: KindWord, parameters: &mut Parameters) -> Result<KeyKind, KeyUriError> {
    if word == KindWord::Hotp {
        let counter = parameters.read("counter", number)?;
        return Ok(KeyKind::Hotp { counter: counter.ok_or(KeyUriError::Missing("counter"))? });
    }
    let step = parameters.read("period", number)?.unwrap_or(30);
    // KeePassXC marks Steam Guard with the parameter, Aegis with the kind.
    // Looked up and not taken: for other kinds, `encoder` is kept like an unknown parameter.
    let encoder = parameters.find("encoder");
    let encoder = encoder.is_some_and(|text| trim(text).eq_ignore_ascii_case("steam"));
    match (word == KindWord::Steam || encoder, step) {
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

/// Parses `SHA1`, the spelling of the format, and `SHA-1`, `HmacSHA1` and `HMAC_SHA_1`, which some
/// programs write.
fn read_algorithm(text: &str) -> Option<Algorithm> {
    let name = clean(text).map(|c| c.plain.to_ascii_uppercase());
    let name: String = name.filter(|c| !matches!(c, '-' | '_')).collect();
    match name.strip_prefix("HMAC").unwrap_or(&name) {
        "SHA1" => Some(Algorithm::Sha1),
        "SHA256" => Some(Algorithm::Sha256),
        "SHA512" => Some(Algorithm::Sha512),
        _ => None,
    }
}

fn read_digits(text: &str) -> Option<Digits> {
    Digits::from_count(usize::try_from(number(text)?).ok()?)
}

/// Parses digits without a sign.
fn number(text: &str) -> Option<u64> {
    let mut digits = clean(text).map(|c| c.plain.to_digit(10).map(u64::from)).peekable();
    digits.peek()?;
    digits.try_fold(0_u64, |number, digit| number.checked_mul(10)?.checked_add(digit?))
}

/// The parameters that have not been read yet, in their order.
struct Parameters(Vec<(String, SecretString)>);

impl Parameters {
    fn parse(query: &str, begin: usize) -> Result<Self, KeyUriError> {
        let mut found: Vec<(String, SecretString)> = Vec::new();
        for Parameter { name, value, at, value_at } in parameters(query) {
            let (at, value_at) = (begin.saturating_add(at), begin.saturating_add(value_at));
            let decoded = decode(name, at)?;
            check_visible(trim(decoded.expose()), decoded.expose(), name, at)?;
            let named = known_name(decoded.expose(), &NAMED);
            let name = named.unwrap_or(trim(decoded.expose())).to_owned();
            if found.iter().any(|(known, _)| *known == name) {
                return Err(KeyUriError::Duplicate { at });
            }
            let decoded = decode(value, value_at)?;
            let visible = match named {
                // Blanks around the issuer are removed.
                Some("issuer") => trim(decoded.expose()),
                // The other known values are cleaned when they are read.
                Some(_) => "",
                None => decoded.expose(),
            };
            check_visible(visible, decoded.expose(), value, value_at)?;
            found.push((name, decoded));
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
