//! A queued message, encrypted for the store: the store can neither read it nor create another one.

use zeroize::Zeroizing;

use super::assurance::{PAID, Paid};
use super::tenant_keys::TenantKeys;
use crate::message::Locale;
use crate::otp::RandomError;
use crate::phone::PhoneNumber;
use crate::store::{ChallengeId, Intent};

/// A message to send, without its code.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) to: PhoneNumber,
    pub(super) purpose: String,
    pub(super) locale: Option<Locale>,
    pub(super) vars: Vec<(String, String)>,
    pub(super) paid: Paid,
    /// `true` if no message is sent.
    pub(super) is_decoy: bool,
    /// The bytes of the id of a resend, or `None` for the first message.
    pub(super) resend: Option<[u8; 16]>,
}

impl Planned {
    /// Encrypts the message for this challenge. Each field is preceded by its length. Returns
    /// `None` if the key of the id is missing.
    pub(super) fn seal(
        &self,
        keys: &TenantKeys,
        id: &ChallengeId,
    ) -> Result<Option<Intent>, RandomError> {
        let locale = self.locale.as_ref().map_or("", Locale::as_str);
        let vars = self.vars.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        // The layout is a byte for a decoy, the reservation, the id of a resend or zeros, and then
        // the number, purpose, language
        // (empty if not set), and a name and a value for each variable. A length of four bytes
        // precedes each field.
        let fields = [self.to.e164(), &self.purpose, locale].into_iter().chain(vars);
        let size: usize = fields.clone().map(|field| field.len().saturating_add(4)).sum();
        // Allocate the whole size at once: a buffer that grows leaves copies of the number behind
        // in memory.
        let mut body = Zeroizing::new(Vec::with_capacity(size.saturating_add(PAID + 17)));
        body.push(u8::from(self.is_decoy));
        body.extend(self.paid.to_bytes());
        body.extend(self.resend.unwrap_or_default());
        for field in fields {
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            body.extend(length.to_be_bytes());
            body.extend(field.as_bytes());
        }
        Ok(keys.seal_intent(id, &body)?.map(Intent::new))
    }

    /// Decrypts a message that [`seal`](Self::seal) encrypted for this challenge. Returns `None`
    /// for anything else.
    pub(super) fn open(intent: &Intent, keys: &TenantKeys, id: &ChallengeId) -> Option<Self> {
        // The id is authenticated as well. Someone who can write into the store can neither create
        // an intent nor move one to another challenge.
        let body = keys.open_intent(id, intent.as_bytes())?;
        let (is_decoy, rest) = body.split_first()?;
        let (paid, rest) = rest.split_first_chunk::<PAID>()?;
        let (resend, mut rest) = rest.split_first_chunk::<16>()?;
        let paid = Paid::from_bytes(*paid)?;
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let (length, behind) = rest.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let (field, behind) = behind.split_at_checked(length)?;
            fields.push(core::str::from_utf8(field).ok()?.to_owned());
            rest = behind;
        }
        let mut fields = fields.into_iter();
        let (to, purpose, locale) = (fields.next()?, fields.next()?, fields.next()?);
        let mut vars = Vec::new();
        while let Some(name) = fields.next() {
            vars.push((name, fields.next()?));
        }
        let to = PhoneNumber::parse(&to).ok()?;
        let locale = if locale.is_empty() { None } else { Some(Locale::parse(&locale).ok()?) };
        let resend = Some(*resend).filter(|id| *id != [0; 16]);
        Some(Self { to, purpose, locale, vars, paid, is_decoy: *is_decoy != 0, resend })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::challenge::Pepper;
    use crate::challenge::assurance::Assurance;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let pepper = Pepper::new(1, vec![7; 32]).unwrap();
        let keys = pepper.tenant("acme");
        let planned = |locale: Option<&str>, vars: &[(&str, &str)]| Planned {
            to: PhoneNumber::parse("+41791234567").unwrap(),
            purpose: "payment \u{1f4b8}".to_owned(),
            locale: locale.map(|tag| Locale::parse(tag).unwrap()),
            vars: vars.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            paid: Paid { by: Assurance::Human, is_shared: true, client: None },
            is_decoy: false,
            resend: locale.map(|_| [5; 16]),
        };
        for planned in [planned(None, &[]), planned(Some("de-CH"), &[("amount", "1"), ("to", "")])]
        {
            let (id, other) =
                (ChallengeId::new(1, [1; 8], [2; 16]), ChallengeId::new(1, [1; 8], [3; 16]));
            let intent = planned.seal(&keys, &id).unwrap().unwrap();
            let read = Planned::open(&intent, &keys, &id).unwrap();
            assert_eq!(format!("{read:?}"), format!("{planned:?}"));
            // Truncated, changed in any bit, of another challenge, or with another key.
            let bytes = intent.as_bytes();
            for at in 0..bytes.len() {
                assert!(Planned::open(&Intent::new(&bytes[..at]), &keys, &id).is_none());
                for bit in 0..8 {
                    let mut changed = bytes.to_vec();
                    changed[at] ^= 1 << bit;
                    assert!(Planned::open(&Intent::new(changed), &keys, &id).is_none());
                }
            }
            assert!(Planned::open(&intent, &keys, &other).is_none());
            let another = Pepper::new(1, vec![8; 32]).unwrap().tenant("acme");
            assert!(Planned::open(&intent, &another, &id).is_none());
            assert!(Planned::open(&intent, &pepper.tenant("other"), &id).is_none());
            assert!(planned.seal(&keys, &ChallengeId::new(2, [1; 8], [2; 16])).unwrap().is_none());
            // The ciphertext contains no part of the number.
            let bytes = intent.as_bytes();
            assert!(
                !bytes.windows(5).any(|part| b"+41791234567".windows(5).any(|own| own == part))
            );
        }
    }
}
