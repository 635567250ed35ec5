//! JSON Web Tokens, verified with PyJWT.
//!
//! The keys `rsa_pkcs1`, `p256_sec1` and `ed25519` are those of RFC 7515 §A.2 and §A.3 and of RFC 8037 §A.1. The others
//! were made for these tests.

mod refused;
mod requests;

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use otpost::gateway::{Auth, GatewaySpec, JwtAlgorithm, JwtAuth, MacEncoding, SpecError, VarSpec};
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::{HttpGateway, Message, PhoneNumber};
use serde_json::{Value, json};

const NOW: u64 = 1_795_885_098;

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../fixtures/jwt/", $name, ".pem"))
    };
}
pub(crate) use pem;

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

/// A spec with these keys under `[auth.jwt]`. Its variables are `key`, a secret, and `id`.
fn toml(auth: &str) -> String {
    format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        [vars]
        key = {{ secret = true }}
        id = {{}}
        [request]
        method = "POST"
        url = "https://sms.acme.example/send"
        json = {{ to = "{{{{to}}}}", text = "{{{{text}}}}", account = "{{{{id}}}}" }}
        [auth.jwt]
        {auth}
        "#
    )
}

fn spec(auth: &str) -> Result<GatewaySpec, SpecError> {
    let spec = GatewaySpec::from_toml(&toml(auth))?;
    assert!(GatewaySpec::from_toml(&spec.to_toml()?)? == spec, "TOML loses nothing");
    spec.check()?;
    Ok(spec)
}

fn build(auth: &str, key: &str) -> Result<HttpGateway, SpecError> {
    let builder = HttpGateway::builder(spec(auth)?).var("key", key).var("id", "acme-1");
    builder.clock(ManualClock::at(NOW)).build_with(ScriptedTransport::new())
}

/// The token of a dry run, as the header `authorization` carries it.
fn token(gateway: &HttpGateway) -> String {
    let prepared = gateway.prepare(&message()).unwrap();
    let mut headers = prepared.expose_headers();
    let (_, value) = headers.find(|(name, _)| *name == "authorization").unwrap();
    value.to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned()
}

/// A Python that has PyJWT and cryptography: the system's, or the one in use.
fn python() -> &'static str {
    let has = |python: &&str| {
        let mut command = Command::new(python);
        let status =
            command.args(["-c", "import cryptography, jwt"]).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let pythons = ["/usr/bin/python3", "python3"];
    pythons
        .into_iter()
        .find(has)
        .unwrap_or_else(|| panic!("install PyJWT and cryptography: tests/run does it"))
}

