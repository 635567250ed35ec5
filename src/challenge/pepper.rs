use std::fmt;

use data_encoding::BASE64_NOPAD;
use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::message::MessageId;
use crate::otp::{Code, Digits, RandomError, fill_random};
use crate::secret::SecretBytes;
use crate::store::{ChallengeId, CounterTag, Mac, Nonce, Salt};

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
    keys: Vec<Keys>,
}

#[derive(Clone)]
struct Keys {
    id: u8,
    tag: Hmac<Sha256>,
    code: Hmac<Sha256>,
    mac: Hmac<Sha256>,
}

impl Pepper {
    /// A pepper of one key, with a number of its own.
    ///
    /// # Errors
    ///
    /// [`PepperError::Short`] below 32 bytes.
    pub fn new(id: u8, key: impl Into<SecretBytes>) -> Result<Self, PepperError> {
        Ok(Self { keys: vec![Keys::new(id, &key.into())?] })
    }

    /// With a key that was used before.
    ///
    /// # Errors
    ///
    /// [`PepperError::Short`] below 32 bytes, [`PepperError::Twice`] when a key has this number already, and
    /// [`PepperError::Many`] above eight keys.
    pub fn with_old(mut self, id: u8, key: impl Into<SecretBytes>) -> Result<Self, PepperError> {
        if self.keys.iter().any(|known| known.id == id) {
            return Err(PepperError::Twice(id));
        }
        if self.keys.len() >= MOST_KEYS {
            return Err(PepperError::Many);
        }
        self.keys.push(Keys::new(id, &key.into())?);
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
            let dense: Zeroizing<String> = Zeroizing::new(
                key.trim_end_matches('=')
                    .chars()
                    .map(|c| match c {
                        '-' => '+',
                        '_' => '/',
                        c => c,
                    })
                    .collect(),
            );
            let key = BASE64_NOPAD.decode(dense.as_bytes());
            let key = key.map_err(|_| PepperError::Text(place))?;
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

    /// What groups by recipient and purpose without naming them, and the number of the key.
    pub(super) fn recipient(&self, tenant: &str, purpose: &str, recipient: &str) -> (u8, [u8; 8]) {
        let keys = self.keys.first();
        let fields = [b"recipient", tenant.as_bytes(), purpose.as_bytes(), recipient.as_bytes()];
        let tag = keys.map_or([0; 8], |keys| first(&keys.tag, &fields));
        (keys.map_or(0, |keys| keys.id), tag)
    }

    /// The tag that a recipient has by the key of a challenge.
    pub(super) fn recipient_of(
        &self,
        id: &ChallengeId,
        tenant: &str,
        purpose: &str,
        recipient: &str,
    ) -> Option<[u8; 8]> {
        let fields = [b"recipient", tenant.as_bytes(), purpose.as_bytes(), recipient.as_bytes()];
        Some(first(&self.keys(id)?.tag, &fields))
    }

    /// What counts messages that have something in common.
    pub(super) fn counter(&self, tenant: &str, kind: &str, value: &str) -> CounterTag {
        let fields = [b"counter", tenant.as_bytes(), kind.as_bytes(), value.as_bytes()];
        CounterTag::new(self.keys.first().map_or([0; 8], |keys| first(&keys.tag, &fields)))
    }

    /// Digits that depend on nothing but these: for the hint of a number that is none.
    pub(super) fn digits(&self, subject: &str) -> [u8; 8] {
        self.keys.first().map_or([0; 8], |keys| first(&keys.tag, &[b"hint", subject.as_bytes()]))
    }

    /// The code of a challenge, uniform over all codes of so many digits: each word of the keyed digest is one draw.
    pub(super) fn code(&self, id: &ChallengeId, salt: &Salt, digits: Digits) -> Option<Code> {
        let keys = self.keys(id)?;
        let mut block = 0_u32;
        let mut words = Zeroizing::new(Vec::new());
        let draw = |word: &mut [u8]| {
            if words.len() < word.len() {
                let count = digits.count().to_be_bytes();
                let fields: [&[u8]; 4] =
                    [id.as_bytes(), salt.as_bytes(), &count, &block.to_be_bytes()];
                words.extend(first::<32>(&keys.code, &fields));
                block = block.saturating_add(1);
            }
            let rest = words.len().saturating_sub(word.len());
            word.iter_mut().zip(words.drain(rest..)).for_each(|(place, byte)| *place = byte);
            Ok(())
        };
        Code::random_with(digits, draw).ok()
    }

    /// What a code of a challenge is stored as, with all that it is bound to.
    pub(super) fn mac(
        &self,
        id: &ChallengeId,
        purpose: &str,
        recipient: &[u8; 8],
        binding: &[u8],
        code: &Code,
    ) -> Option<Mac> {
        let fields: [&[u8]; 6] = [
            b"code",
            id.as_bytes(),
            purpose.as_bytes(),
            recipient,
            binding,
            code.expose().as_bytes(),
        ];
        Some(Mac::new(first(&self.keys(id)?.mac, &fields)))
    }

    /// The identity of a challenge's first message: the same one, whoever sends it.
    pub(super) fn message(&self, id: &ChallengeId) -> MessageId {
        let keys = self.keys(id);
        let bytes = keys.map_or([0; 16], |keys| first(&keys.tag, &[b"message", id.as_bytes()]));
        MessageId::from_bytes(bytes)
    }

    /// What a nonce and a guess are stored as.
    pub(super) fn nonce(&self, id: &ChallengeId, nonce: &[u8], guess: &Mac) -> Option<Nonce> {
        let fields: [&[u8]; 4] = [b"nonce", id.as_bytes(), nonce, guess.as_bytes()];
        Some(Nonce::new(first(&self.keys(id)?.mac, &fields)))
    }

    /// What says that a message was planned here, for this challenge.
    pub(super) fn intent(&self, id: &ChallengeId, body: &[u8]) -> Option<Mac> {
        Some(Mac::new(first(&self.keys(id)?.mac, &[b"intent", id.as_bytes(), body])))
    }

    fn keys(&self, id: &ChallengeId) -> Option<&Keys> {
        self.keys.iter().find(|keys| keys.id == id.key())
    }
}

impl Keys {
    fn new(id: u8, pepper: &SecretBytes) -> Result<Self, PepperError> {
        if pepper.expose().len() < LEAST {
            return Err(PepperError::Short);
        }
        let root = Hmac::<Sha256>::new_from_slice(pepper.expose());
        let root = root.map_err(|_| PepperError::Short)?;
        let derived = |label: &[u8]| {
            let key = Zeroizing::new(first::<32>(&root, &[b"otpost 1", label]));
            Hmac::new_from_slice(&*key).map_err(|_| PepperError::Short)
        };
        Ok(Self { id, tag: derived(b"tag")?, code: derived(b"code")?, mac: derived(b"mac")? })
    }
}

/// The first bytes of a keyed digest of fields. Each comes with its length, so that no two lists of fields are the same bytes.
fn first<const N: usize>(key: &Hmac<Sha256>, fields: &[&[u8]]) -> [u8; N] {
    let mut mac = key.clone();
    for field in fields {
        mac.update(&u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(field);
    }
    let mut out = [0; N];
    let digest = Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()));
    out.iter_mut().zip(digest.iter()).for_each(|(place, byte)| *place = *byte);
    out
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.keys.iter().map(|keys| keys.id).collect();
        f.debug_struct("Pepper").field("keys", &ids).finish_non_exhaustive()
    }
}

/// Why there is no pepper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PepperError {
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
