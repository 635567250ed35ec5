//! `[answer]` with a regular expression: codes and words in a body that is plain text.

use otpost::HttpGateway;
use otpost::gateway::imitation::{Imitation, ReceivedRequest};
use otpost::gateway::{AnswerSpec, CallSpec, GatewaySpec, Outcome, Rule, SpecError};
use otpost::provider::{Fate, Provider, SendErrorKind, Stage};
use otpost::testing::ScriptedTransport;
use otpost::transport::TransportError;

use super::{answer, head, message, spec};

const TOML: &str = r#"
spec = 1
id = "acme"
name = "Acme SMS"

[request]
method = "POST"
url = "https://acme.example/send"
form = { to = "{{to|plain}}", text = "{{text}}" }

[answer]
body_regex = '^(OK|ERR)[ :]+(?P<code>[0-9]+)(\||$)(?P<words>.*)'
code = ["header:X-Code", "group:code"]
message = "group:words"

[answer.codes]
unauthorized = ["001"]
no_credit = [301]
invalid_recipient = ["400-499"]

[[response]]
when = { body_regex = '^ERR 13' }
then = { outcome = "blocked" }

[[response]]
when = { status = 200, body_regex = '^OK 0\|(?P<id>[0-9a-f]+)$' }
then = { outcome = "accepted", message_id = "group:id" }
"#;

fn gateway(toml: &str, transport: ScriptedTransport) -> HttpGateway {
    HttpGateway::builder(GatewaySpec::from_toml(toml).unwrap()).build_with(transport).unwrap()
}

type Found = (SendErrorKind, Fate, Option<String>, Option<String>);

async fn judge(toml: &str, status: u16, body: &str) -> Result<Option<String>, Found> {
    let transport = ScriptedTransport::new().respond(answer(status, &[], body).unwrap());
    let sent = gateway(toml, transport).send(&message()).await;
    sent.map(|receipt| receipt.message_id().map(str::to_owned)).map_err(|error| {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let (code, words) = (text(error.gateway_code()), text(error.gateway_words()));
        (error.kind(), error.fate(), code, words)
    })
}

#[tokio::test]
async fn text_codes_are_those_of_the_table() {
    use SendErrorKind::{Blocked, InvalidRecipient, NoCredit, Unauthorized, Unknown};
    let error = |kind, fate, code: &str, words: &str| {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Err((kind, fate, text(code), text(words)))
    };
    for (status, body, expected) in [
        (200, "OK 0|ab12", Ok(Some("ab12".to_owned()))),
        (200, "OK 0|ab12\r\n", Ok(Some("ab12".to_owned()))),
        (200, "ERR: 001|wrong key", error(Unauthorized, Fate::Refused, "001", "wrong key")),
        // A code with zeros is a text, and a number has none.
        (200, "ERR: 1|wrong key", error(Unknown, Fate::Unknown, "1", "wrong key")),
        (500, "ERR: 301", error(NoCredit, Fate::Refused, "301", "")),
        (200, "ERR: 417|no phone", error(InvalidRecipient, Fate::Refused, "417", "no phone")),
        // A rule comes first, and has the shared values.
        (200, "ERR 13|stop", error(Blocked, Fate::Refused, "13", "stop")),
        // Neither listed nor success.
        (200, "ERR 999|maintenance", error(Unknown, Fate::Unknown, "999", "maintenance")),
        (200, "<html>ERR 001</html>", error(Unknown, Fate::Unknown, "", "")),
        (200, "OK 301|ab12", error(NoCredit, Fate::Refused, "301", "ab12")),
    ] {
        assert_eq!(judge(TOML, status, body).await, expected, "{status} {body}");
    }
    // A rule for success does not outvote the code.
    let wide = TOML.replace(r"'^OK 0\|(?P<id>[0-9a-f]+)$'", r"'(?P<id>[0-9a-f]+)$'");
    let found = judge(&wide, 200, "ERR 301|ab12").await.unwrap_err();
    assert_eq!((found.0, found.1), (NoCredit, Fate::Refused));
    assert_eq!(judge(&wide, 200, "OK 0|ab12").await, Ok(Some("ab12".to_owned())));
}

