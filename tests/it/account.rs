//! The check of an account, and the deletion of a text at the gateway.

use otpost::gateway::{AccountState, GatewaySpec, HttpGateway, SpecError};
use otpost::provider::{Fate, Provider, Receipt, SendError, SendErrorKind};
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::transport::TransportError;
use otpost::{Message, PhoneNumber};

fn spec(more: &str) -> Result<GatewaySpec, SpecError> {
    let spec = GatewaySpec::from_toml(&format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        [vars]
        host = {{ host = true }}
        key = {{ secret = true }}
        [request]
        method = "POST"
        url = "https://{{{{host}}}}.acme.example/send"
        charset = "latin1"
        form = {{ to = "{{{{to}}}}", text = "{{{{text}}}}" }}
        [auth]
        bearer = {{ token = "{{{{key}}}}" }}
        [answer]
        code = "/error/code"
        message = "/error/message"
        [answer.codes]
        unauthorized = [7]
        no_credit = [20]
        {more}
        "#
    ))?;
    assert!(GatewaySpec::from_toml(&spec.to_toml()?)? == spec, "TOML loses nothing");
    spec.check()?;
    Ok(spec)
}

const ACCOUNT: &str = r#"
    [account]
    method = "GET"
    url = "https://{{host}}.acme.example/balance"
    credit = ["/balance/value", "/credit"]
    headers = { X-Time = "{{now}}" }
"#;

fn gateway(more: &str, transport: &ScriptedTransport) -> HttpGateway {
    let builder = HttpGateway::builder(spec(more).unwrap()).var("key", "hunter2").var("host", "eu");
    builder.clock(ManualClock::at(1_795_885_098)).build_with(transport.clone()).unwrap()
}

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

async fn account(
    status: u16,
    body: &str,
) -> Result<(AccountState, Option<String>), (SendErrorKind, Fate)> {
    let transport = ScriptedTransport::new().answer(status, body);
    let account = gateway(ACCOUNT, &transport).account().await;
    let account = account.map_err(|error| (error.kind(), error.fate()))?;
    let requests = transport.requests();
    assert_eq!(requests[0].method(), "GET");
    assert_eq!(requests[0].uri(), "https://eu.acme.example/balance");
    assert_eq!(requests[0].headers()["authorization"], "Bearer hunter2");
    assert_eq!(requests[0].headers()["x-time"], "2026-11-28T16:58:18Z");
    assert!(requests[0].body().is_empty());
    Ok((account.state(), account.credit().map(str::to_owned)))
}

