//! Requests with several reports, places and rules.

use super::{LIST, head, post, receiver, shown};

#[test]
fn each_report_of_a_list_counts_by_itself() {
    let receiver = receiver(LIST);
    let body = r#"{"results":[
        {"id":"a","status":"delivered"},
        {"status":"delivered"}, 7, null, "x", [], {"id":null}, {"id":""}, {"id":[1]},
        {"id":9,"status":3,"error":{"code":5}},
        {"id":1.5,"status":"failed"},
        {"id":"b","status":"FAILED","error":null},
        {"id":true,"status":{}}
    ]}"#;
    let received = post(&receiver, body).unwrap();
    assert_eq!(
        shown(&received),
        ["delivered a - -", "delivered 9 - 5", "undeliverable b - -", "unknown true - -"]
    );
    // `[]` is an empty list of its own.
    assert_eq!(received.unusable(), 9);
    for body in ["{}", "{\"results\":null}", "{\"results\":[]}", "[]", "7", "null"] {
        let received = post(&receiver, body).unwrap();
        assert_eq!((received.reports().len(), received.unusable()), (0, 0), "{body}");
    }
    // One report without its list.
    let received = post(&receiver, r#"{"results":{"id":"a","status":"delivered"}}"#).unwrap();
    assert_eq!(shown(&received), ["delivered a - -"]);
}

#[test]
fn lists_can_be_the_body_or_in_other_lists() {
    let whole = receiver(&LIST.replace("\"/results\"", "\"\""));
    let received = post(&whole, r#"[{"id":1,"status":3},{"id":2,"status":"failed"}]"#).unwrap();
    assert_eq!(shown(&received), ["delivered 1 - -", "undeliverable 2 - -"]);

    let nested = LIST.replace("\"/results\"", "\"/entry/*/changes/*/value/statuses\"");
    let nested = receiver(&nested.replace("\"/id\"", "[\"/id\", \"^/entry/0/id\"]"));
    let body = r#"{"entry":[
        {"id":"E","changes":[{"value":{"statuses":[{"id":"a","status":"delivered"},{"status":"failed"}]}}]},
        {"changes":[{"value":{"messages":[{}]}},{"value":{"statuses":[{"id":"b","status":"failed"}]}}]}
    ]}"#;
    let received = post(&nested, body).unwrap();
    let expected = ["delivered a - -", "undeliverable E - -", "undeliverable b - -"];
    assert_eq!(shown(&received), expected);
}

#[test]
fn rules_come_before_words() {
    let rules = r#"
[[reports.rule]]
when = { json = { "/error/code" = { in = [5002, "5002"] } } }
then = { status = "unknown" }
[[reports.rule]]
when = { json = { "^/kind" = "final", "/status" = { regex = "^fail" } }, query = { v = "2" }, header = { x-kind = { exists = false } } }
then = { status = "rejected" }
"#;
    let receiver = receiver(&format!("{LIST}{rules}"));
    let send = |query: &str, body: &str| {
        shown(&receiver.receive(&head("POST", query), body.as_bytes()).unwrap()).concat()
    };
    let body = |kind: &str, code: &str| {
        format!(
            r#"{{"kind":"{kind}","results":[{{"id":1,"status":"failed","error":{{"code":{code}}}}}]}}"#
        )
    };
    assert_eq!(send("", &body("x", "1")), "undeliverable 1 - 1");
    assert_eq!(send("", &body("x", "5002")), "unknown 1 - 5002");
    assert_eq!(send("v=2", &body("final", "\"5002\"")), "unknown 1 - 5002");
    assert_eq!(send("v=2", &body("final", "1")), "rejected 1 - 1");
    assert_eq!(send("v=1", &body("final", "1")), "undeliverable 1 - 1");
    assert_eq!(send("v=2", &body("x", "1")), "undeliverable 1 - 1");
    let mut parts = head("POST", "v=2");
    parts.headers.insert("x-kind", "a".parse().unwrap());
    let received = receiver.receive(&parts, body("final", "1").as_bytes()).unwrap();
    assert_eq!(shown(&received), ["undeliverable 1 - 1"]);
}

#[test]
fn places_are_tried_in_order_and_in_any_body() {
    let any = r#"
[reports]
message_id = ["/id", "form:id", "query:id", "header:X-Id"]
status = ["/sub", "/status", "form:status", "query:status"]
auth = "none"
[reports.statuses]
delivered = ["ok"]
expired = ["late"]
"#;
    let receiver = receiver(any);
    let send = |query: &str, body: &str| {
        shown(&receiver.receive(&head("POST", query), body.as_bytes()).unwrap()).concat()
    };
    assert_eq!(send("", r#"{"id":"j","sub":"late","status":"ok"}"#), "expired j - -");
    assert_eq!(send("", r#"{"id":"j","sub":null,"status":"ok"}"#), "delivered j - -");
    assert_eq!(send("id=q&status=ok", r#"{"sub":" "}"#), "delivered q - -");
    assert_eq!(send("id=q", "id=f&status=late"), "expired f - -");
    assert_eq!(send("id=q&status=ok", "not=json"), "delivered q - -");
    let mut parts = head("GET", "status=ok");
    parts.headers.insert("x-id", " h ".parse().unwrap());
    assert_eq!(shown(&receiver.receive(&parts, b"").unwrap()), ["delivered h - -"]);
}

#[cfg(feature = "xml")]
#[test]
fn xml_is_read() {
    let xml = r#"
[reports]
body = "xml"
message_id = "xml:/report/message/@id"
status = "xml:/report/status"
auth = "none"
[reports.statuses]
delivered = ["delivered"]
[[reports.rule]]
when = { xml = { "/report/silent" = { exists = true } } }
then = { status = "unknown" }
"#;
    let receiver = receiver(xml);
    let body = "<report><message id='7'/><status> Delivered </status></report>";
    assert_eq!(shown(&post(&receiver, body).unwrap()), ["delivered 7 - -"]);
    let silent = body.replace("<status>", "<silent/><status>");
    assert_eq!(shown(&post(&receiver, &silent).unwrap()), ["unknown 7 - -"]);
    let kind = post(&receiver, "id=7").unwrap_err().kind();
    assert_eq!(kind, otpost::report::ReportErrorKind::Body);
}
