//! The delivery reports that are wanted, and those that were sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use otpost::gateway::imitation::ReportImitation;
use otpost::report::ReportStatus;
use serde_json::{Map, Value, json};
use tokio::sync::{Semaphore, watch};

/// The maximum number of reports that are listed. The oldest are dropped first.
const MAX_SENT: usize = 1_000;
/// The maximum number of messages whose reports wait at a time.
const MAX_WAITING: usize = 1_024;
/// The longest time before a report.
const MAX_AFTER: Duration = Duration::from_secs(3_600);
/// The maximum number of statuses of one message.
const MAX_STATUSES: usize = 16;
/// The longest code, in bytes. Receivers drop longer ones.
const MAX_CODE: usize = 256;
/// The longest path of a receiver, in bytes.
const MAX_PATH: usize = 1_024;

/// The reports of all gateways.
pub(super) struct ReportDesk {
    /// The scheme, host and port to which reports are sent. `None` without `--reports`.
    origin: Option<String>,
    /// In the order of the gateways. `None` for those whose spec describes no reports.
    gateways: Mutex<Vec<Option<ReportingGateway>>>,
    sent: Mutex<SentReports>,
    pub(super) waiting: Arc<Semaphore>,
    /// The number of the newest message that was deleted, or 0.
    deleted: watch::Sender<u64>,
    pub(super) times: ReportTimes,
}

/// The times that the application has.
#[derive(Clone, Copy)]
pub(super) struct ReportTimes {
    /// The time for the response to one report.
    pub(super) one: Duration,
    /// The time for all reports of one request to the API, or after one message. Clients of the API
    /// rely on it for their own timeouts.
    pub(super) all: Duration,
}

impl ReportTimes {
    pub(super) const USUAL: Self =
        Self { one: Duration::from_secs(10), all: Duration::from_secs(60) };
}

#[derive(Clone)]
pub(super) struct ReportingGateway {
    pub(super) imitation: ReportImitation,
    /// The public key of the imitation if it signs with a private one, or the reason why no key
    /// could be generated.
    pub(super) key: Result<Option<PublicReportKey>, String>,
    statuses: Vec<ReportStatus>,
    /// The reports after each message.
    pub(super) automatic: Option<WantedReports>,
}

/// A public key with which an application verifies the reports of a gateway.
#[derive(Clone)]
pub(super) struct PublicReportKey {
    /// The name of the variable in the spec.
    pub(super) variable: String,
    pub(super) value: String,
}

impl PublicReportKey {
    fn of(imitation: &ReportImitation) -> Option<Self> {
        let (variable, value) = imitation.public_key_var().zip(imitation.public_key())?;
        Some(Self { variable, value })
    }
}

#[derive(Default)]
struct SentReports {
    last: u64,
    list: VecDeque<Value>,
}

/// The reports that are wanted for a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WantedReports {
    pub(super) statuses: Vec<ReportStatus>,
    pub(super) after: Duration,
    pub(super) code: Option<String>,
    pub(super) is_duplicated: bool,
    pub(super) is_early: bool,
    pub(super) is_forged: bool,
    pub(super) is_lost: bool,
}

impl WantedReports {
    /// Creates the report of a delivery after a time.
    pub(super) fn delivered_after(after: Duration) -> Self {
        Self { statuses: vec![ReportStatus::Delivered], after, ..Self::default() }
    }

