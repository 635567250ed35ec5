//! The origins of configured URLs are read as browsers read them.

use otpost::gateway::{GatewaySpec, Outcome, Rule};
use otpost::testing::ScriptedTransport;
use otpost::{HttpGateway, Message, PhoneNumber};

fn url(url: &str) -> Result<String, String> {
    let spec = GatewaySpec::builder("acme", "Acme SMS")
        .post(url)
        .form("to", "{{to|plain}}")
        .form("text", "{{text}}")
        .rule(Rule::new(Outcome::Accepted).when_status(200))
        .build();
    let gateway = HttpGateway::builder(spec).build_with(ScriptedTransport::new());
    let gateway = gateway.map_err(|error| error.to_string())?;
    let to = PhoneNumber::parse("+41791234567").unwrap();
    let message = Message::new(to, "012345 is your code").unwrap();
    Ok(gateway.prepare(&message).unwrap().expose_url().to_owned())
}

#[track_caller]
fn check(written: &str, sent: &str) {
    assert_eq!(url(written).as_deref(), Ok(sent));
}

#[track_caller]
fn refuse(written: &str, problem: &str) {
    let error = url(written).unwrap_err();
    assert!(error.contains(problem), "{written}: {error}");
}

#[test]
fn origin_is_normalized() {
    check("https://sms.acme.example/send", "https://sms.acme.example/send");
    check("HTTPS://SMS.Acme.Example/Send", "https://sms.acme.example/Send");
    check("https://sms.b\u{fc}cher.example/send", "https://sms.xn--bcher-kva.example/send");
    check("https://sms.B\u{dc}CHER.example/send", "https://sms.xn--bcher-kva.example/send");
    check("https://sms.acme.example:443/send", "https://sms.acme.example/send");
    check("https://sms.acme.example:8443/send", "https://sms.acme.example:8443/send");
    check("https://[2001:DB8::1]:8443/send", "https://[2001:db8::1]:8443/send");
    check("https://sms_1.acme.example/send", "https://sms_1.acme.example/send");
    check("https://192.0.2.1/send", "https://192.0.2.1/send");
}

#[test]
fn origin_that_is_wrong_is_refused() {
    refuse("https://192.168.1.256/send", "not a valid IPv4 address");
    refuse("https://[2001:db8::zz]/send", "not a valid IPv6 address");
    refuse("https://sms.acme.example:65536/send", "the port");
    refuse("https://sms.acme.example:0/send", "the port");
    refuse("https://sms.acme.example:/send", "the port");
    refuse("https://user:secret@sms.acme.example/send", "[auth]");
    refuse("ftp://sms.acme.example/send", "neither https nor http");
    refuse("https:///send", "it has no host");
    refuse("https://sms acme.example/send", "a space");
    refuse("https://sms.acme.example\\@evil.example/send", "a backslash");
    refuse("https://sms.acme.exa\u{9}mple/send", "a space, a control character");
    refuse("https://sms.acme.exa%2fmple/send", "an invalid character");
    refuse("sms.acme.example/send", "not a URL");
}

/// A gateway with host variables, whose token comes from another host.
const HOSTS: &str = r#"
    spec = 1
    id = "acme"
    name = "Acme"
    [vars]
    region = { host = true }
    tenant = { host = true }
    key = { secret = true }
    [request]
    method = "POST"
    url = "https://{{region}}.acme.example/send"
    form = { to = "{{to}}", text = "{{text}}" }
    [auth.oauth2_client_credentials]
    token_url = "https://{{tenant}}.auth.example/token"
    client_id = "app"
    client_secret = "{{key}}"
    [account]
    method = "GET"
    url = "https://{{region}}.acme.example/balance"
    [erase]
    method = "DELETE"
    url = "https://erase.example/{{message_id}}"
"#;

/// Sends, asks for the account and erases, and returns the URLs.
async fn urls(
    change: impl Fn(otpost::gateway::HttpGatewayBuilder) -> otpost::gateway::HttpGatewayBuilder,
) -> Vec<String> {
    let spec = GatewaySpec::from_toml(HOSTS).unwrap();
    let transport = ScriptedTransport::new()
        .answer(200, r#"{"access_token":"t"}"#)
        .answer(200, "")
        .answer(200, "")
        .answer(200, "");
    let builder = HttpGateway::builder(spec).var("region", "eu").var("tenant", "t1");
    let builder = change(builder.var("key", "hunter2"));
    let gateway = builder.build_with(transport.clone()).unwrap();
    let to = PhoneNumber::parse("+41791234567").unwrap();
    let message = Message::new(to, "012345 is your code").unwrap();
    otpost::provider::Provider::send(&gateway, &message).await.unwrap();
    gateway.account().await.unwrap();
    gateway.erase(&otpost::provider::Receipt::new("acme").with_message_id("17")).await.unwrap();
    transport.requests().iter().map(|request| request.uri().to_string()).collect()
}

#[tokio::test]
async fn origin_moves_the_urls_that_share_it() {
    let local = "http://127.0.0.1:8025";
    assert_eq!(
        urls(|builder| builder).await,
        [
            "https://t1.auth.example/token",
            "https://eu.acme.example/send",
            "https://eu.acme.example/balance",
            "https://erase.example/17",
        ]
    );
    // The variable of the token's host is still used.
    assert_eq!(
        urls(|builder| builder.origin(local)).await,
        [
            "https://t1.auth.example/token",
            "http://127.0.0.1:8025/send",
            "http://127.0.0.1:8025/balance",
            "https://erase.example/17",
        ]
    );
    assert_eq!(
        urls(|builder| builder.origin(local).token_origin("http://127.0.0.1:8026")).await,
        [
            "http://127.0.0.1:8026/token",
            "http://127.0.0.1:8025/send",
            "http://127.0.0.1:8025/balance",
            "https://erase.example/17",
        ]
    );
    let of_token = urls(|builder| builder.token_origin(local)).await;
    assert_eq!(of_token[..2], ["http://127.0.0.1:8025/token", "https://eu.acme.example/send"]);
}

#[test]
fn origin_of_the_token_is_checked() {
    let spec = || GatewaySpec::from_toml(HOSTS).unwrap();
    let error = spec().with_token_origin("ftp://x").unwrap_err();
    assert_eq!(error.path(), "token_origin");
    spec().with_origin("https://a.example").unwrap().check().unwrap();
    spec().with_token_origin("https://a.example").unwrap().check().unwrap();
}
