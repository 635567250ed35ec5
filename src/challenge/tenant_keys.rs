//! All keyed values of a challenge, derived from the pepper for one tenant.
//!
//! The tenant is part of each key and not of each value, so no value can omit the tenant by
//! mistake.

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, Payload};
use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::assurance::Assurance;
use super::purpose::Purpose;
use crate::message::MessageId;
use crate::otp::{Code, Digits, RandomError, fill_random};
use crate::phone::PhoneNumber;
use crate::secret::SecretBytes;
use crate::store::{Binding, ChallengeId, CounterTag, Mac, Nonce, QueueTag, Salt};

/// The length of the nonce of XChaCha20-Poly1305 in bytes.
const NONCE: usize = 24;

/// One key of a pepper. All keys that are used are derived from it together with a tenant.
#[derive(Clone)]
pub(super) struct RootKey {
    pub(super) id: u8,
    key: Hmac<Sha256>,
}

/// The keys of one tenant. The first one is the current one. The others are for challenges from
/// before a rotation.
// Never empty, because each constructor of `Pepper` adds a key. So the zeros that stand in for a
// missing first key are never used.
pub(super) struct TenantKeys(Vec<Keys>);

struct Keys {
    id: u8,
    token: XChaCha20Poly1305,
    intent: XChaCha20Poly1305,
    tag: Hmac<Sha256>,
    code: Hmac<Sha256>,
    mac: Hmac<Sha256>,
    report: Hmac<Sha256>,
}

impl RootKey {
    pub(super) fn new(id: u8, key: &SecretBytes) -> Option<Self> {
        Some(Self { id, key: Hmac::new_from_slice(key.expose()).ok()? })
    }
}

impl TenantKeys {
    pub(super) fn derive(roots: &[RootKey], tenant: &str) -> Self {
        Self(roots.iter().map(|root| Keys::derive(root, tenant)).collect())
    }

    /// Creates the id of a new challenge with the current key.
    pub(super) fn identity(
        &self,
        purpose: Purpose<'_>,
        recipient: &PhoneNumber,
        by: Assurance,
        random: [u8; 16],
    ) -> ChallengeId {
        let key = self.0.first().map_or(0, |keys| keys.id);
        ChallengeId::new(key, self.recipient(purpose, recipient, by), random)
    }

    /// Returns the tag of a recipient, purpose and kind of requester.
    ///
    /// Each kind of requester has its own, so strangers use up neither the messages nor the guesses
    /// of others.
    pub(super) fn recipient(
        &self,
        purpose: Purpose<'_>,
        recipient: &PhoneNumber,
        by: Assurance,
    ) -> [u8; 8] {
        let device = by.device().map_or([0; 8], |device| *device.as_bytes());
        let fields: [&[u8]; 5] = [
            b"recipient",
            purpose.as_str().as_bytes(),
            recipient.e164().as_bytes(),
            by.name().as_bytes(),
            &device,
        ];
        self.0.first().map_or([0; 8], |keys| first(&keys.tag, &fields))
    }

    /// Encrypts the content of a token for one purpose, with the key of the id. Returns `None` if
    /// that key is missing.
    pub(super) fn seal_token(
        &self,
        id: &ChallengeId,
        purpose: Purpose<'_>,
        plain: &[u8],
    ) -> Result<Option<Vec<u8>>, RandomError> {
        // The key id comes first and in clear, because `open_token` selects the key by it. If it is
        // changed, another key is selected, which does not decrypt the rest.
        let Some(keys) = self.keys(id) else { return Ok(None) };
        let sealed = seal(&keys.token, plain, purpose.as_str().as_bytes())?;
        Ok(sealed.map(|sealed| [&[keys.id], sealed.as_slice()].concat()))
    }

    /// Decrypts the content of a token. Returns `None` if it is of another tenant or purpose, or
    /// was modified.
    pub(super) fn open_token(
        &self,
        purpose: Purpose<'_>,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        // The purpose is associated data. A token of another purpose fails to decrypt, so no caller
        // can forget to compare it.
        let (id, sealed) = sealed.split_first()?;
        let keys = self.0.iter().find(|keys| keys.id == *id)?;
        open(&keys.token, sealed, purpose.as_str().as_bytes())
    }