    /// Reads `statuses`, `code`, `after` and `faults`. An error says what is accepted.
    pub(super) fn from_json(members: &Map<String, Value>) -> Result<Self, String> {
        let known = ["after", "code", "faults", "statuses"];
        if !members.keys().all(|name| known.contains(&name.as_str())) {
            return Err(format!("the reports: expected an object with {}", known.join(", ")));
        }
        let mut wanted = Self::default();
        let form = "statuses: expected a list of 1 to 16 of delivered, expired, pending, rejected, \
                    undeliverable, unknown";
        let statuses = members.get("statuses").and_then(Value::as_array).ok_or(form)?;
        let parse = |status: &Value| status.as_str()?.parse::<ReportStatus>().ok();
        wanted.statuses = statuses.iter().map(parse).collect::<Option<_>>().ok_or(form)?;
        if !(1..=MAX_STATUSES).contains(&wanted.statuses.len()) {
            return Err(form.to_owned());
        }
        wanted.code = match members.get("code") {
            None | Some(Value::Null) => None,
            Some(Value::String(code)) if code.len() <= MAX_CODE => Some(code.clone()),
            Some(_) => return Err("code: expected a text of at most 256 bytes".to_owned()),
        };
        let form = "after: expected a time of at most one hour, such as 2s";
        wanted.after = match members.get("after") {
            None | Some(Value::Null) => Duration::ZERO,
            Some(Value::String(text)) => {
                let after = humantime::parse_duration(text).ok();
                after.filter(|after| *after <= MAX_AFTER).ok_or(form)?
            }
            Some(_) => return Err(form.to_owned()),
        };
        let form = "faults: expected a list of duplicated, early, forged, lost";
        let faults = match members.get("faults") {
            None | Some(Value::Null) => &Vec::new(),
            Some(faults) => faults.as_array().ok_or(form)?,
        };
        for fault in faults {
            match fault.as_str() {
                Some("duplicated") => wanted.is_duplicated = true,
                Some("early") => wanted.is_early = true,
                Some("forged") => wanted.is_forged = true,
                Some("lost") => wanted.is_lost = true,
                _ => return Err(form.to_owned()),
            }
        }
        Ok(wanted)
    }

    fn to_json(&self) -> Value {
        let statuses: Vec<_> = self.statuses.iter().map(|status| status.as_str()).collect();
        let after = humantime::format_duration(self.after).to_string();
        json!({
            "statuses": statuses,
            "code": self.code,
            "after": after,
            "faults": self.faults(),
        })
    }

    pub(super) fn faults(&self) -> Vec<&'static str> {
        let faults = [
            ("duplicated", self.is_duplicated),
            ("early", self.is_early),
            ("forged", self.is_forged),
            ("lost", self.is_lost),
        ];
        faults.into_iter().filter(|(_, is_set)| *is_set).map(|(word, _)| word).collect()
    }
}

impl ReportDesk {
    /// Creates the reports of gateways to an origin, with those after each message. Gateways that
    /// sign with a private key get a new one.
    pub(super) fn new(
        origin: Option<String>,
        imitations: Vec<Option<ReportImitation>>,
        automatic: Option<&WantedReports>,
    ) -> Self {
        let gateways = imitations.into_iter().map(|imitation| {
            let imitation = imitation?;
            let (imitation, key) = match imitation.clone().with_generated_key() {
                Ok(imitation) => (imitation.clone(), Ok(PublicReportKey::of(&imitation))),
                Err(error) => (imitation, Err(error.to_string())),
            };
            let statuses = imitation.statuses();
            let is_possible =
                |wanted: &&WantedReports| wanted.statuses.iter().all(|it| statuses.contains(it));
            let automatic = automatic.filter(is_possible).cloned();
            Some(ReportingGateway { imitation, key, statuses, automatic })
        });
        let gateways = Mutex::new(gateways.collect());
        let waiting = Arc::new(Semaphore::new(MAX_WAITING));
        let (deleted, _) = watch::channel(0);
        let (sent, times) = (Mutex::default(), ReportTimes::USUAL);
        Self { origin, gateways, sent, waiting, deleted, times }
    }

    pub(super) fn gateway(&self, index: usize) -> Result<ReportingGateway, String> {
        if self.origin.is_none() {
            return Err("reports: expected a sandbox that was started with --reports".to_owned());
        }
        let found = lock(&self.gateways).get(index).cloned().flatten();
        found.ok_or_else(|| "the spec of this gateway does not describe reports".to_owned())
    }

    /// Returns the public key of a gateway, or the reason why it has none. `None` if it needs none.
    pub(super) fn key(&self, index: usize) -> Option<Result<PublicReportKey, String>> {
        self.gateway(index).ok()?.key.transpose()
    }

