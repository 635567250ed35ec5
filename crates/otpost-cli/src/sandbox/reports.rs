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
use super::report_desk::WantedReports;
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
            () = sandbox.stopped() => {}
        }
    });
}

/// Sends reports of a message one after the other, and returns their records.
pub(super) async fn report_message(
    sandbox: &Sandbox,
    index: usize,
    message: &StoredMessage,
    wanted: &WantedReports,
) -> Result<Vec<Value>, String> {
    let gateway = sandbox.reports.gateway(index)?;
    let mut records = Vec::new();
    for status in &wanted.statuses {
        let copies = if wanted.is_duplicated { 2 } else { 1 };
        let written = write(&gateway.imitation, message, *status, wanted);
        for _ in 0..copies {
            let result = match &written {
                Err(error) => (None, Some(error.to_string())),
                Ok(_) if wanted.is_lost => (None, Some("the report is lost".to_owned())),
                Ok(report) => match post_report(report.request().clone()).await {
                    Ok(response) => (Some(response), None),
                    Err(problem) => (None, Some(problem)),
                },
            };
            records.push(record(sandbox, message, *status, wanted, result));
        }
    }
    Ok(records)
}

/// Lists a report with the status of the response, or the reason for a missing response.
fn record(
    sandbox: &Sandbox,
    message: &StoredMessage,
    status: ReportStatus,
    wanted: &WantedReports,
    (response, reason): (Option<u16>, Option<String>),
) -> Value {
    let record = sandbox.reports.record(json!({
        "message": message.id,
        "gateway": message.gateway,
        "at": humantime::format_rfc3339_millis(SystemClock.now()).to_string(),
        "status": status.as_str(),
        "faults": wanted.faults(),
        "response": response,
        "reason": reason,
    }));
    sandbox.tell(SandboxEvent::Report(record.to_string().into()));
    record
}

/// Writes a report, signed with the values that the application has sent with its message if the
/// command line has none.
fn write(
    imitation: &ReportImitation,
    message: &StoredMessage,
    status: ReportStatus,
    wanted: &WantedReports,
) -> Result<ImitatedReport, SpecError> {
    let mut imitation = imitation.clone();
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
