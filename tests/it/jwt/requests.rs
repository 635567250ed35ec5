//! Where tokens are sent: with messages, with calls of the account, and not in what is shown.

use otpost::gateway::{AccountState, GatewaySpec};
use otpost::provider::Provider;
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::{HttpGateway, Message};
use serde_json::{Value, json};

use super::{CLAIMS, NOW, build, message, pem, token, verify};

fn gateway(toml: &str, vars: &[(&str, &str)]) -> (HttpGateway, ScriptedTransport, ManualClock) {
    let spec = GatewaySpec::from_toml(toml).unwrap();
    assert!(GatewaySpec::from_toml(&spec.to_toml().unwrap()).unwrap() == spec);
    spec.check().unwrap();
    let transport = ScriptedTransport::new().answer(200, "{}").answer(200, "{}").answer(200, "{}");
    let clock = ManualClock::at(NOW);
    let builder = HttpGateway::builder(spec).clock(clock.clone());
    let builder = vars.iter().fold(builder, |builder, (name, value)| builder.var(*name, *value));
    (builder.build_with(transport.clone()).unwrap(), transport, clock)
}

/// The tokens of the requests that were sent.
fn tokens(transport: &ScriptedTransport) -> Vec<String> {
    let requests = transport.requests();
    let header = |request: &otpost::transport::Request| {
        let value = request.headers()["authorization"].to_str().unwrap().to_owned();
        value.strip_prefix("Bearer ").unwrap().to_owned()
    };
    requests.iter().map(header).collect()
}

fn claims(token: &str, key: &str, algorithm: &str) -> Value {
    verify(token, key, algorithm)["claims"].take()
}

const GOV_UK: &str = r#"
    spec = 1
    id = "gov-uk-notify"
    name = "GOV.UK Notify"
    [vars]
    service_id = {}
    secret = { secret = true }
    template = {}
    [request]
    method = "POST"
    url = "https://api.notifications.service.gov.uk/v2/notifications/sms"
    [request.json]
    phone_number = "{{to}}"
    template_id = "{{template}}"
    personalisation = { text = "{{text}}" }
    reference = "{{message_uuid}}"
    [auth.jwt]
    algorithm = "HS256"
    key = "{{secret}}"
    claims = { iss = "{{service_id}}", iat = "{{now|epoch|number}}" }
    [[response]]
    when = { status = 200 }
    then = { outcome = "accepted" }
    [account]
    method = "GET"
    url = "https://api.notifications.service.gov.uk/v2/templates"
    [erase]
    method = "DELETE"
    url = "https://api.notifications.service.gov.uk/v2/notifications/{{message_id}}"
"#;

#[tokio::test]
async fn gov_uk_notify() {
    let (service, secret) =
        ("26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0");
    let vars = [("service_id", service), ("secret", secret), ("template", "f33517ff")];
    let (gateway, transport, clock) = gateway(GOV_UK, &vars);
    gateway.send(&message()).await.unwrap();
    clock.advance(std::time::Duration::from_secs(31));
    assert_eq!(gateway.account().await.unwrap().state(), AccountState::Active);
    let receipt = otpost::provider::Receipt::new("gov-uk-notify").with_message_id("740e5834");
    gateway.erase(&receipt).await.unwrap();
    let tokens = tokens(&transport);
    assert_eq!(tokens.len(), 3);
    for (token, iat) in tokens.iter().zip([NOW, NOW + 31, NOW + 31]) {
        // The server refuses a token that is older than 30 s, so each request has its own.
        assert_eq!(claims(token, secret, "HS256"), json!({ "iss": service, "iat": iat }));
        let refused = json!({ "error": "InvalidSignatureError" });
        assert_eq!(verify(token, service, "HS256"), refused);
    }
}

const VONAGE: &str = r#"
    spec = 1
    id = "vonage-messages"
    name = "Vonage Messages"
    [vars]
    application_id = {}
    private_key = { secret = true }
    sender = {}
    [request]
    method = "POST"
    url = "https://api.nexmo.com/v1/messages"
    json = { channel = "sms", message_type = "text", to = "{{to|plain}}", from = "{{sender}}", text = "{{text}}" }
    [auth.jwt]
    algorithm = "RS256"
    key = "{{private_key}}"
    claims = { application_id = "{{application_id}}", iat = "{{now|epoch|number}}", jti = "{{nonce}}" }
    lifetime = "15m"
    [[response]]
    when = { status = 200 }
    then = { outcome = "accepted" }
"#;

