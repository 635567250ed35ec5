use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

use zeroize::Zeroizing;

use super::tenant_keys::{RootKey, TenantKeys};
use crate::otp::{RandomError, fill_random};
use crate::secret::{SecretBytes, SecretFileError, decode_base64, read_secret};

/// RFC 2104 §3: a key shorter than the digest is weaker than it.
const LEAST: usize = 32;
/// More than are rotated in any code's lifetime.
const MOST_KEYS: usize = 8;

/// The server's key. Without it a stolen store says nothing of any code, and without the store a stolen pepper does not either.
///
/// It comes from the application, as from the environment or a vault, and is the same in all processes. Make one by
/// `openssl rand -base64 32`.
///
/// # Examples
///
/// ```
/// use otpost::challenge::Pepper;
///
/// let pepper = Pepper::new(1, vec![7; 32])?;
/// // A new key; codes that were sent with the old one are still accepted.
/// let rotated = Pepper::new(2, vec![8; 32])?.with_old(1, vec![7; 32])?;
/// // The same as text: the key that is used comes first.
/// let text = "2:CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg, 1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
/// assert_eq!(format!("{:?}", Pepper::parse(text)?), format!("{rotated:?}"));
/// # let _ = pepper;
/// # Ok::<(), otpost::challenge::PepperError>(())
/// ```
///
/// # Security
///
/// With another key a recipient has other tags, so its counts begin anew when the pepper is rotated.
#[derive(Clone)]
pub struct Pepper {
    /// The first one is used; the others are known.
    roots: Vec<RootKey>,
}

impl Pepper {
    /// A pepper of one key, with a number of its own.
    ///
    /// # Errors
    ///
    /// [`PepperError::Short`] below 32 bytes.
    pub fn new(id: u8, key: impl Into<SecretBytes>) -> Result<Self, PepperError> {
        Ok(Self { roots: vec![root(id, &key.into())?] })
    }

    /// With a key that was used before.
    ///
    /// # Errors
    ///
    /// [`PepperError::Short`] below 32 bytes, [`PepperError::Twice`] when a key has this number already, and
    /// [`PepperError::Many`] above eight keys.
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

    /// A pepper of this process alone: what it has sent is worth nothing after a restart. For tests and first steps.
    ///
    /// # Errors
    ///
    /// [`RandomError`] without randomness.
    pub fn random() -> Result<Self, RandomError> {
        let mut key = Zeroizing::new([0; LEAST]);
        fill_random(&mut *key)?;
        Self::new(0, key.to_vec()).map_err(|_| RandomError)
    }

    /// Reads keys in base64, with or without its padding and in either alphabet, each with its number before a colon and
    /// with commas between them. The first is used. A single one needs no number.
    ///
    /// # Errors
    ///
    /// [`PepperError`], which holds nothing of a key.
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

    /// Reads a variable of the environment, as [`parse`](Self::parse) does.
    ///
    /// # Errors
    ///
    /// [`PepperError::Unset`] when there is none, and those of [`parse`](Self::parse).
    pub fn from_env(name: &str) -> Result<Self, PepperError> {
        let value = std::env::var(name).map_err(|_| PepperError::Unset(name.to_owned()))?;
        Self::parse(&Zeroizing::new(value))
    }

    /// Reads a file, such as a mounted secret, as [`parse`](Self::parse) does. One line end at the end of the file is ignored.
    ///
    /// # Errors
    ///
    /// [`PepperError::File`] if the file cannot be read, [`PepperError::LongFile`] above 64 KiB, and those of
    /// [`parse`](Self::parse). No error holds anything of the content.
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
    /// The mode of the file is not checked. Docker mounts secrets with mode 0444 and Kubernetes with 0644, where the container
    /// is the boundary, so a check would refuse both. On a shared machine, make the file readable by this process alone
    /// (`chmod 400`).
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

/// Why there is no pepper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PepperError {
    /// A file that cannot be read, or that is not UTF-8.
    #[error("the file of the pepper cannot be read: {0}")]
    File(ErrorKind),
    /// A file above 64 KiB.
    #[error("the file of the pepper is longer than 64 KiB")]
    LongFile,
    /// More than eight keys.
    #[error("a pepper has at most 8 keys: drop the oldest")]
    Many,
    /// A key below 32 bytes.
    #[error("a key of a pepper has at least 32 bytes: make one by `openssl rand -base64 32`")]
    Short,
    /// Not base64, or not a number before the colon.
    #[error("key {0} of the pepper is not a number below 256, a colon and base64")]
    Text(usize),
    /// Two keys with one number.
    #[error("two keys of the pepper have the number {0}")]
    Twice(u8),
    /// No such variable.
    #[error("the environment has no variable {0}")]
    Unset(String),
}
