use std::fmt;
use std::time::SystemTime;

/// The maximum length of the ids, references and codes of a report, in bytes.
const MAX_NAME: usize = 256;
/// The maximum length of a gateway's code, in bytes. It is that of the code of a `SendError`.
const MAX_CODE: usize = 64;

/// The delivery state that a gateway reports for a message that it accepted before.
///
/// # Examples
///
/// ```
/// use otpost::provider::ReportStatus;
///
/// assert!(ReportStatus::Delivered.is_final());
/// assert!(!ReportStatus::Pending.is_final());
/// assert_eq!(ReportStatus::Undeliverable.to_string(), "undeliverable");
/// ```
#[doc(alias = "dlr")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportStatus {
    /// The phone received the message.
    Delivered,
    /// The phone was not reached before the message expired. It can still arrive: some networks
    /// report the expiry first.
    Expired,
    /// The gateway or a network has the message and has not delivered it yet.
    Pending,
    /// The gateway or a network refused the message after it was accepted.
    Rejected,
    /// The message cannot be delivered to this phone.
    Undeliverable,
    /// The report says nothing about the delivery. Some networks send no reports, and gateways then
    /// report this.
    Unknown,
}

words! {
    ReportStatus, "report status":
    Delivered = "delivered",
    Expired = "expired",
    Pending = "pending",
    Rejected = "rejected",
    Undeliverable = "undeliverable",
    Unknown = "unknown",
}

display_word!(ReportStatus);

impl ReportStatus {
    /// Returns `true` if the gateway is done with the message: delivered, expired, rejected or
    /// undeliverable.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Delivered | Self::Expired | Self::Rejected | Self::Undeliverable => true,
            Self::Pending | Self::Unknown => false,
        }
    }

    /// Returns the state of a message with this state after a report with the state `next`.
    ///
    /// Reports come late, twice and out of order, so the latest one does not simply count:
    ///
    /// - A final state replaces one that is not, and never the reverse.
    /// - Of two final states the first one stays, except that a delivery replaces an expiry.
    /// - [`Unknown`](Self::Unknown) replaces [`Pending`](Self::Pending): nothing else may follow.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::provider::ReportStatus::{Delivered, Expired, Pending, Undeliverable};
    ///
    /// assert_eq!(Delivered.then(Pending), Delivered); // the second report was late
    /// assert_eq!(Expired.then(Delivered), Delivered); // the phone was off
    /// assert_eq!(Undeliverable.then(Expired), Undeliverable);
    /// ```
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Expired, Self::Delivered) | (Self::Pending, _) => next,
            (Self::Unknown, next) if next.is_final() => next,
            _ => self,
        }
    }
}

/// A delivery report of a gateway, about one message.
///
/// # Examples
///
/// ```
/// use otpost::provider::{DeliveryReport, ReportStatus};
///
/// let report = DeliveryReport::new("twilio", ReportStatus::Undeliverable)
///     .with_message_id("SM1")
///     .with_gateway_code("30005");
/// assert_eq!(report.message_id(), Some("SM1"));
/// assert!(report.is_final());
/// ```
///
/// # Security
///
/// A report proves nothing about a person. Do not verify a code because of it, and do not let it
/// lengthen the lifetime of a code or lift a limit. `Debug` shows neither the id nor the reference,
/// because some gateways derive the id from the phone number.
#[doc(alias = "dlr")]
#[derive(Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    provider: Box<str>,
    status: ReportStatus,
    message_id: Option<Box<str>>,
    reference: Option<Box<str>>,
    gateway_code: Option<Box<str>>,
    at: Option<SystemTime>,
}

impl DeliveryReport {
    /// Creates a report from the provider of this name.
    #[must_use]
    pub fn new(provider: impl Into<Box<str>>, status: ReportStatus) -> Self {
        Self {
            provider: provider.into(),
            status,
            message_id: None,
            reference: None,
            gateway_code: None,
            at: None,
        }
    }

    /// Sets the id that the provider gave the message. An empty id, and one of more than 256 bytes,
    /// is ignored.
    #[must_use]
    pub fn with_message_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.message_id = name(id.into());
        self
    }

    /// Sets the application's own reference of the message. An empty one, and one of more than 256
    /// bytes, is ignored.
    #[must_use]
    pub fn with_reference(mut self, reference: impl Into<Box<str>>) -> Self {
        self.reference = name(reference.into());
        self
    }

    /// Sets the gateway's own code of the status. A code that is not 1 to 64 bytes of visible ASCII
    /// is ignored.
    #[must_use]
    pub fn with_gateway_code(mut self, code: impl Into<Box<str>>) -> Self {
        let code = name(code.into());
        self.gateway_code = code
            .filter(|code| code.len() <= MAX_CODE && code.bytes().all(|b| b.is_ascii_graphic()));
        self
    }

    /// Sets the time of the status, by the gateway's clock.
    #[must_use]
    pub const fn with_time(mut self, at: SystemTime) -> Self {
        self.at = Some(at);
        self
    }

    /// Returns the name of the provider, which is that in the [`Receipt`](super::Receipt) of the
    /// message.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Returns the status.
    #[must_use]
    pub const fn status(&self) -> ReportStatus {
        self.status
    }

    /// Returns `true` if no other report should follow. See [`ReportStatus::is_final`].
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.status.is_final()
    }

    /// Returns the id that the provider gave the message, as in
    /// [`Receipt::message_id`](super::Receipt::message_id).
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// Returns the application's own reference of the message, if the gateway repeats it.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// Returns the gateway's own code of the status.
    #[must_use]
    pub fn gateway_code(&self) -> Option<&str> {
        self.gateway_code.as_deref()
    }

    /// Returns the time of the status by the gateway's clock, which may be wrong.
    #[must_use]
    pub const fn at(&self) -> Option<SystemTime> {
        self.at
    }
}

fn name(text: Box<str>) -> Option<Box<str>> {
    Some(text).filter(|text| (1..=MAX_NAME).contains(&text.len()))
}

impl fmt::Debug for DeliveryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryReport")
            .field("provider", &self.provider)
            .field("status", &self.status)
            .field("gateway_code", &self.gateway_code)
            .finish_non_exhaustive()
    }
}
