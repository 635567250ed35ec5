//! The curl commands: what they say, and that a real curl sends the same bytes as we do.

use std::process::{Command, Stdio};

use otpost::gateway::{Auth, Charset, GatewaySpec, HttpGateway, Lint, VarSpec};
use otpost::message::SenderId;
use otpost::{Code, Message, PhoneNumber, Provider};
use otpost_testing::{MockAnswer, MockGateway, RecordedRequest};

use crate::catalogue::values;

const SECRET: &str = "hunter2 \"&'%+é$HOME`\\";

fn message() -> Message {
    let text = "012345 ist Ihr Code: a&b=c+d; \"q\" 'x' $HOME `id` \\ %41 {{to}}\nZeile 2";
    Message::new(PhoneNumber::parse("+919876543210").unwrap(), text)
        .unwrap()
        .with_code(Code::parse("012345").unwrap())
        .with_sender(SenderId::parse("Acme").unwrap())
}

/// Each gateway of the catalogue with values that want quoting, where the gateway can take them.
fn builtin(spec: GatewaySpec, origin: &str) -> HttpGateway {
    let build = |secret: &str| {
        let builder =
            spec.vars().fold(HttpGateway::builder(spec.clone()), |builder, (name, var)| {
                let value = match name {
                    "origin" => origin,
                    _ if var.is_secret() => secret,
                    _ => "1",
                };
                builder.var(name, value)
            });
        builder.origin(origin).build()
    };
    // The other values suit every gateway, but need less quoting.
    let usual = || values::builder(&spec, false, origin).build().unwrap();
    let quoted = build(SECRET).or_else(|_| build("hunter2"));
    quoted.ok().filter(|gateway| gateway.prepare(&message()).is_ok()).unwrap_or_else(usual)
}

/// Returns a message that the gateway accepts.
fn message_for(gateway: &HttpGateway) -> Message {
    let usual = Some(message()).filter(|message| gateway.prepare(message).is_ok());
    usual.unwrap_or_else(|| {
        values::accepted(gateway, |to| {
            let message = Message::new(to, "012345 is your code").unwrap();
            message.with_code(Code::parse("012345").unwrap())
        })
    })
}

/// What counts of a request: all but what each client says of itself.
fn essence(request: &RecordedRequest) -> (String, String, Vec<(String, String)>, Vec<u8>) {
    let own = ["host", "user-agent", "content-length"];
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .filter(|(name, value)| {
            !(own.contains(&name.as_str()) || name == "accept" && value == "*/*")
        })
        .collect();
    headers.sort();
    (request.method.clone(), request.target.clone(), headers, request.body.clone())
}

/// Sends once by ourselves and once by curl, and compares.
async fn check(gateway: &HttpGateway, mock: &MockGateway, message: &Message) {
    let command = gateway.prepare(message).unwrap().to_curl();
    let shown = format!("{command}{command:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    mock.answer_always(MockAnswer::new(200, "{}"));
    let _ = gateway.send(message).await;
    let script = command.expose_script();
    let run = tokio::task::spawn_blocking(move || {
        Command::new("bash")
            .args(["-c", script.expose()])
            .env_remove("http_proxy")
            .env("NO_PROXY", "*")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    });
    let output = run.await.unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    let requests = mock.requests();
    let [.., ours, theirs] = requests.as_slice() else { panic!("two requests: {command}") };
    assert_eq!(essence(ours), essence(theirs), "{}: {command}", gateway.name());
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_sends_what_we_send_for_every_gateway() {
    let mut checked = 0;
    for spec in otpost::gateways::all() {
        // A token is fetched and stands in no command, and signatures differ from request to request.
        let changing = ["hash", "hmac", "http_digest", "jwt", "oauth2_client_credentials", "token"];
        if changing.contains(&spec.auth().kind()) {
            continue;
        }
        let mock = MockGateway::start(&spec).await.unwrap();
        let gateway = builtin(spec, &mock.origin());
        check(&gateway, &mock, &message_for(&gateway)).await;
        checked += 1;
    }
    assert!(checked >= 100, "{checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_sends_what_we_send_for_every_kind_of_body() {
    let spec = || {
        GatewaySpec::builder("acme", "Acme")
            .var("key", VarSpec::secret())
            .allow(Lint::SecretInUrl)
            .allow(Lint::Cleartext)
    };
    let specs = [
        spec()
            .get("http://gw.example/a%20b/{{to}}/")
            .query("text", "{{text}}")
            .query("k", "{{key}}"),
        spec()
            .post("http://gw.example/")
            .charset(Charset::Latin1)
            .form("t", "{{text}}ÿ{{to}}")
            .form("k", "{{key|base64}}"),
        spec()
            .post("http://gw.example/")
            .charset(Charset::Latin1)
            .text("{{text}}ÿ{{to}}")
            .header("X-K", "{{key|base64}}"),
        spec()
            .post("http://gw.example/")
            .charset(Charset::Gsm7)
            .text("{{text|gsm7:?}}{{to}}")
            .header("X-K", "{{key|base64}}"),
        spec()
            .post("http://gw.example/")
            .json("[\"{{text}}\",{\"to\":\"{{to}}\",\"k\":\"{{key}}\"}]"),
        spec()
            .post("http://gw.example/")
            .multipart("t", "{{text}}")
            .multipart("to", "{{to}}")
            .multipart("k", "{{key}}"),
        spec()
            .request(
                otpost::gateway::Method::Put,
                "http://gw.example/x?{{key}}={{to}}".replace("{{key}}", "k"),
            )
            .auth(Auth::bearer("{{key|base64}}"))
            .form("t", "{{text}}"),
    ];
    for spec in specs {
        let spec = spec.build();
        let mock = MockGateway::start(&spec).await.unwrap();
        let builder = HttpGateway::builder(spec).var("key", SECRET).origin(&mock.origin());
        check(&builder.build().unwrap(), &mock, &message()).await;
    }
}

#[test]
fn a_sample_holds_nobody_s_number() {
    for spec in otpost::gateways::all() {
        let is_national = spec.to_toml().unwrap().contains("national:");
        let gateway = builtin(spec, "http://127.0.0.1:9");
        // The number is one of the United States, which nobody has.
        let command = match gateway.sample_curl() {
            Ok(command) => command,
            Err(_) if is_national => continue,
            Err(error) => panic!("{}: {error}", gateway.name()),
        };
        let text = command.to_string();
        assert!(text.contains("123456") && text.contains("2025550123"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        for (name, value) in command.expose_variables() {
            assert!(text.contains(&format!("\"${name}\"")) && !value.expose().is_empty(), "{text}");
        }
    }
}
