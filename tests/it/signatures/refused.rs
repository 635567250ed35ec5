//! What a reader of the code found in signatures: values that would have been shown, texts that would have been lost or
//! signed otherwise than they are sent, and signatures that could be left out.

use otpost::gateway::{GatewaySpec, SpecError};
use otpost::testing::ScriptedTransport;
use otpost::{HttpGateway, provider::Provider};

use super::{gateway, message, sent, spec};

const FORM: &str = "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/\"\nform = { to = \"{{to}}\", text = \"{{text}}\" }\n";

fn check(vars: &str, rest: &str) -> Result<(), SpecError> {
    spec(vars, rest).and_then(|spec| spec.check()).map(drop)
}

#[track_caller]
fn refused(vars: &str, rest: &str, path: &str) {
    let error = check(vars, rest).expect_err(rest);
    assert_eq!(error.path(), path, "{error}");
}

#[test]
fn secrets_in_named_parts_are_masked_whatever_their_filters() {
    let rest = format!(
        "{FORM}[auth.hmac]\nkey = \"{{{{password}}}}\"\nsign = \"{{{{body}}}}\"\nparts.cred = \"{{{{user}}}}:{{{{password}}}}\"\n\
         parts.c = \"{{{{code}}}}\"\nparts.p = \"{{{{password|sha256hex}}}}\"\n[auth.hmac.headers]\nAuthorization = \"Basic {{{{cred|base64}}}}\"\n\
         X-P = \"{{{{p}}}}\"\nX-B = \"{{{{body|base64}}}}\"\nX-H = \"{{{{body_sha256_hex}}}}\"\nX-M = \"{{{{method}}}}\"\nX-Sig = \"{{{{signature}}}}\"\n"
    );
    let rest = rest.replace("parts.c = \"{{code}}\"\n", "");
    let gateway = gateway(&[("user", "u"), ("password", "hunter2")], 0, &rest);
    let sent = sent(&gateway);
    for name in ["authorization", "x-p", "x-b", "x-h", "x-sig"] {
        assert!(sent.shown.contains(&format!("{name}: ***")), "{name}: {}", sent.shown);
        assert!(!sent.shown.contains(sent.header(name)));
    }
    assert!(sent.shown.contains("x-m: POST"));
    let curl = gateway.prepare(&message()).unwrap().to_curl().to_string();
    assert!(!curl.contains(sent.header("authorization")) && !curl.contains("hunter2"), "{curl}");
}

#[test]
fn what_is_signed_is_what_is_sent() {
    let key = "key = { secret = true }";
    let sign = |request: &str, sign: &str| {
        format!(
            "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/\"\n{request}\n[auth.hmac]\nkey = \"{{{{key}}}}\"\nsign = \"{sign}\"\nheaders = {{ X-S = \"{{{{signature}}}}\" }}"
        )
    };
    let fields = "{ to = \"{{to}}\", text = \"{{text}}\" }";
    // Fields that are no form, or in another charset.
    refused(key, &sign(&format!("multipart = {fields}"), "{{sorted_fields}}"), "auth.hmac.sign");
    refused(key, &sign(&format!("json = {fields}"), "{{sorted_form}}"), "auth.hmac.sign");
    refused(
        key,
        &sign(&format!("charset = \"latin1\"\nform = {fields}"), "{{sorted_form}}"),
        "auth.hmac.sign",
    );
    refused(
        key,
        &sign(&format!("charset = \"latin1\"\nform = {fields}"), "{{text}}"),
        "auth.hmac.sign",
    );
    check(key, &sign(&format!("form = {fields}"), "{{sorted_form}}")).unwrap();
    // A form by another spelling of its type is one.
    let typed = sign(
        &format!(
            "headers = {{ Content-Type = \"Application/X-WWW-Form-Urlencoded\" }}\nform = {fields}"
        ),
        "{{sorted_form}}",
    );
    let plain = sign(&format!("form = {fields}"), "{{sorted_form}}");
    let signature = |rest: &str| sent(&gateway(&[("key", "k")], 0, rest)).header("x-s").to_owned();
    assert_eq!(signature(&typed), signature(&plain));
    // A variable that is named like a part of the request.
    refused(
        "key = { secret = true }\nmethod = { default = \"x\" }",
        &sign(&format!("form = {fields}\nquery = {{ m = \"{{{{method}}}}\" }}"), "{{method}}"),
        "auth.hmac.sign",
    );
    // Filters that no part suits, and recipients that are cut.
    refused(key, &sign(&format!("form = {fields}"), "{{timestamp|epoch}}"), "auth.hmac.sign");
    refused(key, &sign(&format!("form = {fields}"), "{{to|truncate:5}}"), "auth.hmac.sign");
}

#[test]
fn no_signature_is_left_out() {
    let vars = "key = { secret = true }\napp = { optional = true }";
    let with =
        |places: &str| format!("{FORM}[auth.hmac]\nkey = \"{{{{key}}}}\"\nsign = \"x\"\n{places}");
    refused(vars, &with("form = { sign = \"{signature} {{app}}\" }"), "auth.hmac.form.sign");
    refused(vars, &with("form = { sig = \"{{app}}:{{signature}}\" }"), "auth.hmac.form.sig");
    refused(
        vars,
        &with(
            "query = { sig = [\"{{signature}}\", \"{{signature|upper}}\"], a = \"{{app}}{{signature}}\" }",
        ),
        "auth.hmac.query.a",
    );
    refused(
        "key = { secret = true }",
        &with("query = { sig = [\"{{signature}}\", \"{{signature|upper}}\"] }"),
        "auth.hmac.query.sig",
    );
}

