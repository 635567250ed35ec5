//! `otpost curl`: converts a curl command to a gateway spec.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use otpost::{Code, PhoneNumber};
use otpost_curl::Sample;
use serde_json::json;

use crate::REFUSED;
use crate::arguments::{OutputArguments, SampleArguments, usage};
use crate::error::CommandError;
use crate::input::read_text;
use crate::output::print_json;

/// More than the longest command that can be converted, in bytes.
const MAX_COMMAND: u64 = 128 * 1_024;

/// Prints the spec to standard output, and the report or the error to standard error.
pub(crate) fn curl(
    command: Option<String>,
    arguments: &SampleArguments,
    output: OutputArguments,
) -> Result<ExitCode, CommandError> {
    let sample = match sample(arguments) {
        Ok(sample) => sample,
        Err(problem) => return Ok(usage(&problem)),
    };
    let command = match command.filter(|command| command != "-") {
        Some(command) => command,
        None => read()?,
    };
    // Convert everything before printing: standard output gets a whole spec or nothing.
    let made = otpost_curl::import(&command, &sample)
        .and_then(|import| Ok((import.spec().to_toml()?, import)));
    match made {
        Ok((toml, import)) if output.json => {
            let report: Vec<_> = import.notes().iter().map(ToString::to_string).collect();
            print_json(&json!({ "spec": toml, "report": report }))?;
            Ok(ExitCode::SUCCESS)
        }
        Ok((toml, import)) => {
            io::stdout().lock().write_all(toml.as_bytes())?;
            write!(io::stderr(), "{import}")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            writeln!(io::stderr(), "error: {error}")?;
            Ok(ExitCode::from(REFUSED))
        }
    }
}

/// Returns the sample, or the problem with an argument without its value.
fn sample(arguments: &SampleArguments) -> Result<Sample, String> {
    let to = PhoneNumber::parse(&arguments.to).map_err(|error| format!("--to: {error}"))?;
    // Without a text, the code has to be in the command.
    let sample = Sample::new(to, arguments.text.as_deref().unwrap_or_default());
    match &arguments.code {
        Some(code) => {
            let code = Code::parse(code).map_err(|error| format!("--code: {error}"))?;
            Ok(sample.with_code(code))
        }
        None => Ok(sample),
    }
}

fn read() -> io::Result<String> {
    let input = io::stdin();
    if input.is_terminal() {
        writeln!(io::stderr(), "Paste the curl command, then press Ctrl+D.")?;
    }
    read_text(input.lock(), MAX_COMMAND).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => io::Error::other("the command is not UTF-8"),
        _ => error,
    })
}
