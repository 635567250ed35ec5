use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

use zeroize::Zeroizing;

use super::tenant_keys::{RootKey, TenantKeys};
use crate::otp::{RandomError, fill_random};
use crate::secret::{SecretBytes, SecretFileError, decode_base64, read_secret};

/// The minimum key length in bytes. RFC 2104 §3 discourages keys that are shorter than the digest.
const LEAST: usize = 32;
/// The maximum number of keys. No application rotates that often within the lifetime of a code.
const MOST_KEYS: usize = 8;

/// The server's secret keys, from which codes and all other keyed values are derived.
///
/// An attacker needs both the pepper and the store to compute a code. The application supplies the
/// pepper, for example from an environment variable or a vault. Its keys and their ids must be the
/// same in all processes. `openssl rand -base64 32` prints a new key for [`parse`](Self::parse),
/// [`from_env`](Self::from_env) and [`from_file`](Self::from_file).
///
/// # Rotation
///
/// Tokens contain the id of their key. If a process lacks that key, the challenge is
/// [`Gone`](super::Verdict::Gone). To replace the key while several processes run:
///
/// 1. Add the new key, with another id, at the end of the list of all processes.
/// 2. Move it to the front of the list of all processes.
/// 3. Remove the old key after 10 minutes, when its codes have expired, or after 180 days to keep
///    known numbers and device tokens.
///
/// # Examples
///
/// ```
/// use otpost::challenge::Pepper;
///
/// let pepper = Pepper::new(1, vec![7; 32])?;
/// // Rotation: a new key, and the old one for the codes that were sent with it.
/// let rotated = Pepper::new(2, vec![8; 32])?.with_old(1, vec![7; 32])?;
/// // The same as text. The first key is the current one.
/// let text = "2:CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg, 1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
/// assert_eq!(format!("{:?}", Pepper::parse(text)?), format!("{rotated:?}"));
/// # let _ = pepper;
/// # Ok::<(), otpost::challenge::PepperError>(())
/// ```
///
/// # Security
///
/// Recipients and clients are counted under keyed digests. A rotation therefore resets all rate
/// limits, including those of the [`Limits`](super::Limits), all counts of wrong codes and all
/// locks. Numbers that have verified, and their devices, stay known while the old key is in the
/// pepper.
#[derive(Clone)]
#[doc(alias = "secret")]
pub struct Pepper {
    /// The first key is the current one. The others are for challenges that were issued before a
    /// rotation.
    roots: Vec<RootKey>,
}

impl Pepper {
    /// Creates a pepper of one key, given as raw bytes. Base64 is not decoded: use
    /// [`parse`](Self::parse) for it.
    ///
    /// `id` distinguishes the key from others after a rotation. It can be any number. The same key
    /// with another id does not accept the codes of this one.
    ///
    /// # Errors
    ///
    /// Returns [`PepperError::Short`] for a key below 32 bytes.
    pub fn new(id: u8, key: impl Into<SecretBytes>) -> Result<Self, PepperError> {
        Ok(Self { roots: vec![root(id, &key.into())?] })
    }

    /// Adds a key whose codes are accepted, but with which none are sent: the previous key after a
    /// rotation, or the next one before it.
    ///
    /// # Errors
    ///
    /// Returns [`PepperError::Short`] for a key below 32 bytes, [`PepperError::Twice`] if another
    /// key has the same id, and [`PepperError::Many`] for more than 8 keys.
    #[doc(alias = "key rotation")]
    pub fn with_old(mut self, id: u8, key: impl Into<SecretBytes>) -> Result<Self, PepperError> {
        if self.roots.iter().any(|known| known.id == id) {
            return Err(PepperError::Twice(id));
        }
        if self.roots.len() >= MOST_KEYS {
            return Err(PepperError::Many);
        }
        self.roots.push(root(id, &key.into())?);
        Ok(self)
    }

    /// Creates a random pepper for tests and first steps. After a restart, codes that were sent
    /// before are no longer accepted.
    ///
    /// # Errors
    ///
    /// Returns [`RandomError`] if the operating system provides no random bytes.
    pub fn random() -> Result<Self, RandomError> {
        let mut key = Zeroizing::new([0; LEAST]);
        fill_random(&mut *key)?;
        // The key has the minimum length, so `new` does not fail.
        Self::new(0, key.to_vec()).map_err(|_| RandomError)
    }

