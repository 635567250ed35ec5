//! Signatures, compared with vectors that vendors and the authors of their libraries publish.

#[cfg(all(feature = "rustls", feature = "xml"))]
mod moto;
mod optional;
mod published;
mod refused;
mod regions;
mod sdks;

use otpost::gateway::{GatewaySpec, SpecError};
use otpost::message::MessageId;
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::{Code, HttpGateway, Message, PhoneNumber};

fn message() -> Message {
    let to = PhoneNumber::parse("+8613800000000").unwrap();
    let message = Message::new(to, "012345 is your code").unwrap();
    message.with_id(MessageId::from_bytes([7; 16])).with_code(Code::parse("012345").unwrap())
}

/// A spec whose recipient and text are in headers, so that the rest is as in a published vector.
fn spec(vars: &str, rest: &str) -> Result<GatewaySpec, SpecError> {
    GatewaySpec::from_toml(&format!(
        "spec = 1\nid = \"acme\"\nname = \"Acme\"\nallow = [\"secret-in-url\", \"literal-secret:request.headers.Authorization\"]\n[vars]\n{vars}\n{rest}\n"
    ))
}

const CARRIED: &str = "headers = { X-To = \"{{to|plain}}\", X-Text = \"{{text|base64}}\" }";

fn gateway(vars: &[(&str, &str)], at: u64, rest: &str) -> HttpGateway {
    let declared: String =
        vars.iter().map(|(name, _)| format!("{name} = {{ secret = true }}\n")).collect();
    let spec = spec(&declared, &rest.replace("CARRIED", CARRIED)).unwrap();
    let toml = spec.to_toml().unwrap();
    assert!(GatewaySpec::from_toml(&toml).unwrap() == spec, "TOML loses nothing");
    let builder = HttpGateway::builder(spec).clock(ManualClock::at(at));
    let builder = vars.iter().fold(builder, |builder, (name, value)| builder.var(*name, *value));
    builder.build_with(ScriptedTransport::new()).unwrap()
}

struct Sent {
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    shown: String,
}

fn sent(gateway: &HttpGateway) -> Sent {
    let prepared = gateway.prepare(&message()).unwrap();
    let headers = prepared.expose_headers();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    Sent {
        url: prepared.expose_url().to_owned(),
        headers: headers.collect(),
        body: String::from_utf8(prepared.expose_body().to_vec()).unwrap(),
        shown: prepared.to_string(),
    }
}

impl Sent {
    fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(known, _)| known == name).unwrap().1
    }
}

