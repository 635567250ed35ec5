//! A mock of AWS that checks signatures. `.ci/sdks` installs it and sets `OTPOST_MOTO` to its Python.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use otpost::HttpGateway;
use otpost::gateway::GatewaySpec;
use otpost::provider::{Fate, Provider, SendErrorKind};

use super::message;

const SPEC: &str = r#"
    spec = 1
    id = "aws-sns"
    name = "Amazon SNS"
    [vars]
    key_id = {}
    secret = { secret = true }
    [request]
    method = "POST"
    url = "https://sns.us-east-1.amazonaws.com/"
    form = { Action = "Publish", Version = "2010-03-31", PhoneNumber = "{{to}}", Message = "{{text}}" }
    [auth.hmac]
    key = ["AWS4{{secret}}", "{{now|date:%Y%m%d}}", "us-east-1", "sns", "aws4_request"]
    sign = "AWS4-HMAC-SHA256\n{{now|date:%Y%m%dT%H%M%SZ}}\n{{scope}}\n{{canonical|sha256hex}}"
    parts.scope = "{{now|date:%Y%m%d}}/us-east-1/sns/aws4_request"
    parts.canonical = "{{method}}\n{{path}}\n{{sorted_query}}\ncontent-type:{{content_type}}\nhost:{{host}}\nx-amz-date:{{now|date:%Y%m%dT%H%M%SZ}}\n\ncontent-type;host;x-amz-date\n{{body_sha256_hex}}"
    headers = { X-Amz-Date = "{{now|date:%Y%m%dT%H%M%SZ}}", Authorization = "AWS4-HMAC-SHA256 Credential={{key_id}}/{{scope}}, SignedHeaders=content-type;host;x-amz-date, Signature={{signature}}" }
    [answer]
    code = "xml:/ErrorResponse/Error/Code"
    [[response]]
    when = { status = 200 }
    then = { outcome = "accepted", message_id = "xml:/PublishResponse/PublishResult/MessageId" }
"#;

/// Sends to the mock with a key.
async fn send(origin: &str, key_id: &str, secret: &str) -> Result<String, (SendErrorKind, Fate)> {
    let spec = GatewaySpec::from_toml(SPEC).unwrap();
    let builder = HttpGateway::builder(spec).origin(origin).var("key_id", key_id);
    let sent = builder.var("secret", secret).build().unwrap().send(&message()).await;
    let receipt = sent.map_err(|error| (error.kind(), error.fate()))?;
    Ok(receipt.message_id().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn aws_mock_accepts_the_signature_and_no_other() {
    let Ok(python) = std::env::var("OTPOST_MOTO") else {
        // `aws_signature_version_4` and `sdk_of_aws` need no server.
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/signatures/aws_mock.py");
    let mut mock = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(mock.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut words = line.split_whitespace();
    let mut next = || words.next().unwrap().to_owned();
    let (origin, key_id, secret) = (format!("http://127.0.0.1:{}", next()), next(), next());
    let id = send(&origin, &key_id, &secret).await.unwrap();
    assert_eq!(id.len(), 36, "{id}");
    let refused = send(&origin, &key_id, "wrong").await.unwrap_err();
    assert_eq!(refused, (SendErrorKind::Unauthorized, Fate::Refused));
    drop(mock.stdin.take());
    assert!(mock.wait().unwrap().success());
}