#[tokio::test]
async fn account_shows_whether_the_credentials_are_valid() {
    use AccountState::{Active, NoCredit, Unauthorized};
    let credit = |text: &str| Some(text.to_owned());
    let check = async |status, body, state, credit| {
        assert_eq!(account(status, body).await, Ok((state, credit)), "{status} {body}");
    };
    check(200, r#"{"balance":{"value":12.5}}"#, Active, credit("12.5")).await;
    check(200, r#"{"credit":"1 000 EUR"}"#, Active, credit("1 000 EUR")).await;
    check(200, r#"{"balance":{"value":0}}"#, Active, credit("0")).await;
    check(200, "{}", Active, None).await;
    check(204, "", Active, None).await;
    check(401, "", Unauthorized, None).await;
    check(200, r#"{"error":{"code":7}}"#, Unauthorized, None).await;
    check(400, r#"{"error":{"code":"20"}}"#, NoCredit, None).await;
}

#[tokio::test]
async fn account_that_cannot_be_seen_is_an_error() {
    let check = async |status, body, kind| {
        assert_eq!(account(status, body).await.map_err(|(kind, _)| kind), Err(kind));
    };
    check(404, "", SendErrorKind::Misconfigured).await;
    check(429, "", SendErrorKind::Throttled).await;
    check(503, "", SendErrorKind::Unknown).await;
    check(200, r#"{"error":{"code":99}}"#, SendErrorKind::Unknown).await;
    let refused = TransportError::not_sent(otpost::provider::Stage::Tcp, "refused");
    let transport = ScriptedTransport::new().fail(refused);
    let error = gateway(ACCOUNT, &transport).account().await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Transport, Fate::NotSent));
}

#[tokio::test]
async fn account_is_asked_with_a_fresh_token_after_a_refusal() {
    let spec = r#"
        spec = 1
        id = "acme"
        name = "Acme"
        [request]
        method = "POST"
        url = "https://acme.example/send"
        form = { to = "{{to}}", text = "{{text}}" }
        [auth.oauth2_client_credentials]
        token_url = "https://auth.example/token"
        client_id = "app"
        client_secret = "x"
        [account]
        method = "GET"
        url = "https://acme.example/balance"
    "#;
    let spec = GatewaySpec::from_toml(spec).unwrap();
    let transport = ScriptedTransport::new()
        .answer(200, r#"{"access_token":"t1"}"#)
        .answer(401, "")
        .answer(200, r#"{"access_token":"t2"}"#)
        .answer(200, "");
    let builder = HttpGateway::builder(spec).allow(otpost::gateway::Lint::LiteralSecret);
    let gateway = builder.build_with(transport.clone()).unwrap();
    assert_eq!(gateway.account().await.unwrap().state(), AccountState::Active);
    let requests = transport.requests();
    let sent: Vec<_> =
        requests.iter().map(|request| request.headers().get("authorization")).collect();
    assert_eq!(sent[1].unwrap(), "Bearer t1");
    assert_eq!(sent[3].unwrap(), "Bearer t2");
}

/// A refused call that belongs to no message must not hold up messages.
#[tokio::test]
async fn account_without_the_right_stops_no_message() {
    let spec = r#"
        spec = 1
        id = "acme"
        name = "Acme"
        allow = ["literal-secret"]
        [request]
        method = "POST"
        url = "https://acme.example/send"
        form = { to = "{{to}}", text = "{{text}}" }
        [auth.oauth2_client_credentials]
        token_url = "https://auth.example/token"
        client_id = "app"
        client_secret = "x"
        [account]
        method = "GET"
        url = "https://acme.example/balance"
    "#;
    let token = r#"{"access_token":"t"}"#;
    let refused = |transport: ScriptedTransport| {
        transport.answer(200, token).answer(403, "").answer(200, token).answer(403, "")
    };
    let transport = refused(refused(ScriptedTransport::new())).answer(200, token).answer(200, "");
    let spec = GatewaySpec::from_toml(spec).unwrap();
    let gateway = HttpGateway::builder(spec).clock(ManualClock::at(1_795_885_098));
    let gateway = gateway.build_with(transport.clone()).unwrap();
    for _ in 0..2 {
        assert_eq!(gateway.account().await.unwrap().state(), AccountState::Unauthorized);
    }
    gateway.send(&message()).await.unwrap();
    assert_eq!(transport.requests().len(), 10);
}

/// Words of a call that belongs to no message may repeat the number and the text of any.
#[tokio::test]
async fn erase_does_not_show_what_the_gateway_repeats() {
    let body = r#"{"error":{"code":"41791234567","message":"012345 to +41791234567 is locked"}}"#;
    let transport = ScriptedTransport::new().answer(409, body);
    let receipt = Receipt::new("acme").with_message_id("17");
    let error = gateway(ERASE, &transport).erase(&receipt).await.unwrap_err();
    assert_eq!((error.gateway_code(), error.gateway_words()), (None, None));
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("791234567") && !shown.contains("012345"), "{shown}");
}

#[tokio::test]
async fn erase_is_never_sent_without_an_id() {
    let transport = ScriptedTransport::new().answer(204, "");
    let empty = Receipt::new("acme").with_message_id("");
    assert!(gateway(ERASE, &transport).erase(&empty).await.is_err());
    assert!(transport.requests().is_empty());
    let optional = "[vars.prefix]\noptional = true\n[erase]\nmethod = \"DELETE\"\nurl = \"https://acme.example/m\"\nquery = { id = \"{{prefix}}{{message_id}}\" }\n";
    refuse(optional, "erase.query.id", "`message_id` would be left out as well");
}

#[test]
fn account_may_follow_codes_of_duplicates() {
    let spec = spec(&format!("[idempotency]\nheader = \"X-Id\"\n{ACCOUNT}")).unwrap();
    let text = spec.to_toml().unwrap();
    let text = text.replace("no_credit = [20]", "no_credit = [20], duplicate = [124]");
    assert!(text.contains("duplicate"), "{text}");
    GatewaySpec::from_toml(&text).unwrap().check().unwrap();
}

const ERASE: &str = r#"
    [erase]
    method = "DELETE"
    url = "https://{{host}}.acme.example/messages/{{message_id}}"

    [[erase.response]]
    when = { status = 410 }
    then = { outcome = "misconfigured" }
"#;

async fn erase(receipt: Receipt, status: u16) -> (Result<(), SendError>, Vec<String>) {
    let transport = ScriptedTransport::new().answer(status, "");
    let erased = gateway(ERASE, &transport).erase(&receipt).await;
    let requests = transport.requests();
    let lines = requests.iter().map(|request| format!("{} {}", request.method(), request.uri()));
    (erased, lines.collect())
}

#[tokio::test]
async fn erase_names_the_message() {
    let receipt = Receipt::new("acme").with_message_id("17/a ?");
    let (erased, lines) = erase(receipt.clone(), 204).await;
    erased.unwrap();
    assert_eq!(lines, ["DELETE https://eu.acme.example/messages/17%2Fa%20%3F"]);
    let (refused, _) = erase(receipt.clone(), 410).await;
    assert_eq!(refused.unwrap_err().fate(), Fate::Refused);
    let (open, _) = erase(receipt, 500).await;
    assert_eq!(open.unwrap_err().fate(), Fate::Unknown);
}

#[tokio::test]
async fn erase_of_another_receipt_sends_nothing() {
    for receipt in [Receipt::new("other").with_message_id("17"), Receipt::new("acme")] {
        let (refused, lines) = erase(receipt, 204).await;
        assert_eq!(refused.unwrap_err().kind(), SendErrorKind::Misconfigured);
        assert!(lines.is_empty());
    }
    // Two dots would address another resource.
    let (refused, lines) = erase(Receipt::new("acme").with_message_id(".."), 204).await;
    assert_eq!(refused.unwrap_err().fate(), Fate::NotSent);
    assert!(lines.is_empty());
}

#[tokio::test]
async fn account_and_erase_that_are_not_described_send_nothing() {
    let transport = ScriptedTransport::new().answer(200, "").answer(200, "").answer(200, "");
    let gateway = gateway("", &transport);
    assert_eq!(gateway.account().await.unwrap_err().kind(), SendErrorKind::Misconfigured);
    let receipt = Receipt::new("acme").with_message_id("17");
    assert_eq!(gateway.erase(&receipt).await.unwrap_err().kind(), SendErrorKind::Misconfigured);
    assert!(transport.requests().is_empty());

    // A message calls neither.
    let both = format!("{ACCOUNT}{ERASE}");
    let transport = ScriptedTransport::new().answer(200, "").answer(200, "");
    let gateway = self::gateway(&both, &transport);
    gateway.send(&message()).await.unwrap();
    assert_eq!(transport.requests().len(), 1);
}

#[track_caller]
fn refuse(more: &str, path: &str, problem: &str) {
    let error = spec(more).unwrap_err();
    assert_eq!(error.path(), path, "{error}");
    assert!(error.to_string().contains(problem), "{error}");
}

#[test]
fn account_and_erase_are_checked() {
    let with = |from: &str, to: &str| format!("{ACCOUNT}{ERASE}").replace(from, to);
    refuse(&with("{{now}}", "{{to}}"), "account.headers.X-Time", "belongs to a message");
    refuse(&with("{{now}}", "{{message_id}}"), "account.headers.X-Time", "`[erase]` only");
    refuse(&with("{{message_id}}", "17"), "erase", "does not contain the id");
    refuse(&with("/messages/", "?"), "erase.url.{{message_id}}", "not a name");
    refuse(&with("\"/credit\"", "\"credit\""), "account.credit", "not a place");
    refuse(&with("410", "\"a\""), "erase.response.0.when.status", "");
    refuse(&with("misconfigured", "duplicate"), "erase.response.0.then.outcome", "");
    refuse(&with("[erase]", "[erase]\ncredit = \"/c\""), "erase.credit", "no credit");
    refuse(&with("X-Time", "Authorization"), "account.headers.authorization", "as well");
}

#[test]
fn about_is_checked() {
    let about = |text: &str| spec(&format!("[about]\n{text}"));
    let found =
        about("facts = \"2026-11\"\ncountries = [\"CH\", \"*\"]\nprice = \"per segment\"").unwrap();
    assert_eq!(found.about().facts(), Some("2026-11"));
    assert_eq!(found.about().countries().collect::<Vec<_>>(), ["CH", "*"]);
    assert_eq!(found.about().price(), Some("per segment"));
    for month in ["2026-13", "2026-1", "2026", "November 2026", "26-11"] {
        assert_eq!(about(&format!("facts = \"{month}\"")).unwrap_err().path(), "about.facts");
    }
    let error = about("countries = [\"CH\", \"che\"]").unwrap_err();
    assert_eq!(error.path(), "about.countries.1");
}
