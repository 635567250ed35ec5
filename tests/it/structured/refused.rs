//! What a reader of the code found: keys that are not the same for all attempts, texts that would be lost, values that
//! were frozen when the gateway was built, and credentials that could be left out.

use otpost::HttpGateway;
use otpost::gateway::{
    Auth, GatewaySpec, GatewaySpecBuilder, HmacAuth, Idempotency, Lint, ValueSpec, VarSpec,
};
use otpost::testing::ScriptedTransport;
use serde_json::{Value, json};

use super::{body, build, field, message, spec, toml};

fn path(spec: GatewaySpecBuilder) -> String {
    spec.build().check().expect_err("it has to be refused").path().to_owned()
}

fn form() -> GatewaySpecBuilder {
    spec().form("to", "{{to}}").form("text", "{{text}}")
}

#[test]
fn an_idempotency_key_is_the_same_for_all_attempts_and_always_there() {
    for value in [
        "{{message_uuid}}-{{now|epoch}}",
        "{{message_uuid}}{{expires_at}}",
        "{{message_uuid}}{{nonce}}",
        "{{sender}}{{message_uuid}}",
        "{{message_uuid|truncate:16}}",
        "{{message_uuid|base64|truncate:16}}",
        "{{message_uuid|sha256hex|base64|truncate:16}}",
    ] {
        let spec = form().idempotency(Idempotency::header("X-Id").with_value(value));
        assert_eq!(path(spec), "idempotency.value", "{value}");
    }
    let configured = form().var("app", VarSpec::required());
    let configured =
        configured.idempotency(Idempotency::header("X-Id").with_value("{{app}}-{{message_uuid}}"));
    assert!(configured.build().check().is_ok());
    for json in [
        r#"{"to":"{{to}}","t":"{{text}}","options":{"from":"{{sender}}"}}"#,
        r#"{"to":"{{to}}","t":"{{text}}","options":{"a":1,"$with":"sender"}}"#,
    ] {
        let spec = spec().json(json).idempotency(Idempotency::field("/options/ref"));
        assert_eq!(path(spec), "idempotency.field", "{json}");
    }
}

#[test]
fn a_condition_within_a_structure_is_asked_for_each_message() {
    let gateway = toml(
        r#"
        [request.form]
        to = "{{to}}"
        text = "{{text}}"
        opts = { json = { type = "sms", coding = { "$value" = "8", "$when" = { encoding = "ucs2" } } } }
        flag = { base64 = { value = "1", when = { encoding = "ucs2" } } }
        "#,
    )
    .unwrap();
    let sent = |text: &str| {
        let body = body(&gateway, &message(text));
        let opts: Value = serde_json::from_str(&field(&body, "opts").unwrap()).unwrap();
        (opts, field(&body, "flag"))
    };
    assert_eq!(sent("a"), (json!({ "type": "sms" }), None));
    assert_eq!(sent("ж"), (json!({ "type": "sms", "coding": "8" }), Some("MQ==".to_owned())));
}

#[test]
fn no_text_is_lost_for_one_encoding() {
    let gsm7 = |value: ValueSpec| value.with_condition("encoding", "gsm7");
    let text = || ValueSpec::from("{{text}}");
    let with = |value: ValueSpec| spec().form("to", "{{to}}").form("t", value);
    // Under another condition within, where both could never hold.
    let nested = ValueSpec::base64(gsm7(text())).with_condition("encoding", "ucs2");
    assert_eq!(path(with(nested)), "request.form.t");
    // A text that is only signed, or hashed, is not sent.
    let signed = with(gsm7(text())).var("k", VarSpec::secret());
    let signed = signed
        .auth(Auth::Hmac(HmacAuth::new("{{k}}", "{{text}}").with_header("X-S", "{{signature}}")));
    assert_eq!(path(signed), "request");
    assert_eq!(path(with(gsm7(text())).form("h", "{{text|sha256hex}}")), "request");
    assert_eq!(path(spec().form("to", "{{to}}").form("h", "{{text|sha256hex}}")), "request");
    if cfg!(feature = "xml") {
        assert_eq!(path(with(gsm7(ValueSpec::xml("<a>{{text}}<!-- x --></a>")))), "request");
    }
}

