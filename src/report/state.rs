use std::fmt;
use std::time::SystemTime;

use crate::provider::{DeliveryReport, ReportStatus};

/// The state of one message after any number of reports.
///
/// [`ReportStatus::then`] explains which reports change the state. Reports that come twice or late
/// change nothing.
///
/// # Examples
///
/// ```
/// use otpost::report::{DeliveryReport, DeliveryState, ReportStatus};
///
/// let report = |status| DeliveryReport::new("acme", status).with_message_id("17");
/// let mut state = DeliveryState::new();
/// assert!(state.apply(&report(ReportStatus::Delivered)));
/// assert!(!state.apply(&report(ReportStatus::Pending))); // it was sent before, and is late
/// assert_eq!(state.status(), Some(ReportStatus::Delivered));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DeliveryState {
    status: Option<ReportStatus>,
    gateway_code: Option<Box<str>>,
    at: Option<SystemTime>,
}

impl DeliveryState {
    /// Creates the state of a message without reports.
    #[must_use]
    pub const fn new() -> Self {
        Self { status: None, gateway_code: None, at: None }
    }

    /// Applies a report, which must be about this message. Returns `true` if the status has
    /// changed.
    pub fn apply(&mut self, report: &DeliveryReport) -> bool {
        let next = match self.status {
            None => report.status(),
            Some(status) => status.then(report.status()),
        };
        if self.status == Some(next) {
            return false;
        }
        self.status = Some(next);
        self.gateway_code = report.gateway_code().map(Box::from);
        self.at = report.at();
        true
    }

    /// Returns the status, or `None` if there was no report.
    #[must_use]
    pub const fn status(&self) -> Option<ReportStatus> {
        self.status
    }

    /// Returns `true` if the gateway is done with the message.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.status.is_some_and(ReportStatus::is_final)
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

impl fmt::Debug for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryState")
            .field("status", &self.status)
            .field("gateway_code", &self.gateway_code)
            .field("at", &self.at)
            .finish()
    }
}
