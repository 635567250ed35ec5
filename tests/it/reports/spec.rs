//! The descriptions of reports that a spec accepts and refuses.

use otpost::gateway::{
    ExpectedReport, GatewaySpec, Method, ReportAuth, ReportBody, ReportExample, ReportRule,
    ReportsSpec,
};
use otpost::report::ReportStatus;

use super::{FORM, HEAD, LIST};

#[track_caller]
fn check(good: &str, from: &str, to: &str, path: &str, words: &str) {
    assert!(good.contains(from), "{from}");
    let text = format!("{HEAD}{}", good.replacen(from, to, 1));
    let error = GatewaySpec::from_toml(&text).and_then(|spec| spec.check()).unwrap_err();
    assert_eq!(error.path(), path, "{error}");
    assert!(error.to_string().contains(words), "{error}");
    assert!(!error.to_string().ends_with('.') && !error.hint().is_empty(), "{error}");
}

#[test]
fn mistakes_are_found_with_their_place() {
    let form = |from: &str, to: &str, path: &str, words: &str| check(FORM, from, to, path, words);
    form("auth = \"none\"", "", "reports", "missing field `auth`");
    form("message_id", "mesage_id", "reports.mesage_id", "did you mean `message_id`");
    form("\"form:id\"", "\"sent\"", "reports.message_id", "not a place");
    form("\"form:id\"", "\"cookie:id\"", "reports.message_id", "not a place");
    form("\"form:id\"", "\"/a~2\"", "reports.message_id", "not a JSON pointer");
    form("\"form:id\"", "\"form:\"", "reports.message_id", "not a place");
    form("\"form:id\"", &format!("{:?}", vec!["/x"; 17]), "reports.message_id", "more than 16");
    form("status = \"form:status\"\n", "", "reports.status", "where the status is");
    form("\"form:id\"\nreference = \"query:ref\"", "[]", "reports.message_id", "which message");
    form("[\"DELIVRD\"]", "[\"DELIVRD\", \"undeliv\"]", "reports.statuses.undeliverable", "twice");
    form("[\"DELIVRD\"]", "[\" \"]", "reports.statuses.delivered", "empty");
    form("delivered =", "deliverd =", "reports.statuses.deliverd", "did you mean `delivered`");
    form(
        "[\"DELIVRD\"]\nundeliverable = [\"UNDELIV\"]\npending = [\"ACCEPTD\"]",
        "[]",
        "reports.statuses",
        "what a report means",
    );
    form("unit = \"s\"", "unit = \"h\"", "reports.at.unit", "");
    form("unit = \"s\"", "unit = \"s\", format = \"%Y\"", "reports.at", "a unit and a format");
    form("unit = \"s\"", "format = \"YYYY\"", "reports.at.format", "not a format");
    form("[reports]", "[reports]\nbody = \"json\"", "reports.message_id", "`form`");
    form("[reports]", "[reports]\neach = \"/x\"", "reports.message_id", "`form`");
    form("[reports]", "[reports]\neach = \"x\"", "reports.each", "not a JSON pointer");
    form("[reports]", "[reports]\nmethod = [\"DELETE\"]", "reports.method", "DELETE");
    form(
        "[reports]",
        "[reports]\nanswer = { status = 302 }",
        "reports.answer.status",
        "200 to 299",
    );
    form(
        "[reports]",
        "[reports]\nanswer = { content_type = \"a\\nb\" }",
        "reports.answer.content_type",
        "content type",
    );
    form("auth = \"none\"", "auth = \"nothing\"", "reports.auth", "");
}

