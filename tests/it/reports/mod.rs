//! Delivery reports: how a spec describes them, what a receiver makes of requests, and the state of
//! messages after them.

mod answers;
mod challenge;
mod documents;
mod hostile;
#[cfg(all(feature = "reqwest", feature = "signatures", feature = "xml"))]
mod imitated;
#[cfg(feature = "reqwest")]
mod kannel;
mod lists;
mod log;
#[cfg(all(feature = "reqwest", feature = "signatures", feature = "xml"))]
mod mock;
mod signed;
mod simulation;
mod spec;

use http::Request;
use http::request::Parts;
use otpost::HttpGateway;
use otpost::gateway::GatewaySpec;
use otpost::report::{ReceivedReports, ReportError, ReportReceiver};
use otpost::testing::ScriptedTransport;

/// A gateway without `[reports]`.
const HEAD: &str = r#"
spec = 1
id = "acme"
name = "Acme SMS"
[request]
method = "POST"
url = "https://sms.acme.example/send"
form = { to = "{{to|plain}}", text = "{{text}}" }
[[response]]
when = { status = 200 }
then = { outcome = "accepted" }
"#;

/// Reports in a form.
const FORM: &str = r#"
[reports]
message_id = "form:id"
reference = "query:ref"
status = "form:status"
code = "form:err"
at = { at = "form:t", unit = "s" }
auth = "none"
[reports.statuses]
delivered = ["DELIVRD"]
undeliverable = ["UNDELIV"]
pending = ["ACCEPTD"]
"#;

/// Reports in a list in JSON.
const LIST: &str = r#"
[reports]
method = ["POST"]
body = "json"
each = "/results"
message_id = "/id"
status = "/status"
code = "/error/code"
auth = "none"
[reports.statuses]
delivered = ["delivered", 3]
undeliverable = ["failed"]
"#;

const TOKEN: &str = "8f3c0d5e9a7b41c2864f0e1d2c3b4a59";

fn gateway(reports: &str) -> HttpGateway {
    let spec = GatewaySpec::from_toml(&format!("{HEAD}{reports}")).unwrap();
    HttpGateway::builder(spec).build_with(ScriptedTransport::new()).unwrap()
}

fn receiver(reports: &str) -> ReportReceiver {
    let url = format!("https://app.example/sms/reports/{TOKEN}");
    ReportReceiver::new(&gateway(reports), &url).unwrap()
}

/// The head of a request to the receiver, with this query.
fn head(method: &str, query: &str) -> Parts {
    let uri = format!("/sms/reports/{TOKEN}?{query}");
    Request::builder().method(method).uri(uri).body(()).unwrap().into_parts().0
}

fn post(receiver: &ReportReceiver, body: &str) -> Result<ReceivedReports, ReportError> {
    receiver.receive(&head("POST", "ref=8f3c"), body.as_bytes())
}

/// Returns the contents of a request, in one line for each report.
fn shown(received: &ReceivedReports) -> Vec<String> {
    let lines = received.reports().iter().map(|report| {
        let id = report.message_id().unwrap_or("-");
        let (reference, code) =
            (report.reference().unwrap_or("-"), report.gateway_code().unwrap_or("-"));
        format!("{} {id} {reference} {code}", report.status())
    });
    lines.collect()
}
