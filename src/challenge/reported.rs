//! Delivery reports of the messages of challenges. They are for logs, metrics and support: no
//! report verifies a code, sends a message or changes a limit.

use super::challenges::Challenges;
use super::event::{Event, EventKind};
use super::logged::LoggedChallenge;
use super::purpose::Purpose;
use crate::message::Message;
use crate::phone::Region;
use crate::provider::DeliveryReport;
use crate::report::{DeliveryChange, DeliveryState};
use crate::store::ChallengeId;
use crate::telemetry;

impl Challenges {
    /// Applies a delivery report to the challenge whose message it is about. Returns the id of the
    /// challenge if the report changes the delivery state of the message.
    ///
    /// The observer then gets the event [`Reported`](EventKind::Reported), and the metrics count
    /// it. A report that comes twice or late changes nothing. A report that comes before its
    /// message was accepted is kept for 60 s.
    ///
    /// It does nothing without a [delivery log](super::ChallengesBuilder::delivery_log), which is
    /// in the memory of one process: pass the report to the process that has sent the message.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::challenge::Challenges;
    /// use otpost::report::{DeliveryReport, ReportStatus};
    ///
    /// fn on_reports(challenges: &Challenges, reports: &[DeliveryReport]) {
    ///     for report in reports {
    ///         if let Some(id) = challenges.on_report(report) {
    ///             println!("{id} is {}", report.status());
    ///         }
    ///     }
    /// }
    /// # let _ = on_reports;
    /// ```
    ///
    /// # Security
    ///
    /// A report proves nothing about a person, so it does not verify a code. It neither sends a
    /// message again nor changes the lifetime of a code or a limit.
    #[doc(alias = "dlr")]
    #[expect(clippy::must_use_candidate, reason = "the event and the metrics are its effect")]
    pub fn on_report(&self, report: &DeliveryReport) -> Option<ChallengeId> {
        let change = self.0.deliveries.as_ref()?.report(report)?;
        self.reported(report.provider(), &change);
        Some(change.key().id)
    }

    /// Returns the delivery state of the latest message of a challenge, or `None` if it is not
    /// known: without a [delivery log](super::ChallengesBuilder::delivery_log), after an hour, or
    /// if another process has sent the message.
    ///
    /// # Security
    ///
    /// The message of a decoy is never reported as delivered. If the application issues decoys, do
    /// not show the state on the page: it would reveal which numbers have an account.
    #[must_use]
    pub fn delivery_state(&self, id: &ChallengeId) -> Option<DeliveryState> {
        self.0.deliveries.as_ref()?.state(id)
    }

    /// Records a message that was or may have been sent.
    pub(super) fn log_sent(
        &self,
        id: &ChallengeId,
        message: &Message,
        purpose: Purpose<'_>,
        provider: &str,
        message_id: Option<&str>,
    ) {
        let Some(deliveries) = &self.0.deliveries else { return };
        let key = LoggedChallenge {
            id: *id,
            purpose: purpose.as_str().into(),
            region: message.to().region(),
        };
        let reference = message.id().as_str();
        // The report of a fast gateway may be there already.
        if let Some(change) = deliveries.record(key, provider, message_id, Some(reference)) {
            self.reported(provider, &change);
        }
    }

    fn reported(&self, provider: &str, change: &DeliveryChange<LoggedChallenge>) {
        let (LoggedChallenge { id, purpose, region }, state) = (change.key(), change.state());
        let Some(status) = state.status() else { return };
        let region_word = region.as_ref().map(Region::as_str);
        telemetry::reported(provider, region_word, status.as_str(), change.elapsed(), id);
        self.0.counts.reported(*region, status);
        let kind = EventKind::Reported {
            provider,
            status,
            gateway_code: state.gateway_code(),
            elapsed: change.elapsed(),
        };
        self.tell(Event::new(kind, Purpose::new(purpose)).of(id).in_region(*region));
    }
}

/// Returns the name that a decoy has in the log in place of an id of the gateway, so that recording
/// it takes as long.
pub(super) fn decoy_id(message: &Message) -> &str {
    message.id().as_str()
}
