//! Delivery reports of the messages of challenges. They are for logs, metrics and support: no
//! report verifies a code, sends a message or changes a limit.

use super::challenges::Challenges;
use super::error::ChallengeError;
use super::event::{Event, EventKind};
use super::logged::LoggedChallenge;
use super::purpose::Purpose;
use super::store_calls::StoreCalls;
use crate::message::Message;
use crate::phone::Region;
use crate::provider::DeliveryReport;
use crate::report::{DeliveryChange, DeliveryState};
use crate::store::{ChallengeId, StoreError, StoreErrorKind};
use crate::telemetry;

impl Challenges {
    /// Applies a delivery report to the challenge whose message it is about. Returns the id of the
    /// challenge if the report changes the delivery state of the message.
    ///
    /// The observer then gets the event [`Reported`](EventKind::Reported), and the metrics count
    /// it. A report that comes twice or late changes nothing, whichever process receives it.
    ///
    /// A fast gateway can report before its answer to the message. This method returns `None` for
    /// such a report, and the store keeps it for 60 s. The state and the event `Reported` follow
    /// when the message is recorded. So wait for the event or read
    /// [`delivery_state`](Self::delivery_state), and not for a value of this method. The store
    /// keeps at most 10,000 names of such reports, and a report can have several.
    ///
    /// It takes one round trip to the store, and does nothing without a [delivery
    /// log](super::ChallengesBuilder::delivery_log).
    ///
    /// # Errors
    ///
    /// Returns [`Unavailable`](super::ChallengeErrorKind::Unavailable) if the store returns an
    /// error. Answer the gateway with the status 503, so that it repeats the report.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future applies the report or does not. If it was applied, the event may be
    /// missing.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::challenge::{ChallengeError, Challenges};
    /// use otpost::report::DeliveryReport;
    ///
    /// async fn on_reports(
    ///     challenges: &Challenges,
    ///     reports: &[DeliveryReport],
    /// ) -> Result<(), ChallengeError> {
    ///     for report in reports {
    ///         if let Some(id) = challenges.on_report(report).await? {
    ///             println!("{id} is {}", report.status());
    ///         }
    ///     }
    ///     Ok(()) // now answer the gateway
    /// }
    /// # let _ = on_reports;
    /// ```
    ///
    /// # Security
    ///
    /// A report proves nothing about a person, so it does not verify a code. It neither sends a
    /// message again nor changes the lifetime of a code or a limit.
    #[doc(alias = "dlr")]
    pub async fn on_report(
        &self,
        report: &DeliveryReport,
    ) -> Result<Option<ChallengeId>, ChallengeError> {
        let Some(deliveries) = &self.0.deliveries else { return Ok(None) };
        let changed = self.calls().logged(deliveries.log.report(report)).await;
        let logged = changed.and_then(|changed| changed.map(logged).transpose());
        let Some((logged, change)) = self.stored(Purpose::NONE, None, logged)? else {
            return Ok(None);
        };
        self.reported(report.provider(), &logged, &change);
        Ok(Some(logged.id))
    }

    /// Returns the delivery state of the latest message of a challenge, or `None` if it is not
    /// known: without a [delivery log](super::ChallengesBuilder::delivery_log), after an hour, or
    /// while a message of an outbox waits.
    ///
    /// It takes one round trip to the store, and one more for each old key of the pepper if the
    /// state is not known.
    ///
    /// # Errors
    ///
    /// Returns [`Unavailable`](super::ChallengeErrorKind::Unavailable) if the store returns an
    /// error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    ///
    /// # Security
    ///
    /// The message of a decoy is never reported as delivered. If the application issues decoys, do
    /// not show the state on the page: it would reveal which numbers have an account.
    pub async fn delivery_state(
        &self,
        id: &ChallengeId,
    ) -> Result<Option<DeliveryState>, ChallengeError> {
        let Some(deliveries) = &self.0.deliveries else { return Ok(None) };
        let key = id.to_string();
        let state = self.calls().logged(deliveries.log.state(&key)).await;
        self.stored(Purpose::NONE, Some(id), state)
    }

    /// Records the replay key of a request with reports, from `ReceivedReports::replay_key`.
    /// Returns `true` if it is new: no process has recorded it in the last 24 h. Returns `true`
    /// without a [delivery log](super::ChallengesBuilder::delivery_log) as well.
    ///
    /// Most applications do not need it, because a report that comes twice changes nothing. Use it
    /// if each request must be processed once, for example to count them. Record the key after
    /// [`on_report`](Self::on_report). Otherwise a request that could not be stored is ignored when
    /// the gateway repeats it.
    ///
    /// # Errors
    ///
    /// Returns [`Unavailable`](super::ChallengeErrorKind::Unavailable) if the store returns an
    /// error. It is then unknown if the key was recorded.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future records the key or does not.
    pub async fn record_replay_key(&self, key: &str) -> Result<bool, ChallengeError> {
        let Some(deliveries) = &self.0.deliveries else { return Ok(true) };
        let is_new = self.calls().logged(deliveries.log.record_replay_key(key)).await;
        self.stored(Purpose::NONE, None, is_new)
    }

    /// Records a message that was or may have been sent.
    pub(super) async fn log_sent(
        &self,
        calls: &StoreCalls<'_>,
        id: &ChallengeId,
        message: &Message,
        purpose: Purpose<'_>,
        (provider, message_id): (&str, Option<&str>),
    ) {
        let Some(deliveries) = &self.0.deliveries else { return };
        let region = message.to().region();
        let logged = LoggedChallenge { id: *id, region, purpose: purpose.as_str().to_owned() };
        let (key, note, reference) = (id.to_string(), logged.to_note(), message.id().as_str());
        let call = deliveries.log.record_noted(&key, &note, provider, message_id, Some(reference));
        // The message is sent, so an error must not end the call. The observer gets it.
        let change = self.stored(purpose, Some(id), calls.logged(call).await);
        // The report of a fast gateway may be there already.
        if let Ok(Some(change)) = change {
            self.reported(provider, &logged, &change);
        }
    }

    fn reported(&self, provider: &str, logged: &LoggedChallenge, change: &DeliveryChange) {
        let (LoggedChallenge { id, region, purpose }, state) = (logged, change.state());
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

/// Reads the note of a change.
fn logged(change: DeliveryChange) -> Result<(LoggedChallenge, DeliveryChange), StoreError> {
    let logged = LoggedChallenge::parse(change.key());
    let logged = logged.ok_or_else(|| StoreError::new(StoreErrorKind::Corrupt))?;
    Ok((logged, change))
}

/// Returns the name that a decoy has in the log in place of an id of the gateway, so that recording
/// it takes as long.
pub(super) fn decoy_id(message: &Message) -> &str {
    message.id().as_str()
}