#[tokio::test]
async fn vonage_messages() {
    let application = "78d335fa-323d-0114-9c3d-d6f0d48968cf";
    let one_line = pem!("rsa_pkcs8").replace('\n', "\\n");
    let mut ids = Vec::new();
    for key in [pem!("rsa_pkcs8"), &one_line] {
        let vars = [("application_id", application), ("private_key", key), ("sender", "Acme")];
        let (gateway, transport, clock) = gateway(VONAGE, &vars);
        gateway.send(&message()).await.unwrap();
        clock.advance(std::time::Duration::from_secs(1));
        gateway.send(&message()).await.unwrap();
        for (token, now) in tokens(&transport).iter().zip([NOW, NOW + 1]) {
            let mut claims = claims(token, pem!("rsa_pkcs1"), "RS256");
            let id = claims["jti"].take().as_str().unwrap().to_owned();
            assert!(id.len() == 32 && !ids.contains(&id), "each token has an id of its own: {id}");
            ids.push(id);
            let expected = json!({
                "application_id": application, "iat": now, "exp": now + 900, "jti": null,
            });
            assert_eq!(claims, expected);
        }
    }
}

#[test]
fn tokens_and_keys_are_not_shown() {
    let key = pem!("rsa_pkcs8");
    let auth = format!(
        "algorithm = \"RS256\"\nkey = \"{{{{key}}}}\"\n{CLAIMS}\nheader = {{ name = \"X-Auth\", value = \"JWT {{{{jwt}}}};v=1\" }}"
    );
    let gateway = build(&auth, key).unwrap();
    let prepared = gateway.prepare(&message()).unwrap();
    let header = prepared.expose_headers().find(|(name, _)| *name == "x-auth").unwrap().1.clone();
    assert!(header.is_sensitive());
    let token = header.to_str().unwrap().strip_prefix("JWT ").unwrap();
    let token = token.strip_suffix(";v=1").unwrap();
    assert_eq!(claims(token, key, "RS256")["iss"], "acme-1");
    let curl = prepared.to_curl();
    let shown = format!("{prepared}{prepared:?}{curl}{curl:?}{gateway:?}");
    assert!(shown.contains("x-auth: ***") && shown.contains("$X_AUTH"), "{shown}");
    let parts = token.split('.').chain(key.lines().skip(1).take(3));
    for part in parts {
        assert!(part.len() > 30 && !shown.contains(part), "{shown}");
    }
}

/// A gateway that repeats the token in its error does not bring it into the log.
#[tokio::test]
async fn tokens_that_the_gateway_repeats_are_redacted() {
    let toml = GOV_UK
        .replace("[account]", "[answer]\ncode = \"/code\"\nmessage = \"/message\"\n[account]");
    let vars = [("service_id", "s"), ("secret", "k"), ("template", "t")];
    let (gateway, ..) = gateway(&toml, &vars);
    // The clock stands still, so the token of the dry run is that of the message.
    let sent = token(&gateway);
    let body = json!({ "code": sent, "message": format!("expired: {sent}!") }).to_string();
    let spec = GatewaySpec::from_toml(&toml).unwrap();
    let builder = HttpGateway::builder(spec).clock(ManualClock::at(NOW));
    let builder = vars.iter().fold(builder, |builder, (name, value)| builder.var(*name, *value));
    let transport = ScriptedTransport::new().answer(403, body);
    let error = builder.build_with(transport).unwrap().send(&message()).await.unwrap_err();
    assert_eq!(error.gateway_code(), None);
    let shown = format!("{error} {error:?}");
    assert!(sent.split('.').all(|part| !shown.contains(part)), "{shown}");
    let words = error.gateway_words().unwrap();
    assert!(words.starts_with("expired: ") && !words.contains(&sent), "{words}");
}

/// A gateway whose claims name the recipient has to send the recipient as well.
#[test]
fn claims_do_not_count_as_sent() {
    let toml = |body: &str| {
        format!(
            r#"
            spec = 1
            id = "acme"
            name = "Acme"
            [vars]
            key = {{ secret = true }}
            account = {{}}
            [request]
            method = "POST"
            url = "https://sms.acme.example/send"
            json = {{ {body} }}
            [auth.jwt]
            algorithm = "HS256"
            key = "{{{{key}}}}"
            claims = {{ to = "{{{{to}}}}", text = "{{{{text}}}}", account = "{{{{account}}}}" }}
            "#
        )
    };
    let check = |body: &str| GatewaySpec::from_toml(&toml(body)).unwrap().check();
    assert_eq!(check("text = \"{{text}}\"").unwrap_err().path(), "request");
    assert_eq!(check("to = \"{{to}}\"").unwrap_err().path(), "request");
    // `account` is in the claims only, and counts as used.
    check("to = \"{{to}}\", text = \"{{text}}\"").unwrap();
    let (gateway, ..) =
        gateway(&toml("to = \"{{to}}\", text = \"{{text}}\""), &[("key", "s"), ("account", "a")]);
    let message: Message = message();
    assert_eq!(message.to().e164(), "+41791234567");
    let expected = json!({ "to": "+41791234567", "text": "012345 is your code", "account": "a" });
    assert_eq!(claims(&token(&gateway), "s", "HS256"), expected);
}
