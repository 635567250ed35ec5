//! `otpauth-migration://` URIs: the QR codes by which Google Authenticator hands its keys on.

mod entry;
mod wire;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use self::wire::{Fields, Value, write_bytes, write_number};
use super::base32::wiping;
use super::secret::Secret;
use super::uri::{KeyUri, ToSecret, percent};
use crate::secret::SecretString;

pub use entry::MigrationKeyError;

const PREFIX: &str = "otpauth-migration://offline?";
/// What the largest QR code holds in its densest alphabet (ISO/IEC 18004).
const MAX: usize = 4_296;
/// What it holds of bytes, with the least correction.
const MAX_BYTES: usize = 2_953;
/// Keys in one QR code, as Google Authenticator shows them.
const BATCH: usize = 10;

/// The keys of one QR code of Google Authenticator's export. A large export has several.
///
/// There is no specification; this is the message that the app writes.
///
/// # Examples
///
/// ```
/// use otpost::otp::{KeyUri, Migration, Secret};
///
/// let key = KeyUri::totp(Secret::generate()?, "alice@example.com")?.with_issuer("Acme")?;
/// let codes = Migration::export(&[key], 7)?;              // one URI for each ten keys
/// let migration = Migration::parse(codes[0].expose())?;
/// assert_eq!((migration.index, migration.size, migration.id), (0, 1, 7));
/// for key in migration.keys {
///     let key = key?;                                     // a key that cannot be used spoils no other
///     assert_eq!(key.issuer(), Some("Acme"));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// As of [`KeyUri`]: whoever sees it can log in.
#[derive(Clone)]
#[non_exhaustive]
pub struct Migration {
    /// The keys, in their order.
    pub keys: Vec<Result<KeyUri, MigrationKeyError>>,
    /// How many URIs the export has, one at least.
    pub size: u32,
    /// Which of them this is, from 0 on.
    pub index: u32,
    /// What the URIs of one export have in common.
    pub id: i32,
}

impl Migration {
    /// Reads a URI. The secrets have 128 bits at least.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] when nothing can be read. A key alone that cannot be used is an `Err` in `keys`.
    pub fn parse(uri: &str) -> Result<Self, MigrationError> {
        Self::read(uri, Secret::from_bytes)
    }

    /// Reads a URI whose secrets may be shorter: many services handed out 80 bits. All else is as in [`parse`](Self::parse).
    ///
    /// # Errors
    ///
    /// As of [`parse`](Self::parse).
    pub fn parse_with_short_secrets(uri: &str) -> Result<Self, MigrationError> {
        Self::read(uri, Secret::from_short_bytes)
    }

    fn read(uri: &str, to_secret: ToSecret) -> Result<Self, MigrationError> {
        if uri.len() > MAX {
            return Err(MigrationError::TooLong);
        }
        let query = match uri.split_at_checked(PREFIX.len()) {
            Some((prefix, query)) if prefix.eq_ignore_ascii_case(PREFIX) => query,
            _ => return Err(MigrationError::Scheme),
        };
        let data = query.split('&').find_map(|parameter| parameter.strip_prefix("data="));
        let payload = base64(data.ok_or(MigrationError::Data)?).ok_or(MigrationError::Data)?;

        let mut migration = Self { keys: Vec::new(), size: 1, index: 0, id: 0 };
        for field in Fields::of(&payload) {
            match field.ok_or(MigrationError::Message)? {
                (1, Value::Bytes(key)) => migration.keys.push(entry::read(key, to_secret)),
                (3, Value::Number(size)) => migration.size = small(size)?.max(1),
                (4, Value::Number(index)) => migration.index = small(index)?,
                // The least significant half of a number that can be negative.
                (5, Value::Number(id)) => {
                    let [.., a, b, c, d] = id.to_be_bytes();
                    migration.id = i32::from_be_bytes([a, b, c, d]);
                }
                _ => {}
            }
        }
        Ok(migration)
    }

