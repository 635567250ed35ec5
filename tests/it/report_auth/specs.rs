//! Descriptions that cannot be right are refused, and name the key.

use otpost::report::ReportVerifier;

use super::{parse, schemes};

#[track_caller]
fn refused(auth: &str, path: &str, words: &str) {
    let vars = [("key", "needle"), ("other", "needle")];
    let error = ReportVerifier::new(&parse(auth), vars).unwrap_err();
    assert_eq!(error.path(), path, "{error}");
    assert!(error.to_string().contains(words), "{error}");
    assert!(!error.to_string().contains("needle") && !error.hint().is_empty(), "{error}");
}

#[track_caller]
fn hmac(keys: &str, path: &str, words: &str) {
    let path = format!("auth.hmac.{path}");
    refused(&format!("[auth.hmac]\n{keys}"), path.trim_end_matches('.'), words);
}

#[test]
fn texts_are_checked() {
    let with = |sign: &str| format!("key = \"{{{{key}}}}\"\nheader = \"x-sig\"\nsign = {sign}");
    hmac(&with("\"{{bdy}}\""), "sign", "did you mean `body`?");
    hmac(&with("\"{{kee}}\""), "sign", "did you mean `key`?");
    hmac(&with("\"{{body\""), "sign", "is not closed");
    hmac(&with("\"\""), "sign", "the text is empty");
    hmac(&with("[]"), "sign", "there is no text");
    hmac(&with("\"{{other}}\""), "sign", "nothing of the request");
    hmac(&with("\"{{body|sha1}}\""), "sign", "the filter is unknown");
    hmac(&with("\"{{key|lower}}{{body}}\""), "sign", "no filters");
    hmac(&with("\"{{header:a b}}\""), "sign", "not the name of a header");
    hmac(&with("\"{{cookie:x}}\""), "sign", "the place is unknown");
    hmac(&with("\"{{body}}{{header:X-Sig}}\""), "sign", "the signature itself");
    hmac(&with("\"{{body}}{{header:X-Time:}}\""), "sign", "not an item of a header");
    hmac(&with("\"{{body}}{{header:X-Time:a,b}}\""), "sign", "not an item of a header");
    let item = "key = \"{{key}}\"\nheader = \"x-sig:v1\"\nsign =";
    for sign in ["{{body}}{{header:X-Sig}}", "{{body}}{{header:X-Sig:v1}}"] {
        hmac(&format!("{item} \"{sign}\""), "sign", "the signature itself");
    }
    hmac(
        &format!("{item} \"{{{{body}}}}\"\ntimestamp = {{ header = \"x-sig:t\" }}"),
        "timestamp",
        "{{header:x-sig:t}}",
    );
    let with = |place: &str, sign: &str| {
        format!("key = \"{{{{key}}}}\"\n{place} = \"sig\"\nsign = \"{{{{{sign}}}}}\"")
    };
    for sign in ["url", "query", "query_sorted", "query:sig"] {
        hmac(&with("query", sign), "sign", "the signature itself");
    }
    for sign in ["body", "form_sorted", "form:sig"] {
        hmac(&with("form", sign), "sign", "the signature itself");
    }
}

#[test]
fn keys_are_checked() {
    let with = |key: &str| format!("key = {key}\nheader = \"x-sig\"\nsign = \"{{{{body}}}}\"");
    hmac(&with("\"needle\""), "key", "the secret is written in the spec");
    hmac(&with("\"{{body}}{{key}}\""), "key", "a part of the request");
    hmac(&with("{ base64 = \"{{key}}!\" }"), "key", "not base64");
    hmac(&with("{ sha256 = \"{{key}}\", strip = \"x\" }"), "key", "`strip` is for keys in base64");
    hmac("header = \"x-sig\"\nsign = \"{{body}}\"", "key", "the key is missing");
    let hash = "[auth.hash]\nheader = \"x\"\nsign = \"{{body}}\"";
    refused(hash, "auth.hash.sign", "the text contains no secret");
    let hash = "[auth.hash]\nheader = \"x\"\nsign = \"{{body}}{{key}}\"\nkey = \"{{key}}\"";
    refused(hash, "auth.hash.key", "a plain hash has no key");
    let basic = "auth = { basic = { username = \"needle\", password = \"needle\" } }";
    refused(basic, "auth.basic.password", "the secret is written in the spec");
    let header = "auth = { header = { name = \"Authorization\", value = \"Bearer needle\" } }";
    refused(header, "auth.header.value", "the secret is written in the spec");
    let empty = ReportVerifier::new(
        &parse(
            "auth = { hmac = { key = { base64 = \"{{key}}\", strip = \"whsec_\" }, header = \"x\", sign = \"{{body}}\" } }",
        ),
        [("key", "whsec_")],
    );
    assert!(empty.unwrap_err().to_string().contains("the key is empty"));
}