    /// Encrypts the queued message of this challenge. Returns `None` if the key of the id is
    /// missing.
    pub(super) fn seal_intent(
        &self,
        id: &ChallengeId,
        plain: &[u8],
    ) -> Result<Option<Vec<u8>>, RandomError> {
        let Some(keys) = self.keys(id) else { return Ok(None) };
        seal(&keys.intent, plain, id.as_bytes())
    }

    /// Decrypts the queued message of this challenge. Returns `None` if it was encrypted for
    /// another one.
    pub(super) fn open_intent(
        &self,
        id: &ChallengeId,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        open(&self.keys(id)?.intent, sealed, id.as_bytes())
    }

    /// Returns the tag under which messages with these values of this kind are counted.
    pub(super) fn counter(&self, kind: &str, values: [&[u8]; 2]) -> CounterTag {
        let [one, two] = values;
        let fields = [b"counter", kind.as_bytes(), one, two];
        CounterTag::new(self.0.first().map_or([0; 8], |keys| first(&keys.tag, &fields)))
    }

    /// Returns the names of the marker of a number that has verified: that of the current key, and
    /// those of the keys before it. So a rotation forgets no number.
    pub(super) fn markers(&self, to: &PhoneNumber) -> impl Iterator<Item = CounterTag> {
        let fields = [b"marker", to.e164().as_bytes()];
        self.0.iter().map(move |keys| CounterTag::new(first(&keys.tag, &fields)))
    }

    /// Returns the id of the current key, and its MAC of a device token for a number.
    pub(super) fn device(&self, to: &str, body: &[u8]) -> (u8, [u8; 16]) {
        self.0.first().map_or((0, [0; 16]), |keys| (keys.id, keys.device(to, body)))
    }

    /// Returns `true` if the key with this id made the MAC of a device token for a number. It
    /// compares in constant time.
    pub(super) fn is_device(&self, key: u8, to: &str, body: &[u8], mac: &[u8]) -> bool {
        let keys = self.0.iter().find(|keys| keys.id == key);
        keys.is_some_and(|keys| keys.device(to, body).ct_eq(mac).into())
    }

    /// Returns eight bytes that depend on the subject only, for the hint of a decoy.
    pub(super) fn digits(&self, subject: &str) -> [u8; 8] {
        self.0.first().map_or([0; 8], |keys| first(&keys.tag, &[b"hint", subject.as_bytes()]))
    }

    /// Derives the code of a challenge, uniform over all codes of this length.
    ///
    /// `Code::random_with` uses rejection sampling, so the number of draws is not known in advance.
    /// The keyed digest of the fields and a block counter serves as the stream of random bytes:
    /// each digest yields 32 bytes, and each draw takes a word from its end.
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

    /// Returns the MAC of a code that is stored. It covers everything that the code is bound to.
    /// The id covers the recipient, whose tag is part of it.
    pub(super) fn mac(
        &self,
        id: &ChallengeId,
        purpose: Purpose<'_>,
        binding: &[u8],
        code: &Code,
    ) -> Option<Mac> {
        let fields: [&[u8]; 5] = [
            b"code",
            id.as_bytes(),
            purpose.as_str().as_bytes(),
            binding,
            code.expose().as_bytes(),
        ];
        Some(Mac::new(first(&self.keys(id)?.mac, &fields)))
    }

    /// Returns the digest of a challenge's binding that is stored. A resend has to repeat the
    /// binding.
    pub(super) fn binding(&self, id: &ChallengeId, binding: &[u8]) -> Option<Binding> {
        Some(Binding::new(first(&self.keys(id)?.mac, &[b"binding", id.as_bytes(), binding])))
    }

    /// Returns the id of a challenge's first message. It is the same in every process, so that a
    /// gateway can detect a duplicate.
    pub(super) fn message(&self, id: &ChallengeId) -> MessageId {
        let keys = self.keys(id);
        let bytes = keys.map_or([0; 16], |keys| first(&keys.tag, &[b"message", id.as_bytes()]));
        MessageId::from_bytes(bytes)
    }

