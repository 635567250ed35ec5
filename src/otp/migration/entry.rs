use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

use zeroize::Zeroizing;

use super::wire::{Fields, Value, write_bytes, write_number};
use crate::otp::algorithm::Algorithm;
use crate::otp::digits::Digits;
use crate::otp::secret_error::SecretError;
use crate::otp::uri::{KeyKind, KeyUri, ToSecret, split};
use crate::pasted::{is_blank, trim};

/// Reads one key. Fields that the app leaves out have its defaults: SHA-1, six digits, TOTP.
pub(super) fn read(entry: &[u8], to_secret: ToSecret) -> Result<KeyUri, MigrationKeyError> {
    let (mut secret, mut name, mut issuer) = (&[][..], &[][..], &[][..]);
    let (mut algorithm, mut digits, mut kind, mut counter) = (0, 0, 0, 0);
    // The field numbers of the app's message. The last value of a repeated field counts, as
    // Protocol Buffers define it. Unknown fields are skipped: a newer app may write more.
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
        // A negative number is not a counter.
        1 if i64::try_from(counter).is_ok() => KeyKind::Hotp { counter },
        _ => return Err(MigrationKeyError::Kind),
    };
    let algorithm = match algorithm {
        0 | 1 => Algorithm::Sha1,
        2 => Algorithm::Sha256,
        3 => Algorithm::Sha512,
        _ => return Err(MigrationKeyError::Algorithm),
    };
    // These are numbers of the app's enumeration and not counts: 2 means eight digits.
    let digits = match digits {
        0 | 1 => Digits::Six,
        2 => Digits::Eight,
        3 => Digits::Seven,
        _ => return Err(MigrationKeyError::Digits),
    };
    let name = text(name)?;
    let issuer = text(issuer)?;
    // The app writes the label as it was scanned, with or without the issuer in it.
    let bare = || name.trim_start_matches(|c| c == ':' || is_blank(c));
    let split_name = split(name, issuer, None).or_else(|| split(bare(), issuer, None));
    let (prefix, account) = split_name.ok_or(MigrationKeyError::Name)?;
    let key = KeyUri::new(kind, to_secret(secret.to_owned()).map_err(MigrationKeyError::Secret)?);
    Ok(key.with_algorithm(algorithm).with_digits(digits).with_names(prefix, issuer, account))
}

fn text(bytes: &[u8]) -> Result<&str, MigrationKeyError> {
    let text = trim(core::str::from_utf8(bytes).map_err(|_| MigrationKeyError::Name)?);
    (!text.contains(char::is_control)).then_some(text).ok_or(MigrationKeyError::Name)
}

/// Writes one key, or returns `None` if the app cannot import it.
pub(super) fn write(key: &KeyUri) -> Option<Zeroizing<Vec<u8>>> {
    let (kind, counter) = match key.kind() {
        KeyKind::Hotp { counter } => (1, i64::try_from(counter).ok()?.cast_unsigned()),
        // The message has no field for the time step. The app always uses 30 s, so it would show
        // wrong codes for a key with another step.
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
    // The message has no place for other parameters. An error is better than a silent loss.
    if key.parameters().next().is_some() {
        return None;
    }
    let mut entry = Zeroizing::new(Vec::with_capacity(room(key)));
    write_bytes(1, key.secret().expose(), &mut entry);
    // The app keeps the whole label of a key URI in the name, with the issuer before the colon.
    match key.prefix.as_deref() {
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

/// Returns more bytes than a key takes, so that the buffer is not moved while it is written.
fn room(key: &KeyUri) -> usize {
    let texts = [key.issuer(), key.prefix.as_deref(), Some(key.account())];
    let texts = texts.into_iter().flatten().map(str::len);
    texts.fold(key.secret().expose().len().saturating_add(64), usize::saturating_add)
}

/// The reason why one key of a migration cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationKeyError {
    /// The hash is not SHA-1, SHA-256 or SHA-512. It may be MD5, for example.
    #[error("unknown hash algorithm: expected SHA-1, SHA-256 or SHA-512")]
    Algorithm,
    /// The number of digits is not six, seven or eight.
    #[error("unknown number of digits: expected 6, 7 or 8")]
    Digits,
    /// The key is neither TOTP nor HOTP, or it is HOTP with a negative counter.
    #[error("invalid kind of key or counter: expected TOTP, or HOTP with a counter from 0")]
    Kind,
    /// The data of the key is malformed or truncated.
    #[error("malformed key: the data is truncated or invalid")]
    Message,
    /// A name is not UTF-8, contains a control character, or contains a colon without an issuer
    /// before it.
    #[error(
        "invalid name or issuer: expected text without control characters, and an issuer before a colon"
    )]
    Name,
    /// The secret is invalid.
    /// [`parse_with_short_secrets`](super::Migration::parse_with_short_secrets) accepts short
    /// secrets.
    #[error("invalid secret: {0}")]
    Secret(SecretError),
}
