//! Credentials, tokens and signatures: accepted in every form that is right, and compared where the
//! value is given.

use otpost::gateway::imitation::{Imitation, MismatchKind, ReceivedRequest};
use otpost::gateway::{HttpGateway, Outcome};
use otpost::provider::{Provider, SendErrorKind};

use super::{Played, URL, lines, message, post, run, spec};

#[test]
fn credentials_are_compared_if_they_are_given() {
    let basic = "[vars]\nuser = {}\npassword = { secret = true }\n";
    let auth = "\n[auth]\nbasic = { username = \"{{user}}\", password = \"{{password}}\" }";
    let spec = spec(&format!(
        "{basic}{URL}form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}{auth}"
    ));
    let imitation = Imitation::new(&spec).unwrap();
    let request = post("to=%2B41791234567&text=a");
    let with = |value: &str| request.clone().with_header("authorization", value);
    // `me:hunter2`
    let recognized = imitation.receive(&with("Basic bWU6aHVudGVyMg=="));
    assert_eq!(lines(&recognized), [""; 0]);
    assert_eq!(recognized.variable("password").unwrap().expose(), "hunter2");
    assert!(!recognized.redactor().redact("it is hunter2").contains("hunter2"));
    let strict = imitation.clone().with_var("password", "hunter3").unwrap();
    let refused = strict.receive(&with("Basic bWU6aHVudGVyMg=="));
    assert_eq!(
        lines(&refused),
        ["header `Authorization`: expected the value of `password`, found another value"]
    );
    assert_eq!(strict.respond(&refused, Outcome::Accepted).outcome(), Outcome::Unauthorized);
    for bad in ["Basic", "Basic bWU=", "Basic me:hunter2", "Bearer bWU6aHVudGVyMg=="] {
        let recognized = imitation.receive(&with(bad));
        assert_eq!(recognized.mismatches()[0].kind(), MismatchKind::Credentials, "{bad}");
    }
    assert_eq!(imitation.receive(&request).mismatches()[0].found(), "none");
    let error = imitation.with_var("pasword", "x").unwrap_err();
    assert!(error.to_string().contains("did you mean `password`?"), "{error}");
}

#[test]
fn signature_is_checked_by_its_form() {
    let spec = spec(&format!(
        "[vars]\nkey = {{ secret = true }}\n{URL}form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n\
         [auth.hmac]\nkey = \"{{{{key}}}}\"\nsign = \"{{{{timestamp}}}}{{{{body}}}}\"\n\
         headers = {{ X-Time = \"{{{{timestamp}}}}\", X-Sig = \"v1={{{{signature}}}}\" }}"
    ));
    let imitation = Imitation::new(&spec).unwrap();
    let played = Played::new(&spec, Outcome::Accepted);
    let gateway = HttpGateway::builder(spec).var("key", "hunter2").build_with(played.clone());
    run(gateway.unwrap().send(&message("+41791234567", "a"))).unwrap();
    let (request, recognized, _) = played.last();
    assert_eq!(lines(&recognized), [""; 0]);
    let mut changed = ReceivedRequest::new("POST", "/send").with_body(request.body().clone());
    for (name, value) in request.headers() {
        let value = if name == "x-sig" { b"v1=zz" } else { value.as_bytes() };
        changed = changed.with_header(name, value);
    }
    let found = imitation.receive(&changed);
    assert_eq!(found.mismatches().len(), 1);
    assert_eq!(found.mismatches()[0].expected(), "a signature in hexadecimal");
}

/// Signs a message, and verifies it with the right and with wrong keys and parts.
fn verified(auth: &str) {
    let spec = spec(&format!(
        "allow = [\"secret-in-url\"]\n[vars]\nkey = {{ secret = true }}\nid = {{}}\n{URL}\
         query = {{ id = \"{{{{id}}}}\" }}\nform = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n{auth}"
    ));
    let played = Played::new(&spec, Outcome::Accepted);
    let gateway = HttpGateway::builder(spec.clone()).var("key", "hunter2").var("id", "me");
    let gateway = gateway.build_with(played.clone()).unwrap();
    run(gateway.send(&message("+41791234567", "a b&c"))).unwrap();
    let (sent, recognized, _) = played.last();
    assert_eq!(lines(&recognized), [""; 0], "{auth}");
    let with = |key: &str| {
        let imitation = Imitation::new(&spec).unwrap().with_var("key", key).unwrap();
        imitation.with_var("id", "me").unwrap()
    };
    let request = ReceivedRequest::from(&sent);
    assert_eq!(lines(&with("hunter2").receive(&request)), [""; 0], "{auth}");
    let wrong = "signature: expected the signature of this request, found another signature";
    assert_eq!(lines(&with("hunter3").receive(&request)), [wrong], "{auth}");
    // A part that is signed was changed on the way.
    let body = String::from_utf8(sent.body().to_vec()).unwrap().replace("a+b", "a+B");
    let changed = lines(&with("hunter2").receive(&request.with_body(body)));
    assert_eq!(changed, [wrong], "{auth}");
}

