//! `[answer]`: places for every response, and the meaning of codes.

use std::time::Duration;

use otpost::HttpGateway;
use otpost::gateway::{AnswerSpec, GatewaySpec, Idempotency, Outcome, Predicate, Rule};
use otpost::provider::{Failover, Fate, Provider, SendError, SendErrorKind};
use otpost::testing::{ManualClock, RecordingProvider, ScriptedTransport};
use otpost::transport::TransportError;

use super::{answer, head, message, spec};

const TOML: &str = r#"
spec = 1
id = "acme"
name = "Acme SMS"
[request]
method = "POST"
url = "https://acme.example/send"
form = { to = "{{to}}", text = "{{text}}" }
[idempotency]
field = "ref"
[answer]
code = ["/messages/0/error/code", "/error/code", "header:X-Code"]
message = ["/messages/0/error/text", "/error/text"]
message_id = ["/messages/0/id", "/id"]
retry_after = { at = "/error/wait_ms", unit = "ms" }
[answer.codes]
unauthorized = [1, 2, 3, 7]
no_credit = [20, 46]
content = ["1115"]
duplicate = ["124"]
throttled = [9]
[[response]]
when = { json = { "/error/code" = 46 } }
then = { outcome = "blocked" }
[[response]]
when = { status = 200 }
then = { outcome = "accepted" }
"#;

type Found = Result<Option<String>, (SendErrorKind, Fate, Option<String>, Option<Duration>)>;

async fn judge(toml: &str, status: u16, body: &str) -> Found {
    let response = answer(status, &[], body).unwrap();
    let gateway = HttpGateway::builder(GatewaySpec::from_toml(toml).unwrap())
        .clock(ManualClock::at(784_111_777)) // Sun, 06 Nov 1994 08:49:37 GMT
        .build_with(ScriptedTransport::new().respond(response))
        .unwrap();
    let sent = gateway.send(&message()).await;
    sent.map(|receipt| receipt.message_id().map(str::to_owned)).map_err(|error| parts(&error))
}

fn parts(error: &SendError) -> (SendErrorKind, Fate, Option<String>, Option<Duration>) {
    (error.kind(), error.fate(), error.gateway_code().map(str::to_owned), error.retry_after())
}

