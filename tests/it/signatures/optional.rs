//! Headers that are signed only if they are there: the session token of temporary keys at AWS.

use otpost::HttpGateway;
use otpost::gateway::imitation::{Imitation, ReceivedRequest};
use otpost::gateway::{GatewaySpec, HmacAuth, VarSpec};
use otpost::testing::{ManualClock, ScriptedTransport};

use super::{CARRIED, sent, spec};

/// 2015-08-30T12:36:00Z.
const NOW: u64 = 1_440_938_160;
const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
const VARS: &str =
    "key_id = {}\nsecret = { secret = true }\nsession_token = { secret = true, optional = true }";
const REQUEST: &str = r#"
    [request]
    method = "POST"
    url = "https://example.amazonaws.com/"
    CARRIED
    [auth.hmac]
    key = ["AWS4{{secret}}", "{{now|date:%Y%m%d}}", "us-east-1", "service", "aws4_request"]
    sign = "AWS4-HMAC-SHA256\n{{now|date:%Y%m%dT%H%M%SZ}}\n{{scope}}\n{{canonical|sha256hex}}"
    parts.scope = "{{now|date:%Y%m%d}}/us-east-1/service/aws4_request"
    parts.token_line = { value = "x-amz-security-token:{{session_token}}\n", with = "session_token" }
    parts.token_name = { value = ";x-amz-security-token", with = "session_token" }
    parts.canonical = "{{method}}\n{{path}}\n{{sorted_query}}\nhost:{{host}}\nx-amz-date:{{now|date:%Y%m%dT%H%M%SZ}}\n{{token_line}}\nhost;x-amz-date{{token_name}}\n{{body_sha256_hex}}"
    headers = { X-Amz-Date = "{{now|date:%Y%m%dT%H%M%SZ}}", Authorization = "AWS4-HMAC-SHA256 Credential={{key_id}}/{{scope}}, SignedHeaders=host;x-amz-date{{token_name}}, Signature={{signature}}" }
"#;

fn aws() -> GatewaySpec {
    let carried = CARRIED.replace(" }", ", X-Amz-Security-Token = \"{{session_token}}\" }");
    let spec = spec(VARS, &REQUEST.replace("CARRIED", &carried)).unwrap();
    let toml = spec.to_toml().unwrap();
    assert!(GatewaySpec::from_toml(&toml).unwrap() == spec, "TOML loses nothing");
    spec
}

