//! What a gateway sends for a message.

use std::time::Duration;

use otpost::gateway::{
    Auth, Connection, Example, GatewaySpec, GatewaySpecBuilder, Idempotency, Method, Outcome,
    Predicate, Rule, VarSpec,
};
use otpost::message::{Locale, MessageId, SenderId};
use otpost::provider::{Fate, Provider, SendErrorKind, Stage};
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::{Code, HttpGateway, Message, PhoneNumber};

fn message() -> Message {
    Message::new(PhoneNumber::parse("+919876543210").unwrap(), "012345 is your code").unwrap()
}

fn spec() -> GatewaySpecBuilder {
    GatewaySpec::builder("acme", "Acme").post("https://acme.example/send")
}

fn build(spec: GatewaySpecBuilder) -> HttpGateway {
    HttpGateway::builder(spec.build()).build_with(ScriptedTransport::new()).unwrap()
}

fn body(gateway: &HttpGateway, message: &Message) -> String {
    String::from_utf8(gateway.prepare(message).unwrap().expose_body().to_vec()).unwrap()
}

#[test]
fn toml_and_builder_make_the_same_spec() {
    let toml = GatewaySpec::from_toml(
        r#"
        spec = 1
        id = "acme"
        name = "Acme SMS"
        docs = "none"
        allow = ["secret-in-url"]
        [vars]
        token = { secret = true }
        region = { host = true, default = "eu" }
        sender = { optional = true }
        template = { message = true }
        [request]
        method = "PUT"
        url = "https://{{region}}.acme.example/{{template}}"
        headers = [{ name = "X-A", value = "1" }, { name = "X-A", value = "2" }]
        query = { a = ["1", "2"], b = 3, c = true }
        form = { to = "{{to|plain}}", from = "{{sender}}", text = "{{text}}" }
        [auth]
        bearer = { token = "{{token}}" }
        [connection]
        timeout = "8s"
        connect_timeout = "1500ms"
        max_response = "1KiB"
        proxy = "http://10.0.0.2:3128"
        redirects = 0
        [idempotency]
        header = "Idempotency-Key"
        [[response]]
        when = { status = [200, "202-204"], header = { X-Ok = "1" }, json = { "/a" = { in = [1, 2] } } }
        then = { outcome = "accepted", message_id = "/id" }
        [[response]]
        when = { status = "500-599", form = { OK = { exists = true } }, body_regex = "^x" }
        then = { outcome = "unavailable", code = "form:code", message = "/m", retry_after = "header:X-Wait" }
        [[response]]
        when = { body_equals = "no", json = { "/n" = { at_least = 3, at_most = 5 }, "/s" = { regex = "^s" } } }
        then = { outcome = "blocked" }
        [[response]]
        when = { body_empty = true }
        then = { outcome = "unknown" }
        [[example]]
        response = { status = 200, headers = { X-Ok = "1" }, body = '{"a":1,"id":"7"}' }
        expect = { outcome = "accepted", message_id = "7" }
        "#,
    )
    .unwrap();
    let built = GatewaySpec::builder("acme", "Acme SMS")
        .docs("none")
        .allow(otpost::gateway::Lint::SecretInUrl)
        .var("token", VarSpec::secret())
        .var("region", VarSpec::host().with_default("eu"))
        .var("sender", VarSpec::required().with_optional())
        .var("template", VarSpec::message())
        .request(Method::Put, "https://{{region}}.acme.example/{{template}}")
        .header("X-A", "1")
        .header("X-A", "2")
        .query("a", "1")
        .query("a", "2")
        .query("b", "3")
        .query("c", "true")
        .form("to", "{{to|plain}}")
        .form("from", "{{sender}}")
        .form("text", "{{text}}")
        .auth(Auth::bearer("{{token}}"))
        .connection(
            Connection::default()
                .with_timeout(Duration::from_secs(8))
                .with_connect_timeout(Duration::from_millis(1_500))
                .with_max_response(1_024)
                .with_proxy("http://10.0.0.2:3128"),
        )
        .idempotency(Idempotency::header("Idempotency-Key"))
        .rule(
            Rule::new(Outcome::Accepted)
                .when_status(200)
                .when_status_in(202, 204)
                .when_header("X-Ok", "1")
                .when_json("/a", Predicate::one_of([1, 2]))
                .with_message_id("/id"),
        )
        .rule(
            Rule::new(Outcome::Unavailable)
                .when_status_in(500, 599)
                .when_form("OK", Predicate::exists(true))
                .when_body_regex("^x")
                .with_code("form:code")
                .with_message("/m")
                .with_retry_after("header:X-Wait"),
        )
        .rule(
            Rule::new(Outcome::Blocked)
                .when_body_equals("no")
                .when_json("/n", Predicate::between(3, 5))
                .when_json("/s", Predicate::regex("^s")),
        )
        .rule(Rule::new(Outcome::Unknown).when_body_empty())
        .example(
            Example::new(200, r#"{"a":1,"id":"7"}"#, Outcome::Accepted)
                .with_header("X-Ok", "1")
                .with_message_id("7"),
        )
        .build();
    assert!(toml == built, "the two differ");
    built.check().unwrap();
    assert!(toml != GatewaySpec::builder("acme", "Acme SMS").build());

    let gateway =
        HttpGateway::builder(built).var("token", "t").build_with(ScriptedTransport::new()).unwrap();
    let prepared = gateway.prepare(&message().with_var("template", "a b/c")).unwrap();
    assert_eq!(prepared.expose_url(), "https://eu.acme.example/a%20b%2Fc?a=1&a=2&b=3&c=true");
    let headers: Vec<_> = prepared.expose_headers().map(|(name, _)| name.as_str()).collect();
    assert_eq!(headers, ["x-a", "x-a", "content-type", "authorization", "idempotency-key"]);
}

#[test]
fn what_is_absent_is_left_out_whole() {
    let form = build(
        spec()
            .form("to", "{{to}}")
            .form("from", "{{sender}}")
            .form("l", "{{locale}}")
            .form("text", "{{text}}"),
    );
    assert_eq!(body(&form, &message()), "to=%2B919876543210&text=012345+is+your+code");
    let full = message()
        .with_sender(SenderId::parse("Acme Bank").unwrap())
        .with_locale(Locale::parse("de-CH").unwrap());
    assert_eq!(
        body(&form, &full),
        "to=%2B919876543210&from=Acme+Bank&l=de-CH&text=012345+is+your+code"
    );
    let json = build(spec().json(
        r#"{"from":"{{sender}}","list":["{{sender}}","{{to}}"],"in":{"from":"{{sender}}"},"text":"{{text}}"}"#,
    ));
    assert_eq!(
        body(&json, &message()),
        r#"{"list":["+919876543210"],"text":"012345 is your code"}"#
    );
    let query = build(
        spec()
            .query("from", "{{sender}}")
            .header("X-From", "{{sender}}")
            .form("to", "{{to}}")
            .form("text", "{{text}}"),
    );
    let prepared = query.prepare(&message()).unwrap();
    assert_eq!(prepared.expose_url(), "https://acme.example/send");
    assert_eq!(prepared.expose_headers().count(), 1, "the content type alone");
}

#[test]
fn a_gateway_with_a_template_of_its_own_needs_the_code() {
    // However the code is written, and if another value looks like the text.
    for (template, code) in [("otp", "{{code}}"), ("otp", "{{ code }}"), ("{text", "{{code}}")] {
        let fields = spec().form("to", "{{to}}").form("template", template).form("code", code);
        let gateway = build(fields);
        let error = gateway.prepare(&message()).unwrap_err();
        assert_eq!((error.kind(), error.fate()), (SendErrorKind::Misconfigured, Fate::NotSent));
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(source, "request.form.code: `code` has no value for this message");
        let with_code = message().with_code(Code::parse("012345").unwrap());
        let expected =
            format!("to=%2B919876543210&template={}&code=012345", template.replace('{', "%7B"));
        assert_eq!(body(&gateway, &with_code), expected);
    }
}

#[test]
fn variables_have_their_values() {
    let clock = ManualClock::at(1_709_251_199); // the last second of a leap day
    let spec = spec().json(
        r#"{"to":"{{to|zeros}}","cc":"{{calling_code}}","nn":"{{national_number}}","n91":"{{to|national:91}}",
            "ttl":"{{ttl_seconds}}","now":"{{now}}","end":"{{expires_at}}","seg":"{{segments}}","enc":"{{encoding}}",
            "id":"{{message_uuid}}","dlt":"{{dlt.entity_id}}","hex":"{{text|utf16hex}}","b64":"{{text|base64}}"}"#,
    );
    let gateway = HttpGateway::builder(spec.build())
        .clock(clock)
        .build_with(ScriptedTransport::new())
        .unwrap();
    let to = PhoneNumber::parse("+919876543210").unwrap();
    let message = Message::new(to, "ж")
        .unwrap()
        .with_id(MessageId::from_bytes([0; 16]))
        .with_lifetime(Duration::from_secs(90))
        .with_var("dlt.entity_id", "110100");
    let value: serde_json::Value = serde_json::from_str(&body(&gateway, &message)).unwrap();
    let expected = serde_json::json!({
        "to": "00919876543210", "cc": "91", "nn": "9876543210", "n91": "9876543210", "ttl": "90",
        "now": "2024-02-29T23:59:59Z", "end": "2024-03-01T00:01:29Z", "seg": "1", "enc": "ucs2",
        "id": "00000000-0000-4000-8000-000000000000", "dlt": "110100", "hex": "0436", "b64": "0LY=",
    });
    assert_eq!(value, expected);
    let foreign = Message::new(PhoneNumber::parse("+41791234567").unwrap(), "x").unwrap();
    let refused = gateway.prepare(&foreign).unwrap_err();
    assert_eq!(
        (refused.kind(), refused.fate(), refused.stage()),
        (SendErrorKind::Misconfigured, Fate::NotSent, Some(Stage::Config))
    );
}