#[test]
fn signature_is_verified_with_its_key() {
    for auth in [
        "[auth.hmac]\nkey = \"{{key}}\"\nsign = \"{{method}} {{path_and_query}} {{timestamp}} {{body_sha256_hex}}\"\n\
         headers = { X-Time = \"{{timestamp}}\", X-Sig = \"v1={{signature}}\" }",
        "[auth.hmac]\nalgorithm = \"sha512\"\nkey = \"{{key}}\"\nsignature = \"base64\"\n\
         sign = \"{{now|date:%Y%m%d}}{{nonce}}{{canonical|sha256hex}}\"\n\
         parts = { canonical = \"{{host}}{{url}}{{content_type}}{{body}}\" }\n\
         headers = { X-Date = \"{{now|date:%Y%m%d}}\", X-Nonce = \"{{nonce}}\", X-Sig = \"{{signature}}\" }",
        "[auth.hmac]\nkey = [\"AWS4{{key}}\", \"{{now|date:%Y%m%d}}\", \"sns\"]\nsign = \"{{body}}\"\n\
         headers = { X-Sig = \"{{now|date:%Y%m%d}}/{{signature|upper}}\" }",
        "[auth.hash]\nalgorithm = \"sha1\"\nsign = \"{{key}}+{{method}}+{{url}}+{{body}}+{{timestamp}}\"\n\
         headers = { X-Sig = \"$1${{signature}}\", X-Time = \"{{timestamp}}\" }",
        "[auth.hash]\nalgorithm = \"md5\"\nsign = \"{{key}}{{sorted_fields}}\"\nform = { sig = \"{{signature}}\" }",
        "[auth.hmac]\nalgorithm = \"sha1\"\nkey = \"{{key}}\"\nsignature = \"base64\"\n\
         sign = \"{{sorted_query}}{{body}}\"\nquery = { Signature = \"{{signature}}\" }",
    ] {
        verified(auth);
    }
}

#[test]
fn signature_that_cannot_be_read_back_takes_no_key() {
    for auth in [
        // The request does not show the time.
        "[auth.hmac]\nkey = \"{{key}}\"\nsign = \"{{timestamp}}{{body}}\"\nheaders = { X-Sig = \"{{signature}}\" }",
        "[auth.hmac]\nkey = [\"{{key}}\", \"{{now|date:%Y}}\"]\nsign = \"{{body}}\"\n\
         headers = { X-Time = \"{{now|epoch}}\", X-Sig = \"{{signature}}\" }",
    ] {
        let spec = spec(&format!(
            "[vars]\nkey = {{ secret = true }}\n{URL}form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n{auth}"
        ));
        let error = Imitation::new(&spec).unwrap().with_var("key", "hunter2").unwrap_err();
        assert_eq!(error.path(), "vars.key", "{auth}");
    }
}

#[test]
fn token_is_checked_by_its_claims() {
    let spec = spec(&format!(
        "[vars]\nkey = {{ secret = true }}\niss = {{}}\n{URL}form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n\
         [auth.jwt]\nalgorithm = \"HS256\"\nkey = \"{{{{key}}}}\"\nlifetime = \"1m\"\n\
         claims = {{ iss = \"{{{{iss}}}}\", aud = \"acme\" }}"
    ));
    let played = Played::new(&spec, Outcome::Accepted);
    let gateway =
        HttpGateway::builder(spec.clone()).var("key", "hunter2hunter2hunter2hunter2hunter2");
    let gateway = gateway.var("iss", "me").build_with(played.clone()).unwrap();
    run(gateway.send(&message("+41791234567", "a"))).unwrap();
    let (request, recognized, _) = played.last();
    assert_eq!(lines(&recognized), [""; 0]);
    assert_eq!(recognized.variable("iss").unwrap().expose(), "me");
    let imitation = Imitation::new(&spec).unwrap();
    let token = |value: &str| {
        let request = post(std::str::from_utf8(request.body()).unwrap());
        lines(&imitation.receive(&request.with_header("authorization", value)))
    };
    assert!(token("Bearer a.b.c")[0].contains("a JSON Web Token"));
    // {"alg":"HS512"}.{"iss":"me","aud":"other"}
    let other = token("Bearer eyJhbGciOiJIUzUxMiJ9.eyJpc3MiOiJtZSIsImF1ZCI6Im90aGVyIn0.AAAA");
    assert_eq!(
        other,
        [
            "header `Authorization`: expected the algorithm HS256, found another algorithm",
            "header `Authorization`: expected the claim `exp`, found no such claim",
            "header `Authorization` at /aud: expected `acme`, found letters and digits (5 characters)",
        ]
    );
}

