//! Gateways that are played by their own specs: a client with the same spec is understood, and
//! understands the response.

mod credentials;
mod files;
mod hidden;
mod mutation;
mod mutations;
mod parts;
mod random;
mod robust;

use std::fmt;
use std::sync::{Arc, Mutex};

use otpost::gateway::imitation::{
    ImitatedResponse, Imitation, ReceivedRequest, Recognized, RecognizedCall, ResponseKind,
};
use otpost::gateway::{GatewaySpec, Lint, Outcome};
use otpost::message::SenderId;
use otpost::transport::{Request, Response, Transport, TransportError};
use otpost::{Code, HttpGateway, Message, PhoneNumber, async_trait};

const TEXT: &str = "012345 is your code, Zoé: {\"a\"} <b> & 100%";
const CODE: &str = "012345";
/// The request of most specs here, without its body.
const URL: &str = "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/send\"\n";

const LINTS: [Lint; 5] = [
    Lint::BodyContains,
    Lint::Cleartext,
    Lint::LiteralSecret,
    Lint::SecretInUrl,
    Lint::UnreachableRule,
];

/// A transport that ends at an imitation.
#[derive(Clone)]
struct Played {
    imitation: Imitation,
    kind: ResponseKind,
    log: Arc<Mutex<Vec<(Request, Recognized, ImitatedResponse)>>>,
}

impl Played {
    fn new(spec: &GatewaySpec, kind: impl Into<ResponseKind>) -> Self {
        let (imitation, kind) = (Imitation::new(spec).unwrap(), kind.into());
        Self { imitation, kind, log: Arc::default() }
    }

    /// Returns the last exchange.
    fn last(&self) -> (Request, Recognized, ImitatedResponse) {
        self.log.lock().unwrap().last().cloned().unwrap()
    }
}

impl fmt::Debug for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Played").finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for Played {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        let recognized = self.imitation.receive(&ReceivedRequest::from(&request));
        // Tokens are always given, so that the message is sent.
        let kind = match recognized.call() {
            RecognizedCall::Token => Outcome::Accepted.into(),
            _ => self.kind,
        };
        let imitated = self.imitation.respond(&recognized, kind);
        let response = Response::from(&imitated);
        self.log.lock().unwrap().push((request, recognized, imitated));
        Ok(response)
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn message(to: &str, text: &str) -> Message {
    Message::new(PhoneNumber::parse(to).unwrap(), text)
        .unwrap()
        .with_code(Code::parse(CODE).unwrap())
        .with_sender(SenderId::parse("Acme").unwrap())
}

fn spec(toml: &str) -> GatewaySpec {
    let head = "spec = 1\nid = \"acme\"\nname = \"Acme\"\n";
    GatewaySpec::from_toml(&format!("{head}{toml}")).unwrap()
}

/// Builds a gateway without variables, and returns what it sends for a message.
fn sent(spec: &GatewaySpec, message: &Message) -> ReceivedRequest {
    let played = Played::new(spec, Outcome::Accepted);
    let gateway = LINTS.iter().fold(HttpGateway::builder(spec.clone()), |it, lint| it.allow(*lint));
    let gateway = gateway.build_with(played.clone()).unwrap();
    let _ = run(otpost::provider::Provider::send(&gateway, message));
    ReceivedRequest::from(&played.last().0)
}

/// Returns the mismatches as lines.
fn lines(recognized: &Recognized) -> Vec<String> {
    recognized.mismatches().iter().map(ToString::to_string).collect()
}

fn post(body: &str) -> ReceivedRequest {
    ReceivedRequest::new("POST", "/send")
        .with_header("content-type", "application/x-www-form-urlencoded")
        .with_body(body.to_owned())
}