fn signed(token: Option<&str>) -> HttpGateway {
    let builder = HttpGateway::builder(aws()).clock(ManualClock::at(NOW));
    let builder = builder.var("key_id", "AKIDEXAMPLE");
    let builder = builder.var("secret", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let builder =
        token.into_iter().fold(builder, |builder, token| builder.var("session_token", token));
    builder.build_with(ScriptedTransport::new()).unwrap()
}

/// The suite of test vectors for Signature Version 4: `post-vanilla` and `post-sts-header-before`.
#[test]
fn aws_session_token_is_signed_if_there_is_one() {
    const SCOPE: &str =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ";
    for (token, names, signature) in [
        (
            None,
            "host;x-amz-date",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            Some(TOKEN),
            "host;x-amz-date;x-amz-security-token",
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
        ),
    ] {
        let sent = sent(&signed(token));
        let expected = format!("{SCOPE}SignedHeaders={names}, Signature={signature}");
        assert_eq!(sent.header("authorization"), expected);
        let header = sent.headers.iter().find(|(name, _)| name == "x-amz-security-token");
        assert_eq!(header.map(|(_, value)| value.as_str()), token);
        assert!(!sent.shown.contains("AQoDYXdz"), "{}", sent.shown);
    }
}

#[test]
fn only_optional_parts_may_have_no_value() {
    let check = |vars: &str, part: &str| {
        let rest = format!(
            "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/\"\n{CARRIED}\n[auth.hmac]\nkey = \"{{{{key}}}}\"\nsign = \"{{{{line}}}}{{{{body}}}}\"\nparts.line = {part}\nheaders = {{ X-S = \"{{{{signature}}}}\" }}"
        );
        let vars = format!("key = {{ secret = true }}\n{vars}");
        spec(&vars, &rest)
            .and_then(|spec| spec.check())
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let (optional, required) = ("token = { optional = true }", "token = {}");
    let part = "{ value = \"x:{{token}}\", with = \"token\" }";
    check(optional, part).unwrap();
    check(required, "\"x:{{token}}\"").unwrap();
    // The text to sign would lack it in silence.
    let error = check(optional, "\"x:{{token}}\"").unwrap_err();
    let expected = "declare it as required, or add with = \"token\" to the part";
    assert!(error.contains("`token` may have no value") && error.contains(expected), "{error}");
    let error = check(required, part).unwrap_err();
    assert!(error.contains("`token` always has a value"), "{error}");
    let two = format!("{optional}\nother = {{ optional = true }}");
    let other = "{ value = \"x:{{token}}{{other}}\", with = \"token\" }";
    let error = check(&two, other).unwrap_err();
    assert!(error.contains("`other` may have no value"), "{error}");
    let both = "{ value = \"x:{{token}}{{other}}\", with = [\"token\", \"other\"] }";
    check(&two, both).unwrap();
}

#[test]
fn parts_are_the_same_in_code_and_in_toml() {
    let auth = HmacAuth::new("{{key}}", "{{line}}{{body}}")
        .with_optional_part("line", "x:{{token}}", "token")
        .with_header("X-S", "{{signature}}");
    let built = GatewaySpec::builder("acme", "Acme")
        .var("key", VarSpec::secret())
        .var("token", VarSpec::secret().with_optional())
        .post("https://acme.example/")
        .form("to", "{{to}}")
        .form("text", "{{text}}")
        .auth(otpost::gateway::Auth::Hmac(auth))
        .build();
    let toml = built.to_toml().unwrap();
    assert!(toml.contains("with = \"token\""), "{toml}");
    assert!(GatewaySpec::from_toml(&toml).unwrap() == built, "{toml}");
}

/// The request of a gateway as its imitation receives it, with another value of a header.
fn received(gateway: &HttpGateway, header: &str, value: &str) -> ReceivedRequest {
    let sent = sent(gateway);
    let host = sent.url.split('/').nth(2).unwrap();
    let request = ReceivedRequest::new("POST", "/").with_header("host", host);
    let request = sent.headers.iter().fold(request, |request, (name, own)| {
        request.with_header(name, if name == header { value } else { own })
    });
    request.with_body(sent.body)
}

#[test]
fn imitations_verify_signatures_with_and_without_a_token() {
    let vars = "key = { secret = true }\ntoken = { secret = true, optional = true }";
    let rest = "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/\"\nheaders = { X-Token = \"{{token}}\" }\n\
        form = { to = \"{{to}}\", text = \"{{text}}\" }\n\
        [auth.hmac]\nkey = \"{{key}}\"\nsign = \"{{timestamp}}{{line}}{{body}}\"\n\
        parts.line = { value = \"x-token:{{token}};\", with = \"token\" }\n\
        headers = { X-Time = \"{{timestamp}}\", X-Sig = \"{{signature}}\" }";
    let spec = spec(vars, rest).unwrap();
    let imitation = Imitation::new(&spec).unwrap().with_var("key", "hunter2").unwrap();
    for token in [None, Some(TOKEN)] {
        let builder = HttpGateway::builder(spec.clone()).var("key", "hunter2");
        let builder = token.into_iter().fold(builder, |builder, token| builder.var("token", token));
        let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
        let mismatches = |header, value| {
            imitation.receive(&received(&gateway, header, value)).mismatches().len()
        };
        assert_eq!(mismatches("", ""), 0);
        // The token is signed, so another one has another signature.
        assert_eq!(mismatches("x-token", "another"), usize::from(token.is_some()));
        assert_eq!(mismatches("x-sig", &"0".repeat(64)), 1);
    }
}

#[test]
fn gateways_of_aws_sign_the_token() {
    for id in ["aws-sns", "aws-eum"] {
        let spec = GatewaySpec::builtin(id).unwrap();
        let imitation = Imitation::new(&spec).unwrap();
        for token in [None, Some(TOKEN)] {
            let builder = HttpGateway::builder(spec.clone()).clock(ManualClock::at(NOW));
            let builder = builder.var("region", "eu-central-1").var("access_key_id", "AKID");
            let builder = builder.var("secret_access_key", "hunter2");
            let builder =
                token.into_iter().fold(builder, |it, token| it.var("session_token", token));
            let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
            let sent = sent(&gateway);
            let signed = sent.header("authorization").contains(";x-amz-security-token");
            assert_eq!(signed, token.is_some(), "{id}");
            let received = imitation.receive(&received(&gateway, "", ""));
            assert_eq!(received.mismatches(), [], "{id}");
        }
    }
}
