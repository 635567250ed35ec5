//! The arguments of the command line.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::USAGE;

/// Tools for gateway specs of otpost, which sends one-time codes by SMS.
#[derive(Parser)]
#[command(name = "otpost", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// The command to run.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Check spec files and print one line per file.
    #[command(after_help = "Examples:\n  otpost check acme.toml\n  otpost check gateways/*.toml")]
    Check {
        /// Spec files in TOML; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Convert a curl command to a gateway spec.
    ///
    /// Prints the spec to standard output and a report to standard error.
    #[command(after_help = "Examples:\n  \
        otpost curl --to +12025550123 --text '123456 is your code' < command.sh > acme.toml\n  \
        otpost curl --to +12025550123 --code 123456 < command.sh")]
    Curl {
        #[command(flatten)]
        sample: SampleArguments,
        /// The curl command as one argument; standard input if it is missing or `-`.
        ///
        /// Other users can see the arguments of a process: prefer standard input.
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
    /// Print the JSON Schema of spec files, for editors.
    #[command(after_help = "Examples:\n  otpost schema > gateway.schema.json")]
    Schema,
}

/// The values that the curl command sends.
#[derive(Args)]
pub(crate) struct SampleArguments {
    /// The phone number that the command sends to, such as `+12025550123`.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) to: String,
    /// The text that the command sends, letter by letter.
    #[arg(long, required_unless_present = "code")]
    pub(crate) text: Option<String>,
    /// The code that the command sends, if it is in a place apart from the text.
    #[arg(long)]
    pub(crate) code: Option<String>,
}

/// Parses the arguments, or prints help or an error and returns the exit code.
pub(crate) fn parse() -> Result<Verb, ExitCode> {
    Arguments::try_parse().map(|arguments| arguments.verb).map_err(|error| match error.kind() {
        // clap would print the argument. Without quotes around a curl command it can be a password.
        ErrorKind::UnknownArgument => usage(
            "unexpected argument: put the curl command between quotes, or use standard input; \
             see `otpost --help`",
        ),
        _ => {
            // Help that cannot be printed has no other way to the user.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
        }
    })
}

/// Prints an error about the arguments, and returns its exit code.
pub(crate) fn usage(problem: &str) -> ExitCode {
    // Standard error can be closed. The exit code remains.
    let _ = writeln!(io::stderr(), "error: {problem}");
    ExitCode::from(USAGE)
}
