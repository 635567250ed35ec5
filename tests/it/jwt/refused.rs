//! Specs and keys that are refused, with the path of the mistake and without anything of a key.

use otpost::gateway::GatewaySpec;

use super::{CLAIMS, build, pem, spec, toml};

#[track_caller]
fn check(auth: &str, path: &str, problem: &str) {
    let error = spec(auth).expect_err(auth);
    assert_eq!(error.path(), path, "{error}");
    assert!(error.to_string().contains(problem), "{error}");
}

#[test]
fn mistakes_in_a_spec_are_named() {
    let with =
        |more: &str| format!("algorithm = \"HS256\"\nkey = \"{{{{key}}}}\"\n{CLAIMS}\n{more}");
    let claims =
        |claims: &str| format!("algorithm = \"HS256\"\nkey = \"{{{{key}}}}\"\nclaims = {claims}");
    spec(&with("")).unwrap();
    check("key = \"{{key}}\"\nclaims = {}", "auth.jwt", "algorithm");
    check("algorithm = \"HS256\"\nkey = \"{{key}}\"", "auth.jwt", "claims");
    check(&with("kid = \"1\""), "auth.jwt.kid", "unknown field");
    check(&with("").replace("HS256", "none"), "auth.jwt.algorithm", "expected");
    check(&with("").replace("HS256", "hs256"), "auth.jwt.algorithm", "HS256");
    check(&with("").replace("{{key}}", "hunter2"), "auth.jwt.key", "the spec contains a secret");
    check(&with("").replace("{{key}}", "{{key}}{{to}}"), "auth.jwt.key", "not the same");
    check(&with("key_id = \"{{to}}\""), "auth.jwt.key_id", "not the same");
    check(&with("lifetime = \"1500us\""), "auth.jwt.lifetime", "write a duration");
    check(&with("lifetime = \"500ms\""), "auth.jwt.lifetime", "shorter than 1 s");
    check(&with("lifetime = \"25h\""), "auth.jwt.lifetime", "at most 24 hours");
    let both = claims("{ exp = \"{{expires_at|epoch|number}}\" }\nlifetime = \"1m\"");
    check(&both, "auth.jwt.lifetime", "contain `exp` as well");
    check(&claims("[1]"), "auth.jwt.claims", "not an object");
    check(&claims("'[1]'"), "auth.jwt.claims", "not an object");
    check(&claims("'{'"), "auth.jwt.claims", "invalid JSON");
    check(&claims("1"), "auth.jwt.claims", "expected");
    check(&claims("{ \"$when\" = { id = \"x\" }, a = 1 }"), "auth.jwt.claims", "condition");
    check(&claims("{ a = \"{{nobody}}\" }"), "auth.jwt.claims.a", "unknown variable");
    check(&claims("{ token = \"hunter2\" }"), "auth.jwt.claims.token", "contains a secret");
    check(&claims("{ iat = \"{{to|number}}\" }"), "auth.jwt.claims.iat", "number");
    let value = |value: &str| with(&format!("header = {{ name = \"X\", value = \"{value}\" }}"));
    for wrong in ["{{token}}", "Bearer", "{{jwt}}{{jwt}}", "{{jwt}} {{id}}", "{{ jwt }}"] {
        check(&value(wrong), "auth.jwt.header.value", "{{jwt}}");
    }
    check(&value("ü {{jwt}}"), "auth.jwt.header.value", "non-ASCII");
    check(&value("{{jwt}}\\n"), "auth.jwt.header.value", "line break");
    check(
        &with("header = { name = \"Host\", value = \"{{jwt}}\" }"),
        "auth.jwt.header.name",
        "sets",
    );
    let twice = toml(&with(""))
        .replace("[auth.jwt]", "headers = { authorization = \"{{id}}\" }\n[auth.jwt]");
    let error = GatewaySpec::from_toml(&twice).unwrap().check().unwrap_err();
    assert_eq!(error.path(), "request.headers.authorization", "{error}");
    let elsewhere = toml(&with("")).replace("\"{{text}}\"", "\"{{text}} {{jwt}}\"");
    let error = GatewaySpec::from_toml(&elsewhere).unwrap().check().unwrap_err();
    assert!(error.to_string().contains("auth.jwt.header.value"), "{error}");
    let encoded = with("key_encoding = \"hex\"").replace("HS256", "RS256");
    check(&encoded, "auth.jwt.key_encoding", "private key");
}

