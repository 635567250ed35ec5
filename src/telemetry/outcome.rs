use std::fmt::Display;
use std::time::Duration;

/// The result of a send or of an attempt, for spans, events and metrics.
#[derive(Clone, Copy)]
pub(crate) struct SendOutcome<'a> {
    /// The provider that accepted the message or failed last.
    pub(crate) provider: &'a str,
    /// `accepted`, or the fate of a message that has no receipt.
    pub(crate) fate: &'static str,
    /// `None` if the message was accepted.
    pub(crate) failure: Option<Failure<'a>>,
    /// The number of sends so far, including this one.
    pub(crate) attempt: u32,
    pub(crate) elapsed: Duration,
}

/// The cause of a failed send. Only its kind is a label of metrics: gateway codes are not bounded.
#[derive(Clone, Copy)]
pub(crate) struct Failure<'a> {
    pub(crate) kind: &'static str,
    pub(crate) stage: Option<&'static str>,
    pub(crate) gateway_code: Option<&'a str>,
    /// In the redacted form only.
    pub(crate) gateway_words: Option<&'a str>,
    /// The reason why the response was not understood.
    pub(crate) explanation: Option<&'a str>,
}

/// The result of a call of the challenge flow.
#[derive(Clone, Copy)]
pub(crate) struct Ended<'a> {
    /// A delivery state, a verdict, or the kind of an error.
    pub(crate) result: &'static str,
    pub(crate) is_error: bool,
    pub(crate) challenge: Option<&'a dyn Display>,
    pub(crate) elapsed: Duration,
}