#[test]
fn values_that_are_not_signed_show_nothing() {
    let with = |keys: &str| {
        format!(
            "key = \"{{{{key}}}}\"\nheader = \"x-sig\"\nsign = [\"{{{{body}}}}\", \"{{{{body}}}}{{{{header:X-Time}}}}\"]\n{keys}"
        )
    };
    let words = "a text in `sign` does not contain the value: add {{header:x-time}} to `sign`";
    hmac(&with("timestamp = { header = \"x-time\" }"), "timestamp", words);
    hmac(&with("replay = { header = \"x-id\" }"), "replay", "{{header:x-id}}");
    hmac(&with("body_sha256 = { query = \"hash\" }"), "body_sha256", "{{query:hash}}");
    hmac(&with("item_prefix = \"v1,\""), "item_prefix", "only one signature");
    hmac(&with("separator = \"\""), "separator", "it is empty");
    hmac(
        &with("algorithm_from = { header = \"x\", map = {} }"),
        "algorithm_from",
        "the map is empty",
    );
    // A field of the form is in the body.
    let good = "[auth.hmac]\nkey = \"{{key}}\"\nheader = \"x\"\nsign = \"{{body}}\"\nreplay = { form = \"id\" }";
    assert!(ReportVerifier::new(&parse(good), [("key", "x")]).is_ok());
}

#[test]
fn tokens_are_checked() {
    let with = |keys: &str| format!("[auth.jwt]\nheader = \"x\"\nkey = \"{{{{key}}}}\"\n{keys}");
    refused(&with("algorithms = []"), "auth.jwt.algorithms", "there is no algorithm");
    let absent = "algorithms = [\"HS256\"]\nabsent_if_empty = [\"hash\"]";
    refused(&with(absent), "auth.jwt.absent_if_empty", "the claim is not compared");
    let claims = "algorithms = [\"HS256\"]\nclaims = { hash = \"{{bodi}}\" }";
    refused(&with(claims), "auth.jwt.claims.hash", "did you mean `body`?");
}

#[test]
fn lists_are_checked() {
    refused("auth = []", "auth", "there is no scheme");
    let one = "{ header = { name = \"x\", value = \"{{key}}\" } }";
    let many = format!("auth = [{}]", [one; 9].join(", "));
    refused(&many, "auth", "too many");
    let bad = "{ header = { name = \"x y\", value = \"{{key}}\" } }";
    refused(&format!("auth = [{one}, {bad}]"), "auth.1.header.name", "not the name of a header");
}

#[cfg(not(feature = "signatures"))]
#[test]
fn public_keys_need_the_feature() {
    let scheme = schemes().remove("telnyx").unwrap();
    let error = ReportVerifier::new(&scheme.auth, scheme.vars).unwrap_err();
    assert!(error.to_string().contains("feature `signatures`"), "{error}");
    let jwt = "[auth.jwt]\nheader = \"x\"\nkey = \"{{key}}\"\nalgorithms = [\"RS256\"]";
    refused(jwt, "auth.jwt.key", "feature `signatures`");
}

#[cfg(feature = "signatures")]
#[test]
fn public_keys_are_read_at_once() {
    for key in ["needle", "bmVlZGxl", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUROo"] {
        let scheme = schemes().remove("telnyx").unwrap();
        let error = ReportVerifier::new(&scheme.auth, [("public_key", key)]).unwrap_err();
        assert_eq!(error.path(), "auth.ed25519.key", "{error}");
        assert!(!error.to_string().contains(key), "{error}");
    }
    let rsa = "[auth.rsa_pss]\nheader = \"x\"\nkey = \"{{key}}\"\nsign = \"{{body}}\"";
    refused(rsa, "auth.rsa_pss.key", "not a public key");
    let named =
        "[auth.rsa]\nalgorithm = \"sha1\"\nheader = \"x\"\nkey = \"{{key}}\"\nsign = \"{{body}}\"";
    refused(named, "auth.rsa.algorithm", "names its algorithm");
}