#[test]
fn credentials_in_structures_are_there_and_not_literal() {
    let optional = form().var("key", VarSpec::secret().with_optional());
    let optional = optional.auth(Auth::header("X-Auth", ValueSpec::base64("{{key}}")));
    assert_eq!(path(optional), "auth.header.value");
    for spec in [
        form().auth(Auth::header("Authorization", ValueSpec::base64("user:hunter2"))),
        form().form("password", ValueSpec::base64("hunter2")),
        spec().json(r#"{"to":"{{to}}","t":"{{text}}","password":{"$base64":"hunter2"}}"#),
    ] {
        let error = spec.clone().build().check().unwrap_err();
        assert!(
            error.to_string().contains("literal-secret") && !error.to_string().contains("hunter2"),
            "{error}"
        );
        let toml = spec.allow(Lint::LiteralSecret).build().to_toml();
        assert!(!toml.is_ok_and(|toml| toml.contains("hunter2")));
    }
}

#[test]
fn nesting_has_an_end() {
    let nested = |levels: usize| {
        let inner =
            (0..levels).fold(json!("{{text}}"), |inner, _| json!({ "$json": { "a": inner } }));
        spec().json(json!({ "to": "{{to}}", "t": inner }).to_string())
    };
    let gateway = build(nested(6));
    assert!(body(&gateway, &message("\"")).len() < 2_000);
    assert!(path(nested(9)).starts_with("request.json.t"));
    let deep = (0..40).fold(ValueSpec::from("x"), |inner, _| ValueSpec::base64(inner));
    assert_eq!(path(form().form("x", deep)), "request.form.x");
}

#[test]
fn signed_and_sent_times_are_one_instant() {
    let spec = form().var("k", VarSpec::secret()).auth(Auth::Hmac(
        HmacAuth::new("{{k}}", "{{now}}")
            .with_part("a", "{{now|epoch_ms}}")
            .with_header("X-A", "{{a}} {{now|epoch_ms}} {{now|epoch}} {{signature}}"),
    ));
    let gateway = HttpGateway::builder(spec.form("ms", "{{now|epoch_ms}}").build()).var("k", "k");
    let gateway =
        gateway.clock(otpost::clock::SystemClock).build_with(ScriptedTransport::new()).unwrap();
    let prepared = gateway.prepare(&message("x")).unwrap();
    let ms = field(std::str::from_utf8(prepared.expose_body()).unwrap(), "ms").unwrap();
    let header =
        prepared.expose_headers().find(|(name, _)| *name == "x-a").unwrap().1.to_str().unwrap();
    let words: Vec<_> = header.split(' ').collect();
    assert_eq!((words[0], words[1], words[2]), (ms.as_str(), ms.as_str(), &ms[..ms.len() - 3]));
}

#[test]
fn what_can_never_work_is_refused() {
    for (value, place) in [
        ("{{now|date:%d.%m.%Y|zone:+03:00}}", "request.form.x"),
        ("{{now|epoch|date:%Y}}", "request.form.x"),
        ("{{dlt.entity_id|epoch}}", "request.form.x"),
        ("{{ttl_seconds|sha256hex|unit:ms}}", "request.form.x"),
    ] {
        assert_eq!(path(form().form("x", value)), place, "{value}");
    }
    let number =
        spec().json(r#"{"to":"{{to}}","t":"{{text}}","n":"{{ttl_seconds|sha256hex|number}}"}"#);
    assert_eq!(path(number), "request.json.n");
    for (name, value, hint) in [
        ("encoding", "UCS2", "`ucs2`"),
        ("encoding", "unicode", "gsm7, ucs2"),
        ("sender_kind", "numbre", "`number`"),
    ] {
        let error = form()
            .form("x", ValueSpec::from("1").with_condition(name, value))
            .build()
            .check()
            .unwrap_err();
        assert!(error.to_string().contains(hint), "{error}");
    }
    // A body as a whole cannot be left out, and a document in a value only with the value.
    assert_eq!(
        path(
            spec()
                .query("to", "{{to}}")
                .query("t", "{{code}}")
                .json(r#"{"a":1,"$with":"sender"}"#)
                .allow(Lint::SecretInUrl)
        ),
        "request.json"
    );
    assert_eq!(
        path(form().form("x", ValueSpec::json(r#"{"a":1,"$with":"sender"}"#))),
        "request.form.x"
    );
    // The type decides how a text is escaped.
    let yaml = || spec().text("to: {{to}}\ntext: {{text}}");
    assert_eq!(
        path(yaml().header(
            "Content-Type",
            ValueSpec::from("application/yaml").with_condition("encoding", "gsm7")
        )),
        "request.text"
    );
    assert!(
        path(form().header("Content-Type", ValueSpec::from("text/plain").with_var("sender")))
            .ends_with("Content-Type")
    );
    let read = GatewaySpec::from_toml(
        "spec = 1\nid = \"a\"\nname = \"A\"\n[request]\nmethod = \"POST\"\nurl = \"https://a.example/\"\nform = { t = { base64 = { value = { json = 1 } } } }",
    );
    assert!(read.is_err());
}