/// Success is the beginning of a text, with no condition on the rest.
fn wide() -> String {
    let rule = r"when = { status = 200, body_regex = '^OK 0\|(?P<id>[0-9a-f]+)$' }";
    assert!(TOML.contains(rule));
    let wide = TOML.replace(rule, "when = { status = 200, body_regex = '^OK' }");
    wide.replace(", message_id = \"group:id\"", "")
}

fn broken(status: u16) -> ScriptedTransport {
    let error = TransportError::maybe_sent(Stage::Body, "the body broke off");
    ScriptedTransport::new().fail(error.with_head(head(status)))
}

#[tokio::test]
async fn text_codes_are_not_read_from_a_part_of_a_body() {
    let wide = wide();
    assert!(judge(&wide, 200, "OK 0|ab12").await.is_ok());
    // The body broke off, so its code is not known.
    let error = gateway(&wide, broken(200)).send(&message()).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Unknown);
    // Only 4 KiB are searched. The words, or the code, may continue after them.
    for body in ["OK 0|w", "OK 3011"] {
        let last = body.chars().last().unwrap();
        let long = format!("{body}{}", last.to_string().repeat(60_000));
        let found = judge(&wide, 200, &long).await.unwrap_err();
        assert_eq!((found.1, found.2, found.3), (Fate::Unknown, None, None), "{body}");
    }
    // After its end, nothing decides.
    let line = format!("ERR 301|no credit\n{}", "w".repeat(60_000));
    let found = judge(&wide, 200, &line).await.unwrap_err();
    assert_eq!((found.0, found.1), (SendErrorKind::NoCredit, Fate::Refused));
}

