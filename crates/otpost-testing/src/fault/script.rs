use std::time::Duration;

/// A script of steps that a [`FaultServer`](super::FaultServer) plays on a connection. At its end
/// the connection is closed.
///
/// # Examples
///
/// A server that reads the request and resets the connection in the middle of its response:
///
/// ```
/// use otpost_testing::Script;
///
/// let script = Script::new().read_request().write("HTTP/1.1 200 OK\r\nContent-Le").reset();
/// # let _ = script;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Script(pub(super) Vec<ScriptStep>);

#[derive(Clone, Debug)]
pub(super) enum ScriptStep {
    /// Reads this many bytes, or until the client stops sending.
    Read(usize),
    /// Reads a complete request, of HTTP/1.1 or HTTP/2.
    ReadRequest,
    Write(Vec<u8>),
    AnswerHttp2 {
        body: Vec<u8>,
        requests: usize,
        streams: u32,
    },
    /// Writes until the client disconnects, with a pause after each piece.
    WriteForever(Vec<u8>, Duration),
    /// Waits until the client disconnects.
    Hang,
    Wait(Duration),
    Reset,
}

impl Script {
    /// Creates a script without steps, which closes the connection at once.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads this many bytes, or until the client stops sending.
    #[must_use]
    pub fn read(self, bytes: usize) -> Self {
        self.then(ScriptStep::Read(bytes))
    }

    /// Reads a complete request, of HTTP/1.1 or HTTP/2.
    #[must_use]
    pub fn read_request(self) -> Self {
        self.then(ScriptStep::ReadRequest)
    }

    /// Writes these bytes.
    #[must_use]
    pub fn write(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(ScriptStep::Write(bytes.into()))
    }

    /// Starts an HTTP/2 connection that allows `streams` concurrent requests, and responds to this
    /// many `requests` with status 200 and this body. Requests above the limit of `streams` are
    /// refused.
    #[must_use]
    pub fn answer_http2(self, body: impl Into<Vec<u8>>, requests: usize, streams: u32) -> Self {
        self.then(ScriptStep::AnswerHttp2 { body: body.into(), requests, streams })
    }

    /// Writes these bytes repeatedly, with a pause after each time, until the client disconnects.
    #[must_use]
    pub fn write_forever(self, bytes: impl Into<Vec<u8>>, pause: Duration) -> Self {
        self.then(ScriptStep::WriteForever(bytes.into(), pause))
    }

    /// Sends nothing more and waits until the client disconnects.
    #[must_use]
    pub fn hang(self) -> Self {
        self.then(ScriptStep::Hang)
    }

    /// Waits for this time.
    #[must_use]
    pub fn wait(self, time: Duration) -> Self {
        self.then(ScriptStep::Wait(time))
    }

    /// Resets the connection instead of closing it. Later steps are not played.
    #[must_use]
    pub fn reset(self) -> Self {
        self.then(ScriptStep::Reset)
    }

    fn then(mut self, step: ScriptStep) -> Self {
        self.0.push(step);
        self
    }
}