#[test]
fn mistakes_in_rules_and_examples_are_found() {
    let with = |more: &str, path: &str, words: &str| {
        check(LIST, "auth = \"none\"", &format!("auth = \"none\"\n{more}"), path, words);
    };
    let rule = |when: &str| {
        format!("rule = [{{ when = {{ {when} }}, then = {{ status = \"unknown\" }} }}]")
    };
    with(&rule(""), "reports.rule.0.when", "matches every report");
    with(&rule("form = { a = 1 }"), "reports.rule.0.when", "`form`");
    with(&rule("header = { \"a b\" = 1 }"), "reports.rule.0.when.header.a b", "header name");
    with(&rule("json = { \"/a\" = { regex = \"(\" } }"), "reports.rule.0.when.json./a", "regular");
    with(&rule("json = { \"/a/*\" = 1 }"), "reports.rule.0.when.json./a/*", "several values");
    with(&rule("status = 200"), "reports.rule.0.when.status", "unknown field");
    let example = |method: &str, body: &str, expect: &str| {
        format!(
            "example = [{{ request = {{ method = \"{method}\", url = \"https://a.example/r\", \
             body = '{body}' }}, expect = [{expect}] }}]"
        )
    };
    let body = r#"{"results":[{"id":1,"status":"failed","error":{"code":7}}]}"#;
    let at = |key: &str| format!("reports.example.0.{key}");
    with(&example("GET", body, ""), &at("request.method"), "method");
    with(&example("POST", "x", ""), &at("request.body"), "body");
    with(&example("POST", body, ""), &at("expect"), "1 reports, not 0");
    let expect = |more: &str| format!("{{ status = \"undeliverable\"{more} }}");
    with(
        &example("POST", body, "{ status = \"delivered\" }"),
        &at("expect.0.status"),
        "not delivered",
    );
    with(&example("POST", body, &expect(", message_id = \"2\"")), &at("expect.0.message_id"), "");
    with(&example("POST", body, &expect(", reference = \"2\"")), &at("expect.0.reference"), "");
    with(&example("POST", body, &expect(", code = \"8\"")), &at("expect.0.code"), "");
    let good = example("POST", body, &expect(", message_id = \"1\", code = \"7\""));
    let text =
        format!("{HEAD}{}", LIST.replace("auth = \"none\"", &format!("auth = \"none\"\n{good}")));
    GatewaySpec::from_toml(&text).unwrap().check().unwrap();
}

#[test]
fn the_builder_and_toml_say_the_same() {
    let toml = r#"
[reports]
method = ["POST"]
body = "json"
each = "/results"
message_id = ["/id", "^/id"]
reference = "query:ref"
status = "/status"
code = "header:X-Code"
at = { at = "/at", format = "%s" }
answer = { status = 202, content_type = "text/plain", body = "OK" }
auth = "none"
statuses = { delivered = ["DELIVRD", 3], expired = [] }
[[reports.rule]]
when = { json = { "/a" = 1 }, query = { b = "2" }, header = { c = "3" } }
then = { status = "rejected" }
[[reports.example]]
request = { method = "POST", url = "https://a.example/r?ref=1", headers = { X-Code = "8" }, body = '{"results":[{"id":1,"status":"delivrd"}]}' }
expect = [{ status = "delivered", message_id = "1", reference = "1", code = "8" }]
"#;
    let read = GatewaySpec::from_toml(&format!("{HEAD}{toml}")).unwrap();
    let reports = ReportsSpec::new(ReportAuth::None)
        .with_method(Method::Post)
        .with_body(ReportBody::Json)
        .with_each("/results")
        .with_message_id("/id")
        .with_message_id("^/id")
        .with_reference("query:ref")
        .with_status("/status")
        .with_code("header:X-Code")
        .with_time_format("/at", "%s")
        .with_answer(202, "text/plain", "OK")
        .with_words(ReportStatus::Delivered, ["DELIVRD"])
        .with_words(ReportStatus::Delivered, ["3"])
        .with_words(ReportStatus::Expired, [""; 0])
        .with_rule(
            ReportRule::new(ReportStatus::Rejected)
                .when_json("/a", 1)
                .when_query("b", "2")
                .when_header("c", "3"),
        )
        .with_example(
            ReportExample::new(Method::Post, "https://a.example/r?ref=1")
                .with_header("X-Code", "8")
                .with_body(r#"{"results":[{"id":1,"status":"delivrd"}]}"#)
                .with_expected(
                    ExpectedReport::new(ReportStatus::Delivered)
                        .with_message_id("1")
                        .with_reference("1")
                        .with_code("8"),
                ),
        );
    assert_eq!(read.reports(), Some(&reports));
    let written = read.to_toml().unwrap();
    assert_eq!(GatewaySpec::from_toml(&written).unwrap(), read, "{written}");
    let plain = ReportsSpec::new(ReportAuth::None).with_time("/at");
    let seconds = ReportsSpec::new(ReportAuth::None).with_time_seconds("/at");
    assert!(plain != seconds && seconds != plain.clone().with_time_millis("/at"));
}
