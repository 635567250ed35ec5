//! A part of the host, such as a region, that is signed as well.

use otpost::HttpGateway;
use otpost::gateway::{GatewaySpec, SpecError};
use otpost::testing::{ManualClock, ScriptedTransport};

use super::message;

const VARS: &str = r#"
    region = { host = true }
    secret = { secret = true }
"#;

const AWS: &str = r#"
    [request]
    method = "POST"
    url = "https://sns.{{region}}.amazonaws.com/"
    form = { PhoneNumber = "{{to}}", Message = "{{text}}" }
    [auth.hmac]
    key = ["AWS4{{secret}}", "{{now|date:%Y%m%d}}", "{{region}}", "sns", "aws4_request"]
    sign = "AWS4-HMAC-SHA256\n{{now|date:%Y%m%dT%H%M%SZ}}\n{{scope}}\n{{canonical|sha256hex}}"
    parts.scope = "{{now|date:%Y%m%d}}/{{region}}/sns/aws4_request"
    parts.canonical = "{{method}}\n{{path}}\n{{body_sha256_hex}}"
    headers = { Authorization = "AWS4-HMAC-SHA256 Credential=id/{{scope}}, Signature={{signature}}" }
"#;

fn spec(vars: &str, rest: &str) -> Result<GatewaySpec, SpecError> {
    let spec = GatewaySpec::from_toml(&format!(
        "spec = 1\nid = \"acme\"\nname = \"Acme\"\n[vars]\n{vars}\n{rest}"
    ))?;
    spec.check()?;
    assert!(GatewaySpec::from_toml(&spec.to_toml().unwrap()).unwrap() == spec);
    Ok(spec)
}

/// Returns the URL and the signature of a request.
fn sent(spec: GatewaySpec, region: &str, origin: Option<&str>) -> (String, String) {
    let builder = HttpGateway::builder(spec).clock(ManualClock::at(1_440_938_160));
    let builder = builder.var("region", region).var("secret", "wJalrXUtnFEMI");
    let builder = match origin {
        None => builder,
        Some(origin) => builder.origin(origin),
    };
    let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
    let prepared = gateway.prepare(&message()).unwrap();
    let headers = prepared.expose_headers();
    let mut headers = headers.filter(|(name, _)| name.as_str() == "authorization");
    let signature = headers.next().unwrap().1.to_str().unwrap().to_owned();
    (prepared.expose_url().to_owned(), signature)
}

#[test]
fn region_is_in_the_host_and_in_the_signature() {
    let by_host = spec(VARS, AWS).unwrap();
    // The same request with the region written out.
    let written = spec(
        "secret = { secret = true }\nregion = {}",
        &AWS.replace("sns.{{region}}", "sns.eu-west-1"),
    );
    let (url, signature) = sent(by_host.clone(), "eu-west-1", None);
    assert_eq!(url, "https://sns.eu-west-1.amazonaws.com/");
    assert_eq!(sent(written.unwrap(), "eu-west-1", None), (url, signature.clone()));
    assert!(signature.contains("/20150830/eu-west-1/sns/aws4_request,"), "{signature}");
    let (_, other) = sent(by_host.clone(), "us-east-1", None);
    assert!(other.contains("/us-east-1/") && other != signature);
    // The region is still signed where the host is a test server.
    let (url, same) = sent(by_host, "eu-west-1", Some("http://127.0.0.1:8025"));
    assert_eq!((url.as_str(), same), ("http://127.0.0.1:8025/", signature));
}

#[test]
fn region_can_be_a_value() {
    let rest = AWS.replace("form = {", "query = { region = \"{{region|upper}}\" }\n    form = {");
    let (url, _) = sent(spec(VARS, &rest).unwrap(), "eu-west-1", None);
    assert_eq!(url, "https://sns.eu-west-1.amazonaws.com/?region=EU-WEST-1");
    // A header only: without the host, the variable is one like any other.
    let plain = "[request]\nmethod = \"POST\"\nurl = \"https://{{region}}.acme.example/\"\n\
                 headers = { X-Region = \"{{region}}\" }\nform = { to = \"{{to}}\", text = \"{{text}}\" }\n";
    let vars = "region = { host = true }";
    let moved = spec(vars, plain).unwrap().with_origin("https://acme.example").unwrap();
    moved.check().unwrap();
    assert!(moved.vars().any(|(name, var)| name == "region" && !var.is_optional()));
    // A variable that nothing uses is removed.
    let unused = plain.replace("headers = { X-Region = \"{{region}}\" }\n", "");
    let moved = spec(vars, &unused).unwrap().with_origin("https://acme.example").unwrap();
    assert_eq!(moved.vars().count(), 0);
    moved.check().unwrap();
}

#[test]
fn whole_origin_is_no_value() {
    let rest = AWS.replace("https://sns.{{region}}.amazonaws.com/", "{{region}}/");
    let error = spec(VARS, &rest).unwrap_err();
    assert_eq!(error.path(), "auth.hmac.parts.scope", "{error}");
    assert!(error.to_string().contains("is a host variable"), "{error}");
    // The value of a part is checked before it is signed.
    let builder = HttpGateway::builder(spec(VARS, AWS).unwrap()).var("secret", "s");
    let error = builder
        .var("region", "eu/../needle\r\nX: y")
        .build_with(ScriptedTransport::new())
        .unwrap_err();
    assert_eq!(error.path(), "vars.region", "{error}");
    assert!(!error.to_string().contains("needle"), "{error}");
}
