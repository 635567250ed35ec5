use std::time::Duration;

use otpost::gateway::ExampleResponse;
use otpost::gateway::imitation::ImitatedResponse;

/// The response of a [`MockGateway`](super::MockGateway) to a request, or its misbehavior.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost_testing::MockAnswer;
///
/// let busy = MockAnswer::new(503, "later").with_header("Retry-After", "3");
/// let slow = MockAnswer::new(200, "OK").with_delay(Duration::from_millis(50));
/// # let _ = (busy, slow);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MockAnswer {
    /// Reads the request, then closes the connection without a response.
    Close,
    /// Reads the request, then sends these bytes and closes the connection.
    Raw(Vec<u8>),
    /// Sends an HTTP response.
    Reply {
        /// The status.
        status: u16,
        /// The headers. `Content-Length` is added.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
        /// The time to wait before sending the response.
        delay: Duration,
    },
    /// Reads the request, then keeps the connection open and sends nothing.
    Stall,
    /// Sends the `Content-Length` of the whole body, but only half of it, then closes the
    /// connection.
    Truncate {
        /// The status.
        status: u16,
        /// The body.
        body: String,
    },
}

impl MockAnswer {
    /// Creates a response with a status and a body.
    #[must_use]
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self::Reply { status, headers: Vec::new(), body: body.into(), delay: Duration::ZERO }
    }

    /// Adds a header to a [`Reply`](Self::Reply). Other variants stay unchanged.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Self::Reply { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// Delays a [`Reply`](Self::Reply) by this time. Other variants stay unchanged. Defaults to no
    /// delay.
    #[must_use]
    pub fn with_delay(mut self, wait: Duration) -> Self {
        if let Self::Reply { delay, .. } = &mut self {
            *delay = wait;
        }
        self
    }

    pub(super) fn of_imitation(response: &ImitatedResponse) -> Self {
        let reply = Self::new(response.status(), response.body());
        response.headers().fold(reply, |reply, (name, value)| reply.with_header(name, value))
    }

    pub(super) fn of_example(response: &ExampleResponse) -> Self {
        let reply = Self::new(response.status(), response.body());
        response.headers().fold(reply, |reply, (name, value)| reply.with_header(name, value))
    }
}
