//! Answers that say two things at once: a name with two different values proves nothing.

use otpost::HttpGateway;
use otpost::gateway::{GatewaySpec, Outcome, Rule};
use otpost::provider::{Failover, Fate, Provider, Retry, SendErrorKind};
use otpost::testing::{RecordingProvider, ScriptedTransport};

use super::{answer, message, spec};

const BY_CODES: &str = r#"
spec = 1
id = "acme"
name = "Acme"
[request]
method = "POST"
url = "https://acme.example/send"
form = { to = "{{to}}", text = "{{text}}" }
[answer]
code = "PLACE"
[answer.codes]
accepted = [0]
throttled = [13]
no_credit = [7]
"#;

/// Success and refusals by rules, and by codes.
fn specs(is_json: bool) -> [GatewaySpec; 2] {
    let rule = |outcome, code: i64| match is_json {
        true => Rule::new(outcome).when_json("/code", code),
        false => Rule::new(outcome).when_form("code", code),
    };
    let by_rules = spec()
        .form("to", "{{to}}")
        .form("t", "{{text}}")
        .rule(rule(Outcome::Throttled, 13))
        .rule(rule(Outcome::NoCredit, 7))
        .rule(rule(Outcome::Accepted, 0));
    let place = if is_json { "/code" } else { "form:code" };
    [by_rules.build(), GatewaySpec::from_toml(&BY_CODES.replace("PLACE", place)).unwrap()]
}

/// The fate by each of the specs, which is the same.
async fn fate(is_json: bool, status: u16, body: &str) -> Result<(), (SendErrorKind, Fate)> {
    let mut fates = Vec::new();
    for spec in specs(is_json) {
        let transport = ScriptedTransport::new().respond(answer(status, &[], body).unwrap());
        let gateway = HttpGateway::builder(spec).build_with(transport).unwrap();
        let sent = gateway.send(&message()).await;
        fates.push(sent.map(drop).map_err(|error| (error.kind(), error.fate())));
    }
    assert_eq!(fates[0], fates[1], "{body}");
    fates[0]
}

#[tokio::test]
async fn a_name_with_two_values_proves_nothing() {
    let many = |last: u32| {
        let rest: String = (0..100).map(|at| format!(",\"n{at}\":{at}")).collect();
        format!(r#"{{"code":0{rest},"code":{last}}}"#)
    };
    const UNKNOWN: Result<(), (SendErrorKind, Fate)> = Err((SendErrorKind::Unknown, Fate::Unknown));
    for (body, expected) in [
        (r#"{"code":0}"#, Ok(())),
        (r#"{"code":13}"#, Err((SendErrorKind::Throttled, Fate::NotSent))),
        (r#"{"code":0,"code":13}"#, UNKNOWN),
        (r#"{"code":13,"code":0}"#, UNKNOWN),
        (r#"{"code":7,"code":0}"#, UNKNOWN),
        (r#"{"code":0,"code":7}"#, UNKNOWN),
        (r#"{"code":0,"code":null}"#, UNKNOWN),
        (r#"{"code":0,"code":0,"code":7}"#, UNKNOWN),
        // The same name, written differently.
        (r#"{"code":13,"c\u006fde":0}"#, UNKNOWN),
        // Not the place of the code, but one that another reader would take for it.
        (r#"{"code":0,"error":{"code":7,"code":0}}"#, UNKNOWN),
        (r#"[{"code":0,"code":7}]"#, UNKNOWN),
        // The same value says the same.
        (r#"{"code":0,"code":0}"#, Ok(())),
        (&many(0), Ok(())),
        (&many(13), UNKNOWN),
    ] {
        assert_eq!(fate(true, 200, body).await, expected, "{body}");
    }
    for (body, expected) in [
        ("code=0", Ok(())),
        ("code=13", Err((SendErrorKind::Throttled, Fate::NotSent))),
        ("code=0&code=13", UNKNOWN),
        ("code=13&code=0", UNKNOWN),
        ("c%6Fde=7&code=0", UNKNOWN),
        ("code=0&code=0&code=13", UNKNOWN),
        ("code=0&code=0&id=1&id=2", Ok(())),
    ] {
        assert_eq!(fate(false, 200, body).await, expected, "{body}");
    }
    // The status refuses the message, whatever the body says.
    for (is_json, body) in [(true, r#"{"code":0,"code":13}"#), (false, "code=0&code=13")] {
        let refused = Err((SendErrorKind::Unauthorized, Fate::Refused));
        assert_eq!(fate(is_json, 401, body).await, refused, "{body}");
    }
}

#[tokio::test]
async fn a_conflict_is_not_sent_again() {
    for (is_json, body) in [(true, r#"{"code":0,"code":13}"#), (false, "code=13&code=0")] {
        for spec in specs(is_json) {
            let transport = ScriptedTransport::new().answer(200, body).answer(200, body);
            let gateway = HttpGateway::builder(spec).build_with(transport.clone()).unwrap();
            let next = RecordingProvider::new();
            let provider = Failover::new(Retry::new(gateway)).with_fallback(next.clone());
            let error = provider.send(&message()).await.unwrap_err();
            assert_eq!(error.fate(), Fate::Unknown);
            let is_explained = error.explanation().unwrap().contains("two values for a name");
            assert_eq!(is_explained, is_json);
            assert_eq!((transport.requests().len(), next.messages().len()), (1, 0), "{body}");
        }
    }
}
