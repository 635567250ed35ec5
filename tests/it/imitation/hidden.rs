//! Nothing secret of a request reaches a log, neither a value nor a wrong value.

use otpost::gateway::Outcome;
use otpost::gateway::imitation::{
    ImitatedReport, ImitatedResponse, Imitation, Mismatch, ReceivedRequest, Recognized,
    ReportImitation,
};
use otpost::report::{DeliveryReport, ReportStatus};

use super::spec;

const NEEDLES: [&str; 6] = ["hunter2", "hunter3", "791234567", "needle", "012345", "k-secret"];

#[test]
fn debug_and_mismatches_show_no_value() {
    let spec = spec(
        "allow = [\"literal-secret:auth.header\", \"literal-secret:auth.header.value\"]\n\
         [vars]\nkey = { secret = true }\nuser = {}\n[request]\nmethod = \"POST\"\n\
         url = \"https://acme.example/send/{{to|plain}}\"\n\
         json = { to = \"{{to}}\", text = \"{{text}}\", code = \"{{code}}\", n = \"{{ttl_seconds|number}}\", \
         user = \"{{user}}\", password = \"{{key}}\" }\n\
         [auth]\nheader = { name = \"X-Key\", value = \"k-secret\" }",
    );
    let imitation: Imitation = Imitation::new(&spec).unwrap().with_var("key", "hunter3").unwrap();
    let bodies = [
        r#"{"to":"+41791234567","text":"needle","code":"012345","n":1,"user":"u","password":"hunter2"}"#,
        r#"{"to":"791234567","text":["needle"],"code":"needle","n":"needle","password":"hunter2"}"#,
        r#"["needle", "+41791234567", "hunter2"]"#,
        "needle 012345 +41791234567",
    ];
    for body in bodies {
        for (target, key) in [("/send/41791234567", "k-secret"), ("/send/+41791234567", "hunter2")]
        {
            let request: ReceivedRequest = ReceivedRequest::new("POST", target)
                .with_header("Content-Type", "application/json")
                .with_header("X-Key", key)
                .with_body(body);
            let recognized: Recognized = imitation.receive(&request);
            let response: ImitatedResponse = imitation.respond(&recognized, Outcome::Accepted);
            let mismatches: &[Mismatch] = recognized.mismatches();
            assert!(!mismatches.is_empty(), "another password is a mismatch");
            let mut shown = format!("{imitation:?} {request:?} {recognized:?} {response:?}");
            for mismatch in mismatches {
                let mismatch: &Mismatch = mismatch;
                shown.push_str(&format!("{mismatch:?} {mismatch}"));
            }
            shown.push_str(response.body());
            for needle in NEEDLES {
                assert!(!shown.contains(needle), "{needle} in {shown}");
            }
        }
    }
}

#[test]
fn reports_and_their_errors_show_no_secret() {
    let spec = spec(
        "[vars]\nkey = { secret = true, optional = true }\n[request]\nmethod = \"POST\"\n\
         url = \"https://acme.example/send\"\nform = { to = \"{{to}}\", text = \"{{text}}\" }\n\
         [reports]\nmessage_id = \"query:id\"\nstatus = \"query:status\"\n\
         statuses = { delivered = [\"D\"] }\n\
         auth = { header = { name = \"X-Key\", value = \"{{key}}\" } }",
    );
    let imitation: ReportImitation =
        ReportImitation::new(&spec, "https://app.example/needle").unwrap();
    let imitation = imitation.with_var("key", "hunter2").unwrap();
    let now = std::time::UNIX_EPOCH;
    let report =
        |id: &str| DeliveryReport::new("acme", ReportStatus::Delivered).with_message_id(id);
    let written: ImitatedReport = imitation.write(&report("k-secret"), now).unwrap();
    assert_eq!(written.request().headers()["x-key"], "hunter2");
    // A line feed is in no id, so a receiver would ignore it.
    let error = imitation.write(&report("needle\n"), now).unwrap_err();
    let shown = format!("{imitation:?} {written:?} {error:?} {error}");
    for needle in NEEDLES {
        assert!(!shown.contains(needle), "{needle} in {shown}");
    }
}
