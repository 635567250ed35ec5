//! What a gateway makes of an answer: rules, the table of statuses, waits, and answers that broke off.

mod charsets;
mod codes;
mod conflicts;
mod lists;
mod other_codes;
mod own_id;
mod ranges;
mod text_codes;

use std::time::Duration;

use otpost::gateway::{GatewaySpec, GatewaySpecBuilder, Outcome, Predicate, Rule};
use otpost::provider::{Fate, Provider, SendErrorKind, Stage};
use otpost::testing::{ManualClock, RecordingProvider, ScriptedTransport};
use otpost::transport::{Response, TransportError};
use otpost::{HttpGateway, Message, PhoneNumber};

fn message() -> Message {
    Message::new(PhoneNumber::parse("+919876543210").unwrap(), "012345 is your code").unwrap()
}

fn spec() -> GatewaySpecBuilder {
    GatewaySpec::builder("acme", "Acme").post("https://acme.example/send")
}

/// A gateway with rules of every kind, and an answer.
async fn judge(
    response: Result<Response, TransportError>,
) -> Result<Option<String>, (SendErrorKind, Fate, Option<String>, Option<Duration>)> {
    let spec = spec()
        .form("to", "{{to}}")
        .form("t", "{{text}}")
        .rule(
            Rule::new(Outcome::Throttled)
                .when_json("/code", 13)
                .with_code("/code")
                .with_retry_after("/wait"),
        )
        .rule(
            Rule::new(Outcome::Blocked)
                .when_header("X-Blocked", Predicate::exists(true))
                .with_code("header:X-Blocked"),
        )
        .rule(Rule::new(Outcome::NoCredit).when_form("ERR", "301").with_code("form:ERR"))
        .rule(Rule::new(Outcome::Regulatory).when_body_equals("forbidden"))
        .rule(
            Rule::new(Outcome::InvalidRecipient)
                .when_body_regex("^bad number (?P<why>[a-z]+)")
                .with_code("group:why"),
        )
        .rule(Rule::new(Outcome::Unavailable).when_status(503).when_body_empty())
        .rule(
            Rule::new(Outcome::Misconfigured)
                .when_json("/n", Predicate::between(100, 199))
                .with_code("/n"),
        )
        .rule(Rule::new(Outcome::Accepted).when_json("/code", 0).with_message_id("/ids/0"));
    let transport = match response {
        Ok(response) => ScriptedTransport::new().respond(response),
        Err(error) => ScriptedTransport::new().fail(error),
    };
    let gateway = HttpGateway::builder(spec.build())
        .clock(ManualClock::at(784_111_777)) // Sun, 06 Nov 1994 08:49:37 GMT
        .build_with(transport)
        .unwrap();
    let sent = gateway.send(&message()).await;
    sent.map(|receipt| receipt.message_id().map(str::to_owned))
        .map_err(|e| (e.kind(), e.fate(), e.gateway_code().map(str::to_owned), e.retry_after()))
}

