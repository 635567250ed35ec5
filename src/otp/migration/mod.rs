//! `otpauth-migration://` URIs: the QR codes of Google Authenticator's export.

mod combine;
mod entry;
mod wire;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use self::wire::{Fields, Value, write_bytes, write_number};
use super::secret::Secret;
use super::uri::query::{
    Parameter, contains_ignoring_case, known_name, parameters, strip_ignoring_case,
};
use super::uri::{KeyUri, KeyUriError, ToSecret, percent};
use crate::pasted::{CodePoint, Pasted, clean, trim};
use crate::percent::RESERVED;
use crate::secret::{SecretString, decode_wiped};

pub use combine::MigrationCombineError;
pub use entry::MigrationKeyError;

const SCHEME: &str = "otpauth-migration://";
/// The most characters that a QR code holds, in its alphanumeric mode (ISO/IEC 18004).
const MAX: usize = 4_296;
/// The most bytes that a QR code holds, at the lowest error correction level.
const MAX_BYTES: usize = 2_953;
/// The number of keys in one QR code, as in Google Authenticator.
const BATCH: usize = 10;

/// The keys of one QR code of a Google Authenticator export. A large export has several QR codes,
/// which [`combine`](Self::combine) puts together.
///
/// There is no specification: the format is that of the app. Line breaks, blanks and invisible
/// characters in the URI, which a copy can add, are ignored, and `&amp;` is read as `&`.
///
/// # Examples
///
/// ```
/// use otpost::otp::{KeyUri, Migration, Secret};
///
/// let key = KeyUri::totp(Secret::generate()?, "alice@example.com")?.with_issuer("Acme")?;
/// let codes = Migration::export(&[key], 7)?;              // one URI per ten keys
/// let migration = Migration::parse(codes[0].expose())?;
/// assert_eq!((migration.index, migration.size, migration.id), (0, 1, 7));
/// for key in migration.keys {
///     let key = key?;                 // an invalid key does not affect the others
///     assert_eq!(key.issuer(), Some("Acme"));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// As for [`KeyUri`]: anyone who sees the URI can log in.
#[doc(alias = "google authenticator")]
#[doc(alias = "otpauth-migration")]
#[derive(Clone)]
#[non_exhaustive]
pub struct Migration {
    /// The keys, in their order. A key that cannot be used is an `Err`.
    pub keys: Vec<Result<KeyUri, MigrationKeyError>>,
    /// The number of URIs of the export, at least one.
    pub size: u32,
    /// The index of this URI in the export, from 0.
    pub index: u32,
    /// The identifier that all URIs of one export have in common.
    pub id: i32,
}

impl Migration {
    /// Parses a URI. Secrets must have at least 128 bits.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] if the URI as a whole cannot be read. A single key that cannot be used is
    /// an `Err` in [`keys`](Self::keys).
    pub fn parse(uri: &str) -> Result<Self, MigrationError> {
        Self::read(uri, Secret::from_bytes)
    }

    /// Parses a URI like [`parse`](Self::parse), and accepts shorter secrets. Many services issued
    /// 80 bits.
    ///
    /// # Errors
    ///
    /// Those of [`parse`](Self::parse).
    pub fn parse_with_short_secrets(uri: &str) -> Result<Self, MigrationError> {
        Self::read(uri, Secret::from_short_bytes)
    }

    fn read(uri: &str, to_secret: ToSecret) -> Result<Self, MigrationError> {
        let text = uri;
        let uri = trim(text);
        if uri.len() > MAX {
            return Err(MigrationError::TooLong);
        }
        let query = query(uri).ok_or_else(|| other_scheme(uri))?;
        // Positions for errors are byte offsets in the given text. What precedes the URI is blank,
        // so this finds its end.
        let end = text.find(uri).unwrap_or_default().saturating_add(uri.len());
        let begin = end.saturating_sub(query.len());

        let mut data = None;
        for Parameter { name, value, at, value_at } in parameters(query) {
            let name = decode(name, begin.saturating_add(at))?;
            if known_name(name.expose(), &["data"]).is_some() {
                let value = decode(value, begin.saturating_add(value_at))?;
                if data.replace(value).is_some() {
                    return Err(MigrationError::Duplicate);
                }
            }
        }
        let data = data.filter(|data| !trim(data.expose()).is_empty());
        let data = data.ok_or(MigrationError::Missing)?;
        // A program that decoded the URI as a form made blanks of the pluses. A line break in the
        // middle also becomes a blank.
        let read = |blank| Self::read_payload(&base64(data.expose(), blank)?, to_secret);
        match read(Some(b'+')) {
            Err(_) if data.expose().contains(' ') => read(None),
            migration => migration,
        }
    }

