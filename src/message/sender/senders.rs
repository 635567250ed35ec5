use alloc::vec::Vec;
use core::fmt;

use super::SenderId;
use crate::message::Message;
use crate::phone::{PhoneNumber, Region};

/// The senders of an application: a default, and other senders for some regions.
///
/// The networks of some regions do not accept names, or only names that are registered there.
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
///     .with_region(Region::parse("US")?, SenderId::parse("+12025550100")?)
///     .with_region(Region::parse("IN")?, SenderId::parse("ACMEIN")?);
///
/// let sender = |number| {
///     senders.find(&PhoneNumber::parse(number).ok()?).map(SenderId::as_str)
/// };
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
    /// Creates a policy without senders: each message then uses the gateway's own sender.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the sender for all regions without their own sender. Not set by default.
    #[must_use]
    pub fn with_default(mut self, sender: SenderId) -> Self {
        self.default = Some(sender);
        self
    }

    /// Sets the sender for phone numbers of a region. Replaces an earlier sender of the same
    /// region.
    #[must_use]
    pub fn with_region(mut self, region: Region, sender: SenderId) -> Self {
        // At most one entry per region, so that `find` need not choose.
        self.regions.retain(|(known, _)| *known != region);
        self.regions.push((region, sender));
        self
    }

    /// Returns the sender for a phone number: that of its region, or else the default. Returns
    /// `None` if neither is set.
    #[must_use]
    pub fn find(&self, to: &PhoneNumber) -> Option<&SenderId> {
        let region = to.region();
        let own = self.regions.iter().find(|(known, _)| Some(*known) == region);
        own.map(|(_, sender)| sender).or(self.default.as_ref())
    }
}

impl Message {
    /// Sets the sender that the policy has for the recipient. A message that already has a sender
    /// keeps it.
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
