//! Reports that are written from specs: a receiver with the same spec reads what was written.

use std::time::{Duration, UNIX_EPOCH};

use otpost::HttpGateway;
use otpost::gateway::GatewaySpec;
use otpost::gateway::imitation::{ImitatedReport, ReportImitation};
use otpost::report::{
    DeliveryReport, ReceivedReports, ReportError, ReportErrorKind, ReportReceiver, ReportStatus,
};
use otpost::testing::{ManualClock, ScriptedTransport};

use super::{FORM, HEAD, LIST, TOKEN, shown};
use crate::catalogue::constructors::{files, read};
use crate::catalogue::values::{builder, value};

const NOW: u64 = 1_795_888_080;
const ID: &str = "0A0000000123ABCD1";
const REFERENCE: &str = "8f3c&0d=5e";
const STATUSES: [ReportStatus; 6] = [
    ReportStatus::Delivered,
    ReportStatus::Expired,
    ReportStatus::Pending,
    ReportStatus::Rejected,
    ReportStatus::Undeliverable,
    ReportStatus::Unknown,
];

fn url() -> String {
    format!("https://app.example/sms/reports/{TOKEN}")
}

fn receive(
    receiver: &ReportReceiver,
    imitated: ImitatedReport,
) -> Result<ReceivedReports, ReportError> {
    let (parts, body) = imitated.into_request().into_parts();
    receiver.receive(&parts, &body)
}

/// Returns the imitation and the receiver of a gateway of the catalogue.
fn pair(name: &str) -> Option<(ReportImitation, ReportReceiver, String)> {
    let (text, spec) = read(name);
    if !text.contains("\n[reports]\n") {
        return None;
    }
    let mut imitation = ReportImitation::new(&spec, &url()).unwrap();
    let written = spec.to_toml().unwrap();
    for (var, _) in spec.vars().filter(|(_, var)| var.default_value().is_none()) {
        imitation = imitation.with_var(var, value(name, &written, var)).unwrap();
    }
    let mut gateway = builder(&spec, true, "https://gateway.example");
    if text.contains("[reports.auth.ed25519]") {
        let pem = include_str!("../../fixtures/jwt/ed25519.pem");
        imitation = imitation.with_private_key(pem).unwrap();
        gateway = gateway.var("report_public_key", imitation.public_key().unwrap());
    }
    let gateway = gateway.clock(ManualClock::at(NOW)).build_with(ScriptedTransport::new()).unwrap();
    Some((imitation, ReportReceiver::new(&gateway, &url()).unwrap(), text))
}

#[test]
fn receivers_read_the_reports_of_all_gateways() {
    let (mut count, mut unsigned_queries) = (0, Vec::new());
    for name in files() {
        let Some((imitation, receiver, text)) = pair(&name) else { continue };
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        let at = now - Duration::from_secs(120);
        let possible = imitation.statuses();
        let (_, reports) = text.split_once("\n[reports]\n").unwrap();
        for status in STATUSES {
            // A word that no file lists says nothing, so every gateway with words can say that.
            let has_words = format!("\n{reports}").contains("\nstatus = ");
            let is_said = (status == ReportStatus::Unknown && has_words)
                || reports.contains(&format!("\n{status} = ["))
                || reports.contains(&format!("\nthen = {{ status = \"{status}\" }}"));
            assert_eq!(possible.contains(&status), is_said, "{name}: {status}");
            let report = DeliveryReport::new(name.as_str(), status)
                .with_message_id(ID)
                .with_reference(REFERENCE)
                .with_gateway_code("402")
                .with_time(at);
            if !is_said {
                let error = imitation.write(&report, now).unwrap_err();
                assert_eq!(error.path(), "reports.statuses", "{name}: {error}");
                continue;
            }
            let imitated = imitation.write(&report, now).unwrap();
            let written = imitated.report().clone();
            let received = receive(&receiver, imitated);
            let received = received.unwrap_or_else(|error| panic!("{name} {status}: {error}"));
            let [read] = received.reports() else { panic!("{name}: {:?}", shown(&received)) };
            assert_eq!(read.status(), status, "{name}");
            assert_eq!(read.message_id(), written.message_id(), "{name}");
            assert_eq!(read.gateway_code(), written.gateway_code(), "{name}");
            assert_eq!(read.at(), written.at(), "{name}");
            assert!([None, Some(at)].contains(&read.at()), "{name}: {:?}", read.at());
            assert!([None, Some(ID), Some(REFERENCE)].contains(&read.message_id()), "{name}");
            assert!([None, Some(REFERENCE)].contains(&read.reference()), "{name}");
            if read.reference() != written.reference() && !unsigned_queries.contains(&name) {
                unsigned_queries.push(name.clone());
            }
            let forged = imitation.write_forged(&report, now).unwrap();
            let error = receive(&receiver, forged).unwrap_err();
            assert_eq!(error.kind(), ReportErrorKind::NotAuthentic, "{name} {status}");
            count += 1;
        }
    }
    assert!(count > 250, "{count} reports");
    // Only the body is signed, so the receiver ignores the reference in the query.
    assert_eq!(unsigned_queries, ["telnyx"]);
}

