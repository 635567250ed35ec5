//! Real clients: the library's own gateways, and the client for application tests.

use std::time::Duration;

use otpost::gateway::{AccountState, GatewaySpec, HttpGateway, HttpGatewayBuilder, Outcome};
use otpost::provider::{Fate, Provider, Receipt, Retry, SendError};
use otpost::{Message, PhoneNumber, gateways};
use otpost_testing::{SandboxAnswer, SandboxClient, SandboxError, SandboxFault};
use serde_json::{Value, json};

use super::Running;

const SAMPLE: &str = include_str!("../../../src/sandbox/sample.toml");
const OWN: &str = "http://10.0.0.5";

fn builders() -> Vec<(&'static str, HttpGatewayBuilder)> {
    vec![
        ("clickatell", gateways::clickatell("hunter2")),
        ("diafaan", gateways::diafaan(OWN).var("username", "acme").var("password", "hunter2")),
        ("kannel", gateways::kannel(OWN, "acme", "hunter2")),
        ("link-mobility", gateways::link_mobility("acme", "hunter2")),
        ("message-central", gateways::message_central("acme", "hunter2")),
        ("messagebird", gateways::messagebird("hunter2", "Acme")),
        ("nowsms", gateways::nowsms(OWN, "acme", "hunter2")),
        ("ozeki", gateways::ozeki(OWN, "acme", "hunter2")),
        ("smsala", gateways::smsala("acme", "hunter2", "Acme")),
        ("smseagle-v1", gateways::smseagle_v1(OWN, "hunter2")),
        ("smseagle-v2", gateways::smseagle_v2(OWN, "hunter2")),
    ]
}

fn build(builder: HttpGatewayBuilder, sandbox: &Running) -> HttpGateway {
    builder.origin(&sandbox.origin()).token_origin(&sandbox.origin()).build().unwrap()
}

fn sample(sandbox: &Running, more: &str) -> HttpGateway {
    let spec = GatewaySpec::from_toml(&format!("{SAMPLE}{more}")).unwrap();
    build(HttpGateway::builder(spec).var("token", "hunter2"), sandbox)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn number(last: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("+1202555{last:04}")).unwrap()
}

fn message(to: &PhoneNumber) -> Message {
    Message::new(to.clone(), "Your code is 012345").unwrap()
}

/// Returns the fate in the words of the API.
fn fate(sent: &Result<Receipt, SendError>) -> &'static str {
    match sent {
        Ok(_) => "accepted",
        Err(error) => error.fate().as_str(),
    }
}

/// Returns the last message, which is the one that was just sent.
fn last(sandbox: &Running) -> Value {
    sandbox.messages().into_iter().rfind(|it| it["call"] == "message").unwrap()
}

#[test]
fn every_gateway_of_the_catalogue_is_accepted() {
    let all = Running::start(&[]);
    for (id, builder) in builders() {
        let alone = Running::start(&[id]);
        let spec = gateways::with_examples(id).unwrap();
        let _ = builder;
        for sandbox in [&alone, &all] {
            let (_, builder) = builders().into_iter().find(|(known, _)| *known == id).unwrap();
            let gateway = build(builder, sandbox);
            let to = number(123);
            let receipt =
                run(gateway.send(&message(&to))).unwrap_or_else(|e| panic!("{id}: {e:?}"));
            let arrived = last(sandbox);
            assert_eq!(arrived["gateway"], spec.id(), "the gateway is found by its request");
            assert_eq!((&arrived["mismatches"], &arrived["additional"]), (&json!([]), &json!([])));
            assert_eq!((&arrived["to"], &arrived["code"]), (&json!(to.e164()), &json!("012345")));
            assert_eq!(arrived["is_delivered"], true, "{id}");
            if let Some(id) = arrived["message_id"].as_str() {
                assert_eq!(receipt.message_id(), Some(id));
            }
            assert!(!arrived.to_string().contains("hunter2"), "{arrived}");
        }
    }
}

