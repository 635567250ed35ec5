//! Errors that left people stuck: each names what was written, and what to write instead.

use std::error::Error;

use otpost::gateway::{GatewaySpec, HttpGateway};
use otpost::provider::{Fate, Provider, SendErrorKind};
use otpost::testing::ScriptedTransport;
use otpost::{Message, PhoneNumber};

const REQUEST: &str = r#"
spec = 1
id = "acme"
name = "Acme"
[request]
method = "POST"
url = "https://acme.example/send"
"#;

#[track_caller]
fn refuse(more: &str, path: &str, words: &str) {
    let text = format!("{REQUEST}{more}");
    let error = GatewaySpec::from_toml(&text).and_then(|spec| spec.check()).unwrap_err();
    assert_eq!(error.path(), path, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

const FORM: &str = "form = { to = \"{{to}}\", text = \"{{text}}\" }\n";

#[test]
fn hint_for_two_kinds_of_authentication() {
    let two = "[auth.basic]\nusername = \"a\"\npassword = \"b\"\n[auth.bearer]\ntoken = \"c\"\n";
    refuse(&format!("{FORM}{two}"), "auth", "several kinds of authentication");
    refuse(&format!("{FORM}{two}"), "auth", "keep one of basic, bearer");
}

#[test]
fn hint_for_a_name_that_needs_quotes() {
    let vars = "[vars]\ndlt.template_id = { optional = true }\n";
    refuse(
        &format!("{FORM}{vars}"),
        "vars.dlt.template_id",
        "write it in quotes: \"dlt.template_id\"",
    );
    // A mistyped key of a declaration is another mistake.
    let vars = "[vars]\nkey = { secrett = true }\n";
    refuse(&format!("{FORM}{vars}"), "vars.key.secrett", "did you mean `secret`?");
}

fn gateway(vars: &str, to: &str) -> HttpGateway {
    let form = format!("form = {{ to = \"{to}\", text = \"{{{{text}}}}\" }}\n");
    let spec = GatewaySpec::from_toml(&format!("{REQUEST}{form}{vars}")).unwrap();
    spec.check().unwrap();
    HttpGateway::builder(spec).build_with(ScriptedTransport::new().answer(200, "")).unwrap()
}

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

#[tokio::test]
async fn hint_for_a_number_of_another_country() {
    let error = gateway("", "{{to|national:98}}").send(&message()).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Misconfigured, Fate::NotSent));
    let source = error.source().unwrap().to_string();
    assert!(source.starts_with("request.form.to: `to` is no number with the calling code 98"));
    assert!(!source.contains("791234567") && !source.contains("41"), "{source}");
}

#[tokio::test]
async fn hint_for_a_variable_that_the_spec_does_not_know() {
    let vars = "[vars]\ntemplate = { message = true, optional = true }\n";
    let known = message().with_var("template", "t-1").with_var("dlt.template_id", "1");
    gateway(vars, "{{to}}").send(&known).await.unwrap();

    let unknown = message().with_var("templat", "t-1");
    let error = gateway(vars, "{{to}}").send(&unknown).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Misconfigured, Fate::NotSent));
    let source = error.source().unwrap().to_string();
    assert!(source.starts_with("vars.templat: "), "{source}");
    assert!(source.contains("did you mean `template`?"), "{source}");
    assert!(!source.contains("t-1"), "{source}");
    // A spec without such variables: the message may be meant for another gateway as well.
    gateway("", "{{to}}").send(&unknown).await.unwrap();
    let other = message().with_var("template", "t-1").with_var("campaign", "c");
    assert!(gateway(vars, "{{to}}").prepare(&other).is_err());
}
