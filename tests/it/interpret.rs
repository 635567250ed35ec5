//! Responses that arrived by another way are interpreted as those of a send.

use otpost::gateway::{Example, GatewaySpec, HttpGateway, Outcome, VarSource};
use otpost::provider::Fate;
use otpost::testing::ScriptedTransport;
use otpost::transport::Response;
use otpost::{Code, Message, PhoneNumber, Provider, gateways};

fn message() -> Message {
    let to = PhoneNumber::parse("+12025550123").unwrap();
    let message = Message::new(to, "917342 is your code").unwrap();
    message.with_code(Code::parse("917342").unwrap())
}

fn response(example: &Example) -> Response {
    let example = example.response();
    let mut response = Response::new(example.body().to_owned().into());
    *response.status_mut() = example.status().try_into().unwrap();
    for (name, value) in example.headers() {
        let name: http::HeaderName = name.parse().unwrap();
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}

#[test]
fn interpret_needs_no_values_and_no_token() {
    let mut outcomes = Vec::new();
    for spec in gateways::all() {
        let transport = ScriptedTransport::new();
        let gateway = spec.sample_gateway(transport.clone()).unwrap();
        for example in spec.examples() {
            let response = response(example);
            let result = gateway.interpret(&message(), &response);
            let expected = example.expected();
            assert_eq!(gateway.explain(&response).outcome(), expected, "{}", spec.id());
            match expected {
                Outcome::Accepted | Outcome::Duplicate => {
                    assert_eq!(result.unwrap().provider(), spec.id());
                }
                Outcome::Throttled | Outcome::Unavailable => {
                    assert_eq!(result.unwrap_err().fate(), Fate::NotSent, "{}", spec.id());
                }
                Outcome::Unknown => assert_eq!(result.unwrap_err().fate(), Fate::Unknown),
                _ => assert_eq!(result.unwrap_err().fate(), Fate::Refused, "{}", spec.id()),
            }
            outcomes.push(expected);
        }
        assert!(transport.requests().is_empty(), "{}", spec.id());
    }
    assert!(outcomes.contains(&Outcome::Accepted) && outcomes.contains(&Outcome::Throttled));
}

const SPEC: &str = r#"
spec = 1
id = "acme"
name = "Acme SMS"
[vars]
token = { secret = true }
[request]
method = "POST"
url = "https://sms.acme.example/send"
form = { to = "{{to|plain}}", text = "{{text}}" }
[auth]
bearer = { token = "{{token}}" }
[answer]
code = "/code"
message = "/reason"
message_id = "/id"
[[response]]
when = { status = 200 }
then = { outcome = "accepted" }
[[response]]
when = { status = 403 }
then = { outcome = "content" }
"#;

#[tokio::test]
async fn interpret_returns_what_send_returns() {
    let secret = "sentinel-token";
    let echo = format!(r#"{{"code":"E7","reason":"{secret} 12025550123 917342"}}"#);
    let leak = r#"{"code":"917342"}"#.to_owned();
    for (status, body) in [
        (200, r#"{"id":"m-17"}"#.to_owned()),
        (403, echo),
        (403, leak),
        (500, String::new()),
        (429, "{}".to_owned()),
    ] {
        let transport = ScriptedTransport::new().answer(status, body.clone());
        let gateway = HttpGateway::builder(GatewaySpec::from_toml(SPEC).unwrap())
            .var("token", VarSource::from(secret))
            .build_with(transport)
            .unwrap();
        let mut response = Response::new(body.into());
        *response.status_mut() = status.try_into().unwrap();
        let interpreted = gateway.interpret(&message(), &response);
        match (interpreted, gateway.send(&message()).await) {
            (Ok(interpreted), Ok(sent)) => {
                assert_eq!(interpreted, sent);
                assert_eq!(sent.message_id(), Some("m-17"));
            }
            (Err(interpreted), Err(sent)) => {
                assert_eq!(interpreted.to_string(), sent.to_string());
                assert_eq!(interpreted.gateway_words(), sent.gateway_words());
                assert_eq!(interpreted.explanation(), sent.explanation());
                let shown = format!("{interpreted:?} {:?}", interpreted.gateway_words());
                for hidden in ["sentinel", "2025550123", "917342"] {
                    assert!(!shown.contains(hidden), "{shown}");
                }
            }
            (interpreted, sent) => panic!("{status}: {interpreted:?} and {sent:?}"),
        }
    }
}

#[test]
fn sample_gateway_refuses_what_check_refuses() {
    let spec = GatewaySpec::from_toml(&SPEC.replace("{{text}}", "{{txt}}")).unwrap();
    let error = spec.sample_gateway(ScriptedTransport::new()).unwrap_err();
    assert_eq!(error, spec.check().unwrap_err());
    let spec = GatewaySpec::from_toml(SPEC).unwrap();
    let gateway = spec.sample_gateway(ScriptedTransport::new()).unwrap();
    assert!(gateway.interpret(&message(), &Response::default()).is_ok());
}
