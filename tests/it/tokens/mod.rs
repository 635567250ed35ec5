//! Tokens that a call of its own gives: how long a message waits for one, and how often one is requested.

mod back_off;
#[cfg(feature = "xml")]
mod places;
mod waiting;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use otpost::async_trait;
use otpost::gateway::{GatewaySpec, HttpGateway, HttpGatewayBuilder};
use otpost::transport::{Request, Response, Transport, TransportError};
use otpost::{Message, PhoneNumber};

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A gateway at one origin whose tokens come from another one. A token call takes seven eighths of the time of a message.
fn builder(origin: &str, token_origin: &str, time: &str) -> HttpGatewayBuilder {
    let spec = format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        allow = ["cleartext"]
        [vars]
        key = {{ secret = true }}
        [request]
        method = "POST"
        url = "{origin}/send"
        json = {{ to = "{{{{to}}}}", text = "{{{{text}}}}" }}
        [auth.oauth2_client_credentials]
        token_url = "{token_origin}/token"
        client_id = "app-1"
        client_secret = "{{{{key}}}}"
        [connection]
        timeout = "{time}"
        "#
    );
    HttpGateway::builder(GatewaySpec::from_toml(&spec).unwrap()).var("key", "hunter2")
}

fn gateway(transport: impl Transport, clock: impl otpost::Clock) -> HttpGateway {
    let builder = builder("https://sms.example", "https://auth.example", "8s");
    builder.clock(clock).build_with(transport).unwrap()
}

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response {
    let mut response = Response::new(body.to_owned().into());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

/// A gateway behind tokens, which counts what it is asked.
#[derive(Clone, Debug, Default)]
struct Guarded {
    token_calls: Arc<AtomicUsize>,
    sends: Arc<AtomicUsize>,
    /// What the token endpoint answers in place of a token.
    token_answer: Arc<Mutex<Option<Response>>>,
    /// The message that is refused, or all of them, with 401.
    refused: Arc<Mutex<Option<&'static str>>>,
}

#[async_trait]
impl Transport for Guarded {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        if request.uri().path() == "/token" {
            let number = self.token_calls.fetch_add(1, Ordering::SeqCst);
            let token = format!("{{\"access_token\":\"t-{number}\",\"expires_in\":86400}}");
            let fixed = self.token_answer.lock().unwrap().clone();
            return Ok(fixed.unwrap_or_else(|| answer(200, &[], &token)));
        }
        self.sends.fetch_add(1, Ordering::SeqCst);
        let text = String::from_utf8_lossy(request.body()).into_owned();
        let is_refused = self.refused.lock().unwrap().is_some_and(|part| text.contains(part));
        Ok(answer(if is_refused { 401 } else { 200 }, &[], ""))
    }
}

impl Guarded {
    /// The calls for tokens and the messages so far.
    fn counts(&self) -> (usize, usize) {
        (self.token_calls.load(Ordering::SeqCst), self.sends.load(Ordering::SeqCst))
    }

    fn answer_token(&self, answer: Option<Response>) {
        *self.token_answer.lock().unwrap() = answer;
    }

    fn refuse(&self, part: Option<&'static str>) {
        *self.refused.lock().unwrap() = part;
    }
}