#[tokio::test]
async fn codes_decide_before_success_and_after_other_rules() {
    use SendErrorKind::{Blocked, Content, Misconfigured, NoCredit, Unauthorized, Unknown};
    let refused = |kind, code: &str| Err((kind, Fate::Refused, Some(code.to_owned()), None));
    for (status, body, expected) in [
        (200, r#"{"id":"a"}"#, Ok(Some("a".to_owned()))),
        (200, r#"{"messages":[{"id":"b","error":null}]}"#, Ok(Some("b".to_owned()))),
        (200, r#"{"id":"a","error":{"code":7}}"#, refused(Unauthorized, "7")),
        (200, r#"{"error":{"code":"7"}}"#, refused(Unauthorized, "7")),
        (400, r#"{"error":{"code":20,"text":"no"}}"#, refused(NoCredit, "20")),
        (
            400,
            r#"{"messages":[{"error":{"code":20}}],"error":{"code":7}}"#,
            refused(NoCredit, "20"),
        ),
        (200, r#"{"error":{"code":1115}}"#, refused(Content, "1115")),
        // A rule comes first, and takes the code from the shared place.
        (200, r#"{"error":{"code":46}}"#, refused(Blocked, "46")),
        // Not listed: success by the rule, or what the status means, with the code.
        (200, r#"{"id":"a","error":{"code":99}}"#, Ok(Some("a".to_owned()))),
        (422, r#"{"error":{"code":99}}"#, refused(Misconfigured, "99")),
        (
            500,
            r#"{"error":{"code":99}}"#,
            Err((Unknown, Fate::Unknown, Some("99".to_owned()), None)),
        ),
        (500, r#"{"error":{"code":7}}"#, refused(Unauthorized, "7")),
        // The message was accepted before.
        (409, r#"{"id":"first","error":{"code":"124"}}"#, Ok(Some("first".to_owned()))),
    ] {
        assert_eq!(judge(TOML, status, body).await, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn words_and_waits_come_from_the_shared_places() {
    let response = answer(
        429,
        &[("retry-after", "60")],
        r#"{"error":{"code":9,"text":"slow down","wait_ms":1500}}"#,
    );
    let gateway = HttpGateway::builder(GatewaySpec::from_toml(TOML).unwrap())
        .build_with(ScriptedTransport::new().respond(response.unwrap()))
        .unwrap();
    let error = gateway.send(&message()).await.unwrap_err();
    assert_eq!(error.gateway_words(), Some("slow down"));
    assert_eq!(error.retry_after(), Some(Duration::from_millis(1_500)));
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Throttled, Fate::NotSent));
}

#[tokio::test]
async fn waits_have_units() {
    let with = |place: &str| TOML.replace(r#"{ at = "/error/wait_ms", unit = "ms" }"#, place);
    let (s, ms) = (Duration::from_secs, Duration::from_millis);
    for (place, value, expected) in [
        ("\"/error/wait\"", "7", Some(s(7))),
        ("\"/error/wait\"", "\"7\"", Some(s(7))),
        ("\"/error/wait\"", "1.5", Some(s(2))),
        ("\"/error/wait\"", "\"1994-11-06T08:49:47Z\"", Some(s(10))),
        ("\"/error/wait\"", "\"1994-11-06T09:49:47.25+01:00\"", Some(s(10))),
        ("\"/error/wait\"", "\"Sun, 06 Nov 1994 08:49:47 GMT\"", Some(s(10))),
        ("{ at = \"/error/wait\", unit = \"s\" }", "7", Some(s(7))),
        ("{ at = \"/error/wait\", unit = \"ms\" }", "\"2500\"", Some(ms(2_500))),
        ("{ at = \"/error/wait\", unit = \"ms\" }", "99999999999999999999", Some(s(86_400))),
        ("{ at = \"/error/wait\", unit = \"date\" }", "\"1994-11-06T08:49:47Z\"", Some(s(10))),
        ("{ at = \"/error/wait\", unit = \"date\" }", "7", None),
        ("\"/error/wait\"", "-7", None),
        ("\"/error/wait\"", "\"1994-11-31T08:49:47Z\"", None),
        ("\"/error/wait\"", "[7]", None),
    ] {
        let body = format!(r#"{{"error":{{"code":9,"wait":{value}}}}}"#);
        let (_, _, _, wait) = judge(&with(place), 429, &body).await.unwrap_err();
        assert_eq!(wait, expected, "{place} {value}");
    }
    for (place, words) in [
        ("{ at = \"/x\", unit = \"min\" }", "expected"),
        ("\"group:x\"", "body_regex"),
        ("7", "expected a place"),
    ] {
        let read = GatewaySpec::from_toml(&with(place)).and_then(|spec| spec.check());
        let error = read.unwrap_err();
        assert!(
            error.path().starts_with("answer.retry_after") && error.to_string().contains(words),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_code_that_nobody_listed_is_no_success() {
    let no_rules = &TOML[..TOML.find("[[response]]").unwrap()];
    assert_eq!(judge(no_rules, 200, r#"{"id":"a"}"#).await, Ok(Some("a".to_owned())));
    let unlisted = judge(no_rules, 200, r#"{"error":{"code":99}}"#).await;
    assert_eq!(unlisted, Err((SendErrorKind::Unknown, Fate::Unknown, Some("99".to_owned()), None)));
    let accepted = no_rules.replace("throttled = [9]", "throttled = [9]\naccepted = [0]");
    assert_eq!(
        judge(&accepted, 200, r#"{"id":"a","error":{"code":0}}"#).await,
        Ok(Some("a".to_owned()))
    );
    // A body cannot widen success, and without the code there is none.
    assert!(judge(&accepted, 500, r#"{"error":{"code":0}}"#).await.is_err());
    assert_eq!(judge(&accepted, 200, "{}").await.unwrap_err().1, Fate::Unknown);
}

#[tokio::test]
async fn without_its_body_no_success_is_read() {
    // The rule is for the status alone, but a code in the body would say otherwise.
    let broken = |status: u16| {
        let error = TransportError::maybe_sent(otpost::provider::Stage::Body, "the body broke off");
        ScriptedTransport::new().fail(error.with_head(head(status)))
    };
    let build = |toml: &str, transport| {
        HttpGateway::builder(GatewaySpec::from_toml(toml).unwrap()).build_with(transport).unwrap()
    };
    let error = build(TOML, broken(200)).send(&message()).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Unknown);
    let by_header = TOML
        .replace(
            r#"["/messages/0/error/code", "/error/code", "header:X-Code"]"#,
            "\"header:X-Code\"",
        )
        .replace("json = { \"/error/code\" = 46 }", "header = { X-Code = 46 }");
    assert!(build(&by_header, broken(200)).send(&message()).await.is_ok());
    assert_eq!(build(TOML, broken(401)).send(&message()).await.unwrap_err().fate(), Fate::Unknown);
    // Without rules, a client error is a refusal, unless its code could say that the message was
    // accepted before. Then another gateway would send it a second time.
    let duplicate = &TOML[..TOML.find("[[response]]").unwrap()];
    let plain = duplicate.replace("duplicate = [\"124\"]\n", "");
    for (toml, fate) in [(duplicate, Fate::Unknown), (&plain, Fate::Refused)] {
        let first = build(toml, broken(409));
        let next = RecordingProvider::new();
        let sent = Failover::new(first).with_fallback(next.clone()).send(&message()).await;
        let attempts = match &sent {
            Ok(receipt) => receipt.attempts(),
            Err(error) => error.attempts(),
        };
        assert_eq!(attempts[0].fate, fate);
        assert_eq!(next.messages().len(), usize::from(fate == Fate::Refused));
    }
}

#[tokio::test]
async fn the_own_id_is_the_id_where_the_gateway_uses_it() {
    let own = TOML
        .replace(r#"message_id = ["/messages/0/id", "/id"]"#, r#"message_id = ["/id", "sent"]"#);
    let gateway = HttpGateway::builder(GatewaySpec::from_toml(&own).unwrap())
        .build_with(ScriptedTransport::new().answer(200, "{}").answer(200, r#"{"id":"theirs"}"#))
        .unwrap();
    let message = message();
    let sent = gateway.send(&message).await.unwrap();
    assert_eq!(sent.message_id(), Some(message.id().as_str()));
    assert_eq!(gateway.send(&message).await.unwrap().message_id(), Some("theirs"));
}

#[test]
fn code_tables_are_checked() {
    let codes = |codes: &str| TOML.replace("unauthorized = [1, 2, 3, 7]", codes);
    for (toml, path, words) in [
        (codes("unauthorized = []"), "answer.codes.unauthorized", "empty"),
        (codes("unauthorized = [20]"), "answer.codes.no_credit", "listed twice"),
        (codes("unauthorized = [\" 7\"]"), "answer.codes.unauthorized", "white space"),
        (codes("unauthorised = [7]"), "answer.codes.unauthorised", "did you mean `unauthorized`?"),
        (codes("unauthorized = 7"), "answer.codes.unauthorized", "expected a list"),
        (
            TOML.replace("[idempotency]\nfield = \"ref\"\n", ""),
            "answer.codes.duplicate",
            "[idempotency]",
        ),
        (
            TOML.replace("outcome = \"blocked\"", "outcome = \"duplicate\"")
                .replace("[idempotency]\nfield = \"ref\"\n", "")
                .replace("duplicate = [\"124\"]\n", ""),
            "response.0.then.outcome",
            "[idempotency]",
        ),
        (TOML.replace("code = [", "kode = ["), "answer.kode", "unknown field"),
        (
            TOML.replace(
                "code = [\"/messages/0/error/code\", \"/error/code\", \"header:X-Code\"]\n",
                "",
            ),
            "answer.codes",
            "where the code is",
        ),
    ] {
        let error = GatewaySpec::from_toml(&toml).and_then(|spec| spec.check()).unwrap_err();
        assert_eq!(error.path(), path, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn the_builder_makes_the_same_answers() {
    let built = GatewaySpec::builder("acme", "Acme SMS")
        .post("https://acme.example/send")
        .form("to", "{{to}}")
        .form("text", "{{text}}")
        .idempotency(Idempotency::field("ref"))
        .answer(
            AnswerSpec::new()
                .with_code("/messages/0/error/code")
                .with_code("/error/code")
                .with_code("header:X-Code")
                .with_message("/messages/0/error/text")
                .with_message("/error/text")
                .with_message_id("/messages/0/id")
                .with_message_id("/id")
                .with_retry_after_ms("/error/wait_ms")
                .with_codes(Outcome::Unauthorized, [1, 2, 3, 7])
                .with_codes(Outcome::NoCredit, [20, 46])
                .with_codes(Outcome::Content, ["1115"])
                .with_codes(Outcome::Duplicate, ["124"])
                .with_codes(Outcome::Throttled, [9]),
        )
        .rule(Rule::new(Outcome::Blocked).when_json("/error/code", 46))
        .rule(Rule::new(Outcome::Accepted).when_status(200))
        .build();
    assert!(built == GatewaySpec::from_toml(TOML).unwrap());
    assert!(GatewaySpec::from_toml(&built.to_toml().unwrap()).unwrap() == built);
}

#[test]
fn a_spec_without_success_is_warned_about() {
    let warned = spec().form("to", "{{to}}").form("t", "{{text}}");
    assert_eq!(warned.clone().build().check().unwrap()[0].path(), "response");
    let rule =
        warned.clone().rule(Rule::new(Outcome::Accepted).when_json("/ok", Predicate::exists(true)));
    assert!(rule.build().check().unwrap().is_empty());
    let code = AnswerSpec::new().with_code("/code").with_codes(Outcome::Accepted, [0]);
    assert!(warned.answer(code).build().check().unwrap().is_empty());
}

#[tokio::test]
async fn a_code_that_cannot_be_read_is_no_success() {
    let toml = TOML.replace("throttled = [9]", "throttled = [9]\nblocked = [0]");
    // The rule is about the status alone, so the code decides.
    for body in ["<html>no credit</html>", "\u{1f}\u{8b}", r#"{"error":{"code":20.0}}"#] {
        assert_eq!(judge(&toml, 200, body).await.unwrap_err().1, Fate::Unknown, "{body}");
    }
    let long = format!(r#"{{"error":{{"code":"{}"}}}}"#, "7".repeat(300));
    assert_eq!(judge(&toml, 200, &long).await.unwrap_err().1, Fate::Unknown);
    for body in ["", "{}", r#"{"error":{"code":null}}"#, r#"{"error":{"code":""}}"#] {
        assert!(judge(&toml, 200, body).await.is_ok(), "{body}");
    }
    // A rule that has understood the body needs no code.
    let text = TOML.replace("when = { status = 200 }", "when = { body_regex = \"^OK\" }");
    assert!(judge(&text, 200, "OK 17").await.is_ok());
    let error = judge_error(&toml, 200, r#"{"error":{"code":20.0}}"#).await;
    assert!(
        error.explanation().unwrap().ends_with("the code of the response cannot be read: unknown"),
        "{error:?}"
    );
}

async fn judge_error(toml: &str, status: u16, body: &str) -> SendError {
    let response = answer(status, &[], body).unwrap();
    let gateway = HttpGateway::builder(GatewaySpec::from_toml(toml).unwrap())
        .build_with(ScriptedTransport::new().respond(response))
        .unwrap();
    gateway.send(&message()).await.unwrap_err()
}

#[tokio::test]
async fn a_duplicate_is_told_by_the_gateway_and_not_by_an_error_page() {
    let code = r#"{"id":"first","error":{"code":"124"}}"#;
    for (status, is_accepted) in [(200, true), (409, true), (500, false), (302, false)] {
        assert_eq!(judge(TOML, status, code).await.is_ok(), is_accepted, "{status}");
    }
    let by_rule = TOML.replace(
        "when = { json = { \"/error/code\" = 46 } }\nthen = { outcome = \"blocked\" }",
        "when = { body_regex = \"124\" }\nthen = { outcome = \"duplicate\" }",
    );
    assert!(
        judge(&by_rule, 409, "124").await.is_ok() && judge(&by_rule, 500, "124").await.is_err()
    );
    let every = TOML.replace(
        "when = { json = { \"/error/code\" = 46 } }\nthen = { outcome = \"blocked\" }",
        "then = { outcome = \"duplicate\" }",
    );
    let error = GatewaySpec::from_toml(&every).and_then(|spec| spec.check()).unwrap_err();
    assert_eq!(error.path(), "response.0.when", "{error}");
}

#[test]
fn codes_of_one_outcome_are_one_list() {
    let answer = AnswerSpec::new()
        .with_code("/c")
        .with_codes(Outcome::NoCredit, [20])
        .with_codes(Outcome::NoCredit, ["A1"]);
    let spec = spec().form("to", "{{to}}").form("t", "{{text}}").answer(answer).build();
    assert!(spec.to_toml().unwrap().contains("no_credit = [20, \"A1\"]"));
    let many = (0..17).fold(AnswerSpec::new(), |answer, at| answer.with_code(format!("/{at}")));
    assert_eq!(
        super::spec()
            .form("to", "{{to}}")
            .form("t", "{{text}}")
            .answer(many)
            .build()
            .check()
            .unwrap_err()
            .path(),
        "answer"
    );
}
