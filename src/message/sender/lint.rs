use alloc::vec::Vec;

use super::{SenderId, SenderKind};
use crate::message::Message;
use crate::phone::Region;

/// Why networks may not take a message of a sender. What they take changes, so this is a warning and no error:
/// it says what the pages of several gateways said by [`AS_OF`](Self::AS_OF).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SenderWarning {
    /// India takes names of 3 to 6 letters that are registered.
    #[error("India takes names of 3 to 6 letters alone (as of {})", Self::AS_OF)]
    IndianName,
    /// The networks of the region take no names, but numbers and short codes.
    #[error("{0} takes no names as senders, but numbers and short codes (as of {as_of})", as_of = Self::AS_OF)]
    NoNames(Region),
    /// Not everywhere are names taken that are shorter than 3 characters or have a space.
    #[error(
        "a name of 3 to 11 letters and digits without spaces is taken in more regions (as of {})",
        Self::AS_OF
    )]
    NotEverywhere,
    /// India takes texts that are registered, with the identities of entity and template:
    /// [`DltTemplate`](crate::message::DltTemplate).
    #[error("India takes messages of a registered template alone (as of {})", Self::AS_OF)]
    NoTemplate,
}

/// Regions without names as senders.
const NO_NAMES: [&str; 3] = ["CA", "PR", "US"];

impl SenderWarning {
    /// The month in which the rules were last looked at.
    pub const AS_OF: &'static str = "2026-11";
}

impl SenderId {
    /// What speaks against this sender in a region.
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
    /// What speaks against the message's sender where it goes; nothing where it names none.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::{SenderId, SenderWarning};
    /// use otpost::{Message, PhoneNumber};
    ///
    /// let message = Message::new(PhoneNumber::parse("+919876543210")?, "123456 is your code")?;
    /// let message = message.with_sender(SenderId::parse("Acme Bank")?);
    /// assert_eq!(message.lint_sender(), [SenderWarning::IndianName, SenderWarning::NoTemplate]);
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
