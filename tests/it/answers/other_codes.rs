//! The meaning of codes that `[answer.codes]` does not list: `other_codes`.

use otpost::HttpGateway;
use otpost::gateway::{AnswerSpec, GatewaySpec, Outcome, Rule, SpecError};
use otpost::provider::{Fate, Provider, SendErrorKind};
use otpost::testing::ScriptedTransport;

use super::{answer, message};

/// A spec with these lines in `[answer]`, and with this condition for success.
fn spec(answer: &str, success: &str) -> Result<GatewaySpec, SpecError> {
    let toml = format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme SMS"
        [request]
        method = "POST"
        url = "https://acme.example/send"
        form = {{ to = "{{{{to}}}}", text = "{{{{text}}}}" }}
        [answer]
        {answer}
        [[response]]
        when = {{ json = {{ "/error" = "maintenance" }} }}
        then = {{ outcome = "unavailable" }}
        [[response]]
        when = {{ {success} }}
        then = {{ outcome = "accepted" }}
        "#
    );
    let spec = GatewaySpec::from_toml(&toml)?;
    spec.check()?;
    assert!(GatewaySpec::from_toml(&spec.to_toml().unwrap()).unwrap() == spec);
    Ok(spec)
}

const OTHERS: &str = "code = \"/code\"\nother_codes = \"misconfigured\"\n\
                      codes = { accepted = [0], no_credit = [\"10-19\"] }";

async fn judge(others: &str, status: u16, body: &str) -> Option<(SendErrorKind, Fate)> {
    let response = answer(status, &[], body).unwrap();
    let gateway = HttpGateway::builder(spec(others, "status = 200").unwrap())
        .build_with(ScriptedTransport::new().respond(response))
        .unwrap();
    gateway.send(&message()).await.err().map(|error| (error.kind(), error.fate()))
}

#[tokio::test]
async fn codes_that_are_not_listed_have_a_meaning() {
    use SendErrorKind::{Misconfigured, NoCredit, Unauthorized, Unavailable, Unknown};
    let refused = Some((Misconfigured, Fate::Refused));
    for (status, body, expected) in [
        (200, r#"{"code":0}"#, None),
        (200, r#"{"code":15}"#, Some((NoCredit, Fate::Refused))),
        // The rule for success would match these as well.
        (200, r#"{"code":20}"#, refused),
        (200, r#"{"code":"E-1"}"#, refused),
        (200, r#"{"code":-1}"#, refused),
        (202, r#"{"code":20}"#, refused),
        (401, r#"{"code":20}"#, refused),
        (500, r#"{"code":20}"#, refused),
        // A rule for another outcome decides before the codes.
        (200, r#"{"code":20,"error":"maintenance"}"#, Some((Unavailable, Fate::NotSent))),
        // Without a code, and with one that cannot be read, nothing changes.
        (200, r#"{"code":null}"#, None),
        (200, "{}", None),
        (200, r#"{"code":1.5}"#, Some((Unknown, Fate::Unknown))),
        (401, "{}", Some((Unauthorized, Fate::Refused))),
        // The code of success proves nothing with a status that is none.
        (500, r#"{"code":0}"#, Some((Unknown, Fate::Unknown))),
    ] {
        assert_eq!(judge(OTHERS, status, body).await, expected, "{status} {body}");
    }
    // Without a list, every code has this meaning.
    let all = "code = \"/code\"\nother_codes = \"no_credit\"";
    assert_eq!(judge(all, 200, r#"{"code":0}"#).await, Some((NoCredit, Fate::Refused)));
    assert_eq!(judge(all, 200, "{}").await, None);
    // Without the key, a rule for success that matches decides.
    let none = OTHERS.replace("other_codes = \"misconfigured\"\n", "");
    assert_eq!(judge(&none, 200, r#"{"code":20}"#).await, None);
}

#[test]
fn other_codes_are_explained() {
    let spec = spec(OTHERS, "status = 200").unwrap();
    let gateway = spec.sample_gateway(ScriptedTransport::new()).unwrap();
    let explained = gateway.explain(&answer(200, &[], r#"{"code":20}"#).unwrap());
    assert_eq!((explained.outcome(), explained.rule()), (Outcome::Misconfigured, None));
    let text = explained.to_string();
    assert!(text.contains("answer.other_codes") && !text.contains("20"), "{text}");
}

#[track_caller]
fn refused(answer: &str, success: &str, path: &str, words: &str) {
    let error = spec(answer, success).expect_err(answer);
    assert_eq!(error.path(), path, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn other_codes_are_checked() {
    let path = "answer.other_codes";
    for outcome in ["accepted", "duplicate"] {
        let other = OTHERS.replace("misconfigured", outcome);
        refused(&other, "status = 200", path, "does not prove");
    }
    let other = OTHERS.replace("misconfigured", "misconfigurd");
    refused(&other, "status = 200", path, "did you mean `misconfigured`?");
    refused("other_codes = \"blocked\"", "status = 200", path, "where the code is");
    // A rule for a code that is not listed would never match.
    for success in ["json = { \"/code\" = 1 }", "json = { \"/code\" = { in = [0, 1] } }"] {
        refused(OTHERS, success, "response.1.when", "answer.codes.accepted");
        spec(&OTHERS.replace("[0]", "[0, 1]"), success).unwrap();
        spec(&OTHERS.replace("other_codes = \"misconfigured\"\n", ""), success).unwrap();
    }
    let header = OTHERS.replace("\"/code\"", "[\"/code\", \"header:X-Code\"]");
    refused(&header, "header = { X-Code = \"OK\" }", "response.1.when", "other_codes");
    for success in [
        "json = { \"/code\" = 0 }",
        "json = { \"/code\" = \"0\" }",
        "json = { \"/other\" = 1 }",
        "header = { X-Code = \"OK\" }",
    ] {
        spec(OTHERS, success).unwrap();
    }
}

#[test]
fn builder_sets_other_codes() {
    let built = GatewaySpec::builder("acme", "Acme SMS")
        .post("https://acme.example/send")
        .form("to", "{{to}}")
        .form("text", "{{text}}")
        .answer(
            AnswerSpec::new()
                .with_code("/code")
                .with_other_codes(Outcome::Misconfigured)
                .with_codes(Outcome::Accepted, [0])
                .with_codes(Outcome::NoCredit, ["10-19"]),
        )
        .rule(Rule::new(Outcome::Unavailable).when_json("/error", "maintenance"))
        .rule(Rule::new(Outcome::Accepted).when_status(200))
        .build();
    assert!(built == spec(OTHERS, "status = 200").unwrap());
}