    /// Parses a list of keys such as `2:Zm9v…, 1:YmFy…`. The first key is the current one.
    ///
    /// Each key is an id from 0 to 255, a colon, and base64 in the standard or the URL-safe
    /// alphabet, with or without padding. Commas separate the keys. A key without an id has the id
    /// 0.
    ///
    /// # Errors
    ///
    /// Returns [`PepperError::Text`] for an invalid id or invalid base64, [`PepperError::Short`]
    /// for a key below 32 bytes or an empty text, [`PepperError::Twice`] if two keys have the same
    /// id, and [`PepperError::Many`] for more than 8 keys. No error contains a part of a key.
    pub fn parse(text: &str) -> Result<Self, PepperError> {
        let mut pepper: Option<Self> = None;
        for (place, key) in text.split(',').enumerate() {
            let (id, key) = match key.trim().split_once(':') {
                Some((id, key)) => {
                    (id.trim().parse().map_err(|_| PepperError::Text(place))?, key.trim())
                }
                None => (0, key.trim()),
            };
            let key = decode_base64(key).ok_or(PepperError::Text(place))?;
            pepper = Some(match pepper {
                None => Self::new(id, key)?,
                Some(pepper) => pepper.with_old(id, key)?,
            });
        }
        pepper.ok_or(PepperError::Text(0))
    }

    /// Reads an environment variable and parses it as [`parse`](Self::parse) does.
    ///
    /// # Errors
    ///
    /// Returns [`PepperError::Unset`] if the variable is not set, and the errors of
    /// [`parse`](Self::parse).
    pub fn from_env(name: &str) -> Result<Self, PepperError> {
        // `VarError` contains the value if it is not Unicode, so it must not become the source.
        let value = std::env::var(name).map_err(|_| PepperError::Unset(name.to_owned()))?;
        Self::parse(&Zeroizing::new(value))
    }

    /// Reads a file, such as a mounted secret, and parses it as [`parse`](Self::parse) does. One
    /// line end at the end of the file is ignored.
    ///
    /// # Errors
    ///
    /// Returns [`PepperError::File`] if the file cannot be read or is not UTF-8,
    /// [`PepperError::LongFile`] above 64 KiB, and the errors of [`parse`](Self::parse). No error
    /// contains a part of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::challenge::{Pepper, PepperError};
    ///
    /// let missing = Pepper::from_file("/run/secrets/otpost_pepper_missing").unwrap_err();
    /// assert!(matches!(missing, PepperError::File(_)));
    /// ```
    ///
    /// # Security
    ///
    /// The mode of the file is not checked. Docker mounts secrets with mode 0444 and Kubernetes
    /// with 0644, where the container is the boundary, so a check would refuse both. On a shared
    /// machine, make the file readable by this process alone (`chmod 400`).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, PepperError> {
        let text = read_secret(path.as_ref()).map_err(|error| match error {
            SecretFileError::TooLong => PepperError::LongFile,
            SecretFileError::Unreadable(kind) => PepperError::File(kind),
        })?;
        Self::parse(text.expose())
    }

    /// Derives the keys of one tenant from every key of the pepper.
    pub(super) fn tenant(&self, name: &str) -> TenantKeys {
        TenantKeys::derive(&self.roots, name)
    }
}

fn root(id: u8, key: &SecretBytes) -> Result<RootKey, PepperError> {
    if key.expose().len() < LEAST {
        return Err(PepperError::Short);
    }
    RootKey::new(id, key).ok_or(PepperError::Short)
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.roots.iter().map(|root| root.id).collect();
        f.debug_struct("Pepper").field("keys", &ids).finish_non_exhaustive()
    }
}

/// An error of creating a [`Pepper`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PepperError {
    /// The file cannot be read, or is not UTF-8.
    #[error("the file of the pepper cannot be read: {0}")]
    File(ErrorKind),
    /// The file is longer than 64 KiB.
    #[error("the file of the pepper is longer than 64 KiB")]
    LongFile,
    /// The pepper has more than 8 keys.
    #[error("too many keys in the pepper: expected at most 8")]
    Many,
    /// A key has fewer than 32 bytes, or the text is empty.
    #[error(
        "a key of the pepper is too short: expected at least 32 bytes, as from `openssl rand -base64 32`"
    )]
    Short,
    /// A key is not valid base64, or the id before the colon is invalid. The value is the index of
    /// the key in the list, from 0.
    #[error(
        "invalid key at index {0} of the pepper: expected a number from 0 to 255, a colon and base64"
    )]
    Text(usize),
    /// Two keys have this id.
    #[error("two keys of the pepper have the number {0}")]
    Twice(u8),
    /// The environment variable of this name is not set or not valid Unicode.
    #[error("the environment variable `{0}` is not set or not valid Unicode")]
    Unset(String),
}
