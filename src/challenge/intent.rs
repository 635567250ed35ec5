//! What a message is made of, as bytes for a store, which can keep them but not make others: a worker sends what was issued and nothing else.

use super::tenant_keys::TenantKeys;
use crate::message::Locale;
use crate::phone::PhoneNumber;
use crate::store::{ChallengeId, Intent, Mac};

const VERSION: u8 = 1;

/// A message that is to be sent.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) to: PhoneNumber,
    pub(super) purpose: String,
    pub(super) locale: Option<Locale>,
    pub(super) vars: Vec<(String, String)>,
}

impl Planned {
    /// How it is written, a digest of the rest with the challenge's identity, and fields with their lengths before them. `None` without the key
    /// of the identity.
    pub(super) fn write(&self, keys: &TenantKeys, id: &ChallengeId) -> Option<Intent> {
        let locale = self.locale.as_ref().map_or("", Locale::as_str);
        let mut body = Vec::new();
        let vars = self.vars.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        for field in [self.to.e164(), &self.purpose, locale].into_iter().chain(vars) {
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            body.extend(length.to_be_bytes());
            body.extend(field.as_bytes());
        }
        let mac = keys.intent(id, &body)?;
        Some(Intent::new([&[VERSION], mac.as_bytes().as_slice(), &body].concat()))
    }

    /// Reads what [`write`](Self::write) has written of this challenge; `None` for anything else.
    pub(super) fn read(intent: &Intent, keys: &TenantKeys, id: &ChallengeId) -> Option<Self> {
        let (mac, body) = intent.as_bytes().strip_prefix(&[VERSION])?.split_first_chunk()?;
        if Mac::new(*mac) != keys.intent(id, body)? {
            return None;
        }
        let mut rest = body;
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
        Some(Self { to, purpose, locale, vars })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::challenge::Pepper;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let pepper = Pepper::new(1, vec![7; 32]).unwrap();
        let keys = pepper.tenant("acme");
        let planned = |locale: Option<&str>, vars: &[(&str, &str)]| Planned {
            to: PhoneNumber::parse("+41791234567").unwrap(),
            purpose: "payment \u{1f4b8}".to_owned(),
            locale: locale.map(|tag| Locale::parse(tag).unwrap()),
            vars: vars.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        };
        for planned in [planned(None, &[]), planned(Some("de-CH"), &[("amount", "1"), ("to", "")])]
        {
            let (id, other) =
                (ChallengeId::new(1, [1; 8], [2; 16]), ChallengeId::new(1, [1; 8], [3; 16]));
            let intent = planned.write(&keys, &id).unwrap();
            let read = Planned::read(&intent, &keys, &id).unwrap();
            assert_eq!(format!("{read:?}"), format!("{planned:?}"));
            // Cut, changed in any bit, of another challenge, or by another key.
            let bytes = intent.as_bytes();
            for at in 0..bytes.len() {
                assert!(Planned::read(&Intent::new(&bytes[..at]), &keys, &id).is_none());
                for bit in 0..8 {
                    let mut changed = bytes.to_vec();
                    changed[at] ^= 1 << bit;
                    assert!(Planned::read(&Intent::new(changed), &keys, &id).is_none());
                }
            }
            assert!(Planned::read(&intent, &keys, &other).is_none());
            let another = Pepper::new(1, vec![8; 32]).unwrap().tenant("acme");
            assert!(Planned::read(&intent, &another, &id).is_none());
            assert!(Planned::read(&intent, &pepper.tenant("other"), &id).is_none());
            assert!(planned.write(&keys, &ChallengeId::new(2, [1; 8], [2; 16])).is_none());
        }
    }
}