#[test]
fn numbers_in_json_are_numbers_only_when_asked_for() {
    let tree = GatewaySpec::from_toml(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        vars = { flow = {}, price = { message = true, optional = true } }
        [request]
        method = "POST"
        url = "https://acme.example/send"
        [request.json]
        text = "{{text}}"
        to = "{{to}}"
        code = "{{code}}"
        flow = "{{flow|number}}"
        price = "{{price|number}}"
        fixed = 1.50
        deep = [{ n = 7, t = true }, []]
        "#,
    )
    .unwrap();
    let try_build = |flow: &str| {
        HttpGateway::builder(tree.clone()).var("flow", flow).build_with(ScriptedTransport::new())
    };
    let build = |flow: &str| try_build(flow).unwrap();
    let text = |text: &str| {
        Message::new(PhoneNumber::parse("+491701234567").unwrap(), text)
            .unwrap()
            .with_code(Code::parse("012345").unwrap())
    };
    for value in ["012345", "000000", "1e5", "null", "true", "+49170"] {
        assert_eq!(
            body(&build("12345678901234567890123"), &text(value)),
            format!(
                r#"{{"text":"{value}","to":"+491701234567","code":"012345","flow":12345678901234567890123,"fixed":1.5,"deep":[{{"n":7,"t":true}},[]]}}"#
            )
        );
    }
    for bad in ["01", "1,\"x\":2", "1e", "0x10", "NaN", "\"1\"", "1 2"] {
        let at_build = try_build(bad).expect_err(bad);
        assert_eq!(at_build.path(), "request.json.flow");
        let at_send = build("1").prepare(&text("x").with_var("price", bad)).expect_err(bad);
        assert_eq!(at_send.fate(), Fate::NotSent);
    }
    assert!(
        body(&build("1"), &text("x").with_var("price", "-1.5e3")).contains(r#""price":-1.5e3"#)
    );
}

#[test]
fn dots_and_slashes_stay_in_their_segment() {
    let spec = spec()
        .var("x", VarSpec::message())
        .post("https://acme.example/a/{{x}}/b")
        .form("to", "{{to}}")
        .form("t", "{{text}}");
    let gateway = HttpGateway::builder(spec.allow(otpost::gateway::Lint::SecretInUrl).build())
        .build_with(ScriptedTransport::new())
        .unwrap();
    let url =
        |x: &str| gateway.prepare(&message().with_var("x", x)).map(|p| p.expose_url().to_owned());
    assert_eq!(url("../c?d#e/é").unwrap(), "https://acme.example/a/..%2Fc%3Fd%23e%2F%C3%A9/b");
    assert_eq!(url("%2e%2e").unwrap(), "https://acme.example/a/%252e%252e/b");
    for bad in ["", ".", ".."] {
        assert!(url(bad).is_err(), "{bad:?}");
    }
    assert!(url(&"x".repeat(70_000)).is_err(), "longer than any URL");
    assert!(gateway.prepare(&message()).is_err(), "the message has no such variable");
}

#[test]
fn a_body_above_its_limit_is_refused() {
    let spec = spec()
        .var("x", VarSpec::message())
        .form("to", "{{to}}")
        .form("t", "{{text}}")
        .form("x", "{{x}}");
    let gateway = HttpGateway::builder(spec.build()).build_with(ScriptedTransport::new()).unwrap();
    assert!(gateway.prepare(&message().with_var("x", "x".repeat(64 * 1_024))).is_ok());
    let error = gateway.prepare(&message().with_var("x", "x".repeat(256 * 1_024))).unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Misconfigured, Fate::NotSent));
}