#[track_caller]
fn refused(algorithm: &str, key: &str, path: &str, problem: &str) {
    let auth = format!("algorithm = \"{algorithm}\"\nkey = \"{{{{key}}}}\"\n{CLAIMS}");
    let error = build(&auth, key).expect_err(algorithm);
    let shown = format!("{error} {error:?}");
    assert_eq!(error.path(), path, "{error}");
    assert!(shown.contains(problem), "{error}");
    for line in key.lines().filter(|line| line.len() > 8) {
        assert!(!shown.contains(line), "{shown}");
        let bytes = format!("{:?}", line.as_bytes());
        assert!(!shown.contains(bytes.trim_matches(['[', ']'])), "{shown}");
    }
}

#[test]
fn keys_of_another_kind_are_refused_when_the_gateway_is_built() {
    const KEY: &str = "auth.jwt.key";
    refused("RS256", pem!("rsa_1024"), KEY, "fewer than 2048 bits");
    refused("RS256", pem!("p256_pkcs8"), KEY, "not an RSA private key");
    refused("RS256", pem!("p256_sec1"), KEY, "not an RSA private key");
    refused("RS256", pem!("rsa_encrypted"), KEY, "passphrase");
    refused("ES256", pem!("rsa_pkcs1"), KEY, "not an ECDSA private key");
    refused("ES256", pem!("rsa_pkcs8"), KEY, "not an ECDSA private key");
    refused("ES256", pem!("p384_sec1"), KEY, "on the curve of the algorithm");
    refused("ES384", pem!("p256_pkcs8"), KEY, "on the curve of the algorithm");
    refused("EdDSA", pem!("p256_pkcs8"), KEY, "not an Ed25519 private key");
    refused("EdDSA", pem!("p256_sec1"), KEY, "not an Ed25519 private key");
    let rsa = pem!("rsa_pkcs8");
    let broken = [
        "hunter2-hunter2".to_owned(),
        rsa.replace("PRIVATE", "PUBLIC"),
        rsa.replace("-----END", "-----FIN"),
        rsa.replace("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY"),
        rsa.replacen('M', "?", 2),
        rsa.lines().take(9).chain(rsa.lines().last()).collect::<Vec<_>>().join("\n"),
    ];
    for key in &broken {
        refused("RS256", key, KEY, "private key");
    }
    // Only a private key has several lines.
    refused("HS256", rsa, "vars.key", "line break");
    refused("HS256", "a\0b", "vars.key", "NUL");
    refused("RS256", &rsa.replace('+', "\0"), "vars.key", "NUL");
    let error = build(&format!("algorithm = \"RS256\"\nkey = \"{{{{key}}}}\"\n{CLAIMS}"), "");
    assert_eq!(error.unwrap_err().path(), "vars.key");
}

/// A line break in another variable would still add a header.
#[test]
fn private_keys_cannot_be_sent_in_a_header() {
    let auth = format!("algorithm = \"RS256\"\nkey = \"{{{{key}}}}\"\n{CLAIMS}");
    let toml = toml(&auth).replace("[auth.jwt]", "headers = { X-Key = \"{{key}}\" }\n[auth.jwt]");
    let spec = GatewaySpec::from_toml(&toml).unwrap();
    let builder = otpost::HttpGateway::builder(spec).var("key", pem!("rsa_pkcs8")).var("id", "a");
    let error = builder.build_with(otpost::testing::ScriptedTransport::new()).unwrap_err();
    assert_eq!(error.path(), "request.headers.X-Key", "{error}");
}
