use alloc::vec::Vec;
use core::fmt;

use super::generic::is_generic;
use super::{SenderId, SenderKind};
use crate::message::Message;
use crate::phone::{PhoneNumber, Region, RegionRules, SenderRule};

/// A reason why networks may reject a message because of its sender.
///
/// The rules of networks change, so this is a warning and not an error, except where a region
/// [refuses](Self::is_refused) the sender. It comes from [`RegionRules`], as of
/// [`AS_OF`](Self::AS_OF). A region without known rules causes no warning, which does not mean that
/// it has no rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SenderWarning {
    /// The region refuses generic names, or requires the brand in a name.
    #[error("{0} refuses generic names as senders: use a name with the brand{as_of}", as_of = AsOf)]
    GenericName(Region),
    /// India accepts only registered names of 3 to 6 letters.
    #[error("India accepts only names of 3 to 6 letters as senders{as_of}", as_of = AsOf)]
    IndianName,
    /// The region accepts only its own phone numbers as senders.
    #[error("{0} accepts only numbers of the region as senders{as_of}", as_of = AsOf)]
    LocalNumbers(Region),
    /// Names must be registered before they are used in the region.
    #[error(
        "{0} accepts only registered names as senders{note}{as_of}",
        note = RegionNote(*.0),
        as_of = AsOf
    )]
    NamesRegistered(Region),
    /// Networks put a number or another name in the place of a name.
    #[error("{0} replaces names of senders{note}{as_of}", note = RegionNote(*.0), as_of = AsOf)]
    NamesReplaced(Region),
    /// The networks of the region do not accept names.
    #[error(
        "{0} does not accept names as senders, only phone numbers and short codes{note}{as_of}",
        note = RegionNote(*.0),
        as_of = AsOf
    )]
    NoNames(Region),
    /// The networks of the region do not accept phone numbers as senders.
    #[error("{0} does not accept phone numbers as senders{as_of}", as_of = AsOf)]
    NoNumbers(Region),
    /// No known vendor sells short codes in the region.
    #[error("no vendor is known that sells short codes in {0}{as_of}", as_of = AsOf)]
    NoShortCodes(Region),
    /// India accepts only registered texts, sent with the ids of entity and template: see
    /// [`DltTemplate`](crate::message::DltTemplate).
    #[error("India accepts only messages with a registered template{as_of}", as_of = AsOf)]
    NoTemplate,
    /// Some regions do not accept names that are shorter than 3 characters or contain a space.
    #[error(
        "a sender name of 3 to 11 letters and digits without spaces is accepted in more regions{as_of}",
        as_of = AsOf
    )]
    NotEverywhere,
    /// The region accepts names, with the restrictions of [`RegionRules::note`].
    #[error("{0} accepts names as senders with restrictions{note}{as_of}", note = RegionNote(*.0), as_of = AsOf)]
    Noted(Region),
    /// Networks put another number in the place of a phone number, so replies are lost.
    #[error("{0} replaces phone numbers of senders{as_of}", as_of = AsOf)]
    NumbersReplaced(Region),
}

impl SenderWarning {
    /// The day on which the rules were collected, such as `2026-11-28`.
    pub const AS_OF: &'static str = RegionRules::AS_OF;

    /// Returns `true` if the region refuses the sender according to all recent sources.
    /// [`SenderPolicy::check`](super::SenderPolicy::check) reports it as an error.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::NoNames(_))
    }

    /// Returns `true` if it no longer applies once the gateway or the regulator has accepted the
    /// sender.
    pub(super) const fn ends_with_registration(&self) -> bool {
        !matches!(self, Self::NoTemplate)
    }
}

