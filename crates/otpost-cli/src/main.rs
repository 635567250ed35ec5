#![doc = include_str!("../README.md")]

mod arguments;
mod check;
mod curl;
mod input;
mod schema;

use std::io::{self, Write};
use std::process::ExitCode;

use arguments::Verb;

/// The command is refused, or a file has an error.
const REFUSED: u8 = 1;
/// The arguments are wrong.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let verb = match arguments::parse() {
        Ok(verb) => verb,
        Err(code) => return code,
    };
    let done = match verb {
        Verb::Check { files } => check::check(&files),
        Verb::Curl { command, sample } => curl::curl(command, &sample),
        Verb::Schema => schema::schema(),
    };
    match done {
        Ok(code) => code,
        // The reader closed the pipe, as `head` does, and needs no more output.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error can be closed as well, and then the error cannot be shown.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(REFUSED)
        }
    }
}
