use std::time::Duration;

/// What a [`FaultServer`](super::FaultServer) does on a connection, step by step. At the end it
/// closes the connection.
///
/// # Examples
///
/// A server that reads the request and breaks off in the middle of its answer:
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
    /// Reads this many bytes, or to the end.
    Read(usize),
    /// Reads a whole request, of HTTP/1.1 or HTTP/2.
    ReadRequest,
    Write(Vec<u8>),
    AnswerHttp2 {
        body: Vec<u8>,
        requests: usize,
        streams: u32,
    },
    /// Writes until the client is gone, with a pause behind each piece.
    WriteForever(Vec<u8>, Duration),
    /// Waits until the client is gone.
    Hang,
    Wait(Duration),
    Reset,
}

impl Script {
    /// A script without a step: the connection is closed at once.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads this many bytes, or to the end.
    #[must_use]
    pub fn read(self, bytes: usize) -> Self {
        self.then(ScriptStep::Read(bytes))
    }

    /// Reads a whole request.
    #[must_use]
    pub fn read_request(self) -> Self {
        self.then(ScriptStep::ReadRequest)
    }

    /// Writes these bytes.
    #[must_use]
    pub fn write(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(ScriptStep::Write(bytes.into()))
    }

    /// Begins an HTTP/2 connection that allows `streams` requests at a time, and answers this many
    /// requests with status 200 and this body. Requests above the limit are refused.
    #[must_use]
    pub fn answer_http2(self, body: impl Into<Vec<u8>>, requests: usize, streams: u32) -> Self {
        self.then(ScriptStep::AnswerHttp2 { body: body.into(), requests, streams })
    }

    /// Writes these bytes again and again, with a pause behind each time, until the client is gone.
    #[must_use]
    pub fn write_forever(self, bytes: impl Into<Vec<u8>>, pause: Duration) -> Self {
        self.then(ScriptStep::WriteForever(bytes.into(), pause))
    }

    /// Says nothing until the client is gone.
    #[must_use]
    pub fn hang(self) -> Self {
        self.then(ScriptStep::Hang)
    }

    /// Waits.
    #[must_use]
    pub fn wait(self, time: Duration) -> Self {
        self.then(ScriptStep::Wait(time))
    }

    /// Resets the connection, in place of closing it.
    #[must_use]
    pub fn reset(self) -> Self {
        self.then(ScriptStep::Reset)
    }

    fn then(mut self, step: ScriptStep) -> Self {
        self.0.push(step);
        self
    }
}
