//! What a message is made of, as bytes for a store.

use crate::message::Locale;
use crate::phone::PhoneNumber;
use crate::store::Intent;

/// A message that is to be sent.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) to: PhoneNumber,
    pub(super) purpose: String,
    pub(super) locale: Option<Locale>,
    pub(super) vars: Vec<(String, String)>,
}

impl Planned {
    /// Fields with their lengths before them, the first of which says how they are written.
    pub(super) fn write(&self) -> Intent {
        let locale = self.locale.as_ref().map_or("", Locale::as_str);
        let mut bytes = vec![1];
        let vars = self.vars.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        for field in [self.to.e164(), &self.purpose, locale].into_iter().chain(vars) {
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            bytes.extend(length.to_be_bytes());
            bytes.extend(field.as_bytes());
        }
        Intent::new(bytes)
    }

    /// Reads what [`write`](Self::write) has written; `None` for anything else.
    pub(super) fn read(intent: &Intent) -> Option<Self> {
        let mut rest = intent.as_bytes().strip_prefix(&[1])?;
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

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let planned = |locale: Option<&str>, vars: &[(&str, &str)]| Planned {
            to: PhoneNumber::parse("+41791234567").unwrap(),
            purpose: "payment \u{1f4b8}".to_owned(),
            locale: locale.map(|tag| Locale::parse(tag).unwrap()),
            vars: vars.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        };
        for planned in [planned(None, &[]), planned(Some("de-CH"), &[("amount", "1"), ("to", "")])]
        {
            let intent = planned.write();
            let read = Planned::read(&intent).unwrap();
            assert_eq!(format!("{read:?}"), format!("{planned:?}"));
            let bytes = intent.as_bytes();
            for end in 0..bytes.len() {
                // A field less is a message of fewer variables, which only the lengths of pairs tell.
                if let Some(shorter) = Planned::read(&Intent::new(&bytes[..end])) {
                    assert!(shorter.vars.len() < planned.vars.len());
                }
            }
            let mut other = bytes.to_vec();
            other[0] = 2;
            assert!(Planned::read(&Intent::new(other)).is_none());
        }
    }
}