    fn read_payload(payload: &[u8], to_secret: ToSecret) -> Result<Self, MigrationError> {
        let mut migration = Self { keys: Vec::new(), size: 1, index: 0, id: 0 };
        for field in Fields::of(payload) {
            match field.ok_or(MigrationError::Message)? {
                (1, Value::Bytes(key)) => migration.keys.push(entry::read(key, to_secret)),
                (3, Value::Number(size)) => migration.size = small(size)?.max(1),
                (4, Value::Number(index)) => migration.index = small(index)?,
                // Negative numbers are written with 64 bits. The lower half is the number.
                (5, Value::Number(id)) => {
                    let [.., a, b, c, d] = id.to_be_bytes();
                    migration.id = i32::from_be_bytes([a, b, c, d]);
                }
                _ => {}
            }
        }
        Ok(migration)
    }

    /// Writes keys as URIs for Google Authenticator, with ten keys per URI.
    ///
    /// A URI has fewer keys if ten do not fit into a QR code. `id` is the same in all URIs: draw a
    /// new one for each export. If the issuer of a key stands only before its account, it is also
    /// written as the issuer.
    ///
    /// # Errors
    ///
    /// [`MigrationExportError`] with the first key that the app cannot import: a time step other
    /// than 30 s, seven digits, Steam Guard, other parameters, a counter above `i64::MAX`, or texts
    /// that are too long for a QR code.
    #[doc(alias = "google authenticator")]
    pub fn export(keys: &[KeyUri], id: i32) -> Result<Vec<SecretString>, MigrationExportError> {
        let mut entries = Vec::with_capacity(keys.len());
        for (at, key) in keys.iter().enumerate() {
            entries.push(entry::write(key).ok_or(MigrationExportError { at })?);
        }
        // Choose the batches as if there were one URI per key. There are not more URIs in the end,
        // so the field with their number does not get longer.
        let (mut batches, mut rest) = (Vec::new(), entries.as_slice());
        while !rest.is_empty() {
            let fits = |batch: &[Entry]| {
                let uri = encode(&payload(batch, keys.len(), keys.len(), id));
                // Leave room: with other numbers, a few more characters may need percent-encoding.
                uri.expose().len().saturating_add(32) <= MAX_BYTES
            };
            let most = rest.len().min(BATCH);
            // From the largest batch down. Usually ten keys fit, and the first try succeeds.
            let count = (1..=most).rev().find(|count| rest.get(..*count).is_some_and(fits));
            let at = keys.len().saturating_sub(rest.len());
            let split = count.and_then(|count| rest.split_at_checked(count));
            // `None` means that a single key is too long for a QR code.
            let (batch, behind) = split.ok_or(MigrationExportError { at })?;
            batches.push(batch);
            rest = behind;
        }
        let uris = batches.iter().enumerate();
        Ok(uris.map(|(at, batch)| encode(&payload(batch, batches.len(), at, id))).collect())
    }
}

/// A key, encoded for a migration.
type Entry = Zeroizing<Vec<u8>>;

fn payload(batch: &[Entry], size: usize, index: usize, id: i32) -> Zeroizing<Vec<u8>> {
    let room = batch.iter().map(|entry| entry.len().saturating_add(8));
    let mut payload = Zeroizing::new(Vec::with_capacity(room.fold(64, usize::saturating_add)));
    for entry in batch {
        write_bytes(1, entry, &mut payload);
    }
    // Field 2 is the version of the format.
    write_number(2, 1, &mut payload);
    write_number(3, u64::try_from(size).unwrap_or(u64::MAX), &mut payload);
    write_number(4, u64::try_from(index).unwrap_or(u64::MAX), &mut payload);
    // Protocol Buffers write a negative int32 with its sign extended to 64 bits.
    write_number(5, i64::from(id).cast_unsigned(), &mut payload);
    payload
}

fn small(number: u64) -> Result<u32, MigrationError> {
    u32::try_from(number).map_err(|_| MigrationError::Message)
}

fn decode(text: &str, at: usize) -> Result<SecretString, MigrationError> {
    percent::decode(text, at).map_err(|error| match error {
        KeyUriError::Encoding { at } | KeyUriError::Fragment { at } => {
            MigrationError::Encoding { at }
        }
        // Decoding has no other errors.
        _ => MigrationError::Message,
    })
}

