//! The curl commands: what they say, and that a real curl sends the same bytes as we do.

use std::process::{Command, Stdio};

use otpost::gateway::{Auth, Charset, GatewaySpec, HttpGateway, Lint, VarSpec};
use otpost::message::SenderId;
use otpost::{Code, Message, PhoneNumber, Provider};
use otpost_testing::{MockAnswer, MockGateway, RecordedRequest};

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
    let names: Vec<_> = spec.vars().map(|(name, _)| name.to_owned()).collect();
    let build = |secret: &str| {
        let builder = names.iter().fold(HttpGateway::builder(spec.clone()), |builder, name| {
            let is_secret = ["password", "token", "key", "secret"].iter().any(|s| name.contains(s));
            let value = match name.as_str() {
                "origin" => origin,
                _ if is_secret => secret,
                _ => "1",
            };
            builder.var(name, value)
        });
        builder.origin(origin).build()
    };
    build(SECRET).or_else(|_| build("hunter2")).unwrap()
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
        // A token is fetched, and stands in no command.
        if spec.id() == "message-central" {
            continue;
        }
        let mock = MockGateway::start(&spec).await.unwrap();
        check(&builtin(spec, &mock.origin()), &mock, &message()).await;
        checked += 1;
    }
    assert!(checked >= 10, "{checked}");
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
        let gateway = builtin(spec, "http://127.0.0.1:9");
        let command = gateway.sample_curl().unwrap();
        let text = command.to_string();
        assert!(text.contains("123456") && text.contains("2025550123"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        for (name, value) in command.expose_variables() {
            assert!(text.contains(&format!("\"${name}\"")) && !value.expose().is_empty(), "{text}");
        }
    }
}