    /// Returns whether the reports of a gateway are signed with a variable.
    pub(super) fn uses_var(&self, index: usize, name: &str) -> bool {
        self.origin.is_some()
            && self.gateway(index).is_ok_and(|gateway| gateway.imitation.uses_var(name))
    }

    /// Returns the reports of a gateway as the API shows them. `null` if it sends none.
    pub(super) fn to_json(&self, index: usize) -> Value {
        self.gateway(index).map_or(Value::Null, |gateway| {
            let statuses: Vec<_> = gateway.statuses.iter().map(|it| it.as_str()).collect();
            json!({
                // The path may be a secret of the application.
                "origin": self.origin,
                "statuses": statuses,
                "automatic": gateway.automatic.as_ref().map(WantedReports::to_json),
                "public_key": gateway.key.as_ref().ok().and_then(Option::as_ref)
                    .map(|key| json!({ "variable": key.variable, "value": key.value })),
                "problem": gateway.key.as_ref().err(),
            })
        })
    }

    /// Sets the path of the receiver of a gateway, and its reports after each message. `None`
    /// leaves a setting as it is.
    pub(super) fn set(
        &self,
        index: usize,
        path: Option<&str>,
        automatic: Option<Option<WantedReports>>,
    ) -> Result<(), String> {
        self.gateway(index)?;
        // Locked until the end, so that none of two changes at a time is lost.
        let mut gateways = lock(&self.gateways);
        let Some(known) = gateways.get_mut(index) else { return Ok(()) };
        let Some(mut gateway) = known.clone() else { return Ok(()) };
        if let Some(path) = path {
            // The origin is that of the command line: whoever reaches the API must not be able to
            // send requests to other machines.
            let origin = self.origin.as_deref().unwrap_or_default();
            if !path.starts_with('/') || path.len() > MAX_PATH {
                return Err("path: expected a path such as /sms/reports".to_owned());
            }
            let url = format!("{origin}{path}");
            let imitation = gateway.imitation.with_url(&url);
            gateway.imitation = imitation.map_err(|error| format!("path: {error}"))?;
        }
        if let Some(automatic) = automatic {
            let wanted = automatic.iter().flat_map(|wanted| &wanted.statuses);
            if let Some(status) = wanted.into_iter().find(|it| !gateway.statuses.contains(it)) {
                return Err(no_word(*status));
            }
            gateway.automatic = automatic;
        }
        *known = Some(gateway);
        Ok(())
    }

    /// Returns the reports that were sent, the oldest first.
    pub(super) fn sent(&self) -> Vec<Value> {
        lock(&self.sent).list.iter().cloned().collect()
    }

    /// Removes the reports of all messages up to this number, and cancels those that wait or are
    /// being sent.
    pub(super) fn clear(&self, last: u64) {
        let mut sent = lock(&self.sent);
        sent.list.clear();
        // While the list is locked, so that no report of a deleted message is listed afterwards.
        self.deleted.send_replace(last);
    }

    /// Waits until the message with this number is deleted.
    pub(super) async fn deleted(&self, message: u64) {
        let mut deleted = self.deleted.subscribe();
        // The sender lives as long as `self`.
        let _ = deleted.wait_for(|last| *last >= message).await;
    }

    /// Lists a report of the message with this number. `None` if the message is deleted.
    pub(super) fn record(&self, message: u64, mut members: Value) -> Option<Value> {
        let mut sent = lock(&self.sent);
        if *self.deleted.borrow() >= message {
            return None;
        }
        sent.last = sent.last.saturating_add(1);
        if let Some(members) = members.as_object_mut() {
            members.insert("id".to_owned(), format!("r-{}", sent.last).into());
        }
        sent.list.push_back(members.clone());
        while sent.list.len() > MAX_SENT {
            sent.list.pop_front();
        }
        Some(members)
    }
}

fn no_word(status: ReportStatus) -> String {
    format!("statuses: the gateway has no report that says `{status}`")
}

/// Locks a mutex, even if it is poisoned: its data is a list, which is always whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
