//! Every example of every gateway, played by a server.

use otpost::gateway::{Example, GatewaySpec, Outcome};
use otpost::provider::{Fate, Receipt, SendError};
use otpost::{Code, HttpGateway, Message, Provider};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::constructors::{files, read};
use super::values::{accepted, builder, token_response};

#[tokio::test]
async fn examples_mean_the_same_over_a_socket() {
    let mut count = 0;
    for name in files() {
        let (_, spec) = read(&name);
        let mut played = Played::start(&spec).await;
        for example in spec.examples() {
            let sent = played.send(answer(example)).await;
            assert_meaning(&name, example, &sent);
            if example.expected() == Outcome::Unauthorized {
                // A gateway does not ask for a token again at once.
                played = Played::start(&spec).await;
            }
            count += 1;
        }
    }
    assert!(count >= 5 * files().len(), "{count} examples");
}

/// A body that is larger than `max_response` may be cut anywhere, so it proves nothing.
#[tokio::test]
async fn oversized_bodies_accept_no_message() {
    for name in files() {
        let (_, spec) = read(&name);
        let accepted = |example: &&Example| example.expected() == Outcome::Accepted;
        let example = spec.examples().iter().find(accepted).unwrap();
        if example.response().status() == 204 {
            continue; // It has no body.
        }
        let body = format!("{}{}", example.response().body(), " ".repeat(2 << 20));
        let sent = Played::start(&spec).await.send(answer(example).set_body_string(body)).await;
        let error = sent.expect_err(&name);
        assert_eq!(error.fate(), Fate::Unknown, "{name}: {error}");
    }
}

/// A gateway and the server that plays it.
struct Played {
    server: MockServer,
    gateway: HttpGateway,
    message: Message,
    token: &'static str,
}

impl Played {
    async fn start(spec: &GatewaySpec) -> Self {
        let server = MockServer::start().await;
        let builder = builder(spec, false, &server.uri());
        let gateway = builder.build().unwrap_or_else(|error| panic!("{}: {error}", spec.id()));
        let message = accepted(&gateway, |to| {
            let message = Message::new(to, "012345 is your code").unwrap();
            message.with_code(Code::parse("012345").unwrap())
        });
        Self { server, gateway, message, token: token_response(spec.id()) }
    }

    /// Sends the message, which gets this answer. Other requests get a token.
    async fn send(&self, answer: ResponseTemplate) -> Result<Receipt, SendError> {
        self.server.reset().await;
        let prepared = self.gateway.prepare(&self.message).unwrap();
        let target = prepared.expose_url().strip_prefix(&self.server.uri()).unwrap();
        let messages = Mock::given(path(target.split('?').next().unwrap()));
        messages.respond_with(answer).mount(&self.server).await;
        let token = ResponseTemplate::new(200).set_body_string(self.token);
        Mock::given(any()).respond_with(token).mount(&self.server).await;
        self.gateway.send(&self.message).await
    }
}

fn answer(example: &Example) -> ResponseTemplate {
    let response = example.response();
    let mut answer = ResponseTemplate::new(response.status()).set_body_string(response.body());
    // The server's own type would be plain text.
    if !response.headers().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        answer = answer.insert_header("content-type", "application/octet-stream");
    }
    for (name, value) in response.headers() {
        answer = answer.append_header(name, value);
    }
    answer
}

fn assert_meaning(name: &str, example: &Example, sent: &Result<Receipt, SendError>) {
    let what = format!("{name}: {:?} {}", example.response().status(), example.response().body());
    match (example.expected(), sent) {
        (Outcome::Accepted | Outcome::Duplicate, Ok(_)) => {}
        (expected, Err(error)) => {
            assert_eq!(error.kind().as_str(), expected.as_str(), "{what}")
        }
        (expected, Ok(_)) => panic!("{what}: accepted instead of {expected}"),
    }
}