/// The sandbox says which fate a client will report, and the client reports it.
#[test]
fn outcomes_and_examples_have_the_fate_that_is_shown() {
    let sandbox = Running::start(&[]);
    let known = sandbox.get("/api/gateways").json();
    let spec = GatewaySpec::from_toml(SAMPLE).unwrap();
    let mut all = builders();
    all.push(("sample", HttpGateway::builder(spec).var("token", "hunter2")));
    let (mut seen, mut unknown) = (0, 0);
    for (id, builder) in all {
        let gateway = build(builder, &sandbox);
        let known = known["gateways"].as_array().unwrap();
        let known = known.iter().find(|it| it["id"] == id).unwrap();
        let outcomes = known["outcomes"].as_array().unwrap().iter();
        let outcomes = outcomes.map(|outcome| json!({ "outcome": outcome }));
        let examples = known["examples"].as_array().unwrap().iter();
        let examples = examples.map(|example| json!({ "example": example["index"] }));
        for answer in outcomes.chain(examples) {
            let body = json!({ "answer": answer });
            sandbox.set_answer(id, &body.to_string());
            let sent = run(gateway.send(&message(&number(123))));
            let arrived = last(&sandbox);
            assert_eq!(arrived["rule"]["fate"], fate(&sent), "{id} {answer}: {arrived}");
            if let Some(outcome) = answer.get("outcome") {
                assert_eq!(&arrived["rule"]["outcome"], outcome, "{id}");
            }
            let is_accepted = arrived["rule"]["outcome"] == "accepted";
            assert_eq!(arrived["is_delivered"], is_accepted, "{id} {answer}");
            seen += 1;
            unknown += usize::from(fate(&sent) == "unknown");
        }
    }
    assert!(seen > 160 && unknown > 20, "{seen} {unknown}");
}

#[test]
fn magic_numbers_have_the_fate_that_is_documented() {
    let sandbox = Running::start(&["sample", "--slow", "1ms"]);
    let gateway = sample(&sandbox, "");
    let rows = sandbox.get("/api/gateways").json()["magic_numbers"].as_array().unwrap().clone();
    let help = crate::texts(&crate::otpost(&["sandbox", "--help"], "")).0;
    for row in &rows {
        let end = row["ends_with"].as_str().unwrap();
        let word = row.get("outcome").or(row.get("fault")).unwrap().as_str().unwrap();
        assert!(help.contains(&format!("  {end}  {word}\n")), "{end} is not in the help");
        let to = number(end.parse().unwrap());
        let sent = run(gateway.send(&message(&to)));
        let arrived = last(&sandbox);
        // The message arrives although the client cannot know it, or not although it could be.
        let (expected, is_delivered) = match word {
            "throttled" | "no_credit" | "unavailable" | "unauthorized" | "misconfigured" => {
                (arrived["rule"]["fate"].as_str().unwrap().to_owned(), false)
            }
            "duplicate" => ("accepted".to_owned(), false),
            "slow" | "same_id" => ("accepted".to_owned(), true),
            "reset" | "truncated" | "garbage" => ("unknown".to_owned(), true),
            "refused" | "error_500" | "unknown" => ("unknown".to_owned(), false),
            _ => ("refused".to_owned(), false),
        };
        assert_eq!(fate(&sent), expected, "{end} {word}: {sent:?}");
        assert_eq!(arrived["rule"]["fate"], expected, "{end} {word}");
        assert_eq!(arrived["is_delivered"], is_delivered, "{end} {word}");
        assert_eq!(
            arrived["response"]["fault"],
            row.get("fault").cloned().unwrap_or_default(),
            "{end}"
        );
        if let Err(error) = &sent {
            assert!(error.fate() != Fate::Unknown || expected == "unknown");
        }
    }
    assert_eq!(rows.len(), 18);
    let ids: Vec<Value> = sandbox.messages().iter().map(|it| it["message_id"].clone()).collect();
    let same = ids.last().unwrap();
    assert!(same.is_string() && ids.iter().filter(|id| *id == same).count() > 1, "{ids:?}");
}

#[test]
fn slow_response_is_late_for_an_impatient_client() {
    let sandbox = Running::start(&["sample", "--slow", "1h"]);
    let gateway = sample(&sandbox, "\n[connection]\ntimeout = \"2s\"\n");
    let sent = run(gateway.send(&message(&number(21))));
    assert_eq!(fate(&sent), "unknown");
    let arrived = last(&sandbox);
    assert_eq!(
        (&arrived["is_delivered"], &arrived["response"]["fault"]),
        (&json!(true), &json!("slow"))
    );
    assert!(arrived["rule"]["explanation"].as_str().unwrap().contains("comes after 1h"));
}

#[test]
fn token_and_account_requests_are_played() {
    let sandbox = Running::start(&["message-central", "sample"]);
    let (_, builder) = builders().into_iter().find(|(id, _)| *id == "message-central").unwrap();
    run(build(builder, &sandbox).send(&message(&number(123)))).unwrap();
    let account = run(sample(&sandbox, "").account()).unwrap();
    assert_eq!(account.state(), AccountState::Active);
    let calls: Vec<_> = sandbox.messages().iter().map(|it| it["call"].clone()).collect();
    assert_eq!(calls, ["token", "message", "account"]);
    assert!(sandbox.messages().iter().all(|it| it["mismatches"] == json!([])));
}

