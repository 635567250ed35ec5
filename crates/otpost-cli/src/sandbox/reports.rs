//! Delivery reports to the application: at the press of a button, or after each message.

use std::sync::Arc;

use otpost::gateway::SpecError;
use otpost::gateway::imitation::{ImitatedReport, ReportImitation};
use otpost::report::{DeliveryReport, ReportStatus};
use otpost::{Clock, SystemClock};
use serde_json::{Value, json};

use super::event::SandboxEvent;
use super::inbox::StoredMessage;
use super::report_client::post_report;
use super::report_desk::{ReportingGateway, WantedReports};
use super::state::Sandbox;

/// Sends the reports of a message that has just arrived, if they are wanted.
///
/// Early ones are sent before the function returns, so before the response to the message.
pub(super) async fn report_arrival(
    sandbox: &Arc<Sandbox>,
    index: usize,
    message: &Arc<StoredMessage>,
) {
    let gateway = sandbox.reports.gateway(index).ok().filter(|_| message.is_delivered);
    let Some(wanted) = gateway.and_then(|gateway| gateway.automatic) else { return };
    if wanted.is_early {
        // The record of each report contains its problem.
        let _ = report_message(sandbox, index, message, &wanted).await;
        return;
    }
    let Ok(place) = sandbox.reports.waiting.clone().try_acquire_owned() else {
        for status in &wanted.statuses {
            let reason = "the reports of 1,024 other messages are waiting".to_owned();
            record(sandbox, message, *status, &wanted, (None, Some(reason)));
        }
        return;
    };
    let (sandbox, message) = (sandbox.clone(), message.clone());
    tokio::spawn(async move {
        let _place = place;
        let send = async {
            tokio::time::sleep(wanted.after).await;
            let _ = report_message(&sandbox, index, &message, &wanted).await;
        };
        tokio::select! {
            () = send => {}
            () = sandbox.reports.deleted(message.seq) => {}
            () = sandbox.stopped() => {}
        }
    });
}

/// Sends reports of a message one after the other, and returns their records. It ends early if the
/// message is deleted.
pub(super) async fn report_message(
    sandbox: &Sandbox,
    index: usize,
    message: &StoredMessage,
    wanted: &WantedReports,
) -> Result<Vec<Value>, ReportProblem> {
    let gateway = sandbox.reports.gateway(index).map_err(ReportProblem::Refused)?;
    tokio::select! {
        // Polled first: a message that is deleted already gets no report at all.
        biased;
        () = sandbox.reports.deleted(message.seq) => Err(ReportProblem::Deleted),
        records = send_all(sandbox, &gateway, message, wanted) => Ok(records),
    }
}

/// The reason why the reports of a message are not sent.
pub(super) enum ReportProblem {
    /// The message was deleted in the meantime.
    Deleted,
    /// The gateway sends no reports.
    Refused(String),
}

async fn send_all(
    sandbox: &Sandbox,
    gateway: &ReportingGateway,
    message: &StoredMessage,
    wanted: &WantedReports,
) -> Vec<Value> {
    let copies = if wanted.is_duplicated { 2 } else { 1 };
    let times = sandbox.reports.times;
    let mut records = Vec::new();
    let sending = async {
        for status in &wanted.statuses {
            let written = write(gateway, message, *status, wanted);
            for _ in 0..copies {
                let result = match &written {
                    Err(problem) => (None, Some(problem.clone())),
                    Ok(_) if wanted.is_lost => (None, Some("the report is lost".to_owned())),
                    Ok(report) => match post_report(report.request().clone(), times.one).await {
                        Ok(response) => (Some(response), None),
                        Err(problem) => (None, Some(problem)),
                    },
                };
                records.extend(record(sandbox, message, *status, wanted, result));
            }
        }
    };
    if tokio::time::timeout(times.all, sending).await.is_err() {
        let time = humantime::format_duration(times.all);
        let late = format!("not sent: the reports of the message took {time}");
        let each = wanted.statuses.iter().flat_map(|status| std::iter::repeat_n(status, copies));
        for status in each.skip(records.len()) {
            records.extend(record(sandbox, message, *status, wanted, (None, Some(late.clone()))));
        }
    }
    records
}