#[test]
fn token_with_another_key_is_refused() {
    let spec = spec(&format!(
        "[vars]\nkey = {{ secret = true }}\n{URL}form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n\
         [auth.jwt]\nalgorithm = \"HS256\"\nkey = \"{{{{key}}}}\"\nclaims = {{ aud = \"acme\" }}"
    ));
    let keys = ["hunter2".repeat(6), "hunter3".repeat(6)];
    let played = Played::new(&spec, Outcome::Accepted);
    let gateway = HttpGateway::builder(spec.clone()).var("key", keys[0].as_str());
    run(gateway.build_with(played.clone()).unwrap().send(&message("+41791234567", "a"))).unwrap();
    let request = ReceivedRequest::from(&played.last().0);
    let with = |key: &str| {
        let imitation = Imitation::new(&spec).unwrap().with_var("key", key).unwrap();
        lines(&imitation.receive(&request))
    };
    assert_eq!(with(&keys[0]), [""; 0]);
    assert_eq!(
        with(&keys[1]),
        [
            "header `Authorization`: expected a signature with the given key, found another signature"
        ]
    );
}

#[test]
fn digest_is_challenged_and_verified() {
    let spec = spec(&format!(
        "[vars]\nuser = {{}}\nkey = {{ secret = true }}\n{URL}form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n\
         [auth.http_digest]\nusername = \"{{{{user}}}}\"\npassword = \"{{{{key}}}}\""
    ));
    let send = |imitation: Imitation| {
        let mut played = Played::new(&spec, Outcome::Accepted);
        played.imitation = imitation;
        let gateway = HttpGateway::builder(spec.clone()).var("user", "m\"e").var("key", "hunter2");
        let gateway = gateway.build_with(played.clone()).unwrap();
        let result = run(gateway.send(&message("+41791234567", "a")));
        (result, played)
    };
    let open = Imitation::new(&spec).unwrap();
    let strict = open.clone().with_var("user", "m\"e").unwrap().with_var("key", "hunter2").unwrap();
    for imitation in [open.clone(), strict.clone()] {
        let (result, played) = send(imitation);
        result.unwrap();
        let log = played.log.lock().unwrap();
        assert_eq!(log.len(), 2, "a challenge and its answer");
        assert_eq!(log[0].1.mismatches()[0].kind(), MismatchKind::Credentials);
        assert_eq!(lines(&log[1].1), [""; 0]);
        assert_eq!(log[1].1.variable("user").unwrap().expose(), "m\"e");
    }
    for (name, value) in [("user", "you"), ("key", "hunter3")] {
        let (result, played) = send(strict.clone().with_var(name, value).unwrap());
        assert_eq!(result.unwrap_err().kind(), SendErrorKind::Unauthorized, "{name}");
        assert!(!played.last().1.mismatches().is_empty(), "{name}");
    }
    let (_, played) = send(strict.clone());
    let (request, _, _) = played.last();
    // The same answer for another target or with another parameter.
    let value = request.headers()["authorization"].to_str().unwrap();
    let receive = |value: &str| {
        let request = post(std::str::from_utf8(request.body()).unwrap());
        lines(&strict.receive(&request.with_header("authorization", value)))
    };
    assert_eq!(receive(value), [""; 0]);
    for (from, to) in [
        ("uri=\"/send", "uri=\"/sent"),
        ("nc=00000001", "nc=00000002"),
        ("cnonce=\"", "cnonce=\"1"),
    ] {
        assert!(value.contains(from), "{value}");
        assert!(!receive(&value.replace(from, to)).is_empty(), "{from}");
    }
    for bad in ["", "Digest", "Digest ", "Digest a", "Digest a=\"", "Basic x", "Digest realm=\"\\"]
    {
        assert_eq!(receive(bad).len(), 1, "{bad}");
    }
}

#[test]
fn secret_in_a_path_is_a_credential() {
    let spec = spec(
        "[vars]\nkey = { secret = true }\napp = {}\n[request]\nmethod = \"POST\"\n\
         url = \"https://acme.example/{{key}}/{{app}}\"\n\
         form = { to = \"{{to}}\", text = \"{{text}}\" }",
    );
    let imitation = Imitation::new(&spec).unwrap();
    let imitation = imitation.with_var("key", "hunter2").unwrap().with_var("app", "a").unwrap();
    for (path, expected) in [
        ("/hunter3/a", MismatchKind::Credentials),
        ("/hunter2/b", MismatchKind::Request),
        ("/hunter2/a/c", MismatchKind::Request),
    ] {
        let request = ReceivedRequest::new("POST", path)
            .with_header("content-type", "application/x-www-form-urlencoded")
            .with_body("to=%2B41791234567&text=a");
        let recognized = imitation.receive(&request);
        assert_eq!(recognized.mismatches()[0].kind(), expected, "{path}");
    }
}