#[test]
fn given_credentials_are_compared() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_otpost"));
    command.args(["sandbox", "sample", "--var", "token=env:OTPOST_SANDBOX_TOKEN"]);
    let sandbox = Running::start_with(command.env("OTPOST_SANDBOX_TOKEN", "hunter2"));
    run(sample(&sandbox, "").send(&message(&number(123)))).unwrap();
    let spec = GatewaySpec::from_toml(SAMPLE).unwrap();
    let other = build(HttpGateway::builder(spec).var("token", "hunter3"), &sandbox);
    let error = run(other.send(&message(&number(123)))).unwrap_err();
    assert_eq!(error.kind(), otpost::provider::SendErrorKind::Unauthorized);
    let mismatches = &last(&sandbox)["mismatches"];
    let expected = "header `Authorization`: expected the value of `token`, found another value";
    assert_eq!(mismatches, &json!([expected]));
    // Samples have the right value.
    let sent = sandbox.send("POST", "/api/samples/sample", &[], "").json();
    assert_eq!(sent["result"], "accepted");
}

/// An application test: log in with the code that arrives.
#[test]
fn client_waits_for_the_code() {
    let sandbox = Running::start(&["sample"]);
    let client = SandboxClient::new(&sandbox.origin()).unwrap();
    let gateway = Retry::new(sample(&sandbox, "")).with_retries(1);
    run(async {
        let (to, other) = (number(123), number(124));
        let none = client.code(&to, Duration::ZERO).await.unwrap_err();
        assert!(matches!(none, SandboxError::NoCode), "{none:?}");
        gateway.send(&message(&to)).await.unwrap();
        let code = client.code(&to, Duration::from_secs(60)).await.unwrap();
        assert_eq!(code.expose(), "012345");
        let refusal = SandboxAnswer::from(Outcome::NoCredit);
        client.set_answer_to("sample", &other, refusal, None).await.unwrap();
        let error = gateway.send(&message(&other)).await.unwrap_err();
        assert_eq!(error.kind(), otpost::provider::SendErrorKind::NoCredit);
        gateway.send(&message(&to)).await.unwrap();
        client.set_answer("sample", SandboxFault::Reset.into(), Some(1)).await.unwrap();
        // The retry has the same id, so the gateway does not send again.
        gateway.send(&message(&to)).await.unwrap();
        let found = client.messages(Some(&to), 2, Duration::from_secs(60)).await.unwrap();
        let shown: Vec<_> = found.iter().map(|it| (it.outcome.as_str(), it.is_delivered)).collect();
        assert_eq!(shown, [("accepted", true), ("unknown", true), ("duplicate", false)]);
        assert_eq!(found[2].retry_of, Some(found[1].id.clone()));
        let shown = format!("{found:?} {client:?}");
        assert!(!shown.contains("2025550123") && !shown.contains("012345"), "{shown}");
        client.clear().await.unwrap();
        assert!(client.messages(None, 0, Duration::ZERO).await.unwrap().is_empty());
        let error = client.set_answer("other", refusal, None).await.unwrap_err();
        assert!(matches!(error, SandboxError::Api { status: 404, .. }), "{error:?}");
    });
    for bad in ["127.0.0.1:8025", "http://", "http://a/b", "ftp://a"] {
        assert!(matches!(SandboxClient::new(bad), Err(SandboxError::Origin)), "{bad}");
    }
}

/// A test configures its application with the key before it sends.
#[test]
fn client_reads_the_public_keys_of_reports() {
    let sandbox = Running::start(&["telnyx", "twilio", "--reports", "http://127.0.0.1:9/r"]);
    let shown = sandbox.get("/api/gateways").json();
    let shown = shown["gateways"][0]["reports"]["public_key"]["value"].as_str().unwrap();
    let client = SandboxClient::new(&sandbox.origin()).unwrap();
    run(async {
        assert_eq!(client.public_key("telnyx").await.unwrap().as_deref(), Some(shown));
        assert_eq!(client.public_key("twilio").await.unwrap(), None);
        let error = client.public_key("sample").await.unwrap_err();
        assert!(matches!(error, SandboxError::Api { status: 404, .. }), "{error:?}");
    });
}