/// Lists a report with the status of the response, or the reason for a missing response. `None` if
/// the message is deleted.
fn record(
    sandbox: &Sandbox,
    message: &StoredMessage,
    status: ReportStatus,
    wanted: &WantedReports,
    (response, reason): (Option<u16>, Option<String>),
) -> Option<Value> {
    let members = json!({
        "message": message.id,
        "gateway": message.gateway,
        "at": humantime::format_rfc3339_millis(SystemClock.now()).to_string(),
        "status": status.as_str(),
        "faults": wanted.faults(),
        "response": response,
        "reason": reason,
    });
    let record = sandbox.reports.record(message.seq, members)?;
    sandbox.tell(SandboxEvent::Report(record.to_string().into()));
    Some(record)
}

/// Writes a report, signed with the values that the application has sent with its message if the
/// command line has none.
fn write(
    gateway: &ReportingGateway,
    message: &StoredMessage,
    status: ReportStatus,
    wanted: &WantedReports,
) -> Result<ImitatedReport, String> {
    let written = write_with(gateway.imitation.clone(), message, status, wanted);
    written.map_err(|error| match &gateway.key {
        // Without a key, this is the reason behind every other one.
        Err(problem) => problem.clone(),
        Ok(_) => error.to_string(),
    })
}

fn write_with(
    mut imitation: ReportImitation,
    message: &StoredMessage,
    status: ReportStatus,
    wanted: &WantedReports,
) -> Result<ImitatedReport, SpecError> {
    for (name, value) in &message.report_vars {
        imitation = imitation.with_default(name, value.clone())?;
    }
    let now = SystemClock.now();
    let mut report = DeliveryReport::new(message.gateway.as_str(), status).with_time(now);
    if let Some(id) = &message.message_id {
        report = report.with_message_id(id.as_str());
    }
    if let Some(reference) = &message.client_id {
        report = report.with_reference(reference.as_str());
    }
    if let Some(code) = &wanted.code {
        report = report.with_gateway_code(code.as_str());
    }
    match wanted.is_forged {
        true => imitation.write_forged(&report, now),
        false => imitation.write(&report, now),
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::time::Duration;

    use otpost::gateway::imitation::ReportImitation;
    use otpost::gateways;
    use otpost::redact::Redactor;
    use otpost::report::ReportStatus;
    use serde_json::{Map, Value, json};
    use tokio::sync::watch;

    use super::{report_arrival, report_message};
    use crate::sandbox::access::SandboxAccess;
    use crate::sandbox::inbox::StoredMessage;
    use crate::sandbox::record::MessageDraft;
    use crate::sandbox::report_desk::{ReportDesk, ReportTimes, WantedReports};
    use crate::sandbox::state::{Sandbox, SandboxSettings};

    /// The number of messages whose reports can wait.
    const PLACES: u32 = 1_024;

    /// Returns a sandbox with one gateway, which sends reports to an application that accepts
    /// connections and never reads from them.
    fn sandbox(automatic: Option<&WantedReports>) -> (TcpListener, Arc<Sandbox>) {
        let application = TcpListener::bind("127.0.0.1:0").unwrap();
        application.set_nonblocking(true).unwrap();
        let address = application.local_addr().unwrap();
        let origin = format!("http://{address}");
        let spec = gateways::with_examples("twilio").unwrap();
        let imitation = ReportImitation::new(&spec, &format!("{origin}/r")).unwrap();
        let imitation = imitation.with_var("auth_token", "hunter2").unwrap();
        let mut reports = ReportDesk::new(Some(origin.clone()), vec![Some(imitation)], automatic);
        let one = Duration::from_millis(20);
        reports.times = ReportTimes { one, all: Duration::from_millis(50) };
        let settings = SandboxSettings {
            access: SandboxAccess::new(address, &[], None),
            given: Redactor::new(),
            origin,
            is_strict: false,
            slow: Duration::ZERO,
            reports,
        };
        // Without a sender, waiting reports would end as if the sandbox stopped.
        let (stopping, stopping_seen) = watch::channel(false);
        Box::leak(Box::new(stopping));
        (application, Arc::new(Sandbox::new(Vec::new(), settings, stopping_seen)))
    }

    fn message(sandbox: &Sandbox) -> Arc<StoredMessage> {
        sandbox.store(MessageDraft {
            gateway: "twilio".to_owned(),
            to: None,
            code: None,
            text: None,
            message_id: Some("SM1".to_owned()),
            client_id: None,
            is_delivered: true,
            report_vars: Vec::new(),
            members: Map::new(),
        })
    }

    /// Waits until no report waits.
    async fn idle(sandbox: &Sandbox) {
        let all = sandbox.reports.waiting.acquire_many(PLACES);
        drop(tokio::time::timeout(Duration::from_secs(60), all).await.unwrap().unwrap());
    }

    #[tokio::test]
    async fn reports_of_deleted_messages_are_cancelled() {
        let hour = WantedReports::delivered_after(Duration::from_secs(3_600));
        let (application, sandbox) = sandbox(Some(&hour));
        for _ in 0..PLACES {
            report_arrival(&sandbox, 0, &message(&sandbox)).await;
        }
        assert_eq!(sandbox.reports.waiting.available_permits(), 0);
        sandbox.clear();
        idle(&sandbox).await;
        // A message that is deleted before its report waits, and before an early one is sent.
        let now = WantedReports::delivered_after(Duration::ZERO);
        for wanted in [now.clone(), WantedReports { is_early: true, ..now }] {
            sandbox.reports.set(0, None, Some(Some(wanted))).unwrap();
            let deleted = message(&sandbox);
            sandbox.clear();
            report_arrival(&sandbox, 0, &deleted).await;
            idle(&sandbox).await;
        }
        assert_eq!(application.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(sandbox.reports.sent().is_empty());
        // Later messages get theirs.
        report_arrival(&sandbox, 0, &message(&sandbox)).await;
        assert_eq!(sandbox.reports.sent().len(), 1);
    }

    #[tokio::test]
    async fn report_that_is_being_sent_is_cancelled_and_not_listed() {
        let (application, sandbox) = sandbox(None);
        let message = message(&sandbox);
        let wanted =
            WantedReports { is_duplicated: true, ..WantedReports::delivered_after(Duration::ZERO) };
        let sending = report_message(&sandbox, 0, &message, &wanted);
        let deleting = async {
            // The connection is open, so the report is on its way.
            while application.accept().is_err() {
                tokio::task::yield_now().await;
            }
            sandbox.clear();
        };
        let (sent, ()) = tokio::join!(sending, deleting);
        assert!(sent.is_err() && sandbox.reports.sent().is_empty());
    }

    /// An application that never responds to 32 reports costs their own time and no more than that
    /// of all. A timeout for each report alone
    /// would have 32 of them.
    #[tokio::test]
    async fn reports_of_one_call_have_a_time_for_all_of_them() {
        let (_application, sandbox) = sandbox(None);
        let statuses = vec![ReportStatus::Delivered; 16];
        let wanted = WantedReports { statuses, is_duplicated: true, ..WantedReports::default() };
        let sent = report_message(&sandbox, 0, &message(&sandbox), &wanted).await;
        let Ok(sent) = sent else { panic!("the message was not deleted") };
        let count = |reason: &str| sent.iter().filter(|it| it["reason"] == *reason).count();
        let silent = count("the application did not respond within 20ms");
        let late = count("not sent: the reports of the message took 50ms");
        // Timers end late and never early, so there is time for two reports. A third one is there if
        // its timer and that of all end in the same moment.
        assert!(silent <= 3 && silent + late == 32, "{sent:#?}");
        let document: Value = serde_json::from_str(crate::sandbox::api::OPENAPI).unwrap();
        let summary = &document["paths"]["/api/messages/{id}/reports"]["post"]["summary"];
        let ReportTimes { one, all } = ReportTimes::USUAL;
        let times = format!("at most {} s for each, and {} s in all", one.as_secs(), all.as_secs());
        assert!(summary.as_str().unwrap().contains(&times), "{summary}");
        // The client of otpost-testing gives up after 75 s.
        assert_eq!((sent.len(), all), (32, Duration::from_secs(60)));
        assert_eq!(sandbox.reports.sent()[31]["id"], json!("r-32"));
    }
}