    /// Returns the digest of an idempotency key and its guess that is stored.
    pub(super) fn nonce(&self, id: &ChallengeId, nonce: &[u8], guess: &Mac) -> Option<Nonce> {
        let fields: [&[u8]; 4] = [b"nonce", id.as_bytes(), nonce, guess.as_bytes()];
        Some(Nonce::new(first(&self.keys(id)?.mac, &fields)))
    }

    /// Returns the queue of a challenge's message.
    pub(super) fn queue_of(&self, id: &ChallengeId) -> Option<QueueTag> {
        self.keys(id).map(Keys::queue)
    }

    /// Returns all queues whose messages these keys can decrypt. The oldest key's queue comes
    /// first: it receives no new messages, so it cannot starve the others.
    pub(super) fn queues(&self) -> impl Iterator<Item = QueueTag> {
        self.0.iter().rev().map(Keys::queue)
    }

    /// Returns the keys for the names of messages in delivery reports, the current one first.
    pub(super) fn reports(&self) -> impl Iterator<Item = Hmac<Sha256>> {
        self.0.iter().map(|keys| keys.report.clone())
    }

    fn keys(&self, id: &ChallengeId) -> Option<&Keys> {
        // The key of the id, and not the current one: a challenge that was issued before a rotation
        // keeps its values.
        self.0.iter().find(|keys| keys.id == id.key())
    }
}

impl Keys {
    fn derive(root: &RootKey, tenant: &str) -> Self {
        // One key per use: a value that the store sees, such as a tag, says nothing about another
        // kind of value, such as a code.
        let derived = |label: &[u8]| {
            Zeroizing::new(first::<32>(&root.key, &[b"otpost 1", label, tenant.as_bytes()]))
        };
        let mac = |label: &[u8]| {
            // The key of an HMAC is a block of 64 bytes. A shorter one is padded with zeros (RFC
            // 2104 §2).
            let mut block = Zeroizing::new([0; 64]);
            block.iter_mut().zip(derived(label).iter()).for_each(|(place, byte)| *place = *byte);
            Hmac::new((&*block).into())
        };
        let cipher = |label: &[u8]| XChaCha20Poly1305::new((&*derived(label)).into());
        Self {
            id: root.id,
            token: cipher(b"token"),
            intent: cipher(b"intent"),
            tag: mac(b"tag"),
            code: mac(b"code"),
            mac: mac(b"mac"),
            report: mac(b"report"),
        }
    }

    fn device(&self, to: &str, body: &[u8]) -> [u8; 16] {
        first(&self.mac, &[b"device", to.as_bytes(), body])
    }

    fn queue(&self) -> QueueTag {
        QueueTag::new(first(&self.tag, &[b"queue"]))
    }
}

/// Encrypts and authenticates `plain`, and prepends a random nonce. With the 24-byte nonce of
/// XChaCha20, random nonces do not collide in practice.
fn seal(
    cipher: &XChaCha20Poly1305,
    plain: &[u8],
    associated: &[u8],
) -> Result<Option<Vec<u8>>, RandomError> {
    let mut nonce = [0; NONCE];
    fill_random(&mut nonce)?;
    let payload = Payload { msg: plain, aad: associated };
    let sealed = cipher.encrypt((&nonce).into(), payload).ok();
    Ok(sealed.map(|sealed| [&nonce, sealed.as_slice()].concat()))
}

/// Decrypts a value that [`seal`] encrypted with this key and associated data. Returns `None` for
/// anything else.
fn open(
    cipher: &XChaCha20Poly1305,
    sealed: &[u8],
    associated: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: sealed, aad: associated };
    cipher.decrypt(nonce.into(), payload).ok().map(Zeroizing::new)
}

/// Returns the first `N` bytes of a keyed digest of fields.
///
/// Each field is preceded by its length, so that two different lists of fields never result in the
/// same input.
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
