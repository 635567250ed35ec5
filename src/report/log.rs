use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::recent::Recent;
use super::state::DeliveryState;
use crate::clock::{Clock, SystemClock};
use crate::provider::{DeliveryReport, Receipt};

/// The default number of messages. Each takes about 0.5 KiB.
const CAPACITY: usize = 100_000;
/// The default time for which a message is kept.
const RETENTION: Duration = Duration::from_secs(3_600);
/// The time for which a report is kept that came before its message was recorded.
const EARLY: Duration = Duration::from_secs(60);
/// The maximum number of such reports.
const MAX_EARLY: usize = 10_000;

/// A log of sent messages, which matches delivery reports to them, in the memory of this process.
///
/// `K` is the application's own key of a message, such as an order number. A key can have several
/// messages. A report that comes before its message is recorded is kept for 60 s: gateways send
/// reports while the answer to the message is still on its way. So no report is lost as long as the
/// process that sends the messages also receives their reports.
///
/// The challenge flow has its own log: see `ChallengesBuilder::delivery_log`.
///
/// # Examples
///
/// ```
/// use otpost::provider::Receipt;
/// use otpost::report::{DeliveryLog, DeliveryReport, ReportStatus};
///
/// let log = DeliveryLog::new();
/// let receipt = Receipt::new("acme").with_message_id("17"); // from `send`
/// log.sent("order 5", &receipt);
///
/// let report = DeliveryReport::new("acme", ReportStatus::Delivered).with_message_id("17");
/// let change = log.report(&report).ok_or("no such message")?;
/// assert_eq!(*change.key(), "order 5");
/// let state = log.state("order 5").ok_or("no such order")?;
/// assert_eq!(state.status(), Some(ReportStatus::Delivered));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DeliveryLog<K> {
    log: Mutex<LogState<K>>,
    clock: Box<dyn Clock>,
}

/// A change of the state of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryChange<K> {
    key: K,
    state: DeliveryState,
    elapsed: Duration,
}

impl<K> DeliveryChange<K> {
    /// Returns the application's key of the message.
    #[must_use]
    pub const fn key(&self) -> &K {
        &self.key
    }

    /// Returns the new state of the message.
    #[must_use]
    pub const fn state(&self) -> &DeliveryState {
        &self.state
    }

    /// Returns the time from the acceptance of the message to the report, by this process's clock.
    /// It is zero for a report that came before the acceptance.
    #[must_use]
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// The name of a message in reports: the provider, and an id or a reference.
#[derive(Clone, PartialEq, Eq, Hash)]
enum ReportName {
    Id(Box<str>, Box<str>),
    Reference(Box<str>, Box<str>),
}

struct LogState<K> {
    messages: Recent<u64, LoggedMessage<K>>,
    by_name: HashMap<ReportName, u64>,
    /// The latest message of each key.
    by_key: HashMap<K, u64>,
    /// The states by the reports of messages that are not recorded yet.
    early: Recent<ReportName, DeliveryState>,
    next: u64,
}

struct LoggedMessage<K> {
    key: K,
    names: Vec<ReportName>,
    state: DeliveryState,
    sent: SystemTime,
}

impl<K: Clone + Eq + Hash> DeliveryLog<K> {
    /// Creates an empty log.
    #[must_use]
    pub fn new() -> Self {
        let log = LogState {
            messages: Recent::new(CAPACITY, RETENTION),
            by_name: HashMap::new(),
            by_key: HashMap::new(),
            early: Recent::new(MAX_EARLY, EARLY),
            next: 0,
        };
        Self { log: Mutex::new(log), clock: Box::new(SystemClock) }
    }

    /// Sets the maximum number of messages, of which the oldest are dropped. Defaults to 100,000,
    /// which take about 50 MiB.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        let log = self.log.get_mut().unwrap_or_else(PoisonError::into_inner);
        log.messages.set_capacity(capacity);
        self
    }

    /// Sets the time for which a message is kept. Defaults to 1 h. Reports that come later are not
    /// matched.
    #[must_use]
    pub fn with_retention(mut self, retention: Duration) -> Self {
        let log = self.log.get_mut().unwrap_or_else(PoisonError::into_inner);
        log.messages.set_lifetime(retention);
        self
    }

    /// Replaces the clock. Defaults to [`SystemClock`].
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Records a message that a provider accepted. Returns a change if a report came before.
    pub fn sent(&self, key: K, receipt: &Receipt) -> Option<DeliveryChange<K>> {
        self.record(key, receipt.provider(), receipt.message_id(), None)
    }

