//! Documents inside of forms: JSON in a field, and fields with lines.

use otpost::gateway::GatewaySpec;
use otpost::report::ReportErrorKind;

use super::{HEAD, LIST, post, receiver, shown};

const JSON: &str = r#"
[reports]
document = "form:sms_status"
each = ""
message_id = "/sid"
reference = "form:ref"
status = "/status"
auth = "none"
[reports.statuses]
delivered = ["SUCCESS"]
undeliverable = ["FAIL"]
"#;

const LINES: &str = r#"
[reports]
document = "lines:data[*]"
each = ""
message_id = "/1"
status = "/2"
auth = "none"
[[reports.rule]]
when = { json = { "/0" = { not = "sms_status" } } }
then = { status = "unknown" }
[reports.statuses]
delivered = [103]
undeliverable = [150]
"#;

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[test]
fn json_in_a_field_is_the_document() {
    let receiver = receiver(JSON);
    let list = r#"[{"sid":1,"status":"SUCCESS"},{"sid":"b","status":"fail"},{"status":"FAIL"},7]"#;
    let received = post(&receiver, &form(&[("ref", "r"), ("sms_status", list)])).unwrap();
    // The reference of the form names the message of a report without an id.
    let expected =
        ["delivered 1 r -", "undeliverable b r -", "undeliverable - r -", "unknown - r -"];
    assert_eq!(shown(&received), expected);
    let received = post(&receiver, &form(&[("sms_status", list)])).unwrap();
    assert_eq!(shown(&received), ["delivered 1 - -", "undeliverable b - -"]);
    assert_eq!(received.unusable(), 2);
    let received = post(&receiver, &form(&[("sms_status", "[]")])).unwrap();
    assert_eq!((received.reports().len(), received.unusable()), (0, 0));
}

#[test]
fn a_form_without_its_document_is_an_error() {
    let list = r#"[{"sid":1,"status":"SUCCESS"}]"#;
    let json = receiver(JSON);
    // The body itself is not the document, and a list that is cut is none.
    for body in [list, "", "sms_status=", &form(&[("sms_status", &list[1..])]), "other=1"] {
        let error = post(&json, body).unwrap_err();
        assert_eq!(error.kind(), ReportErrorKind::Body, "{body}");
    }
    let lines = receiver(LINES);
    for field in ["data", "data[]", "data[x]", "data[0", "data[0]x", "xdata[0]", "data[-1]"] {
        let body = form(&[(field, "sms_status\n1\n103")]);
        let error = post(&lines, &body).unwrap_err();
        assert_eq!(error.kind(), ReportErrorKind::Body, "{body}");
    }
}

#[test]
fn lines_of_fields_are_the_document() {
    let receiver = receiver(LINES);
    let body = form(&[
        ("data[0]", "sms_status\na-1\n103\n1795885098"),
        ("data[10]", "sms_status\r\na-2\r\n150\r\n"),
        ("data[2]", "callcheck_status\na-3\n103"),
        ("data[3]", "sms_status\n\n103"),
        ("data[4]", ""),
        ("data[5]", "sms_status\na-5"),
        ("other", "sms_status\na-6\n103"),
    ]);
    let received = post(&receiver, &body).unwrap();
    let expected =
        ["delivered a-1 - -", "undeliverable a-2 - -", "unknown a-3 - -", "unknown a-5 - -"];
    assert_eq!(shown(&received), expected);
    assert_eq!(received.unusable(), 2);
    // A name without a star is one field.
    let one = super::receiver(&LINES.replace("data[*]", "data"));
    let received = post(&one, &form(&[("data", "sms_status\nb\n103")])).unwrap();
    assert_eq!(shown(&received), ["delivered b - -"]);
}

#[test]
fn mistakes_name_the_document() {
    #[track_caller]
    fn refused(reports: &str, path: &str, words: &str) {
        let text = format!("{HEAD}{reports}");
        let error = GatewaySpec::from_toml(&text).and_then(|spec| spec.check()).unwrap_err();
        assert_eq!(error.path(), path, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    for bad in ["", "form:", "lines:", "json:x", "data", "/x"] {
        let spec = JSON.replace("form:sms_status", bad);
        refused(&spec, "reports.document", "not a place in a form");
    }
    let long = JSON.replace("form:sms_status", &format!("form:{}", "x".repeat(600)));
    refused(&long, "reports.document", "more than 512 bytes");
    let json = JSON.replace("[reports]\n", "[reports]\nbody = \"json\"\n");
    refused(&json, "reports.document", "`form`");
    let xml = JSON.replace("\"/sid\"", "\"xml:/id\"");
    refused(&xml, "reports.message_id", "`form`");
    // Without it, pointers are in a JSON body.
    let list = LIST.replace("body = \"json\"", "body = \"form\"");
    refused(&list, "reports.each", "`json`");
}
