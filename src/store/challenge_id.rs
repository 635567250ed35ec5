use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;

/// The length of an id in bytes: 1 for the key, 8 for the recipient's tag, and 16 random bytes.
const LENGTH: usize = 25;

/// The id of a challenge, for stores, events and logs: 34 characters of base64url.
///
/// It cannot be used to verify a code. The application uses the
/// [`ChallengeToken`](crate::challenge::ChallengeToken), which contains the id, encrypted. The id
/// contains the number of the pepper's key, and a tag that is the same for all challenges of a
/// recipient, purpose and kind of requester, but reveals none of them.
///
/// # Examples
///
/// ```
/// use otpost::store::ChallengeId;
///
/// let id = ChallengeId::new(1, [2; 8], [3; 16]);
/// assert_eq!(id.to_string().len(), 34);
/// assert_eq!(ChallengeId::parse(&id.to_string())?, id);
/// assert!(ChallengeId::parse("AQ").is_err());
/// # Ok::<(), otpost::store::ChallengeIdError>(())
/// ```
///
/// # Security
///
/// `Debug` shows only the part that is the same for all challenges of a recipient and purpose.
/// `Display` shows the whole id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChallengeId([u8; LENGTH]);

impl ChallengeId {
    /// Creates an id from the number of the pepper's key, the tag of recipient and purpose, and 16
    /// random bytes.
    #[must_use]
    pub fn new(key: u8, recipient: [u8; 8], random: [u8; 16]) -> Self {
        let mut bytes = [0; LENGTH];
        let parts = [key].into_iter().chain(recipient).chain(random);
        bytes.iter_mut().zip(parts).for_each(|(place, byte)| *place = byte);
        Self(bytes)
    }

    /// Parses the output of [`Display`](fmt::Display).
    ///
    /// # Errors
    ///
    /// Returns [`ChallengeIdError`] for any other text, including another encoding of the same
    /// bytes.
    pub fn parse(text: &str) -> Result<Self, ChallengeIdError> {
        // 34 characters are exactly 25 bytes. `decode_mut` panics if the output has another length.
        if text.len() != 34 {
            return Err(ChallengeIdError);
        }
        let mut bytes = [0; 26];
        let bytes = bytes.get_mut(..LENGTH).ok_or(ChallengeIdError)?;
        let read = BASE64URL_NOPAD.decode_mut(text.as_bytes(), bytes);
        read.map_err(|_| ChallengeIdError)?;
        Ok(Self((&*bytes).try_into().map_err(|_| ChallengeIdError)?))
    }

    /// Creates an id from the bytes that [`as_bytes`](Self::as_bytes) returns.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// Returns the number of the pepper's key that the id was created with.
    #[must_use]
    pub const fn key(&self) -> u8 {
        let [key, ..] = self.0;
        key
    }

    /// Returns the tag of the recipient, the purpose and the kind of requester: strangers, verified
    /// humans, or one known device. A store keeps the cooldown, the counts and the lock under it.
    #[must_use]
    pub fn recipient(&self) -> [u8; 8] {
        self.part(1)
    }

    /// Returns the random part.
    #[must_use]
    pub fn random(&self) -> [u8; 16] {
        self.part(9)
    }

    /// Returns all bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// Returns all but the first byte, as the key under which a store keeps the challenge.
    ///
    /// The first byte is the number of the pepper's key. It is left out because it may differ
    /// between two calls for one challenge. The MAC covers it.
    #[must_use]
    pub fn place(&self) -> [u8; 24] {
        self.part(1)
    }

    fn part<const N: usize>(&self, from: usize) -> [u8; N] {
        let mut part = [0; N];
        part.iter_mut().zip(self.0.iter().skip(from)).for_each(|(place, byte)| *place = *byte);
        part
    }
}

impl fmt::Display for ChallengeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl fmt::Debug for ChallengeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 12 characters are 9 bytes: the key id and the tag, and nothing of the random part.
        let shown = BASE64URL_NOPAD.encode(&self.0);
        write!(f, "ChallengeId({}…)", shown.get(..12).unwrap_or_default())
    }
}

impl FromStr for ChallengeId {
    type Err = ChallengeIdError;

    fn from_str(text: &str) -> Result<Self, ChallengeIdError> {
        Self::parse(text)
    }
}

/// An error of parsing a [`ChallengeId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid challenge id: expected 34 characters of base64url")]
#[non_exhaustive]
pub struct ChallengeIdError;