impl SenderId {
    /// Returns the warnings for this sender in a region, by its [`RegionRules`]. A pool never
    /// causes a warning, because the gateway chooses the sender.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::{SenderId, SenderWarning};
    /// use otpost::phone::Region;
    ///
    /// let (acme, us) = (SenderId::parse("Acme")?, Region::parse("US")?);
    /// assert_eq!(acme.lint(us), [SenderWarning::NoNames(us)]);
    /// assert_eq!(acme.lint(Region::parse("CH")?), []);
    ///
    /// let (verify, gb) = (SenderId::parse("Verify")?, Region::parse("GB")?);
    /// assert!(verify.lint(gb).contains(&SenderWarning::GenericName(gb)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lint(&self, region: Region) -> Vec<SenderWarning> {
        match (self.kind(), RegionRules::of(region)) {
            (SenderKind::Alphanumeric, rules) => self.lint_name(region, rules),
            (SenderKind::Number, Some(rules)) => self.lint_number(rules).into_iter().collect(),
            (SenderKind::ShortCode, Some(rules)) if rules.short_codes() == Some(false) => {
                [SenderWarning::NoShortCodes(region)].into()
            }
            _ => Vec::new(),
        }
    }

    fn lint_name(&self, region: Region, rules: Option<RegionRules>) -> Vec<SenderWarning> {
        let (name, mut warnings) = (self.as_str(), Vec::new());
        warnings.extend(rules.and_then(|rules| match rules.names() {
            // The other warnings do not matter then.
            SenderRule::Refused => Some(SenderWarning::NoNames(region)),
            SenderRule::Registered => Some(SenderWarning::NamesRegistered(region)),
            SenderRule::Replaced => Some(SenderWarning::NamesReplaced(region)),
            _ => rules.note().map(|_| SenderWarning::Noted(region)),
        }));
        if warnings.iter().any(SenderWarning::is_refused) {
            return warnings;
        }
        let refuses = rules.is_some_and(|rules| rules.generic_names_refused() == Some(true));
        if refuses && is_generic(name) {
            warnings.push(SenderWarning::GenericName(region));
        }
        let is_indian =
            (3..=6).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphabetic());
        if region.as_str() == "IN" && !is_indian {
            warnings.push(SenderWarning::IndianName);
        } else if name.len() < 3 || name.contains(' ') {
            warnings.push(SenderWarning::NotEverywhere);
        }
        warnings
    }

    fn lint_number(&self, rules: RegionRules) -> Option<SenderWarning> {
        let region = rules.region();
        // Without a plus it may be a national number, which then is one of the region.
        let own = PhoneNumber::parse(self.as_str()).ok().and_then(|number| number.region());
        match rules.numbers() {
            SenderRule::Local if own.is_some_and(|own| !is_domestic(own, region)) => {
                Some(SenderWarning::LocalNumbers(region))
            }
            SenderRule::Refused => Some(SenderWarning::NoNumbers(region)),
            SenderRule::Replaced => Some(SenderWarning::NumbersReplaced(region)),
            _ => None,
        }
    }
}

/// Returns `true` if numbers of both regions are local to each other.
fn is_domestic(own: Region, region: Region) -> bool {
    // The territories of the United States are part of its networks.
    const UNITED: [&str; 6] = ["AS", "GU", "MP", "PR", "US", "VI"];
    let is_united = |region: Region| UNITED.contains(&region.as_str());
    own == region || (is_united(own) && is_united(region))
}

impl Message {
    /// Returns the warnings for the message's sender in the region of the recipient.
    ///
    /// A message without a sender uses the gateway's own, which is not known here and not checked.
    /// A message to India without a [registered template](Self::with_dlt) always causes
    /// [`SenderWarning::NoTemplate`]. A phone number without a region causes no warning.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::{SenderId, SenderWarning};
    /// use otpost::{Message, PhoneNumber};
    ///
    /// let to = PhoneNumber::parse("+919876543210")?;
    /// let message = Message::new(to, "123456 is your code")?;
    /// let message = message.with_sender(SenderId::parse("Acme Bank")?);
    /// let warnings = message.lint_sender();
    /// assert!(warnings.contains(&SenderWarning::IndianName));
    /// assert!(warnings.contains(&SenderWarning::NoTemplate));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lint_sender(&self) -> Vec<SenderWarning> {
        let mut warnings = Vec::new();
        let Some(region) = self.to().region() else { return warnings };
        warnings.extend(self.sender().map(|sender| sender.lint(region)).unwrap_or_default());
        if region.as_str() == "IN" && !self.is_registered() {
            warnings.push(SenderWarning::NoTemplate);
        }
        warnings
    }
}

/// Prints the note of a region behind a colon, if there is one.
struct RegionNote(Region);

impl fmt::Display for RegionNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match RegionRules::of(self.0).and_then(|rules| rules.note()) {
            Some(note) => write!(f, ": {note}"),
            None => Ok(()),
        }
    }
}

/// Prints the day on which the rules were collected.
struct AsOf;

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " (as of {})", SenderWarning::AS_OF)
    }
}
