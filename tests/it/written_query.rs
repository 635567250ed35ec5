//! The query that is written in the URL of a spec.

use otpost::gateway::{GatewaySpec, GatewaySpecBuilder, Lint, VarSpec};
use otpost::testing::ScriptedTransport;
use otpost::{HttpGateway, Message, PhoneNumber};

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

fn spec() -> GatewaySpecBuilder {
    GatewaySpec::builder("acme", "Acme").post("https://acme.example/send")
}

#[test]
fn equal_signs_in_the_query_of_a_url_stay_as_they_are_written() {
    let url = |query: &str, x: &str| {
        let spec = spec()
            .var("x", VarSpec::required())
            .get(format!("https://acme.example/cgi?{query}"))
            .query("to", "{{to|plain}}")
            .query("a=b", "{{text}}");
        let spec = spec.allow(Lint::SecretInUrl).build();
        let gateway =
            HttpGateway::builder(spec).var("x", x).build_with(ScriptedTransport::new()).unwrap();
        let prepared = gateway.prepare(&message()).unwrap();
        prepared.expose_url().split_once("&to=").unwrap().0.to_owned()
    };
    let cgi = |query: &str| format!("https://acme.example/cgi?{query}");
    assert_eq!(url("1=account={{x}}&b=2", "a b/é"), cgi("1=account=a%20b%2F%C3%A9&b=2"));
    assert_eq!(url("1=a b=c:={{x}}.d", "x"), cgi("1=a%20b=c%3A=x.d"));
    assert_eq!(url("1=YQ==&x={{x}}", "x"), cgi("1=YQ==&x=x"));
    // Elsewhere, an equal sign is a part of the name or the value.
    let spec = spec().form("to", "{{to}}").form("t", "{{text}}").query("a=b", "c=d").build();
    let gateway = HttpGateway::builder(spec).build_with(ScriptedTransport::new()).unwrap();
    let prepared = gateway.prepare(&message()).unwrap();
    assert_eq!(prepared.expose_url(), "https://acme.example/send?a%3Db=c%3Dd");
}

/// A text that stays as it is written is shown in logs, so it is no part of a secret.
#[test]
fn a_literal_secret_in_the_query_of_a_url_stays_masked() {
    let spec = spec()
        .get("https://acme.example/cgi?token=needle==&to={{to|plain}}&t={{text}}")
        .allow(Lint::SecretInUrl)
        .allow(Lint::LiteralSecret);
    let gateway = HttpGateway::builder(spec.build()).build_with(ScriptedTransport::new()).unwrap();
    let prepared = gateway.prepare(&message()).unwrap();
    assert!(prepared.expose_url().contains("token=needle%3D%3D&"), "{prepared}");
    assert!(!prepared.to_string().contains("needle"), "{prepared}");
}
