//! The filters for times and ids, and where ids are sent.

use otpost::HttpGateway;
use otpost::gateway::{Idempotency, VarSpec};
use otpost::message::{MessageId, SenderId};
use otpost::testing::ScriptedTransport;
use serde_json::{Value, json};

use super::{body, build, field, message, spec, toml};

#[test]
fn times_and_ids_have_their_formats() {
    let gateway = build(spec().json(
        r#"{"to":"{{to}}","t":"{{text}}","a":"{{now|date:%Y%m%dT%H%M%SZ}}","b":"{{now|zone:+03:00|date:%F %T}}",
            "c":"{{now|epoch|number}}","d":"{{now|epoch_ms|number}}","e":"{{now|date:rfc1123}}","f":"{{expires_at|date:%H:%M}}",
            "g":"{{ttl_seconds|unit:ms|number}}","h":"{{ttl_seconds|unit:min}}","i":"{{ttl_seconds|unit:h}}",
            "j":"{{ttl_seconds|clamp:700-800}}","k":"{{message_uuid|int|number}}","l":"{{message_uuid|sha256hex|truncate:32}}",
            "m":"{{now|zone:-05:30}}"}"#,
    ));
    let sent: Value = serde_json::from_str(&body(
        &gateway,
        &message("x").with_id(MessageId::from_bytes([7; 16])),
    ))
    .unwrap();
    for (key, expected) in [
        ("a", json!("20261128T174805Z")),
        ("b", json!("2026-11-28 20:48:05")),
        ("c", json!(1_795_888_085_u64)),
        ("d", json!(1_795_888_085_000_u64)),
        ("e", json!("Sat, 28 Nov 2026 17:48:05 GMT")),
        ("f", json!("17:53")),
        ("g", json!(300_000)),
        ("h", json!("5")),
        ("i", json!("1")),
        ("j", json!("700")),
        ("m", json!("2026-11-28T12:18:05-05:30")),
    ] {
        assert_eq!(sent[key], expected, "{key}");
    }
    let int = sent["k"].as_u64().unwrap();
    assert!(int > 0 && i64::try_from(int).is_ok());
    assert_eq!(sent["l"].as_str().unwrap().len(), 32);
    for (value, path) in [
        ("{{text|date:%F}}", "request.form.x"),
        ("{{now|unit:ms}}", "request.form.x"),
        ("{{to|int}}", "request.form.x"),
        ("{{now|date:YYYY}}", "request.form.x"),
    ] {
        let error = toml(&format!(
            "[request.form]\nto = \"{{{{to}}}}\"\nt = \"{{{{text}}}}\"\nx = \"{value}\""
        ))
        .expect_err(value);
        assert_eq!(error.path(), path, "{error}");
    }
}

#[test]
fn identities_are_where_gateways_look_for_them() {
    let id = message("x").with_id(MessageId::from_bytes([7; 16]));
    let json = || spec().json(r#"{"messages":[{"to":"{{to}}","text":"{{text}}"}]}"#);
    let nested = build(json().idempotency(
        Idempotency::field("/messages/0/ref").with_value("{{message_uuid|int|number}}"),
    ));
    let sent: Value = serde_json::from_str(&body(&nested, &id)).unwrap();
    assert!(sent["messages"][0]["ref"].is_u64(), "{sent}");
    let query = build(json().idempotency(Idempotency::query("ref")));
    assert!(query.prepare(&id).unwrap().expose_url().ends_with(&format!("?ref={}", id.id())));
    for (value, is_good) in [
        ("otp-{{message_uuid}}", true),
        ("{{message_uuid|sha256hex|truncate:32}}", true),
        ("{{message_uuid|truncate:8}}", false),
        ("{{now}}", false),
        ("fixed", false),
        ("{{message_uuid|map:a=1}}", false),
    ] {
        let spec = json().idempotency(Idempotency::field("ref").with_value(value)).build();
        assert_eq!(spec.check().is_ok(), is_good, "{value}");
    }
}

#[test]
fn a_configured_sender_has_a_kind() {
    let spec = || {
        spec()
            .var("sender", VarSpec::required().with_optional())
            .form("to", "{{to}}")
            .form("t", "{{text}}")
            .form("from", "{{sender}}")
            .form("kind", "{{sender_kind}}")
            .build()
    };
    let sent = |sender: Option<&str>, own: Option<&str>| {
        let builder = HttpGateway::builder(spec());
        let builder =
            sender.into_iter().fold(builder, |builder, sender| builder.var("sender", sender));
        let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
        let message = own
            .into_iter()
            .fold(message("x"), |message, own| message.with_sender(SenderId::parse(own).unwrap()));
        field(&body(&gateway, &message), "kind")
    };
    assert_eq!(sent(None, None), None);
    assert_eq!(sent(Some("Acme"), None).as_deref(), Some("alphanumeric"));
    assert_eq!(sent(Some("+41791234567"), None).as_deref(), Some("number"));
    assert_eq!(sent(Some("Acme"), Some("+41791234567")).as_deref(), Some("number"));
}
