//! Values that are JSON, XML or Base64 themselves, values under a condition, and the filters for times and ids.

mod random;
mod refused;
mod times;

use otpost::gateway::{Charset, GatewaySpec, GatewaySpecBuilder, ValueSpec, VarSpec};
use otpost::message::SenderId;
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::{Code, HttpGateway, Message, PhoneNumber};
use serde_json::{Value, json};

const NASTY: &str =
    "Say \"012345\" \\ now\n<b>&amp;</b> ]]> %22 \u{7f}\u{2028} ж 😀 {{to}} ' = & ; + /";

fn message(text: &str) -> Message {
    Message::new(PhoneNumber::parse("+918888888888").unwrap(), text)
        .unwrap()
        .with_code(Code::parse("012345").unwrap())
}

fn spec() -> GatewaySpecBuilder {
    GatewaySpec::builder("acme", "Acme").post("https://acme.example/send")
}

fn build(spec: GatewaySpecBuilder) -> HttpGateway {
    let spec = spec.build();
    let read = GatewaySpec::from_toml(&spec.to_toml().unwrap()).unwrap();
    assert!(read == spec, "TOML loses nothing");
    HttpGateway::builder(spec)
        .clock(ManualClock::at(1_795_888_085))
        .build_with(ScriptedTransport::new())
        .unwrap()
}

fn toml(request: &str) -> Result<HttpGateway, otpost::gateway::SpecError> {
    let toml = format!(
        "spec = 1\nid = \"acme\"\nname = \"Acme\"\n[vars]\nname = {{ message = true, optional = true }}\n[request]\n\
         method = \"POST\"\nurl = \"https://acme.example/send\"\nheaders = {{ X-Name = \"{{{{name}}}}\" }}\n{request}\n"
    );
    let spec = GatewaySpec::from_toml(&toml)?;
    assert!(GatewaySpec::from_toml(&spec.to_toml()?)? == spec, "TOML loses nothing");
    HttpGateway::builder(spec)
        .clock(ManualClock::at(1_795_888_085))
        .build_with(ScriptedTransport::new())
}

fn body(gateway: &HttpGateway, message: &Message) -> String {
    String::from_utf8(gateway.prepare(message).unwrap().expose_body().to_vec()).unwrap()
}

/// The field of a form, read by another parser.
fn field(body: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(body.as_bytes()).into_owned();
    pairs.find(|(key, _)| key == name).map(|(_, value)| value)
}

#[test]
fn json_in_a_field_is_escaped_for_both() {
    let gateway = toml(
        r#"
        [request.form]
        channel = "whatsapp"
        to = "{{to|plain}}"
        message = { json = { type = "text", text = "{{text}}", to = [{ number = "{{to|plain}}" }], ttl = "{{ttl_seconds|number}}" } }
        "#,
    )
    .unwrap();
    let sent = body(&gateway, &message("Say \"012345\" \\ now"));
    let expected = r#"{"type":"text","text":"Say \"012345\" \\ now","to":[{"number":"918888888888"}],"ttl":300}"#;
    assert_eq!(field(&sent, "message").unwrap(), expected);
    let nasty = field(&body(&gateway, &message(NASTY)), "message").unwrap();
    assert_eq!(serde_json::from_str::<Value>(&nasty).unwrap()["text"], NASTY);
    // What the careless way makes of it is not JSON.
    let careless = r#"{"type":"text","text":"{{text}}"}"#.replace("{{text}}", NASTY);
    assert!(serde_json::from_str::<Value>(&careless).is_err());
    let shown = gateway.prepare(&message(NASTY)).unwrap().to_string();
    assert!(shown.contains("message=***") && !shown.contains("012345"), "{shown}");
}

