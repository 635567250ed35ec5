//! Delivery reports that a sandbox signs with a private key of its own.

use std::io::BufRead;
use std::net::TcpListener;
use std::process::Command;

use otpost::gateway::GatewaySpec;
use otpost::gateways;
use serde_json::{Value, json};

use super::Running;
use super::reports::{Application, check, sample, url_of};

/// A gateway whose public key is a text in PEM.
const PEM: &str = r#"
spec = 1
id = "acme"
name = "Acme SMS"
[vars]
verify_key = { optional = true }
[request]
method = "POST"
url = "https://sms.acme.example/send"
json = { to = "{{to|plain}}", text = "{{text}}" }
[[response]]
when = { status = 200 }
then = { outcome = "accepted", message_id = "/id" }
[[example]]
response = { status = 200, body = '{"id":"17"}' }
expect = { outcome = "accepted", message_id = "17" }
[reports]
message_id = "/id"
status = "/status"
statuses = { delivered = ["DELIVRD"], pending = ["ACCEPTD"] }
auth = { rsa_pss = { key = "{{verify_key}}", sign = "{{header:X-Time}}.{{body}}", signature = "base64", header = "X-Signature", timestamp = { header = "X-Time" } } }
"#;

fn pem_spec() -> (String, GatewaySpec) {
    let file = format!("{}/report_keys.toml", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&file, PEM).unwrap();
    (file, GatewaySpec::from_toml(PEM).unwrap())
}

/// Returns the part of the startup output that begins with `start`.
fn printed_from(sandbox: &mut Running, start: &str) -> String {
    let mut printed = String::new();
    // The lines after it come in the same write, or in the next ones.
    while !printed.contains(start) || !printed.ends_with("-----END PUBLIC KEY-----\n") {
        let mut line = String::new();
        assert_ne!(sandbox.stdout.read_line(&mut line).unwrap(), 0, "{printed}");
        printed.push_str(&line);
    }
    printed[printed.find(start).unwrap()..].to_owned()
}

/// The application verifies with the key of the API, which is also that of the startup output.
#[test]
fn reports_are_signed_with_a_private_key_of_the_sandbox() {
    let (file, spec) = pem_spec();
    let mut keys = Vec::new();
    for (at, id, variable) in [(0, "telnyx", "report_public_key"), (1, "acme", "verify_key")] {
        let spec = if at == 0 { gateways::with_examples(id).unwrap() } else { spec.clone() };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let reports = url_of(&listener);
        let mut sandbox = Running::start(&["telnyx", &file, "twilio", "--reports", &reports]);
        let all = sandbox.get("/api/gateways").json();
        assert_eq!(all["gateways"][2]["reports"]["public_key"], Value::Null);
        let settings = &all["gateways"][at]["reports"];
        assert_eq!(
            (&settings["public_key"]["variable"], &settings["problem"]),
            (&json!(variable), &Value::Null)
        );
        let key = settings["public_key"]["value"].as_str().unwrap().to_owned();
        let printed = printed_from(&mut sandbox, "Configure the public keys");
        assert!(
            printed.contains(&format!("{id}  {variable}")) && printed.contains(&key),
            "{printed}"
        );
        assert!(!printed.contains("PRIVATE") && !all.to_string().contains("PRIVATE"));

        let application = Application::start_on(listener, &spec, variable, &key);
        let message = sample(&sandbox, id);
        check(&sandbox, &message, &[], &[json!(200), json!(200)]);
        assert_eq!([application.next(), application.next()], ["pending", "delivered"]);
        check(&sandbox, &message, &["forged"], &[json!(403), json!(403)]);
        keys.push(key);
        // A key of the application would need its private key.
        let mut command = Command::new(env!("CARGO_BIN_EXE_otpost"));
        command.args(["sandbox", "telnyx", &file, "--listen", "127.0.0.1:0"]);
        command.args(["--reports", &reports, "--var", &format!("{variable}=env:KEY")]);
        let refused = command.env("KEY", &keys[at]).output().unwrap();
        let error = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{error}");
        assert!(error.contains(variable) && error.contains("its own key"), "{error}");
    }
    // Another start, another key.
    let sandbox = Running::start(&["telnyx", "--reports", "http://127.0.0.1:9/r"]);
    let other = sandbox.get("/api/gateways").json();
    assert_ne!(other["gateways"][0]["reports"]["public_key"]["value"], json!(keys[0]));
}
