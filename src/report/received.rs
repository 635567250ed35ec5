use std::fmt;

use super::answer::ReportAnswer;
use crate::provider::DeliveryReport;

/// The delivery reports of an authentic request, and the answer to give.
///
/// # Examples
///
/// See [`ReportReceiver`](super::ReportReceiver).
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedReports {
    pub(super) reports: Vec<DeliveryReport>,
    pub(super) unusable: usize,
    pub(super) replay_key: Option<String>,
    pub(super) answer: ReportAnswer,
}

impl ReceivedReports {
    /// Returns the reports in the order of the request. There may be none: some gateways test the
    /// URL with an empty list, or send other events to the same URL.
    #[must_use]
    pub fn reports(&self) -> &[DeliveryReport] {
        &self.reports
    }

    /// Returns the number of reports that contain neither a message id nor a reference, so that
    /// they cannot be matched to a message.
    #[must_use]
    pub const fn unusable(&self) -> usize {
        self.unusable
    }

    /// Returns the key by which a second request with the same signature is known, for
    /// `Challenges::record_replay_key`. `None` if the gateway signs nothing.
    #[must_use]
    pub fn replay_key(&self) -> Option<&str> {
        self.replay_key.as_deref()
    }

    /// Returns the answer that the gateway expects. Give it after the reports are stored, and also
    /// for messages that are not known: otherwise, the gateway repeats the request.
    #[must_use]
    pub const fn answer(&self) -> &ReportAnswer {
        &self.answer
    }
}

impl<'r> IntoIterator for &'r ReceivedReports {
    type Item = &'r DeliveryReport;
    type IntoIter = std::slice::Iter<'r, DeliveryReport>;

    fn into_iter(self) -> Self::IntoIter {
        self.reports.iter()
    }
}

impl fmt::Debug for ReceivedReports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedReports")
            .field("reports", &self.reports)
            .field("unusable", &self.unusable)
            .finish_non_exhaustive()
    }
}