#[test]
fn structures_stand_in_every_place() {
    let value = || ValueSpec::json(r#"{"t":"{{text}}"}"#);
    let expected = json!({ "t": NASTY }).to_string();
    let spec = spec().allow(otpost::gateway::Lint::SecretInUrl);
    let query = build(spec.clone().query("m", value()).form("to", "{{to}}"));
    let url = query.prepare(&message(NASTY)).unwrap().expose_url().to_owned();
    assert_eq!(field(url.split_once('?').unwrap().1, "m").unwrap(), expected);
    let multipart = build(spec.clone().multipart("m", value()).multipart("to", "{{to}}"));
    assert!(body(&multipart, &message(NASTY)).contains(&format!("\r\n\r\n{expected}\r\n")));
    let ascii = json!({ "t": "a\"b\\" }).to_string();
    let header = build(
        spec.header("X-M", value()).header("X-B", ValueSpec::base64(value())).form("to", "{{to}}"),
    );
    let prepared = header.prepare(&message("a\"b\\")).unwrap();
    let headers: Vec<_> =
        prepared.expose_headers().map(|(_, value)| value.to_str().unwrap().to_owned()).collect();
    assert_eq!(headers[..2], [ascii.clone(), data_encoding::BASE64.encode(ascii.as_bytes())]);
    // A line break cannot be in a header, and a structure has none that is not escaped.
    assert!(header.prepare(&message("a\nb")).is_ok() && header.prepare(&message("ж")).is_err());
}

#[test]
fn markers_in_a_json_tree_nest() {
    let gateway = toml(
        r#"
        [request.json]
        to = "{{to}}"
        payload = { "$json" = { text = "{{text}}", inner = { "$json" = { code = "{{code}}" } } } }
        b64 = { "$base64" = "{{to|plain}}:{{ttl_seconds}}" }
        packed = { "$base64" = { "$json" = { c = "{{code}}" } } }
        plain = { "$value" = "always" }
        other = { value = "an object", json = { a = 1 } }
        "#,
    )
    .unwrap();
    let sent: Value = serde_json::from_str(&body(&gateway, &message(NASTY))).unwrap();
    let payload: Value = serde_json::from_str(sent["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload["text"], NASTY);
    assert_eq!(payload["inner"], r#"{"code":"012345"}"#);
    assert_eq!(sent["b64"], data_encoding::BASE64.encode(b"918888888888:300"));
    assert_eq!(sent["packed"], data_encoding::BASE64.encode(br#"{"c":"012345"}"#));
    assert_eq!(
        (&sent["plain"], &sent["other"]),
        (&json!("always"), &json!({ "value": "an object", "json": { "a": 1 } }))
    );
}

#[cfg(feature = "xml")]
#[test]
fn xml_in_a_field_is_escaped_for_both() {
    let gateway = toml(
        r#"
        [request.form]
        data = { xml = "<sms><to>{{to|plain}}</to><text lang=\"{{name}}\">{{text}}</text></sms>" }
        in_json = { json = { x = { "$xml" = "<t>{{text}}</t>" } } }
        "#,
    )
    .unwrap();
    let sent = body(&gateway, &message(NASTY).with_var("name", "a\"<'"));
    let data = field(&sent, "data").unwrap();
    let document = roxmltree::Document::parse(&data).unwrap();
    let element = document.descendants().find(|node| node.has_tag_name("text")).unwrap();
    assert_eq!((element.text(), element.attribute("lang")), (Some(NASTY), Some("a\"<'")));
    let in_json: Value = serde_json::from_str(&field(&sent, "in_json").unwrap()).unwrap();
    let inner = roxmltree::Document::parse(in_json["x"].as_str().unwrap()).unwrap();
    assert_eq!(inner.root_element().text(), Some(NASTY));
}

#[test]
fn numbers_and_booleans_are_those_of_filters() {
    let gateway = |value: &str| {
        build(
            spec()
                .var("v", VarSpec::message())
                .json(format!(r#"{{"to":"{{{{to}}}}","t":"{{{{text}}}}","v":"{value}"}}"#)),
        )
    };
    let sent = |value: &str, var: &str| {
        let prepared = gateway(value).prepare(&message("x").with_var("v", var)).ok()?;
        let text = String::from_utf8(prepared.expose_body().to_vec()).unwrap();
        Some(text.split_once(r#""v":"#).unwrap().1.trim_end_matches('}').to_owned())
    };
    for (filter, value, expected) in [
        ("{{v|number}}", "17", Some("17")),
        ("{{v|number}}", "-1.50e3", Some("-1.50e3")),
        ("{{v|number}}", " 7 ", Some("7")),
        ("{{v|number}}", "007", None),
        ("{{v|number}}", "0x7", None),
        ("{{v|number}}", "+7", None),
        ("{{v|number}}", "", None),
        ("{{v|number}}", "1}", None),
        ("{{v|number}}", "NaN", None),
        ("{{v|bool}}", "true", Some("true")),
        ("{{v|bool}}", "0", Some("false")),
        ("{{v|bool}}", "yes", None),
        ("{{v|map:a=1,b=2|number}}", "b", Some("2")),
        ("{{v}}", "17", Some("\"17\"")),
    ] {
        assert_eq!(sent(filter, value).as_deref(), expected, "{filter} {value:?}");
    }
    for (value, words) in [
        ("{{text|number}}", "not always a JSON number"),
        ("{{code|number}}", "not always a JSON number"),
        ("{{to|number}}", "not always a JSON number"),
    ] {
        let error =
            toml(&format!("[request.json]\nto = \"{{{{to}}}}\"\nt = \"{value}\"")).unwrap_err();
        assert!(error.path() == "request.json.t" && error.to_string().contains(words), "{error}");
    }
    // Part of a longer value, it is checked and stays a string.
    let mixed =
        toml("[request.json]\nto = \"{{to}}\"\nt = \"{{text}}\"\nid = \"x{{ttl_seconds|number}}\"")
            .unwrap();
    assert!(body(&mixed, &message("x")).ends_with(r#""id":"x300"}"#));
}

#[test]
fn conditions_leave_out_pairs_objects_and_items() {
    let gateway = toml(
        r#"
        [request.form]
        to = "{{to|plain}}"
        msg = "{{text}}"
        unicode = { value = "1", when = { encoding = "ucs2" } }
        kind = { value = "SMS.SenderID", with = "sender" }
        "#,
    )
    .unwrap();
    let plain = message("012345 is your code");
    let sender = || SenderId::parse("Acme").unwrap();
    assert_eq!(body(&gateway, &plain), "to=918888888888&msg=012345+is+your+code");
    assert!(body(&gateway, &message("ж")).ends_with("&unicode=1"));
    assert!(body(&gateway, &plain.clone().with_sender(sender())).ends_with("&kind=SMS.SenderID"));
    let json = toml(
        r#"
        [request.json]
        to = "{{to}}"
        text = "{{text}}"
        attributes = { "Sender" = { "DataType" = "String", "Value" = "{{sender}}" }, "Kind" = { type = "x", "$with" = "sender" } }
        list = [{ "$value" = "one", "$when" = { encoding = ["gsm7"] } }, "two"]
        "#,
    )
    .unwrap();
    let sent = |message: &Message| serde_json::from_str::<Value>(&body(&json, message)).unwrap();
    assert_eq!(sent(&message("ж")), json!({ "to": "+918888888888", "text": "ж", "list": ["two"] }));
    let full = sent(&plain.with_sender(sender()));
    assert_eq!(
        full["attributes"],
        json!({ "Sender": { "DataType": "String", "Value": "Acme" }, "Kind": { "type": "x" } })
    );
    assert_eq!(full["list"], json!(["one", "two"]));
}

#[test]
fn the_text_can_depend_on_its_encoding() {
    let gateway = toml(
        r#"
        [request.form]
        to = "{{to}}"
        text = { value = "{{text}}", when = { encoding = "gsm7" } }
        hex = { value = "{{text|utf16hex}}", when = { encoding = "ucs2" } }
        "#,
    )
    .unwrap();
    assert_eq!(body(&gateway, &message("a")), "to=%2B918888888888&text=a");
    assert_eq!(body(&gateway, &message("ж")), "to=%2B918888888888&hex=0436");
    // Half of it would lose messages.
    for (form, words) in [
        (
            "to = \"{{to}}\"\ntext = { value = \"{{text}}\", when = { encoding = \"gsm7\" } }",
            "ucs2",
        ),
        ("to = \"{{to}}\"\ntext = { value = \"{{text}}\", with = \"sender\" }", "left out"),
        (
            "to = \"{{to}}\"\ntext = { value = \"{{text}}\", when = { locale = \"de\" } }",
            "left out",
        ),
        (
            "text = \"{{text}}\"\nto = { value = \"{{to}}\", when = { encoding = \"ucs2\" } }",
            "gsm7",
        ),
    ] {
        let error = toml(&format!("[request.form]\n{form}")).expect_err(form);
        assert!(error.to_string().contains(words), "{form}: {error}");
    }
}

#[test]
fn values_that_cannot_work_are_refused() {
    for (request, path, words) in [
        (
            "[request.form]\nto = \"{{to}}\"\nt = { json = { a = \"{{text}}\" }, xml = \"<a/>\" }",
            "request.form.t",
            "exactly one",
        ),
        (
            "[request.form]\nto = \"{{to}}\"\nt = { jsn = { a = \"{{text}}\" } }",
            "request.form.t",
            "did you mean `json`?",
        ),
        (
            "[request.form]\nto = \"{{to}}\"\nt = { json = { a = \"{{txt}}\" } }",
            "request.form.t.a",
            "did you mean `text`?",
        ),
        (
            "[request.form]\nto = \"{{to}}\"\nt = { json = '{\"a\":{{text}}}' }",
            "request.form.t",
            "inside strings",
        ),
        (
            "[request.form]\nto = \"{{to}}\"\nt = \"{{text}}\"\nx = { value = \"1\", with = \"to\" }",
            "request.form.x",
            "always has a value",
        ),
        (
            "[request.form]\nto = \"{{to}}\"\nt = \"{{text}}\"\nx = { value = \"1\", when = { nothing = \"1\" } }",
            "request.form.x",
            "unknown variable",
        ),
        (
            "[request.form]\nto = \"{{to}}\"\nt = '{\"a\":\"{{text}}\"}'",
            "request.form.t",
            "{ json = … }",
        ),
        (
            "[request.json]\nto = \"{{to}}\"\nt = { \"$json\" = { a = \"{{text}}\" }, b = 1 }",
            "request.json.t",
            "only markers",
        ),
        ("[request.json]\nto = \"{{to}}\"\nt = { \"$xml\" = 1 }", "request.json.t", "needs a text"),
        (
            "[request.json]\nto = \"{{to}}\"\nt = { a = \"{{text}}\", \"$with\" = \"sender\" }",
            "request.json.t",
            "left out",
        ),
    ] {
        let error = toml(request).expect_err(request);
        assert!(
            error.path().starts_with(path) && error.to_string().contains(words),
            "{request}: {error}"
        );
    }
    let gsm7 = spec()
        .charset(Charset::Gsm7)
        .form("to", "{{to}}")
        .form("t", ValueSpec::json(r#"{"t":"{{text}}"}"#));
    assert_eq!(gsm7.build().check().unwrap_err().path(), "request.form.t");
}