    /// Records a message that was or may have been sent, by the gateway's id or by the
    /// application's own reference, or by both of them. Returns a change if a report came before.
    pub fn record(
        &self,
        key: K,
        provider: &str,
        message_id: Option<&str>,
        reference: Option<&str>,
    ) -> Option<DeliveryChange<K>> {
        let id = message_id.map(|id| ReportName::Id(provider.into(), id.into()));
        let reference = reference.map(|name| ReportName::Reference(provider.into(), name.into()));
        let now = self.clock.now();
        self.lock(now).record(key, id.into_iter().chain(reference).collect(), now)
    }

    /// Applies a report. Returns a change if it changes the state of its message.
    ///
    /// A report whose message is not recorded yet is kept for 60 s, at most 10,000 of them.
    pub fn report(&self, report: &DeliveryReport) -> Option<DeliveryChange<K>> {
        let now = self.clock.now();
        self.lock(now).report(report, now)
    }

    /// Returns the state of the latest message with this key, or `None` if the log has no such
    /// message.
    #[must_use]
    pub fn state<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<DeliveryState>
    where
        K: Borrow<Q>,
    {
        let log = self.lock(self.clock.now());
        let number = log.by_key.get(key)?;
        Some(log.messages.get(number)?.state.clone())
    }

    fn lock(&self, now: SystemTime) -> MutexGuard<'_, LogState<K>> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.expire(now);
        log
    }
}

impl<K: Clone + Eq + Hash> LogState<K> {
    fn record(
        &mut self,
        key: K,
        names: Vec<ReportName>,
        now: SystemTime,
    ) -> Option<DeliveryChange<K>> {
        let mut state = DeliveryState::new();
        for name in &names {
            if let Some(early) = self.early.remove(name) {
                state.merge(early);
            }
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        for name in &names {
            self.by_name.insert(name.clone(), number);
        }
        self.by_key.insert(key.clone(), number);
        let elapsed = Duration::ZERO;
        let change = state.status().map(|_| DeliveryChange {
            key: key.clone(),
            state: state.clone(),
            elapsed,
        });
        let Self { messages, by_name, by_key, .. } = self;
        let message = LoggedMessage { key, names, state, sent: now };
        messages.insert(number, message, now, |number, dropped| {
            unlink(by_name, by_key, number, &dropped);
        });
        change
    }

    fn report(&mut self, report: &DeliveryReport, now: SystemTime) -> Option<DeliveryChange<K>> {
        let provider = report.provider();
        let id = report.message_id().map(|id| ReportName::Id(provider.into(), id.into()));
        let reference = report.reference();
        let reference = reference.map(|name| ReportName::Reference(provider.into(), name.into()));
        let names: Vec<_> = id.into_iter().chain(reference).collect();
        let Some(number) = names.iter().find_map(|name| self.by_name.get(name)) else {
            for name in names {
                self.keep_early(name, report, now);
            }
            return None;
        };
        let message = self.messages.get_mut(number)?;
        if !message.state.apply(report) {
            return None;
        }
        let elapsed = now.duration_since(message.sent).unwrap_or_default();
        Some(DeliveryChange { key: message.key.clone(), state: message.state.clone(), elapsed })
    }

    fn keep_early(&mut self, name: ReportName, report: &DeliveryReport, now: SystemTime) {
        if let Some(state) = self.early.get_mut(&name) {
            state.apply(report);
            return;
        }
        let mut state = DeliveryState::new();
        state.apply(report);
        self.early.insert(name, state, now, |_, _| {});
    }

    fn expire(&mut self, now: SystemTime) {
        self.early.expire(now, |_, _| {});
        let Self { messages, by_name, by_key, .. } = self;
        messages.expire(now, |number, dropped| unlink(by_name, by_key, number, &dropped));
    }
}

/// Removes the names and the key of a message, unless they are now those of another message.
fn unlink<K: Eq + Hash>(
    by_name: &mut HashMap<ReportName, u64>,
    by_key: &mut HashMap<K, u64>,
    number: u64,
    message: &LoggedMessage<K>,
) {
    for name in &message.names {
        if by_name.get(name) == Some(&number) {
            by_name.remove(name);
        }
    }
    if by_key.get(&message.key) == Some(&number) {
        by_key.remove(&message.key);
    }
}

impl<K: Clone + Eq + Hash> Default for DeliveryLog<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> fmt::Debug for DeliveryLog<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryLog").finish_non_exhaustive()
    }
}
