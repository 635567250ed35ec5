//! The arguments of the command line.

mod gateway;
#[cfg(feature = "send")]
mod load;
mod message;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "serve")]
mod serve;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};

use otpost::phone::Region;

use crate::USAGE;

pub(crate) use gateway::GatewayArguments;
#[cfg(feature = "send")]
pub(crate) use load::LoadArguments;
pub(crate) use message::MessageArguments;
#[cfg(feature = "sandbox")]
pub(crate) use sandbox::SandboxArguments;
#[cfg(feature = "serve")]
pub(crate) use serve::{AccessArguments, LimitArguments, ServeArguments, TextArguments};

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
    /// List the included gateways, or print the spec of one.
    ///
    /// Every command that takes a GATEWAY takes a name of this list. Save the printed spec to a
    /// file to change it.
    #[command(after_help = "Examples:\n  otpost catalogue\n  \
        otpost catalogue kannel > my-kannel.toml")]
    Catalogue {
        /// The name of a gateway. Defaults to the list of all.
        name: Option<String>,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Check spec files and print one line per file.
    #[command(
        after_help = "Examples:\n  otpost check acme.toml\n  otpost check kannel gateways/*.toml"
    )]
    Check {
        /// Spec files in TOML, or names of `otpost catalogue`; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Convert a curl command to a gateway spec.
    ///
    /// Prints the spec to standard output and a report to standard error. For the other direction,
    /// from a spec to a curl command, see `otpost render --curl`.
    #[command(after_help = "Examples:\n  \
        otpost curl --to +12025550123 --text '123456 is your code' < command.sh > my-acme.toml\n  \
        otpost curl --to +12025550123 --code 123456 < command.sh")]
    Curl {
        #[command(flatten)]
        sample: SampleArguments,
        /// The curl command as one argument; standard input if it is missing or `-`.
        ///
        /// Other users can see the arguments of a process: prefer standard input.
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Show the request that would be sent, with secrets masked.
    ///
    /// Nothing is sent. The text is shown as `***`, and the phone number without its middle digits.
    /// With `--curl`, the request is printed as a curl command.
    #[command(after_help = "Examples:\n  \
        otpost render acme.toml --var token=env:ACME_TOKEN --to +12025550123 --code 123456\n  \
        otpost render acme.toml --var token=file:token.txt --to +12025550123 --text 'Hello' --curl")]
    Render {
        #[command(flatten)]
        gateway: GatewayArguments,
        #[command(flatten)]
        message: MessageArguments,
        /// Print the request as a curl command, with shell variables instead of secrets.
        ///
        /// The command contains the phone number, the text and the code.
        #[arg(long, conflicts_with = "json")]
        curl: bool,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Send a message.
    ///
    /// Prints the attempts to standard error and the result to standard output.
    #[cfg(feature = "send")]
    #[command(after_help = "Exit codes: 0 accepted, 1 refused or not sent, 2 wrong usage, \
        3 the message may have been sent.\n\nExamples:\n  \
        otpost send acme.toml --origin http://127.0.0.1:8025 --var token=env:ACME_TOKEN \
        --to +12025550123 --code 123456\n  \
        otpost send acme.toml --origin http://127.0.0.1:8025 --var token=env:ACME_TOKEN \
        --to +12025550123 --text 'Hello' --retry 2")]
    Send {
        #[command(flatten)]
        gateway: GatewayArguments,
        #[command(flatten)]
        message: MessageArguments,
        /// The number of retries if the message was not sent.
        #[arg(long, value_name = "COUNT", default_value_t = 0,
            value_parser = clap::value_parser!(u32).range(..=10))]
        retry: u32,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Test the connection to a gateway step by step: proxy, DNS, TCP, TLS and HTTP.
    ///
    /// No message and no credential is sent. The last step is an OPTIONS request without a body,
    /// or a GET request without a query if the gateway does not accept that.
    #[cfg(feature = "send")]
    #[command(after_help = "Exit codes: 0 reached, 1 not reached, 2 wrong usage.\n\nExamples:\n  \
        otpost diagnose acme.toml --origin http://127.0.0.1:8025 --var token=env:ACME_TOKEN\n  \
        otpost diagnose acme.toml --origin http://127.0.0.1:8025 --var token=env:ACME_TOKEN --json")]
    Diagnose {
        #[command(flatten)]
        gateway: GatewayArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Explain which rule of a spec applies to a response.
    ///
    /// Reads the body from standard input, or a whole response as `curl -i` prints it. One line
    /// break at the end is removed. No value of a variable is needed.
    #[command(after_help = "Examples:\n  \
        curl -si http://127.0.0.1:8025/send | otpost explain acme.toml\n  \
        otpost explain acme.toml --status 401 < body.json")]
    Explain {
        /// A spec file in TOML, or a name of `otpost catalogue`.
        #[arg(value_name = "GATEWAY")]
        file: PathBuf,
        /// The status of the response. Defaults to the status line of the input, or 200.
        #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(100..=599))]
        status: Option<u16>,
        /// A header of the response, as `Name: value`. Can be repeated.
        #[arg(long = "header", value_name = "HEADER")]
        headers: Vec<String>,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Send many messages to `otpost sandbox`, and measure the latency.
    ///
    /// The messages follow a fixed schedule, which does not wait for responses: if all connections
    /// are busy, the latency of the next message counts from the moment at which it was due. Only
    /// this machine is accepted as the gateway, and nothing is retried by default.
    #[cfg(feature = "send")]
    #[command(
        after_help = "Exit codes: 0 every message was accepted, 1 a message was refused, not \
        sent or late, 2 wrong usage, 3 a message may have been sent.\n\nExamples:\n  \
        otpost load acme.toml --origin http://127.0.0.1:8025 --var token=env:ACME_TOKEN \
        --rate 50 --for 1s\n  \
        otpost load acme.toml --origin http://127.0.0.1:8025 --var token=env:ACME_TOKEN \
        --for 1s --svg latency.svg --json"
    )]
    Load {
        #[command(flatten)]
        arguments: LoadArguments,
    },
    /// Print the rules of regions for senders and texts, as vendors document them.
    ///
    /// Rules change, and one that no vendor documents is unknown: it is not a permission.
    #[command(after_help = "Examples:\n  otpost regions\n  otpost regions AU MY")]
    Regions {
        /// The regions (ISO 3166-1 alpha-2). Defaults to a table of all.
        #[arg(value_name = "REGION")]
        regions: Vec<Region>,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Count the segments of a text, and find the characters that make it expensive.
    #[command(after_help = "Examples:\n  \
        otpost segments '123456 is your Acme code.'\n  \
        otpost segments - < text.txt")]
    Segments {
        /// The text; `-` is standard input, without one line break at its end.
        #[arg(value_name = "TEXT")]
        text: String,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Ask the gateway about the account: credentials and credit.
    ///
    /// No message is sent. The spec needs an `[account]`.
    #[cfg(feature = "send")]
    #[command(after_help = "Exit codes: 0 active, 1 no credit, refused or no answer, \
        2 wrong usage.\n\nExamples:\n  \
        otpost account acme.toml --origin http://127.0.0.1:8025 --var token=env:ACME_TOKEN\n  \
        otpost account acme.toml --origin http://127.0.0.1:8025 --var token=env:ACME_TOKEN --json")]
    Account {
        #[command(flatten)]
        gateway: GatewayArguments,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Play gateways on this machine, and show the messages that arrive on a phone.
    ///
    /// An application sends to the sandbox instead of the gateway. The page and an API show the
    /// messages, and set the next response.
    #[cfg(feature = "sandbox")]
    #[command(after_help = sandbox::after_help())]
    Sandbox(SandboxArguments),
    /// Send the messages of other software: forms, JSON, and hooks of identity servers.
    ///
    /// Messages go only to the given regions. Prints a line for each request to standard error,
    /// without phone numbers and texts.
    #[cfg(feature = "serve")]
    #[command(after_help = "Endpoints: POST /send, /hooks/ory, /hooks/supabase, /hooks/zitadel, \
        and GET /metrics, /health.\nExit codes: 0 stopped, 1 the gateway file or the address is refused, \
        2 wrong usage.\n\nExamples:\n  \
        otpost serve acme.toml --var token=env:ACME_TOKEN --regions CH,DE --app Acme\n  \
        otpost serve acme.toml --var token=env:ACME_TOKEN --regions CH --listen 0.0.0.0:8026 \
        --caller vpn=env:VPN_SECRET --form-to user --form-code password")]
    Serve(Box<ServeArguments>),
    /// Print the current code of an authenticator key.
    ///
    /// The key is a URI (`otpauth://totp/…`) or a Base32 secret.
    #[command(after_help = "Examples:\n  \
        otpost totp < key.txt\n  \
        otpost totp --key env:ACME_KEY --qr")]
    Totp {
        /// The source of the key, as `env:NAME` or `file:PATH`. Defaults to standard input.
        #[arg(long, value_name = "SOURCE")]
        key: Option<String>,
        /// The time in seconds since 1970. Defaults to the clock of the system.
        #[arg(long, value_name = "SECONDS")]
        at: Option<u64>,
        /// Print the QR code of the key as well, for a terminal with a dark background.
        ///
        /// Anyone who sees it can log in.
        #[arg(long, conflicts_with = "json")]
        qr: bool,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Print the JSON Schema of spec files, for editors.
    #[command(after_help = "Examples:\n  \
        otpost schema > gateway.schema.json\n  \
        otpost schema | head -n 3")]
    Schema,
    /// Print the completions for a shell.
    #[command(after_help = "Examples:\n  \
        otpost completions bash > ~/.local/share/bash-completion/completions/otpost\n  \
        otpost completions fish > ~/.config/fish/completions/otpost.fish")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page, or the man page of a command.
    #[command(after_help = "Examples:\n  \
        otpost man > ~/.local/share/man/man1/otpost.1\n  \
        otpost man send > ~/.local/share/man/man1/otpost-send.1")]
    Man {
        /// The command. Defaults to all commands.
        verb: Option<String>,
    },
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

/// The form of the output.
#[derive(Args, Clone, Copy)]
pub(crate) struct OutputArguments {
    /// Print one JSON document to standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Parses the arguments, or prints help or an error and returns the exit code.
pub(crate) fn parse() -> Result<Verb, ExitCode> {
    Arguments::try_parse().map(|arguments| arguments.verb).map_err(|error| match error.kind() {
        // clap would print the argument. Without quotes around a curl command it can be a password.
        ErrorKind::UnknownArgument if std::env::args_os().nth(1).is_some_and(|it| it == "curl") => {
            usage(
                "unexpected argument: put the curl command between quotes, or use standard input; \
                 see `otpost --help`",
            )
        }
        ErrorKind::UnknownArgument | ErrorKind::TooManyValues => {
            usage("unexpected argument: see `otpost --help`")
        }
        _ => {
            // Help that cannot be printed has no other way to the user.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
        }
    })
}

/// Returns the description of all commands, for completions and man pages.
pub(crate) fn command() -> clap::Command {
    Arguments::command()
}

/// Prints an error about the arguments, and returns its exit code.
pub(crate) fn usage(problem: &str) -> ExitCode {
    // Standard error can be closed. The exit code remains.
    let _ = writeln!(io::stderr(), "error: {problem}");
    ExitCode::from(USAGE)
}