/// The suite of test vectors for Signature Version 4: `post-x-www-form-urlencoded`.
#[test]
fn aws_signature_version_4() {
    let gateway = gateway(
        &[("key_id", "AKIDEXAMPLE"), ("secret", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")],
        1_440_938_160,
        r#"
        [request]
        method = "POST"
        url = "https://example.amazonaws.com/"
        CARRIED
        form = { Param1 = "value1" }
        [auth.hmac]
        key = ["AWS4{{secret}}", "{{now|date:%Y%m%d}}", "us-east-1", "service", "aws4_request"]
        sign = "AWS4-HMAC-SHA256\n{{now|date:%Y%m%dT%H%M%SZ}}\n{{scope}}\n{{canonical|sha256hex}}"
        parts.scope = "{{now|date:%Y%m%d}}/us-east-1/service/aws4_request"
        parts.canonical = "{{method}}\n{{path}}\n{{sorted_query}}\ncontent-type:{{content_type}}\nhost:{{host}}\nx-amz-date:{{now|date:%Y%m%dT%H%M%SZ}}\n\ncontent-type;host;x-amz-date\n{{body_sha256_hex}}"
        headers = { X-Amz-Date = "{{now|date:%Y%m%dT%H%M%SZ}}", Authorization = "AWS4-HMAC-SHA256 Credential={{key_id}}/{{scope}}, SignedHeaders=content-type;host;x-amz-date, Signature={{signature}}" }
        "#,
    );
    let sent = sent(&gateway);
    assert_eq!(sent.header("x-amz-date"), "20150830T123600Z");
    let authorization = sent.header("authorization");
    let expected = "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
    assert!(authorization.ends_with(expected), "{authorization}");
    assert!(
        authorization.contains("Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,")
    );
    assert!(!sent.shown.contains("ff118979") && !sent.shown.contains("wJalr"), "{}", sent.shown);
}

/// The tests of python-ovh: `test_call_signature`.
#[test]
fn ovh() {
    let auth = r#"
        [auth.hash]
        algorithm = "sha1"
        sign = "{{app_secret}}+{{consumer_key}}+{{method}}+{{url}}+{{body}}+{{timestamp}}"
        headers = { X-Ovh-Timestamp = "{{timestamp}}", X-Ovh-Signature = "$1${{signature}}" }
    "#;
    let vars = [
        ("app_secret", "9ufkBmLaTQ9nz5yMUlg79taH0GNnzDjk"),
        ("consumer_key", "5mBuy6SUQcRw2ZUxg0cG68BoDKpED4KY"),
    ];
    let get = format!(
        "[request]\nmethod = \"GET\"\nurl = \"https://eu.api.ovh.com/1.0/auth\"\nCARRIED\n{auth}"
    );
    let sent_get = sent(&gateway(&vars, 1_457_018_875, &get));
    assert_eq!(sent_get.header("x-ovh-signature"), "$1$e9556054b6309771395efa467c22e627407461ad");
    let post = format!(
        "[request]\nmethod = \"POST\"\nurl = \"https://eu.api.ovh.com/1.0/auth\"\nCARRIED\njson = {{ a = \"b\", c = \"d\" }}\n{auth}"
    );
    let sent = sent(&gateway(&vars, 1_457_018_875, &post));
    assert_eq!(sent.header("x-ovh-signature"), "$1$ec2fb5c7a81f64723c77d2e5b609ae6f58a84fc1");
    assert_eq!(sent.header("x-ovh-timestamp"), "1457018875");
    assert!(!sent.shown.contains("9ufk"));
}

/// The tests of vonage-python-sdk: the signature is a field of the form and does not sign itself.
#[test]
fn vonage() {
    let gateway = gateway(
        &[("secret", "signature_secret")],
        1_234_567_890,
        r#"
        [request]
        method = "POST"
        url = "https://rest.nexmo.com/sms/json"
        CARRIED
        form = { param2 = "value2", param1 = "value1", timestamp = "{{now|epoch}}" }
        [auth.hmac]
        key = "{{secret}}"
        sign = "{{sorted_fields}}"
        form = { sig = "{{signature}}" }
        "#,
    );
    let sent = sent(&gateway);
    let expected = "280c4320703dbc98bfa22db676655ed2acfbfe8792b062ff7622e67f1183c287";
    assert_eq!(
        sent.body,
        format!("param2=value2&param1=value1&timestamp=1234567890&sig={expected}")
    );
    assert!(!sent.shown.contains("280c4320"), "{}", sent.shown);
}

/// The tests of darabonba-openapi-util: the legacy signature of Alibaba Cloud, a parameter of the query.
#[test]
fn aliyun_rpc() {
    let gateway = gateway(
        &[("secret", "secret")],
        0,
        r#"
        [request]
        method = "GET"
        url = "https://dysmsapi.aliyuncs.com/"
        CARRIED
        query = { query = "test", body = "test" }
        [auth.hmac]
        algorithm = "sha1"
        key = "{{secret}}&"
        sign = "{{method}}&%2F&{{sorted_query|percent}}"
        signature = "base64"
        query = { Signature = "{{signature}}" }
        "#,
    );
    let sent = sent(&gateway);
    assert_eq!(
        sent.url,
        "https://dysmsapi.aliyuncs.com/?query=test&body=test&Signature=XlUyV4sXjOuX5FnjUz9IF9tm5rU%3D"
    );
}

/// TC3-HMAC-SHA256, recomputed in Python from Tencent's description. Their SDK was not run.
#[test]
fn tencent_tc3() {
    let gateway = gateway(
        &[
            ("secret_id", "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"),
            ("secret_key", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"),
        ],
        1_551_113_065,
        r#"
        [request]
        method = "POST"
        url = "https://cvm.tencentcloudapi.com/"
        headers = { Content-Type = "application/json; charset=utf-8", X-To = "{{to|plain}}", X-Text = "{{text|base64}}" }
        json = '{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
        [auth.hmac]
        key = ["TC3{{secret_key}}", "{{now|date:%Y-%m-%d}}", "cvm", "tc3_request"]
        sign = "TC3-HMAC-SHA256\n{{timestamp}}\n{{scope}}\n{{canonical|sha256hex}}"
        parts.scope = "{{now|date:%Y-%m-%d}}/cvm/tc3_request"
        parts.canonical = "{{method}}\n{{path}}\n{{query}}\ncontent-type:{{content_type}}\nhost:{{host}}\n\ncontent-type;host\n{{body_sha256_hex}}"
        headers = { X-TC-Timestamp = "{{timestamp}}", Authorization = "TC3-HMAC-SHA256 Credential={{secret_id}}/{{scope}}, SignedHeaders=content-type;host, Signature={{signature}}" }
        "#,
    );
    let sent = sent(&gateway);
    let signature = sent.header("authorization").rsplit_once('=').unwrap().1.to_owned();
    assert_eq!(signature, by_python(TC3, &[&sent.body]));
}

const TC3: &str = r#"
import hashlib, hmac, sys
body = sys.argv[1].encode()
h = lambda key, text: hmac.new(key, text.encode(), hashlib.sha256).digest()
key = h(h(h(b"TC3Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "2019-02-25"), "cvm"), "tc3_request")
canonical = "\n".join(["POST", "/", "", "content-type:application/json; charset=utf-8", "host:cvm.tencentcloudapi.com", "", "content-type;host", hashlib.sha256(body).hexdigest()])
text = "\n".join(["TC3-HMAC-SHA256", "1551113065", "2019-02-25/cvm/tc3_request", hashlib.sha256(canonical.encode()).hexdigest()])
print(hmac.new(key, text.encode(), hashlib.sha256).hexdigest())
"#;

fn by_python(program: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new("python3")
        .arg("-c")
        .arg(program)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Huawei Cloud: a hash of nonce, time and secret, as raw bytes or as hexadecimal in Base64.
#[test]
fn wsse() {
    for (encoding, filter, program) in [
        ("base64", "", "base64.b64encode(d.digest())"),
        ("hex", "|base64", "base64.b64encode(d.hexdigest().encode())"),
    ] {
        let rest = format!(
            r#"
            [request]
            method = "POST"
            url = "https://smsapi.cn-north-4.myhuaweicloud.com/sms/batchSendSms/v1"
            headers = {{ Authorization = 'WSSE realm="SDP",profile="UsernameToken",type="Appkey"' }}
            [request.form]
            from = "csms12345678"
            to = "{{{{to}}}}"
            templateId = "8ff55eac"
            templateParas = {{ json = ["{{{{code}}}}"] }}
            [auth.hash]
            algorithm = "sha256"
            sign = "{{{{nonce}}}}{{{{created}}}}{{{{app_secret}}}}"
            parts.created = "{{{{now|date:%Y-%m-%dT%H:%M:%SZ}}}}"
            signature = "{encoding}"
            headers = {{ X-WSSE = 'UsernameToken Username="{{{{app_key}}}}",PasswordDigest="{{{{signature{filter}}}}}",Nonce="{{{{nonce}}}}",Created="{{{{created}}}}"' }}
            "#
        );
        let sent = sent(&gateway(
            &[("app_key", "c8RWg3"), ("app_secret", "sEcReT")],
            1_795_888_128,
            &rest,
        ));
        let header = sent.header("x-wsse");
        let part = |name: &str| {
            header.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap()
        };
        assert_eq!((part("Username"), part("Created")), ("c8RWg3", "2026-11-28T17:48:48Z"));
        let program = format!(
            "import base64, hashlib, sys; d = hashlib.sha256(''.join(sys.argv[1:]).encode()); print(({program}).decode())"
        );
        assert_eq!(
            part("PasswordDigest"),
            by_python(&program, &[part("Nonce"), part("Created"), "sEcReT"])
        );
        assert!(sent.body.contains("templateParas=%5B%22012345%22%5D"), "{}", sent.body);
    }
}

/// Click Mobile: a hash of fields and a secret, as a member of the body.
#[test]
fn md5_in_the_body() {
    let gateway = gateway(
        &[("app_id", "A"), ("password", "P")],
        1_795_888_110,
        r#"
        [request]
        method = "POST"
        url = "https://sms.acme.example/index.php"
        [request.json]
        app_id = "{{app_id}}"
        timestamp = "{{now|date:%Y%m%d%H%M%S}}"
        dst_address = "{{to}}"
        message = "{{text}}"
        auth = { kind = "md5" }
        [auth.hash]
        algorithm = "md5"
        sign = "{{app_id}}{{now|date:%Y%m%d%H%M%S}}{{password}}"
        json = { "/auth_key" = "{{signature}}", "/auth/upper" = "{{signature|upper}}" }
        "#,
    );
    let body: serde_json::Value = serde_json::from_str(&sent(&gateway).body).unwrap();
    let expected =
        by_python("import hashlib; print(hashlib.md5(b'A20261128174830P').hexdigest())", &[]);
    assert_eq!(
        (&body["timestamp"], &body["auth_key"]),
        (&"20261128174830".into(), &expected.as_str().into())
    );
    assert_eq!(body["auth"]["upper"], expected.to_uppercase());
}

#[test]
fn signatures_that_cannot_work_are_refused() {
    let with = |auth: &str| {
        spec("key = { secret = true }", &format!(
            "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/\"\nform = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n{auth}"
        ))
        .and_then(|spec| spec.check())
    };
    for (auth, path, words) in [
        (
            "[auth.hash]\nalgorithm = \"md4\"\nsign = \"{{key}}\"\nform = { s = \"{{signature}}\" }",
            "auth.hash.algorithm",
            "did you mean `md5`?",
        ),
        (
            "[auth.hash]\nalgorithm = \"md5\"\nsign = \"{{key}}\"",
            "auth.hash.headers",
            "nothing contains the signature",
        ),
        (
            "[auth.hash]\nalgorithm = \"md5\"\nsign = \"{{key}}\"\nform = { s = \"x\" }",
            "auth.hash.form.s",
            "does not contain the signature",
        ),
        (
            "[auth.hash]\nalgorithm = \"md5\"\nsign = \"{{key}}\"\nform = { text = \"{{signature}}\" }",
            "auth.hash.form",
            "already has this field",
        ),
        (
            "[auth.hash]\nalgorithm = \"md5\"\nsign = \"{{key}}\"\njson = { \"/s\" = \"{{signature}}\" }",
            "auth.hash.json",
            "no such body",
        ),
        (
            "[auth.hash]\nalgorithm = \"md5\"\nsign = \"{{key}}{{signature}}\"\nform = { s = \"{{signature}}\" }",
            "auth.hash.sign",
            "`signature`",
        ),
        (
            "[auth.hmac]\nkey = []\nsign = \"x\"\nform = { s = \"{{signature}}\" }",
            "auth.hmac.key",
            "there is no key",
        ),
        (
            "[auth.hmac]\nkey = \"{{to}}\"\nsign = \"x\"\nform = { s = \"{{signature}}\" }",
            "auth.hmac.key",
            "not the same for each message",
        ),
        (
            "[auth.hmac]\nkey = [\"{{key}}\", \"{{sender}}\"]\nsign = \"x\"\nform = { s = \"{{signature}}\" }",
            "auth.hmac.key",
            "may have no value",
        ),
        (
            "[auth.hmac]\nkey = \"{{key}}\"\nsign = \"{{a}}\"\nparts.b = \"{{a}}\"\nparts.a = \"x\"\nform = { s = \"{{signature}}\" }",
            "auth.hmac.parts.b",
            "unknown variable",
        ),
        (
            "[auth.hmac]\nkey = \"{{key}}\"\nsign = \"x\"\nparts.body = \"x\"\nform = { s = \"{{signature}}\" }",
            "auth.hmac.parts.body",
            "another meaning",
        ),
    ] {
        let error = with(auth).expect_err(auth);
        assert!(
            error.path().starts_with(path) && error.to_string().contains(words),
            "{auth}: {error}"
        );
    }
    // Where they are not known, the error says where they are.
    for (value, words) in [
        ("{{signature}}", "[auth.hmac]"),
        ("{{timestamp}}", "{{now|epoch}}"),
        ("{{date}}", "rfc1123"),
        ("{{body}}", "[auth.hash]"),
        ("{{text|percent}}", "encoded twice"),
    ] {
        let rest = format!(
            "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/\"\nform = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\", x = \"{value}\" }}"
        );
        let error = spec("", &rest).and_then(|spec| spec.check()).unwrap_err();
        assert!(error.to_string().contains(words), "{value}: {error}");
    }
}
