//! JSON Web Tokens: the algorithm, the claims, and the request that they belong to.

use otpost::report::ReportRejection;
use serde_json::{Value, json};

use super::signed::{messagebird, sha256_hex, signed, token, token_with};
use super::{NOW, Request, verifier};

const HEADER: &str = "MessageBird-Signature-JWT";
const KEY: &str = "PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd";

fn request() -> Request {
    signed("messagebird").unwrap().without(HEADER)
}

fn with_token(token: &str) -> Request {
    request().with(HEADER, token)
}

/// The token of the request, with one claim replaced, or removed by `null`.
fn changed(claim: &str, value: Value) -> Request {
    let mut claims = messagebird(&request());
    let members = claims.as_object_mut().unwrap();
    match value.is_null() {
        true => drop(members.remove(claim)),
        false => drop(members.insert(claim.to_owned(), value)),
    }
    with_token(&token("HS256", KEY, &claims))
}

#[test]
fn a_token_belongs_to_one_request() {
    let verifier = verifier("messagebird");
    changed("x", json!(1)).accepted(&verifier);
    for (claim, value) in [
        ("url_hash", json!(sha256_hex("https://app.example/other"))),
        ("url_hash", json!(["x"])),
        ("url_hash", Value::Null),
        ("payload_hash", json!(sha256_hex("other"))),
        ("payload_hash", Value::Null),
        ("payload_hash", json!("")),
        ("iss", json!("Other")),
        ("iss", json!(["MessageBird"])),
        ("iss", Value::Null),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!({})),
        ("exp", Value::Null),
        ("nbf", Value::Null),
        ("exp", json!(NOW.to_string())),
        ("nbf", json!(-1)),
        ("iat", json!(true)),
    ] {
        changed(claim, value.clone()).rejected(&verifier, ReportRejection::Claim);
    }
}

#[test]
fn a_hash_of_the_body_is_absent_exactly_if_there_is_none() {
    let verifier = verifier("messagebird");
    let mut empty = request();
    empty.body.clear();
    let mut claims = messagebird(&empty);
    empty.clone().with(HEADER, token("HS256", KEY, &claims)).accepted(&verifier);
    // The body is not covered by a token without its hash.
    with_token(&token("HS256", KEY, &claims)).rejected(&verifier, ReportRejection::Claim);
    for value in [json!(sha256_hex("")), json!(""), Value::Null] {
        claims["payload_hash"] = value;
        let request = empty.clone().with(HEADER, token("HS256", KEY, &claims));
        request.rejected(&verifier, ReportRejection::Claim);
    }
}

#[test]
fn times_have_a_tolerance_of_300_seconds() {
    let verifier = verifier("messagebird");
    for (claim, time, is_valid) in [
        ("exp", NOW - 300, true),
        ("exp", NOW - 301, false),
        ("nbf", NOW + 300, true),
        ("nbf", NOW + 301, false),
        ("iat", NOW + 300, true),
        ("iat", NOW + 301, false),
        ("iat", NOW - 90_000, true),
        ("exp", u64::MAX, true),
        ("exp", 0, false),
    ] {
        let result = changed(claim, json!(time)).verify(&verifier);
        let expected = (!is_valid).then_some(ReportRejection::Time);
        assert_eq!(result.err(), expected, "{claim} {time}");
    }
    changed("exp", json!(NOW as f64 + 0.5)).accepted(&verifier);
}

#[test]
fn the_spec_chooses_the_algorithm() {
    let verifier = verifier("messagebird");
    let claims = messagebird(&request());
    for algorithm in ["HS256", "HS384", "HS512"] {
        with_token(&token(algorithm, KEY, &claims)).accepted(&verifier);
    }
    for algorithm in ["none", "None", "NONE", "", "hs256", "RS256", "ES256", "EdDSA", "HS1"] {
        let request = with_token(&token(algorithm, KEY, &claims));
        request.rejected(&verifier, ReportRejection::Algorithm);
    }
    // A token without a signature.
    let unsigned = token("none", KEY, &claims);
    let unsigned = unsigned.rsplit_once('.').unwrap().0;
    with_token(&format!("{unsigned}.")).rejected(&verifier, ReportRejection::Algorithm);
    with_token(unsigned).rejected(&verifier, ReportRejection::Malformed);
    with_token(&token("HS256", "other", &claims)).rejected(&verifier, ReportRejection::Signature);
}

#[test]
fn tokens_have_one_form() {
    let verifier = verifier("messagebird");
    let claims = messagebird(&request()).to_string();
    let good = "{\"alg\":\"HS256\"}";
    let valid = token_with(good, &claims, KEY);
    with_token(&valid).accepted(&verifier);
    for head in [
        "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
        "{\"alg\":[\"HS256\"]}",
        "{\"typ\":\"JWT\"}",
        "[\"HS256\"]x",
        "",
    ] {
        let request = with_token(&token_with(head, &claims, KEY));
        request.rejected(&verifier, ReportRejection::Malformed);
    }
    for claims in ["[]", "1", "", "{", "null", "{} {}"] {
        let request = with_token(&token_with(good, claims, KEY));
        request.rejected(&verifier, ReportRejection::Malformed);
    }
    for other in [
        format!("{valid}="),
        format!(" {valid}"),
        format!("{valid}.x"),
        format!("x.{valid}"),
        format!("Bearer {valid}"),
    ] {
        assert!(with_token(&other).verify(&verifier).is_err(), "{other}");
    }
}

