use alloc::vec::Vec;

use super::{SenderId, SenderKind};
use crate::message::Message;
use crate::phone::Region;

/// A reason why networks may reject a message because of its sender.
///
/// The rules of networks change, so this is a warning and not an error. It reflects the
/// documentation of several gateways as of [`AS_OF`](Self::AS_OF).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SenderWarning {
    /// India accepts only registered names of 3 to 6 letters.
    #[error("India accepts only names of 3 to 6 letters as senders (as of {})", Self::AS_OF)]
    IndianName,
    /// The networks of the region do not accept names, only phone numbers and short codes.
    #[error(
        "{0} does not accept names as senders, only phone numbers and short codes (as of {as_of})",
        as_of = Self::AS_OF
    )]
    NoNames(Region),
    /// Some regions do not accept names that are shorter than 3 characters or contain a space.
    #[error(
        "a sender name of 3 to 11 letters and digits without spaces is accepted in more regions (as of {})",
        Self::AS_OF
    )]
    NotEverywhere,
    /// India accepts only registered texts, sent with the ids of entity and template: see
    /// [`DltTemplate`](crate::message::DltTemplate).
    #[error("India accepts only messages with a registered template (as of {})", Self::AS_OF)]
    NoTemplate,
}

/// The regions that do not accept names as senders.
const NO_NAMES: [&str; 3] = ["CA", "PR", "US"];

impl SenderWarning {
    /// The month in which the rules were last checked.
    pub const AS_OF: &'static str = "2026-11";
}

impl SenderId {
    /// Returns a warning if the networks of the region may reject this sender. Only names are
    /// checked; phone numbers, short codes and pools never cause a warning.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::{SenderId, SenderWarning};
    /// use otpost::phone::Region;
    ///
    /// let (acme, us) = (SenderId::parse("Acme")?, Region::parse("US")?);
    /// assert_eq!(acme.lint(us), Some(SenderWarning::NoNames(us)));
    /// assert_eq!(acme.lint(Region::parse("CH")?), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lint(&self, region: Region) -> Option<SenderWarning> {
        if self.kind() != SenderKind::Alphanumeric {
            return None;
        }
        let name = self.as_str();
        if NO_NAMES.contains(&region.as_str()) {
            return Some(SenderWarning::NoNames(region));
        }
        let is_indian =
            (3..=6).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphabetic());
        if region.as_str() == "IN" && !is_indian {
            return Some(SenderWarning::IndianName);
        }
        let is_plain = name.len() >= 3 && !name.contains(' ');
        (!is_plain).then_some(SenderWarning::NotEverywhere)
    }
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
    /// assert_eq!(warnings, [SenderWarning::IndianName, SenderWarning::NoTemplate]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lint_sender(&self) -> Vec<SenderWarning> {
        let mut warnings = Vec::new();
        let Some(region) = self.to().region() else { return warnings };
        warnings.extend(self.sender().and_then(|sender| sender.lint(region)));
        if region.as_str() == "IN" && !self.is_registered() {
            warnings.push(SenderWarning::NoTemplate);
        }
        warnings
    }
}
