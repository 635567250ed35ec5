//! The reasons why a command fails.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::arguments::usage;
use crate::style::ERROR;
use crate::{REFUSED, SUCCESS};

/// The reason why a command fails. It decides the exit code.
pub(crate) enum CommandError {
    /// The arguments are wrong.
    Usage(String),
    /// The input is refused.
    Refused(String),
    /// The input cannot be read, or the output cannot be written.
    Io(io::Error),
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl CommandError {
    /// Prints the error to standard error, and returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let problem = match self {
            Self::Usage(problem) => return usage(problem),
            // The reader closed the pipe, as `head` does, and needs no more output.
            Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::from(SUCCESS);
            }
            Self::Refused(problem) => problem.clone(),
            Self::Io(error) => error.to_string(),
        };
        // Standard error can be closed. The exit code remains.
        let _ = writeln!(anstream::stderr(), "{ERROR}error{ERROR:#}: {problem}");
        ExitCode::from(REFUSED)
    }
}