#[test]
fn the_id_of_a_token_shows_a_replay() {
    let verifier = verifier("messagebird");
    let key = |request: Request| request.accepted(&verifier).replay_key().unwrap().to_owned();
    let first = key(changed("jti", json!("a")));
    assert_eq!(first, key(changed("jti", json!("a")).clone()));
    // The same id in another token.
    let mut claims = messagebird(&request());
    claims["jti"] = json!("a");
    assert_eq!(first, key(with_token(&token("HS512", KEY, &claims))));
    assert_ne!(first, key(changed("jti", json!("b"))));
}

#[cfg(feature = "signatures")]
mod public_keys {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{
        KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
    };
    use data_encoding::{BASE64, BASE64URL_NOPAD};
    use otpost::gateway::{
        JwtAlgorithm, ReportAuth, ReportJwt, ReportPlace, ReportScheme, ReportSignature,
        SignatureEncoding,
    };
    use otpost::report::{ReportRejection, ReportVerifier};

    use super::super::Request;
    use super::super::signed::{sha256_hex, token};
    use super::json;

    fn pem(key: &RsaKeyPair) -> String {
        let der = key.public_key().as_der().unwrap();
        let text = BASE64.encode(der.as_ref());
        let lines: Vec<_> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    fn sign(key: &RsaKeyPair, padding: &'static dyn RsaEncoding, text: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(padding, &SystemRandom::new(), text, &mut signature).unwrap();
        signature
    }

    #[test]
    fn a_public_key_is_no_secret() {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let pem = pem(&key);
        let body = "{\"status\":\"delivered\"}";
        let jwt = ReportJwt::new("X-Token", JwtAlgorithm::Rs256, "{{public_key}}");
        let auth = ReportAuth::jwt(jwt.with_claim("hash", "{{body|sha256hex}}"));
        let claims = json!({ "hash": sha256_hex(body) });
        let request = Request::json("https://app.example", body);
        // As a file, and as in an environment variable.
        for pem in [pem.clone(), pem.replace('\n', "\\n")] {
            let verifier = ReportVerifier::new(&auth, [("public_key", pem.as_str())]).unwrap();
            let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
            let signed =
                format!("{}.{}", encode("{\"alg\":\"RS256\"}"), encode(&claims.to_string()));
            let signature =
                BASE64URL_NOPAD.encode(&sign(&key, &RSA_PKCS1_SHA256, signed.as_bytes()));
            request.clone().with("X-Token", format!("{signed}.{signature}")).accepted(&verifier);
            // The public key as the secret of an HMAC, the classic confusion.
            for algorithm in ["HS256", "RS256"] {
                let forged = token(algorithm, &pem, &claims);
                let rejection = match algorithm {
                    "HS256" => ReportRejection::Algorithm,
                    _ => ReportRejection::Signature,
                };
                request.clone().with("X-Token", forged).rejected(&verifier, rejection);
            }
        }
    }

    #[test]
    fn algorithms_that_need_different_keys_are_refused() {
        for (first, other) in [
            (JwtAlgorithm::Hs256, JwtAlgorithm::Rs256),
            (JwtAlgorithm::Rs256, JwtAlgorithm::Hs256),
            (JwtAlgorithm::Es256, JwtAlgorithm::Es384),
            (JwtAlgorithm::EdDsa, JwtAlgorithm::Rs512),
        ] {
            let jwt = ReportJwt::new("X-Token", first, "{{key}}").with_algorithm(other);
            let error = ReportVerifier::new(&ReportAuth::jwt(jwt), [("key", "x")]).unwrap_err();
            assert_eq!(error.path(), "auth.jwt.algorithms", "{error}");
        }
    }

    #[test]
    fn rsa_signs_the_body() {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let body = "{\"status\":\"delivered\"}";
        for is_pss in [false, true] {
            let place = ReportPlace::header("X-Webhook-Signature");
            let spec = ReportSignature::new(place, "{{body}}")
                .with_key("{{public_key}}")
                .with_encoding(SignatureEncoding::Base64Url)
                .with_prefix("rsassa=");
            let (scheme, padding): (_, &'static dyn RsaEncoding) = match is_pss {
                false => (ReportScheme::Rsa(spec), &RSA_PKCS1_SHA256),
                true => (ReportScheme::RsaPss(spec), &RSA_PSS_SHA256),
            };
            let verifier =
                ReportVerifier::new(&scheme.into(), [("public_key", pem(&key))]).unwrap();
            let signature = BASE64URL_NOPAD.encode(&sign(&key, padding, body.as_bytes()));
            let signed = |body: &str| {
                let request = Request::json("https://app.example", body);
                request.with("X-Webhook-Signature", format!("rsassa={signature}"))
            };
            assert!(signed(body).accepted(&verifier).is_body_signed());
            signed("{}").rejected(&verifier, ReportRejection::Signature);
        }
    }
}
