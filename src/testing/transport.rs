use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::lock;
use crate::provider::Stage;
use crate::transport::{Request, Response, Transport, TransportError};

/// A transport for tests that returns scripted responses and records the requests. Clones share one
/// state.
///
/// # Examples
///
/// ```
/// use otpost::provider::{Fate, Provider, Stage};
/// use otpost::testing::ScriptedTransport;
/// use otpost::transport::TransportError;
/// use otpost::{gateways, Message, PhoneNumber};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = ScriptedTransport::new()
///     .answer(202, "0: Accepted for delivery")
///     .fail(TransportError::maybe_sent(Stage::Request, "no answer came in time"));
/// let gateway = gateways::kannel("http://10.0.0.5:13013", "tester", "foobar")
///     .build_with(transport.clone())?;
///
/// let message = Message::new(PhoneNumber::parse("+41791234567")?, "012345 is your code")?;
/// gateway.send(&message).await?;
/// assert_eq!(gateway.send(&message).await.unwrap_err().fate(), Fate::Unknown);
/// assert_eq!(transport.requests().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct ScriptedTransport(Arc<Mutex<ScriptState>>);

#[derive(Default)]
struct ScriptState {
    script: VecDeque<Result<Response, TransportError>>,
    requests: Vec<Request>,
}

impl ScriptedTransport {
    /// Creates a transport with an empty script. A call without a scripted response fails with
    /// [`Stage::Config`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a response with this status and body to the script. An invalid status becomes 500.
    #[must_use]
    pub fn answer(self, status: u16, body: impl Into<String>) -> Self {
        let mut response = Response::new(body.into().into());
        *response.status_mut() =
            http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        self.respond(response)
    }

    /// Adds a response to the script.
    #[must_use]
    pub fn respond(self, response: Response) -> Self {
        lock(&self.0).script.push_back(Ok(response));
        self
    }

    /// Adds an error to the script.
    #[must_use]
    pub fn fail(self, error: TransportError) -> Self {
        lock(&self.0).script.push_back(Err(error));
        self
    }

    /// Returns the requests so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.0).requests.clone()
    }
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = lock(&self.0).requests.len();
        f.debug_struct("ScriptedTransport").field("requests", &seen).finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for ScriptedTransport {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        let mut state = lock(&self.0);
        // Recorded first, so that a call without a scripted response can be examined as well.
        state.requests.push(request);
        let end =
            || Err(TransportError::not_sent(Stage::Config, "the script has no more responses"));
        state.script.pop_front().unwrap_or_else(end)
    }
}
