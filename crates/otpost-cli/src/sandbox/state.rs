//! The state of a sandbox.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::body::Bytes;
use otpost::redact::Redactor;
use serde_json::Value;
use tokio::sync::{Semaphore, broadcast, watch};

use super::access::SandboxAccess;
use super::answers::{NextAnswer, NextAnswers};
use super::event::SandboxEvent;
use super::inbox::{MessageList, StoredMessage};
use super::loaded::LoadedGateway;
use super::record::MessageDraft;
use super::report_desk::ReportDesk;
use super::wanted::WantedAnswer;

/// The events that a slow reader can be behind.
const MAX_BEHIND: usize = 1_024;

/// The maximum number of readers of events at a time.
const MAX_READERS: usize = 16;
/// The maximum number of messages of one response.
const MAX_LISTED: usize = 1_000;
/// The number of bytes of one response after which no further message is added.
const MAX_LISTED_BYTES: usize = 8 * 1_024 * 1_024;

/// A response of a gateway.
#[derive(Clone)]
pub(super) struct GatewayResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) message_id: Option<String>,
}

/// A running sandbox: the gateways, their next responses and the messages.
pub(super) struct Sandbox {
    pub(super) gateways: Vec<LoadedGateway>,
    pub(super) access: SandboxAccess,
    /// Finds the credentials of the command line.
    pub(super) given: Redactor,
    pub(super) origin: String,
    pub(super) is_strict: bool,
    /// The time before a slow response.
    pub(super) slow: Duration,
    pub(super) reports: ReportDesk,
    /// Becomes `true` when the sandbox stops.
    stopping: watch::Receiver<bool>,
    answers: Mutex<NextAnswers>,
    messages: Mutex<MessageList>,
    /// The last accepting response of each gateway, for the fault that repeats a message id.
    accepted: Mutex<Vec<Option<GatewayResponse>>>,
    events: broadcast::Sender<SandboxEvent>,
    pub(super) event_readers: Arc<Semaphore>,
    /// The number of the newest message, for those who wait for one.
    newest: watch::Sender<u64>,
}

/// The settings of a sandbox.
pub(super) struct SandboxSettings {
    pub(super) access: SandboxAccess,
    pub(super) given: Redactor,
    pub(super) origin: String,
    pub(super) is_strict: bool,
    pub(super) slow: Duration,
    pub(super) reports: ReportDesk,
}

impl Sandbox {
    pub(super) fn new(
        gateways: Vec<LoadedGateway>,
        settings: SandboxSettings,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let SandboxSettings { access, given, origin, is_strict, slow, reports } = settings;
        let answers = Mutex::new(NextAnswers::new(gateways.len()));
        let accepted = Mutex::new(vec![None; gateways.len()]);
        let (events, _) = broadcast::channel(MAX_BEHIND);
        let event_readers = Arc::new(Semaphore::new(MAX_READERS));
        let (newest, _) = watch::channel(0);
        let messages = Mutex::default();
        Self {
            gateways,
            access,
            given,
            origin,
            is_strict,
            slow,
            reports,
            stopping,
            answers,
            messages,
            accepted,
            events,
            event_readers,
            newest,
        }
    }

    /// Returns the gateway with this id, and its index.
    pub(super) fn gateway(&self, id: &str) -> Option<(usize, &LoadedGateway)> {
        self.gateways.iter().enumerate().find(|(_, gateway)| gateway.id == id)
    }

    /// Returns a gateway as the API shows it.
    pub(super) fn gateway_json(&self, index: usize) -> Value {
        let next = lock(&self.answers).of(index);
        let reports = self.reports.to_json(index);
        self.gateways.get(index).map_or(Value::Null, |gateway| gateway.to_json(next, reports))
    }

    /// Sets the next response of a gateway, or only that to a number.
    pub(super) fn set_answer(
        &self,
        index: usize,
        to: Option<String>,
        next: NextAnswer,
    ) -> Result<(), String> {
        let is_usual = to.is_none();
        lock(&self.answers).set(index, to, next)?;
        if is_usual {
            self.announce(index);
        }
        Ok(())
    }

    /// Uses the response to a message.
    pub(super) fn take_answer(&self, index: usize, to: Option<&str>) -> WantedAnswer {
        let (answer, has_changed) = lock(&self.answers).take(index, to);
        if has_changed {
            self.announce(index);
        }
        answer
    }

