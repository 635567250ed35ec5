use std::error::Error;
use std::fmt;

use otpost::transport::TransportError;

/// An error of a [`SandboxClient`](super::SandboxClient).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SandboxError {
    /// The sandbox refused the request.
    Api {
        /// The status.
        status: u16,
        /// The reason, in one sentence.
        problem: String,
    },
    /// No message with a code arrived in time.
    NoCode,
    /// The origin is invalid.
    Origin,
    /// The response is not that of a sandbox.
    Response,
    /// The sandbox cannot be reached.
    Transport(TransportError),
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api { status, problem } => {
                write!(f, "the sandbox refused the request (status {status}): {problem}")
            }
            Self::NoCode => f.write_str("no message with a code arrived in time"),
            Self::Origin => f.write_str(
                "invalid origin: expected http://HOST:PORT, such as http://127.0.0.1:8025",
            ),
            Self::Response => f.write_str("the response is not that of an otpost sandbox"),
            Self::Transport(_) => {
                f.write_str("the sandbox cannot be reached: is `otpost sandbox` running?")
            }
        }
    }
}

impl Error for SandboxError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Transport(error) => Some(error),
            _ => None,
        }
    }
}