/// Returns the header and the claims of a token, or the error of its verification.
fn verify(token: &str, key: &str, algorithm: &str) -> Value {
    let mut child = Command::new(python())
        .args(["-c", include_str!("verify.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let line = json!({ "token": token, "key": key, "algorithm": algorithm });
    writeln!(child.stdin.take().unwrap(), "{line}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

const CLAIMS: &str =
    r#"claims = { iss = "{{id}}", iat = "{{now|epoch|number}}", n = [1, true, { a = "ü\"" }] }"#;

/// Builds a gateway with the key, and verifies its token with the key and with another one.
#[track_caller]
fn check(algorithm: &str, key: &str, other: &str) {
    let gateway =
        build(&format!("algorithm = \"{algorithm}\"\nkey = \"{{{{key}}}}\"\n{CLAIMS}"), key);
    let token = token(&gateway.unwrap());
    let expected = json!({
        "header": { "typ": "JWT", "alg": algorithm },
        "claims": { "iss": "acme-1", "iat": NOW, "n": [1, true, { "a": "ü\"" }] },
    });
    assert_eq!(verify(&token, key, algorithm), expected, "{algorithm}");
    let refused = json!({ "error": "InvalidSignatureError" });
    assert_eq!(verify(&token, other, algorithm), refused, "{algorithm}");
    // The members of the header have a fixed order.
    let head = format!("{{\"typ\":\"JWT\",\"alg\":\"{algorithm}\"}}");
    let head = data_encoding::BASE64URL_NOPAD.encode(head.as_bytes());
    assert!(token.starts_with(&format!("{head}.")) && !token.contains('='), "{token}");
}

#[test]
fn tokens_of_secrets_are_verified_by_pyjwt() {
    for algorithm in ["HS256", "HS384", "HS512"] {
        check(algorithm, "7b1f5e0c-5b0e-4a35-9f0a-0d6d2b1c7e11", "another secret");
    }
}

#[test]
fn tokens_of_private_keys_are_verified_by_pyjwt() {
    for (algorithm, key, other) in [
        ("RS256", pem!("rsa_pkcs1"), pem!("rsa_other")),
        ("RS256", pem!("rsa_pkcs8"), pem!("rsa_other")),
        ("RS384", pem!("rsa_pkcs8"), pem!("rsa_other")),
        ("RS512", pem!("rsa_pkcs1"), pem!("rsa_other")),
        ("ES256", pem!("p256_sec1"), pem!("p256_other")),
        ("ES256", pem!("p256_pkcs8"), pem!("p256_other")),
        ("ES384", pem!("p384_sec1"), pem!("p384_other")),
        ("ES384", pem!("p384_other"), pem!("p384_sec1")),
        ("EdDSA", pem!("ed25519"), pem!("ed25519_other")),
    ] {
        check(algorithm, key, other);
    }
}

#[test]
fn tokens_have_the_lifetime_and_the_key_id_of_the_spec() {
    let auth = "algorithm = \"HS256\"\nkey = \"{{key}}\"\nlifetime = \"15m\"\nkey_id = \"{{id}} \\\"2\\\"\"\n";
    let token = |claims: &str| token(&build(&format!("{auth}{claims}"), "s").unwrap());
    let header = json!({ "typ": "JWT", "alg": "HS256", "kid": "acme-1 \"2\"" });
    let expected = json!({ "header": header, "claims": { "sub": "x", "exp": NOW + 900 } });
    assert_eq!(verify(&token("claims = { sub = \"x\" }"), "s", "HS256"), expected);
    let expected = json!({ "header": header, "claims": { "exp": NOW + 900 } });
    assert_eq!(verify(&token("claims = {}"), "s", "HS256"), expected);
    assert_eq!(verify(&token("claims = '{ }'"), "s", "HS256"), expected);
}

#[test]
fn keys_are_decoded() {
    // RFC 7515 §A.1.1: a key that is no text.
    let hex = "0323354b2b0fa5bc837e0665777ba68f5ab328e6f054c928a90f84b2d2502ebfd3fb5a92d20647ef968ab4c377623d223d2e2172052e4f08c0cd9af567d080a3";
    let base64 =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==";
    let of = |encoding: &str, key: &str| {
        let auth = format!(
            "algorithm = \"HS256\"\nkey = \"{{{{key}}}}\"\nkey_encoding = \"{encoding}\"\n{CLAIMS}"
        );
        build(&auth, key)
    };
    let by_hex = token(&of("hex", hex).unwrap());
    assert_eq!(by_hex, token(&of("base64", base64).unwrap()));
    assert_ne!(by_hex, token(&of("text", base64).unwrap()));
    for (encoding, key) in [("hex", base64), ("base64", "A-_=")] {
        assert_eq!(of(encoding, key).unwrap_err().path(), "auth.jwt.key");
    }
}

#[test]
fn specs_in_code_and_in_toml_are_equal() {
    let claims = r#"{ "iss": "{{id}}" }"#;
    let auth = JwtAuth::new(JwtAlgorithm::Hs384, "{{key}}", claims)
        .with_key_encoding(MacEncoding::Hex)
        .with_lifetime(Duration::from_secs(30))
        .with_key_id("1")
        .with_header("X-Token", "{{jwt}}");
    let built = GatewaySpec::builder("acme", "Acme")
        .var("key", VarSpec::secret())
        .var("id", VarSpec::required())
        .post("https://sms.acme.example/send")
        .json(r#"{ "to": "{{to}}", "text": "{{text}}", "account": "{{id}}" }"#)
        .auth(Auth::Jwt(auth))
        .build();
    let read = spec(&format!(
        "algorithm = \"HS384\"\nkey = \"{{{{key}}}}\"\nkey_encoding = \"hex\"\nclaims = '{claims}'\nlifetime = \"30s\"\nkey_id = \"1\"\nheader = {{ name = \"X-Token\", value = \"{{{{jwt}}}}\" }}"
    ));
    // The body is a table in one of them, and a text in the other one.
    let auth_of = |spec: &GatewaySpec| {
        let toml = spec.to_toml().unwrap();
        toml.split("[auth]").nth(1).unwrap().split("\n[").next().unwrap().to_owned()
    };
    assert_eq!(auth_of(&built), auth_of(&read.unwrap()));
    assert!(GatewaySpec::from_toml(&built.to_toml().unwrap()).unwrap() == built);
}