/// Without a rule for success, the status decides if the body can be searched to its end.
#[tokio::test]
async fn text_codes_can_be_behind_what_is_searched() {
    let by_status = &wide()[..wide().find("[[response]]").unwrap()];
    let anywhere =
        by_status.replace(r"^(OK|ERR)[ :]+(?P<code>[0-9]+)(\||$)", "code=(?P<code>[0-9]+);");
    assert_ne!(anywhere, by_status);
    let pad = |length: usize, text: &str| format!("{}{text}", "x".repeat(length));
    assert!(judge(&anywhere, 200, "welcome").await.is_ok());
    for before in [4_080, 4_090, 4_094, 4_096, 60_000] {
        let found = judge(&anywhere, 200, &pad(before, "code=301;")).await.unwrap_err();
        assert_ne!(found.1, Fate::NotSent, "{before}");
    }
    assert!(judge(&anywhere, 200, &pad(4_087, "coda=0;")).await.is_ok());
    // The match ends before the part that is not searched, and without the group.
    let optional = wide()
        .replace(r"^(OK|ERR)[ :]+(?P<code>[0-9]+)(\||$)", "^OK[^;]*;(code=(?P<code>[0-9]+);)?");
    let body = format!("OK{};code=301;", "x".repeat(4_087));
    assert_eq!(judge(&optional, 200, &body).await.unwrap_err().1, Fate::Unknown);
    // A body in no known format is no success, as without the group.
    let two = by_status.replace("\"header:X-Code\"", "\"/code\"");
    assert!(judge(&two, 200, r#"{"id":1}"#).await.is_ok());
    assert_eq!(judge(&two, 200, "<html>").await.unwrap_err().1, Fate::Unknown);
}

/// A client error without its code is no refusal if the gateway has a code which means that the
/// message was or may have been accepted.
#[tokio::test]
async fn text_codes_that_are_missing_may_say_that_the_message_was_sent() {
    let table = |line: &str| wide().replace("[answer.codes]", &format!("[answer.codes]\n{line}"));
    let duplicate = table("duplicate = [409]").replace("\"400-499\"", "\"410-499\"");
    let duplicate = duplicate.replace("[answer]", "[idempotency]\nfield = \"ref\"\n[answer]");
    let other = wide().replace("[answer.codes]", "other_codes = \"unknown\"\n[answer.codes]");
    for toml in [duplicate, table("unknown = [13]"), other] {
        let long = format!("ERR 409|{}", "w".repeat(5_000));
        assert_eq!(judge(&toml, 409, &long).await.unwrap_err().1, Fate::Unknown, "{toml}");
        let error = gateway(&toml, broken(409)).send(&message()).await.unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{toml}");
    }
    let error = gateway(&TOML[..TOML.find("[[response]]").unwrap()], broken(409));
    assert_eq!(error.send(&message()).await.unwrap_err().fate(), Fate::Refused);
}

fn refused(answer: AnswerSpec) -> SpecError {
    spec().form("to", "{{to}}").form("t", "{{text}}").answer(answer).build().check().unwrap_err()
}

#[test]
fn text_codes_need_a_group_of_an_expression() {
    let with = |regex: &str| AnswerSpec::new().with_body_regex(regex);
    let large = format!("(?P<code>{})", "[a-z]{1,500}".repeat(20));
    for (answer, path, words) in [
        (AnswerSpec::new().with_code("group:code"), "answer.code", "no `body_regex`"),
        (with("^(?P<id>x)").with_code("group:code"), "answer.code", "no group `code`"),
        (with("^(?P<code>x"), "answer.body_regex", "does not compile"),
        (with(&large).with_code("group:code"), "answer.body_regex", "too large"),
        (with("^(?P<code>x)"), "answer.body_regex", "group:code"),
        (with("^(?P<code>x)").with_code("/code"), "answer.body_regex", "group:code"),
    ] {
        let error = refused(answer);
        assert_eq!(error.path(), path, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // Each section searches with it, so that it counts for each.
    let bare = || spec().form("to", "{{to}}").form("t", "{{text}}");
    let rule =
        |at: usize| Rule::new(Outcome::Blocked).when_body_regex(format!("[a-z]{{1,90}}{at}"));
    let most = (1..64).rev().find(|count| {
        let spec = (0..*count).map(rule).fold(bare(), |spec, rule| spec.rule(rule));
        spec.build().check().is_ok()
    });
    let rules = || (0..most.unwrap()).map(rule);
    let answer = with("[a-z]{1,90}(?P<code>x)").with_code("group:code");
    let account = || CallSpec::get("https://acme.example/account");
    let of_account = rules().fold(account(), |call, rule| call.with_rule(rule));
    let spec = rules().fold(bare().answer(answer.clone()), |spec, rule| spec.rule(rule));
    for (spec, is_valid) in [
        (bare().answer(answer.clone()).account(account()), true),
        (bare().account(of_account.clone()), true),
        (bare().answer(answer).account(of_account), false),
        (spec, false),
    ] {
        let checked = spec.build().check();
        assert_eq!(checked.is_ok(), is_valid, "{checked:?}");
        assert!(checked.err().is_none_or(|error| error.to_string().contains("32768 bytes")));
    }
}

#[test]
fn text_codes_are_written_and_read_again() {
    let spec = GatewaySpec::from_toml(TOML).unwrap();
    let written = spec.to_toml().unwrap();
    assert!(written.contains("body_regex = "), "{written}");
    assert_eq!(GatewaySpec::from_toml(&written).unwrap(), spec);
}

/// A test gateway makes responses of the table if no example shows any.
#[test]
fn text_codes_are_played() {
    let toml = TOML.replace("[\"header:X-Code\", \"group:code\"]", "\"group:code\"");
    let imitation = Imitation::new(&GatewaySpec::from_toml(&toml).unwrap()).unwrap();
    let request = ReceivedRequest::new("POST", "/send")
        .with_header("content-type", "application/x-www-form-urlencoded")
        .with_body("to=919876543210&text=a".to_owned());
    let received = imitation.receive(&request);
    for (outcome, body) in [
        (Outcome::Unauthorized, "OK 001|imitated"),
        (Outcome::NoCredit, "OK 301|imitated"),
        (Outcome::Blocked, "ERR 13"),
    ] {
        assert_eq!(imitation.respond(&received, outcome).body(), body, "{outcome}");
    }
    let accepted = imitation.respond(&received, Outcome::Accepted);
    let id = accepted.message_id().unwrap();
    assert_eq!(accepted.body(), format!("OK 0|{id}"));
}