#[test]
fn signed_headers_and_keys_are_checked_like_other_values() {
    let vars = "key = { secret = true }\nname = { message = true }";
    let with = |key: &str, header: &str, form: &str| {
        format!(
            "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/\"\nform = {form}\n[auth.hmac]\nkey = {key}\nsign = \"x\"\nheaders = {{ X-S = \"{header}{{{{signature}}}}\" }}"
        )
    };
    let form = "{ to = \"{{to}}\", text = \"{{text}}\" }";
    refused("key = { secret = true }", &with("\"{{key}}\"", "ä", form), "auth.hmac.headers.X-S");
    // A recipient that is a part of the key alone is not sent.
    refused(
        "key = { secret = true }",
        &with("[\"{{key}}\", \"{{to}}\"]", "", "{ text = \"{{text}}\" }"),
        "request",
    );
    let gateway = HttpGateway::builder(spec(vars, &with("\"{{key}}\"", "{{name}}", form)).unwrap())
        .var("key", "k");
    let gateway = gateway.build_with(ScriptedTransport::new()).unwrap();
    assert!(gateway.prepare(&message().with_var("name", "Zoe")).is_ok());
    assert!(gateway.prepare(&message().with_var("name", "Zoë")).is_err());
}

#[test]
fn parts_cannot_grow_without_end() {
    let twice = |name: &str| format!("{{{{{name}}}}}").repeat(1_000);
    let rest = format!(
        "{FORM}[auth.hmac]\nkey = \"{{{{key}}}}\"\nsign = \"{{{{d}}}}\"\nparts.a = \"{{{{body}}}}\"\nparts.b = \"{}\"\nparts.c = \"{}\"\nparts.d = \"{}\"\nheaders = {{ X-S = \"{{{{signature}}}}\" }}",
        twice("a"),
        twice("b"),
        twice("c")
    );
    let error = gateway(&[("key", "k")], 0, &rest).prepare(&message()).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("longer than 1 MiB"), "{source}");
}

#[test]
fn literal_secrets_of_hashes_are_found() {
    let hash = |sign: &str| {
        format!(
            "{FORM}[auth.hash]\nalgorithm = \"md5\"\nsign = \"{sign}\"\nheaders = {{ X-S = \"{{{{signature}}}}\" }}"
        )
    };
    refused("", &hash("{{to|plain}}s3cr3t"), "auth.hash.sign");
    check("k = { secret = true }", &hash("{{to|plain}}{{k}}")).unwrap();
    refused(
        "k = { secret = true }",
        &hash("{{k}}").replace("X-S =", "X-Api-Key = \"k3y\", X-S ="),
        "auth.hash.headers.X-Api-Key",
    );
}

#[test]
fn hashes_of_the_text_do_not_send_it() {
    let with = |fields: &str| {
        format!(
            "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/\"\n[request.form]\nto = \"{{{{to}}}}\"\n{fields}"
        )
    };
    refused(
        "",
        &with(
            "text = { value = \"{{text}}\", when = { encoding = \"gsm7\" } }\nh = { value = \"{{text|sha256hex}}\", when = { encoding = \"ucs2\" } }",
        ),
        "request",
    );
    check("", &with("text = \"{{text}}\"\nh = { value = \"{{text|sha256hex}}\", when = { encoding = \"gsm7\" } }")).unwrap();
    check("", &with("text = \"{{text}}\"\nopts = { json = { a = { \"$value\" = \"1\", \"$with\" = \"code\" } }, when = { encoding = \"gsm7\" } }")).unwrap();
}

#[tokio::test]
async fn a_document_that_is_one_absent_value_is_left_out() {
    let rest = "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/\"\n[request.json]\nto = \"{{to}}\"\ntext = \"{{text}}\"\nmeta = { \"$json\" = '\"{{sender}}\"' }\nb = { \"$base64\" = { \"$json\" = '\"{{sender}}\"' } }";
    let body = sent(&gateway(&[], 0, rest)).body;
    let read: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(read.as_object().unwrap().len(), 2, "{body}");
    refused(
        "key = { optional = true }",
        &format!(
            "{FORM}[auth]\nheader = {{ name = \"X-A\", value = {{ json = '\"{{{{key}}}}\"' }} }}"
        ),
        "auth.header.value",
    );
    // Places in another format find nothing, and say nothing.
    let toml = format!(
        "spec = 1\nid = \"a\"\nname = \"A\"\n{FORM}[answer]\ncode = [\"/error/code\", \"form:code\"]\ncodes = {{ blocked = [1] }}\n[[response]]\nwhen = {{ status = 200 }}\nthen = {{ outcome = \"accepted\" }}"
    );
    let transport = ScriptedTransport::new().answer(200, r#"{"id":"1"}"#).answer(200, "id=7");
    let gateway =
        HttpGateway::builder(GatewaySpec::from_toml(&toml).unwrap()).build_with(transport).unwrap();
    assert!(gateway.send(&message()).await.is_ok() && gateway.send(&message()).await.is_ok());
}
