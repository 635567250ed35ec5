use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

use zeroize::Zeroizing;

use super::wire::{Fields, Value, write_bytes, write_number};
use crate::otp::algorithm::Algorithm;
use crate::otp::digits::Digits;
use crate::otp::secret::SecretError;
use crate::otp::uri::{KeyKind, KeyUri, ToSecret};

/// Reads one key. What the app leaves out is what it assumes: SHA-1, six digits, TOTP.
pub(super) fn read(entry: &[u8], to_secret: ToSecret) -> Result<KeyUri, MigrationKeyError> {
    let (mut secret, mut name, mut issuer) = (&[][..], &[][..], &[][..]);
    let (mut algorithm, mut digits, mut kind, mut counter) = (0, 0, 0, 0);
    for field in Fields::of(entry) {
        match field.ok_or(MigrationKeyError::Message)? {
            (1, Value::Bytes(bytes)) => secret = bytes,
            (2, Value::Bytes(bytes)) => name = bytes,
            (3, Value::Bytes(bytes)) => issuer = bytes,
            (4, Value::Number(number)) => algorithm = number,
            (5, Value::Number(number)) => digits = number,
            (6, Value::Number(number)) => kind = number,
            (7, Value::Number(number)) => counter = number,
            _ => {}
        }
    }
    let kind = match kind {
        0 | 2 => KeyKind::Totp { step: Duration::from_secs(30) },
        // A number below zero is no counter.
        1 if i64::try_from(counter).is_ok() => KeyKind::Hotp { counter },
        _ => return Err(MigrationKeyError::Kind),
    };
    let algorithm = match algorithm {
        0 | 1 => Algorithm::Sha1,
        2 => Algorithm::Sha256,
        3 => Algorithm::Sha512,
        _ => return Err(MigrationKeyError::Algorithm),
    };
    let digits = match digits {
        0 | 1 => Digits::Six,
        2 => Digits::Eight,
        3 => Digits::Seven,
        _ => return Err(MigrationKeyError::Digits),
    };
    let name = text(name)?;
    let issuer = text(issuer)?;
    // The app writes the label as it was read, with the issuer in it or without.
    let (prefix, account) = match name.split_once(':') {
        Some((prefix, account)) if !prefix.trim().is_empty() => (prefix.trim(), account.trim()),
        _ => ("", name.trim_start_matches([':', ' ']).trim()),
    };
    if prefix.is_empty() && account.contains(':') {
        return Err(MigrationKeyError::Name);
    }
    let key = KeyUri::new(kind, to_secret(secret.to_owned()).map_err(MigrationKeyError::Secret)?);
    Ok(key.with_algorithm(algorithm).with_digits(digits).with_names(prefix, issuer.trim(), account))
}

fn text(bytes: &[u8]) -> Result<&str, MigrationKeyError> {
    let text = core::str::from_utf8(bytes).map_err(|_| MigrationKeyError::Name)?;
    (!text.contains(char::is_control)).then_some(text).ok_or(MigrationKeyError::Name)
}

/// Writes one key; `None` for one that the app cannot take.
pub(super) fn write(key: &KeyUri) -> Option<Zeroizing<Vec<u8>>> {
    let (kind, counter) = match key.kind() {
        KeyKind::Hotp { counter } => (1, i64::try_from(counter).ok()?.cast_unsigned()),
        KeyKind::Totp { step } if step == Duration::from_secs(30) => (2, 0),
        KeyKind::Totp { .. } | KeyKind::Steam => return None,
    };
    let digits = match key.digits() {
        Digits::Six => 1,
        Digits::Eight => 2,
        Digits::Seven => return None,
    };
    let algorithm = match key.algorithm() {
        Algorithm::Sha1 => 1,
        Algorithm::Sha256 => 2,
        Algorithm::Sha512 => 3,
    };
    if key.parameters().next().is_some() {
        return None;
    }
    let mut entry = Zeroizing::new(Vec::with_capacity(room(key)));
    write_bytes(1, key.secret().expose(), &mut entry);
    match key.prefix() {
        Some(prefix) => {
            write_bytes(2, format!("{prefix}:{}", key.account()).as_bytes(), &mut entry)
        }
        None => write_bytes(2, key.account().as_bytes(), &mut entry),
    }
    if let Some(issuer) = key.issuer() {
        write_bytes(3, issuer.as_bytes(), &mut entry);
    }
    write_number(4, algorithm, &mut entry);
    write_number(5, digits, &mut entry);
    write_number(6, kind, &mut entry);
    if kind == 1 {
        write_number(7, counter, &mut entry);
    }
    Some(entry)
}

/// More bytes than a key takes, so that nothing is moved while it is written.
fn room(key: &KeyUri) -> usize {
    let texts = [key.issuer(), key.prefix(), Some(key.account())];
    let texts = texts.into_iter().flatten().map(str::len);
    texts.fold(key.secret().expose().len().saturating_add(64), usize::saturating_add)
}

/// Why one key of a migration cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationKeyError {
    /// Another hash than SHA-1, SHA-256 and SHA-512: MD5, perhaps.
    #[error("its hash is none that is known")]
    Algorithm,
    /// Another number of digits than six to eight.
    #[error("its number of digits is none that is known")]
    Digits,
    /// Neither TOTP nor HOTP, or HOTP with a counter below zero.
    #[error("its kind or counter is none that is known")]
    Kind,
    /// Not a message.
    #[error("it is broken off")]
    Message,
    /// A name that is not UTF-8, has control characters in it, or a colon with no issuer before it.
    #[error("its name or issuer is not text, or has a colon without an issuer")]
    Name,
    /// The secret is none that is taken. Short ones are, where
    /// [`parse_with_short_secrets`](super::Migration::parse_with_short_secrets) reads them.
    #[error("its secret: {0}")]
    Secret(SecretError),
}