/// The spec has no examples, so the requests are made of the places, words and rules.
fn without_examples(reports: &str, status: ReportStatus) -> Vec<String> {
    let spec = GatewaySpec::from_toml(&format!("{HEAD}{reports}")).unwrap();
    let imitation = ReportImitation::new(&spec, &url()).unwrap();
    let gateway = HttpGateway::builder(spec).build_with(ScriptedTransport::new()).unwrap();
    let receiver = ReportReceiver::new(&gateway, &url()).unwrap();
    let report = DeliveryReport::new("acme", status)
        .with_message_id("17")
        .with_reference("8f3c")
        .with_gateway_code("5");
    let now = UNIX_EPOCH + Duration::from_secs(NOW);
    match imitation.write(&report, now) {
        Ok(imitated) => shown(&receive(&receiver, imitated).unwrap()),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn requests_are_made_without_examples() {
    use ReportStatus::{Delivered, Expired, Undeliverable, Unknown};

    assert_eq!(without_examples(FORM, Delivered), ["delivered 17 8f3c 5"]);
    assert_eq!(without_examples(FORM, Unknown), ["unknown 17 8f3c 5"]);
    assert_eq!(without_examples(LIST, Undeliverable), ["undeliverable 17 - 5"]);
    let rules = r#"
[reports]
message_id = "query:id"
auth = "none"
[[reports.rule]]
when = { query = { state = { at_least = 200 }, error = { exists = false } } }
then = { status = "delivered" }
"#;
    assert_eq!(without_examples(rules, Delivered), ["delivered 17 - -"]);
    let refused = without_examples(rules, Expired);
    assert!(refused[0].contains("says `expired`"), "{refused:?}");
    #[cfg(feature = "xml")]
    {
        let xml = r#"
[reports]
body = "xml"
message_id = "xml:/report/id"
status = "xml:/report/@state"
auth = "none"
statuses = { delivered = ["DELIVRD"] }
"#;
        assert_eq!(without_examples(xml, Delivered), ["delivered 17 - -"]);
    }
}

#[test]
fn what_an_imitation_needs_is_named() {
    let (_, sinch) = read("sinch");
    let imitation = ReportImitation::new(&sinch, &url()).unwrap();
    let report = DeliveryReport::new("sinch", ReportStatus::Delivered).with_message_id(ID);
    let error = imitation.write(&report, UNIX_EPOCH).unwrap_err();
    assert!(error.to_string().contains("report_secret"), "{error}");
    let error = imitation.clone().with_var("report_secrte", "x").unwrap_err();
    assert!(error.to_string().contains("did you mean `report_secret`"), "{error}");
    let (_, telnyx) = read("telnyx");
    let imitation = ReportImitation::new(&telnyx, &url()).unwrap();
    let error = imitation.write(&report, UNIX_EPOCH).unwrap_err();
    assert!(error.to_string().contains("with_private_key"), "{error}");
    let error = imitation.with_private_key("hunter2").unwrap_err();
    assert!(error.path() == "private_key" && !error.to_string().contains("hunter2"), "{error}");

    let (_, silent) = read("2factor");
    assert_eq!(ReportImitation::new(&silent, &url()).unwrap_err().path(), "reports");
    for url in ["app.example", "https://app.example/r?x=1", "https://a@app.example/r"] {
        assert_eq!(ReportImitation::new(&sinch, url).unwrap_err().path(), "url", "{url}");
    }
    // A report about no message.
    let nothing = DeliveryReport::new("46elks", ReportStatus::Delivered);
    let (imitation, _, _) = pair("46elks").unwrap();
    assert!(imitation.write(&nothing, UNIX_EPOCH).is_err());
}
