use alloc::vec::Vec;
use core::fmt;

use super::{SenderId, SenderWarning};
use crate::message::Message;
use crate::phone::{PhoneNumber, Region};

/// The senders of an application: a default, and other senders for some regions.
///
/// The networks of some regions do not accept names, or only names that are registered there. See
/// [`RegionRules`](crate::phone::RegionRules).
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
///     .with_registered(Region::parse("IN")?, SenderId::parse("ACMEIN")?);
///
/// let sender = |number| {
///     senders.find(&PhoneNumber::parse(number).ok()?).map(SenderId::as_str)
/// };
/// assert_eq!(sender("+41791234567"), Some("Acme"));
/// assert_eq!(sender("+12025550123"), Some("+12025550100"));
/// assert_eq!(sender("+919876543210"), Some("ACMEIN"));
///
/// // Canada accepts no names, and Singapore only registered ones.
/// let message = |to| -> Result<Message, Box<dyn std::error::Error>> {
///     Ok(Message::new(PhoneNumber::parse(to)?, "123456 is your code")?)
/// };
/// assert!(senders.check(&message("+14165550123")?).is_err());
/// assert!(senders.check(&message("+6591234567")?).is_ok());
/// assert_eq!(senders.lint(&message("+6591234567")?).len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct SenderPolicy {
    default: Option<SenderId>,
    regions: Vec<RegionSender>,
}

/// The sender of a region.
#[derive(Clone, Debug)]
struct RegionSender {
    region: Region,
    sender: SenderId,
    is_registered: bool,
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
    pub fn with_region(self, region: Region, sender: SenderId) -> Self {
        self.with(RegionSender { region, sender, is_registered: false })
    }

    /// Sets the sender for phone numbers of a region, and states that it is accepted there. Use it
    /// only for a sender that you registered with the regulator or the networks, or that the
    /// gateway replaces by a number. The library does not check this. Replaces an earlier sender of
    /// the same region.
    ///
    /// The rules of the region for senders then cause neither an error nor a warning, except that
    /// messages to India still need a registered template.
    #[must_use]
    pub fn with_registered(self, region: Region, sender: SenderId) -> Self {
        self.with(RegionSender { region, sender, is_registered: true })
    }

    fn with(mut self, new: RegionSender) -> Self {
        // At most one entry per region, so that `find` need not choose.
        self.regions.retain(|known| known.region != new.region);
        self.regions.push(new);
        self
    }

    /// Returns the sender for a phone number: that of its region, or else the default. Returns
    /// `None` if neither is set.
    #[must_use]
    pub fn find(&self, to: &PhoneNumber) -> Option<&SenderId> {
        let own = to.region().and_then(|region| self.of_region(region));
        own.map(|own| &own.sender).or(self.default.as_ref())
    }

    /// Checks that the region of the recipient does not refuse the sender: that of the message, or
    /// else that of the policy.
    ///
    /// Only a name is refused, in a region whose networks accept none according to all recent
    /// sources, and only if it was not set using [`with_registered`](Self::with_registered). A
    /// message without a sender, or to a number without a region, passes. [`lint`](Self::lint)
    /// returns the other rules as warnings.
    ///
    /// # Errors
    ///
    /// [`SenderRefused`] with the region.
    pub fn check(&self, message: &Message) -> Result<(), SenderRefused> {
        match self.lint(message).into_iter().find(SenderWarning::is_refused) {
            Some(SenderWarning::NoNames(region)) => Err(SenderRefused { region }),
            _ => Ok(()),
        }
    }

    /// Returns the warnings of [`Message::lint_sender`] for the sender of the message, or for that
    /// of the policy if the message has none. A sender that was set using
    /// [`with_registered`](Self::with_registered) causes only the warning about a missing template
    /// in India.
    #[must_use]
    pub fn lint(&self, message: &Message) -> Vec<SenderWarning> {
        let message = message.clone().with_sender_of(self);
        let mut warnings = message.lint_sender();
        let own = message.to().region().and_then(|region| self.of_region(region));
        if own.is_some_and(|own| own.is_registered && Some(&own.sender) == message.sender()) {
            warnings.retain(|warning| !warning.ends_with_registration());
        }
        warnings
    }

    fn of_region(&self, region: Region) -> Option<&RegionSender> {
        self.regions.iter().find(|known| known.region == region)
    }
}

impl Message {
    /// Sets the sender of the policy for the recipient: that of the region, or else the default. A
    /// message that already has a sender keeps it, and the rules of the region are not checked: see
    /// [`SenderPolicy::check`].
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

/// The region of the recipient does not accept the sender of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{region} does not accept names as senders: set a phone number or short code of the region with `SenderPolicy::with_region`, or `with_registered` if the gateway replaces the name"
)]
#[non_exhaustive]
pub struct SenderRefused {
    /// The region.
    pub region: Region,
}
