use alloc::vec::Vec;
use core::fmt;

use super::SenderId;
use crate::message::Message;
use crate::phone::{PhoneNumber, Region};

/// The senders of an application: one for everywhere, and others for the regions whose networks take no name, or only one
/// that is registered there.
///
/// # Examples
///
/// ```
/// use otpost::message::{SenderId, SenderPolicy};
/// use otpost::phone::Region;
/// use otpost::{Message, PhoneNumber};
///
/// let senders = SenderPolicy::new()
///     .with_default(SenderId::parse("Acme")?)
///     .in_region(Region::parse("US")?, SenderId::parse("+12025550100")?)
///     .in_region(Region::parse("IN")?, SenderId::parse("ACMEIN")?);
///
/// let sender = |number| senders.find(&PhoneNumber::parse(number).ok()?).map(SenderId::as_str);
/// assert_eq!(sender("+41791234567"), Some("Acme"));
/// assert_eq!(sender("+12025550123"), Some("+12025550100"));
/// assert_eq!(sender("+919876543210"), Some("ACMEIN"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct SenderPolicy {
    default: Option<SenderId>,
    regions: Vec<(Region, SenderId)>,
}

impl SenderPolicy {
    /// Without a sender: the gateway's own is used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everywhere but in the regions that have a sender of their own.
    #[must_use]
    pub fn with_default(mut self, sender: SenderId) -> Self {
        self.default = Some(sender);
        self
    }

    /// To numbers of this region.
    #[must_use]
    pub fn in_region(mut self, region: Region, sender: SenderId) -> Self {
        self.regions.retain(|(known, _)| *known != region);
        self.regions.push((region, sender));
        self
    }

    /// The sender of messages to a number.
    #[must_use]
    pub fn find(&self, to: &PhoneNumber) -> Option<&SenderId> {
        let region = to.region();
        let own = self.regions.iter().find(|(known, _)| Some(*known) == region);
        own.map(|(_, sender)| sender).or(self.default.as_ref())
    }
}

impl Message {
    /// From the sender that is right for the number, unless the message has one.
    #[must_use]
    pub fn with_sender_of(self, senders: &SenderPolicy) -> Self {
        match senders.find(self.to()) {
            Some(sender) if self.sender().is_none() => {
                let sender = sender.clone();
                self.with_sender(sender)
            }
            _ => self,
        }
    }
}

impl fmt::Debug for SenderPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderPolicy")
            .field("default", &self.default)
            .field("regions", &self.regions)
            .finish()
    }
}