fn answer(
    status: u16,
    headers: &[(&'static str, &str)],
    body: &str,
) -> Result<Response, TransportError> {
    let mut response = Response::new(body.to_owned().into());
    *response.status_mut() = http_status(status);
    for (name, value) in headers {
        response.headers_mut().append(*name, value.parse().unwrap());
    }
    Ok(response)
}

fn http_status(status: u16) -> http::StatusCode {
    http::StatusCode::from_u16(status).unwrap()
}

#[tokio::test]
async fn the_first_rule_that_fits_decides() {
    use SendErrorKind::{
        Blocked, InvalidRecipient, Misconfigured, NoCredit, Regulatory, Unavailable, Unknown,
    };
    let error = |kind, fate, code: Option<&str>| Err((kind, fate, code.map(str::to_owned), None));
    let with = |status, body| answer(status, &[], body);
    assert_eq!(judge(with(200, r#"{"code":0,"ids":["a-1"]}"#)).await, Ok(Some("a-1".to_owned())));
    assert_eq!(
        judge(with(200, "\u{feff}{\"code\":0,\"ids\":[12345678901234567890]}")).await,
        Ok(Some("12345678901234567890".to_owned()))
    );
    assert_eq!(judge(with(200, r#"{"code":0}"#)).await, Ok(None));
    assert_eq!(
        judge(with(200, r#"{"code":0,"ids":["a\nb"]}"#)).await,
        Ok(None),
        "a name has no line break"
    );
    assert_eq!(
        judge(with(200, r#"{"code":"0"}"#)).await,
        error(Unknown, Fate::Unknown, None),
        "a text is no number"
    );
    assert_eq!(judge(with(200, r#"{"code":0.0}"#)).await, error(Unknown, Fate::Unknown, None));
    assert_eq!(judge(with(200, "not JSON")).await, error(Unknown, Fate::Unknown, None));
    assert_eq!(
        judge(with(500, r#"{"code":0,"ids":["a-1"]}"#)).await,
        error(Unknown, Fate::Unknown, None),
        "a body cannot widen success"
    );
    assert_eq!(
        judge(answer(200, &[("x-blocked", "yes")], r#"{"code":0}"#)).await,
        error(Blocked, Fate::Refused, Some("yes"))
    );
    assert_eq!(judge(with(200, "OK&ERR=301")).await, error(NoCredit, Fate::Refused, Some("301")));
    assert_eq!(
        judge(with(200, "ERR=%33%30%31&x")).await,
        error(NoCredit, Fate::Refused, Some("301"))
    );
    assert_eq!(judge(with(200, " forbidden\r\n")).await, error(Regulatory, Fate::Refused, None));
    assert_eq!(
        judge(with(200, "bad number format")).await,
        error(InvalidRecipient, Fate::Refused, Some("format"))
    );
    assert_eq!(judge(with(503, "")).await, error(Unavailable, Fate::NotSent, None));
    assert_eq!(
        judge(with(200, r#"{"n":150}"#)).await,
        error(Misconfigured, Fate::Refused, Some("150"))
    );
    assert_eq!(judge(with(200, r#"{"n":200}"#)).await, error(Unknown, Fate::Unknown, None));
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    assert_eq!(judge(with(200, &deep)).await, error(Unknown, Fate::Unknown, None));
}

#[tokio::test]
async fn the_table_decides_where_no_rule_fits() {
    use SendErrorKind::{Misconfigured, NoCredit, Throttled, Unauthorized, Unavailable, Unknown};
    for (status, kind, fate) in [
        (101, Unknown, Fate::Unknown),
        (200, Unknown, Fate::Unknown),
        (204, Unknown, Fate::Unknown),
        (302, Unknown, Fate::Unknown),
        (303, Unknown, Fate::Unknown),
        (307, Misconfigured, Fate::Refused),
        (400, Misconfigured, Fate::Refused),
        (401, Unauthorized, Fate::Refused),
        (402, NoCredit, Fate::Refused),
        (403, Unauthorized, Fate::Refused),
        (404, Misconfigured, Fate::Refused),
        (407, Unauthorized, Fate::Refused),
        (408, Unavailable, Fate::NotSent),
        (425, Unavailable, Fate::NotSent),
        (429, Throttled, Fate::NotSent),
        (500, Unknown, Fate::Unknown),
        (502, Unknown, Fate::Unknown),
        (503, Unknown, Fate::Unknown),
        (504, Unknown, Fate::Unknown),
        (999, Unknown, Fate::Unknown),
    ] {
        assert_eq!(
            judge(answer(status, &[], "x")).await,
            Err((kind, fate, None, None)),
            "{status}"
        );
    }
    // A spec without a rule for success trusts the status.
    let trusting = HttpGateway::builder(spec().form("to", "{{to}}").form("t", "{{text}}").build())
        .build_with(ScriptedTransport::new().answer(204, "").answer(302, ""))
        .unwrap();
    assert!(trusting.send(&message()).await.is_ok());
    assert_eq!(trusting.send(&message()).await.unwrap_err().fate(), Fate::Unknown);
}

#[tokio::test]
async fn retry_after_is_read_in_all_its_forms() {
    let day = Duration::from_secs(86_400);
    for (text, expected) in [
        ("3", Some(Duration::from_secs(3))),
        ("0", Some(Duration::ZERO)),
        ("18446744073709551615", Some(day)),
        ("99999999999999999999999", Some(day)),
        ("Sun, 06 Nov 1994 08:49:47 GMT", Some(Duration::from_secs(10))),
        ("Sunday, 06-Nov-94 08:49:47 GMT", Some(Duration::from_secs(10))),
        ("Sun Nov  6 08:49:47 1994", Some(Duration::from_secs(10))),
        ("Sun, 06 Nov 1994 08:49:00 GMT", Some(Duration::ZERO)),
        ("-1", None),
        ("1e30", None),
        ("soon", None),
        ("", None),
    ] {
        let (kind, _, _, wait) =
            judge(answer(429, &[("retry-after", text)], "")).await.unwrap_err();
        assert_eq!((kind, wait), (SendErrorKind::Throttled, expected), "{text:?}");
    }
    let long = "9".repeat(10_000);
    assert_eq!(judge(answer(429, &[("retry-after", &long)], "")).await.unwrap_err().3, Some(day));
    let in_body = judge(answer(200, &[("retry-after", "99")], r#"{"code":13,"wait":7}"#)).await;
    assert_eq!(in_body.unwrap_err().3, Some(Duration::from_secs(7)));
    let two = judge(answer(429, &[("retry-after", "5"), ("retry-after", "9")], "")).await;
    assert_eq!(two.unwrap_err().3, Some(Duration::from_secs(5)));
}

#[tokio::test]
async fn an_exchange_without_an_answer_keeps_its_fate() {
    let broken = |status: u16| {
        TransportError::maybe_sent(Stage::Body, "the answer's body broke off")
            .with_head(head(status))
    };
    let refused = TransportError::not_sent(Stage::Connect, "refused");
    assert_eq!(
        judge(Err(refused)).await,
        Err((SendErrorKind::Transport, Fate::NotSent, None, None))
    );
    let silent = TransportError::maybe_sent(Stage::Request, "no answer came in time");
    assert_eq!(
        judge(Err(silent)).await,
        Err((SendErrorKind::Transport, Fate::Unknown, None, None))
    );
    let config = TransportError::not_sent(Stage::Config, "no URL");
    assert_eq!(
        judge(Err(config)).await,
        Err((SendErrorKind::Misconfigured, Fate::NotSent, None, None))
    );
    // The rules ask for the body, so without it nothing is known, whatever the status.
    for status in [200, 401, 503] {
        assert_eq!(
            judge(Err(broken(status))).await,
            Err((SendErrorKind::Transport, Fate::Unknown, None, None))
        );
    }
    // Rules of the status alone, or none, still decide.
    let by_status = |status: u16| async move {
        let spec = spec()
            .form("to", "{{to}}")
            .form("t", "{{text}}")
            .rule(Rule::new(Outcome::Accepted).when_status(202));
        let transport = ScriptedTransport::new().fail(broken(status));
        let gateway = HttpGateway::builder(spec.build()).build_with(transport).unwrap();
        gateway.send(&message()).await.map(drop).map_err(|e| (e.kind(), e.fate(), e.stage()))
    };
    assert_eq!(by_status(202).await, Ok(()));
    assert_eq!(
        by_status(401).await,
        Err((SendErrorKind::Unauthorized, Fate::Refused, Some(Stage::Body)))
    );
    assert_eq!(
        by_status(500).await,
        Err((SendErrorKind::Transport, Fate::Unknown, Some(Stage::Body)))
    );
}

fn head(status: u16) -> http::response::Parts {
    let mut response = Response::default();
    *response.status_mut() = http_status(status);
    response.into_parts().0
}

#[tokio::test]
async fn explanations_say_why_not() {
    let spec = GatewaySpec::from_toml(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        [request]
        method = "POST"
        url = "https://sms.acme.example/send"
        form = { to = "{{to}}", text = "{{text}}" }
        [[response]]
        when = { json = { "/responseCode" = 0 } }
        then = { outcome = "accepted" }
        [[response]]
        when = { json = { "/responseCode" = 1 } }
        then = { outcome = "unauthorized" }
        [[response]]
        when = { json = { "/responseCode" = 13 } }
        then = { outcome = "throttled", code = "/responseCode", message = "/responseMessage" }
        "#,
    );
    let gateway = HttpGateway::builder(spec.unwrap()).build_with(ScriptedTransport::new()).unwrap();
    let explained = gateway.explain(
        &answer(200, &[], r#"{"responseCode":13,"responseMessage":"+919876543210"}"#).unwrap(),
    );
    assert_eq!(
        (explained.outcome(), explained.rule(), explained.why_not().len()),
        (Outcome::Throttled, Some(2), 2)
    );
    let text = explained.to_string();
    assert!(
        text.contains("response.0 does not match: the value at `/responseCode` does not match"),
        "{text}"
    );
    assert!(text.ends_with("response.2 matches: throttled") && !text.contains("9876"), "{text}");
    let by_status = gateway.explain(&answer(404, &[], "<html>").unwrap());
    assert_eq!((by_status.outcome(), by_status.rule()), (Outcome::Misconfigured, None));
    assert!(by_status.to_string().ends_with("no rule matches; status 404 means: misconfigured"));
}

#[tokio::test]
async fn providers_are_objects_and_can_be_shared() {
    let recording = RecordingProvider::new();
    let provider: std::sync::Arc<dyn Provider> = std::sync::Arc::new(recording.clone());
    let boxed: Box<dyn Provider> = Box::new(provider);
    assert_eq!(boxed.name(), "recording");
    boxed.send(&message()).await.unwrap();
    assert_eq!(recording.messages()[0].to().e164(), "+919876543210");
    assert!(otpost::provider::NullProvider.send(&message()).await.is_ok());
}
