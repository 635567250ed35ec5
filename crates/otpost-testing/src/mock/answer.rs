use std::time::Duration;

use otpost::gateway::ExampleResponse;

/// What a [`MockGateway`](super::MockGateway) does with a request.
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
    /// Reads the request, then closes the connection without a word.
    Close,
    /// Reads the request, then answers with these bytes and closes.
    Raw(Vec<u8>),
    /// Answers with HTTP.
    Reply {
        /// The status.
        status: u16,
        /// Headers; `Content-Length` is added.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
        /// How long it waits before.
        delay: Duration,
    },
    /// Reads the request, then keeps the connection open and says nothing.
    Stall,
    /// Announces the whole body, sends half of it and closes.
    Truncate {
        /// The status.
        status: u16,
        /// The body.
        body: String,
    },
}

impl MockAnswer {
    /// A status and a body.
    #[must_use]
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self::Reply { status, headers: Vec::new(), body: body.into(), delay: Duration::ZERO }
    }

    /// With a header more, if it is a reply.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Self::Reply { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// After this time, if it is a reply.
    #[must_use]
    pub fn with_delay(mut self, wait: Duration) -> Self {
        if let Self::Reply { delay, .. } = &mut self {
            *delay = wait;
        }
        self
    }

    pub(super) fn of_example(response: &ExampleResponse) -> Self {
        let reply = Self::new(response.status(), response.body());
        response.headers().fold(reply, |reply, (name, value)| reply.with_header(name, value))
    }
}