    /// Writes keys as Google Authenticator takes them, ten a URI, or fewer where they would not fit into a QR code. `id` is the same in all of
    /// them: draw one for each export. A key whose issuer stands before its account alone gets it as issuer of its own, too.
    ///
    /// # Errors
    ///
    /// [`MigrationExportError`] names the first key that the app cannot take: other steps than 30 seconds, seven digits, Steam Guard,
    /// more parameters, counters above `i64::MAX`, or texts that are too long for a QR code.
    pub fn export(keys: &[KeyUri], id: i32) -> Result<Vec<SecretString>, MigrationExportError> {
        let mut entries = Vec::with_capacity(keys.len());
        for (at, key) in keys.iter().enumerate() {
            entries.push(entry::write(key).ok_or(MigrationExportError { at })?);
        }
        // How many keys each URI takes, as if there were a URI for each: what says how many there are is not longer then.
        let (mut batches, mut rest) = (Vec::new(), entries.as_slice());
        while !rest.is_empty() {
            let fits = |batch: &[Entry]| {
                let uri = encode(&payload(batch, keys.len(), keys.len(), id));
                // A few digits become percent-encoded when the numbers are others.
                uri.expose().len().saturating_add(32) <= MAX_BYTES
            };
            let most = rest.len().min(BATCH);
            let count = (1..=most).rev().find(|count| rest.get(..*count).is_some_and(fits));
            let at = keys.len().saturating_sub(rest.len());
            let split = count.and_then(|count| rest.split_at_checked(count));
            let (batch, behind) = split.ok_or(MigrationExportError { at })?;
            batches.push(batch);
            rest = behind;
        }
        let uris = batches.iter().enumerate();
        Ok(uris.map(|(at, batch)| encode(&payload(batch, batches.len(), at, id))).collect())
    }
}

/// A key as it stands in a migration.
type Entry = Zeroizing<Vec<u8>>;

fn payload(batch: &[Entry], size: usize, index: usize, id: i32) -> Zeroizing<Vec<u8>> {
    let room = batch.iter().map(|entry| entry.len().saturating_add(8));
    let mut payload = Zeroizing::new(Vec::with_capacity(room.fold(64, usize::saturating_add)));
    for entry in batch {
        write_bytes(1, entry, &mut payload);
    }
    write_number(2, 1, &mut payload);
    write_number(3, u64::try_from(size).unwrap_or(u64::MAX), &mut payload);
    write_number(4, u64::try_from(index).unwrap_or(u64::MAX), &mut payload);
    write_number(5, i64::from(id).cast_unsigned(), &mut payload);
    payload
}

fn small(number: u64) -> Result<u32, MigrationError> {
    u32::try_from(number).map_err(|_| MigrationError::Message)
}

/// Base64 as it stands in a query: with or without percent-encoding and padding, in either alphabet. A blank was a plus.
fn base64(data: &str) -> Option<Zeroizing<Vec<u8>>> {
    let data = percent::decode(data, 0).ok()?;
    let mut plain = Zeroizing::new(Vec::with_capacity(data.expose().len().saturating_add(3)));
    plain.extend(data.expose().bytes().filter(|byte| *byte != b'=').map(|byte| match byte {
        b'-' | b' ' => b'+',
        b'_' => b'/',
        byte => byte,
    }));
    while plain.len() % 4 != 0 {
        plain.push(b'=');
    }
    wiping(&BASE64, &plain)
}

fn encode(payload: &[u8]) -> SecretString {
    let data = SecretString::new(BASE64.encode(payload));
    let mut uri = String::with_capacity(data.expose().len().saturating_mul(3).saturating_add(64));
    uri.push_str(PREFIX);
    uri.push_str("data=");
    percent::encode(data.expose(), b"", &mut uri);
    SecretString::new(uri)
}

impl fmt::Debug for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Migration");
        shown.field("keys", &self.keys.len()).field("index", &self.index);
        shown.field("size", &self.size).finish_non_exhaustive()
    }
}

/// Why a text is no migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The parameter `data` is missing or is not Base64.
    #[error("the parameter `data` is missing or is not Base64")]
    Data,
    /// What it holds is not the message that Google Authenticator writes.
    #[error("the parameter `data` does not hold a migration")]
    Message,
    /// Another scheme than `otpauth-migration:`.
    #[error("does not begin with otpauth-migration://offline?")]
    Scheme,
    /// More than 4,296 bytes, which no QR code holds.
    #[error("has more than 4296 bytes")]
    TooLong,
}

/// A key that Google Authenticator cannot take, or that is too long for a QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the key at place {at} cannot be handed to Google Authenticator, which takes TOTP with 30 s and HOTP, six or eight digits and short names"
)]
#[non_exhaustive]
pub struct MigrationExportError {
    /// Its place among those that were given, from 0 on.
    pub at: usize,
}
