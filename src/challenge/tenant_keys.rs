//! Every value that a challenge is made of or checked with, derived from the pepper for one tenant.
//!
//! The tenant is part of each key, not of each value: a value that forgets the tenant cannot be written.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::message::MessageId;
use crate::otp::{Code, Digits};
use crate::secret::SecretBytes;
use crate::store::{Binding, ChallengeId, CounterTag, Mac, Nonce, QueueTag, Salt};

/// One key of a pepper. Nothing is derived from it without a tenant.
#[derive(Clone)]
pub(super) struct RootKey {
    pub(super) id: u8,
    key: Hmac<Sha256>,
}

/// The keys of one tenant. The first one is used for what is new; the others are still known.
pub(super) struct TenantKeys(Vec<Keys>);

struct Keys {
    id: u8,
    tag: Hmac<Sha256>,
    code: Hmac<Sha256>,
    mac: Hmac<Sha256>,
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

    /// An identity for a new challenge. Half of its random part is a seal over the rest, so that an identity that was not
    /// made with these keys is known without asking the store.
    pub(super) fn identity(&self, purpose: &str, recipient: &str, random: [u8; 8]) -> ChallengeId {
        let (key, tag) = self.0.first().map_or((0, [0; 8]), |keys| {
            (keys.id, first(&keys.tag, &[b"recipient", purpose.as_bytes(), recipient.as_bytes()]))
        });
        let seal = self.0.first().map_or([0; 8], |keys| keys.seal(key, tag, random));
        let mut both = [0; 16];
        both.iter_mut().zip(random.into_iter().chain(seal)).for_each(|(place, byte)| *place = byte);
        ChallengeId::new(key, tag, both)
    }

    /// Whether this tenant has made the identity, with a key that is still known.
    pub(super) fn has_made(&self, id: &ChallengeId) -> bool {
        let Some(keys) = self.keys(id) else { return false };
        let [random @ .., _, _, _, _, _, _, _, _] = id.random();
        let [_, _, _, _, _, _, _, _, seal @ ..] = id.random();
        keys.seal(id.key(), id.recipient(), random).ct_eq(&seal).into()
    }

    /// The tag that a recipient has by the key of a challenge.
    pub(super) fn recipient_of(
        &self,
        id: &ChallengeId,
        purpose: &str,
        recipient: &str,
    ) -> Option<[u8; 8]> {
        let fields = [b"recipient", purpose.as_bytes(), recipient.as_bytes()];
        Some(first(&self.keys(id)?.tag, &fields))
    }

    /// The name under which messages are counted that have this value of this kind in common.
    pub(super) fn counter(&self, kind: &str, value: &str) -> CounterTag {
        let fields = [b"counter", kind.as_bytes(), value.as_bytes()];
        CounterTag::new(self.0.first().map_or([0; 8], |keys| first(&keys.tag, &fields)))
    }

    /// Eight bytes that depend on the subject alone, for the hint of a decoy.
    pub(super) fn digits(&self, subject: &str) -> [u8; 8] {
        self.0.first().map_or([0; 8], |keys| first(&keys.tag, &[b"hint", subject.as_bytes()]))
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

    /// The digest that is stored of a code, over all that the code is bound to.
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

    /// The digest that is stored of a challenge's binding, which a resend has to repeat.
    pub(super) fn binding(&self, id: &ChallengeId, binding: &[u8]) -> Option<Binding> {
        Some(Binding::new(first(&self.keys(id)?.mac, &[b"binding", id.as_bytes(), binding])))
    }

    /// The identity of a challenge's first message: the same one, whichever process sends it.
    pub(super) fn message(&self, id: &ChallengeId) -> MessageId {
        let keys = self.keys(id);
        let bytes = keys.map_or([0; 16], |keys| first(&keys.tag, &[b"message", id.as_bytes()]));
        MessageId::from_bytes(bytes)
    }

    /// The digest that is stored of a nonce and the guess that came with it.
    pub(super) fn nonce(&self, id: &ChallengeId, nonce: &[u8], guess: &Mac) -> Option<Nonce> {
        let fields: [&[u8]; 4] = [b"nonce", id.as_bytes(), nonce, guess.as_bytes()];
        Some(Nonce::new(first(&self.keys(id)?.mac, &fields)))
    }

    /// The digest that proves that the message of this challenge was planned with these keys.
    pub(super) fn intent(&self, id: &ChallengeId, body: &[u8]) -> Option<Mac> {
        Some(Mac::new(first(&self.keys(id)?.mac, &[b"intent", id.as_bytes(), body])))
    }

    /// The queue in which the message of a challenge waits.
    pub(super) fn queue_of(&self, id: &ChallengeId) -> Option<QueueTag> {
        self.keys(id).map(Keys::queue)
    }

    /// Every queue whose messages these keys can read, the oldest key's first: it runs empty and stays so.
    pub(super) fn queues(&self) -> impl Iterator<Item = QueueTag> {
        self.0.iter().rev().map(Keys::queue)
    }

    fn keys(&self, id: &ChallengeId) -> Option<&Keys> {
        self.0.iter().find(|keys| keys.id == id.key())
    }
}

impl Keys {
    fn derive(root: &RootKey, tenant: &str) -> Self {
        let derived = |label: &[u8]| {
            // The key of an HMAC is a block, which a digest does not fill (RFC 2104 §2).
            let mut block = Zeroizing::new([0; 64]);
            let key =
                Zeroizing::new(first::<32>(&root.key, &[b"otpost 1", label, tenant.as_bytes()]));
            block.iter_mut().zip(key.iter()).for_each(|(place, byte)| *place = *byte);
            Hmac::new((&*block).into())
        };
        Self { id: root.id, tag: derived(b"tag"), code: derived(b"code"), mac: derived(b"mac") }
    }

    fn seal(&self, key: u8, recipient: [u8; 8], random: [u8; 8]) -> [u8; 8] {
        first(&self.tag, &[b"identity", &[key], &recipient, &random])
    }

    fn queue(&self) -> QueueTag {
        QueueTag::new(first(&self.tag, &[b"queue"]))
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