#[test]
fn identities_go_where_the_gateway_wants_them() {
    let id = message();
    let form = build(
        spec().form("to", "{{to}}").form("t", "{{text}}").idempotency(Idempotency::field("ref")),
    );
    assert!(form.deduplicates() && body(&form, &id).ends_with(&format!("&ref={}", id.id())));
    let json = build(
        spec().json(r#"{"to":"{{to}}","t":"{{text}}"}"#).idempotency(Idempotency::field("ref")),
    );
    assert!(body(&json, &id).ends_with(&format!(r#","ref":"{}"}}"#, id.id())));
    let query = build(
        spec()
            .allow(otpost::gateway::Lint::SecretInUrl)
            .get("https://acme.example/")
            .query("to", "{{to}}")
            .query("t", "{{text}}")
            .idempotency(Idempotency::field("ref")),
    );
    assert!(query.prepare(&id).unwrap().expose_url().ends_with(&format!("&ref={}", id.id())));
    assert!(!build(spec().form("to", "{{to}}").form("t", "{{text}}")).deduplicates());
}

#[test]
fn auth_stands_where_it_belongs() {
    let with = |auth: Auth| {
        let spec = spec()
            .var("key", VarSpec::secret())
            .form("to", "{{to}}")
            .form("t", "{{text}}")
            .auth(auth);
        HttpGateway::builder(spec.allow(otpost::gateway::Lint::SecretInUrl).build())
            .var("key", "otpost")
            .build_with(ScriptedTransport::new())
            .unwrap()
            .prepare(&message())
            .unwrap()
    };
    let authorization = |auth: Auth| {
        let prepared = with(auth);
        let header = prepared.expose_headers().find(|(name, _)| *name == "authorization").unwrap();
        assert!(header.1.is_sensitive(), "logs and HTTP/2 leave it out");
        header.1.to_str().unwrap().to_owned()
    };
    assert_eq!(authorization(Auth::bearer("{{key}}")), "Bearer otpost");
    assert_eq!(authorization(Auth::basic("user", "{{key}}")), "Basic dXNlcjpvdHBvc3Q=");
    assert_eq!(authorization(Auth::header("Authorization", "Key {{key}}")), "Key otpost");
    let query = with(Auth::query("api key", "{{key}}"));
    assert_eq!(query.expose_url(), "https://acme.example/send?api%20key=otpost");
    assert!(!query.to_string().contains("otpost"), "{query}");
}

#[tokio::test]
async fn a_message_cannot_add_a_header() {
    let transport = ScriptedTransport::new().answer(200, "");
    let spec = spec()
        .var("tag", VarSpec::message())
        .header("X-Tag", "{{tag}}")
        .form("to", "{{to}}")
        .form("t", "{{text}}");
    let gateway = HttpGateway::builder(spec.build()).build_with(transport.clone()).unwrap();
    for bad in ["a\r\nX-Evil: 1", "a\nb", "a\0b", "é", "\u{7f}", &"x".repeat(10_000)] {
        let error = gateway.send(&message().with_var("tag", bad)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.fate()),
            (SendErrorKind::Misconfigured, Fate::NotSent),
            "{bad:?}"
        );
    }
    assert!(transport.requests().is_empty(), "nothing was sent");
    gateway.send(&message().with_var("tag", "a\tb")).await.unwrap();
    // What is sent is what the dry run shows.
    let sent = &transport.requests()[0];
    let prepared = gateway.prepare(&message().with_var("tag", "a\tb")).unwrap();
    assert_eq!(sent.body(), prepared.expose_body());
    assert_eq!(sent.uri().to_string(), prepared.expose_url());
    let shown: Vec<_> = prepared.expose_headers().map(|(n, v)| (n.clone(), v.clone())).collect();
    let headers: Vec<_> = sent.headers().iter().map(|(n, v)| (n.clone(), v.clone())).collect();
    assert_eq!(headers, shown);
}