/// Returns the query of a URI, or `None` if it is another URI.
fn query(uri: &str) -> Option<&str> {
    let after = strip_ignoring_case(uri, SCHEME)?;
    let after = strip_ignoring_case(after, "offline")?;
    after.strip_prefix('/').unwrap_or(after).strip_prefix('?')
}

fn other_scheme(uri: &str) -> MigrationError {
    match uri.chars().next() {
        Some(character)
            if contains_ignoring_case(uri, SCHEME)
                && strip_ignoring_case(uri, SCHEME).is_none() =>
        {
            MigrationError::Leading { character }
        }
        _ => MigrationError::Scheme,
    }
}

/// Decodes base64, with or without padding, in either alphabet. `blank` is the character that a
/// blank stands for.
fn base64(data: &str, blank: Option<u8>) -> Result<Zeroizing<Vec<u8>>, MigrationError> {
    let mut plain = Zeroizing::new(Vec::with_capacity(data.len().saturating_add(3)));
    let blanks = |c: &char| *c == ' ' && blank.is_some();
    // `clean` leaves blanks out, so they are replaced between its texts.
    let mut position = 0_usize;
    for part in data.split_inclusive(|c: char| blanks(&c)) {
        for Pasted { position: at, character, plain: c } in clean(part) {
            match c {
                'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' => plain.extend(u8::try_from(c)),
                '-' => plain.push(b'+'),
                '_' => plain.push(b'/'),
                // The decoder is strict about padding. So all padding is removed here, and the
                // right one added below.
                '=' => {}
                _ => {
                    let position = position.saturating_add(at);
                    return Err(MigrationError::Character { character, position });
                }
            }
        }
        plain.extend(blank.filter(|_| part.ends_with(' ')));
        position = position.saturating_add(part.chars().count());
    }
    while plain.len() % 4 != 0 {
        plain.push(b'=');
    }
    decode_wiped(&BASE64, &plain).ok_or(MigrationError::Message)
}

fn encode(payload: &[u8]) -> SecretString {
    let data = SecretString::new(BASE64.encode(payload));
    // Any character of base64 may become `%XX`. A text that grows leaves a part of the secret
    // behind.
    let mut uri = String::with_capacity(data.expose().len().saturating_mul(3).saturating_add(64));
    uri.push_str(SCHEME);
    uri.push_str("offline?data=");
    percent::encode(data.expose(), RESERVED, &mut uri);
    SecretString::new(uri)
}

impl fmt::Debug for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Migration");
        shown.field("keys", &self.keys.len()).field("index", &self.index);
        shown.field("size", &self.size).finish_non_exhaustive()
    }
}

/// The reason why a text is not a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The parameter `data` contains a character that base64 does not have.
    #[error(
        "invalid parameter `data`: unexpected character {} at position {position}: expected base64",
        CodePoint(*character)
    )]
    Character {
        /// The character.
        character: char,
        /// The position, which counts the characters of the decoded parameter from 1.
        position: usize,
    },
    /// The parameter `data` occurs twice.
    #[error("duplicate parameter `data`: expected the URI of one QR code")]
    Duplicate,
    /// An unencoded `#`, a percent sign without two hexadecimal digits after it, or bytes that are
    /// not UTF-8.
    #[error("invalid percent-encoding at byte {at}: expected base64, percent-encoded or plain")]
    Encoding {
        /// The byte offset in the given text.
        at: usize,
    },
    /// Something else precedes the URI, such as a quote.
    #[error(
        "unexpected character {} before otpauth-migration://: expected only the URI",
        CodePoint(*character)
    )]
    Leading {
        /// The first character of the text.
        character: char,
    },
    /// The parameter `data` does not hold the whole message that Google Authenticator writes.
    #[error(
        "invalid parameter `data`: expected the whole message of a Google Authenticator export: a part is missing or mistyped"
    )]
    Message,
    /// The parameter `data` is missing or empty.
    #[error("the parameter `data` is missing or empty")]
    Missing,
    /// The text does not begin with `otpauth-migration://offline?`.
    #[error("invalid scheme: expected otpauth-migration://offline?, and `KeyUri` for a single key")]
    Scheme,
    /// The URI has more than 4,296 bytes. No QR code holds more characters of any kind, and one
    /// with lower-case letters holds 2,953.
    #[error("URI too long: expected at most 4296 bytes, more than any QR code holds")]
    TooLong,
}

/// A key that Google Authenticator cannot import, or that is too long for a QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot export the key at index {at}: expected TOTP with 30 s or HOTP, 6 or 8 digits, no other parameters and short names"
)]
#[non_exhaustive]
pub struct MigrationExportError {
    /// The index of the key in the given slice, from 0.
    pub at: usize,
}