    /// Sends the settings of a gateway to the readers of events.
    pub(super) fn announce(&self, index: usize) {
        let json = self.gateway_json(index).to_string();
        self.tell(SandboxEvent::Gateway(json.into()));
    }

    /// Sends an event to the readers.
    pub(super) fn tell(&self, event: SandboxEvent) {
        // Without a reader there is no one to tell.
        let _ = self.events.send(event);
    }

    pub(super) fn last_accepted(&self, index: usize) -> Option<GatewayResponse> {
        lock(&self.accepted).get(index).cloned().flatten()
    }

    pub(super) fn set_last_accepted(&self, index: usize, response: &GatewayResponse) {
        if let Some(last) = lock(&self.accepted).get_mut(index) {
            *last = Some(response.clone());
        }
    }

    /// Returns whether a phone has got the message with this id of the application.
    pub(super) fn has_delivered(&self, gateway: &str, client_id: &str) -> bool {
        lock(&self.messages).has_delivered(gateway, client_id)
    }

    pub(super) fn store(&self, draft: MessageDraft) -> Arc<StoredMessage> {
        let mut messages = lock(&self.messages);
        let stored = messages.push(draft);
        // Sent before the lock ends, so that readers see the events in the order of the numbers.
        let _ = self.events.send(SandboxEvent::Message(stored.clone()));
        self.newest.send_replace(stored.seq);
        stored
    }

    /// Deletes all messages, and the reports that are sent, that wait, or that are listed.
    pub(super) fn clear(&self) {
        let mut messages = lock(&self.messages);
        messages.clear();
        self.reports.clear(messages.last());
        let _ = self.events.send(SandboxEvent::Cleared);
    }

    /// Returns the number of the newest message, or 0.
    pub(super) fn last(&self) -> u64 {
        lock(&self.messages).last()
    }

    /// Returns the messages after `since` that `is_wanted` accepts, the oldest first, and the
    /// number after which further ones follow. Their number and size are limited.
    pub(super) fn messages(
        &self,
        since: u64,
        is_wanted: impl Fn(&StoredMessage) -> bool,
    ) -> (Vec<Arc<StoredMessage>>, u64) {
        let messages = lock(&self.messages);
        let mut found: Vec<Arc<StoredMessage>> = Vec::new();
        let mut bytes = 0_usize;
        for message in messages.since(since).filter(|message| is_wanted(message)) {
            if let Some(last) = found.last()
                && (found.len() >= MAX_LISTED || bytes >= MAX_LISTED_BYTES)
            {
                let last = last.seq;
                return (found, last);
            }
            bytes = bytes.saturating_add(message.json.len());
            found.push(message.clone());
        }
        (found, messages.last())
    }

    /// Returns the newest message after `since` that `is_wanted` accepts.
    pub(super) fn newest(
        &self,
        since: u64,
        is_wanted: impl Fn(&StoredMessage) -> bool,
    ) -> Option<Arc<StoredMessage>> {
        let messages = lock(&self.messages);
        messages.since(since).rev().find(|message| is_wanted(message)).cloned()
    }

    /// Subscribes to events, and returns the messages after `since` that came before them.
    pub(super) fn subscribe(
        &self,
        since: Option<u64>,
    ) -> (Vec<Arc<StoredMessage>>, broadcast::Receiver<SandboxEvent>) {
        let messages = lock(&self.messages);
        let events = self.events.subscribe();
        let before = since.map(|since| messages.since(since).cloned().collect());
        (before.unwrap_or_default(), events)
    }

    /// Waits until the sandbox stops.
    pub(super) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        // Without a sender, the server has ended already.
        let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
    }

    /// Returns what `find` finds, or waits for further messages until it finds something.
    pub(super) async fn wait_for<T: Send>(
        &self,
        wait: Duration,
        find: impl Fn() -> Option<T> + Send + Sync,
    ) -> Option<T> {
        let mut newest = self.newest.subscribe();
        let waiting = async {
            loop {
                // Marked before the search, so that a message in between ends the wait at once.
                newest.borrow_and_update();
                if let Some(found) = find() {
                    return Some(found);
                }
                tokio::select! {
                    changed = newest.changed() => changed.ok()?,
                    () = self.stopped() => return None,
                }
            }
        };
        tokio::time::timeout(wait, waiting).await.ok().flatten()
    }
}

/// Locks a mutex, even if it is poisoned: its data is a list or a table, which is always whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
