#![doc = include_str!("../README.md")]

#[cfg(feature = "send")]
mod account;
mod arguments;
mod catalogue;
mod check;
mod completions;
mod curl;
#[cfg(feature = "send")]
mod diagnose;
mod error;
mod explain;
mod input;
#[cfg(feature = "send")]
mod load;
mod offline;
mod output;
mod pasted;
mod regions;
mod render;
mod result;
#[cfg(any(feature = "sandbox", feature = "send"))]
mod runtime;
#[cfg(feature = "sandbox")]
mod sandbox;
mod schema;
mod segments;
#[cfg(feature = "send")]
mod send;
#[cfg(feature = "serve")]
mod serve;
mod style;
mod totp;

use std::process::ExitCode;

use arguments::Verb;

/// The command did what it was asked for.
const SUCCESS: u8 = 0;
/// The command is refused, a file has an error, or a message was not sent.
const REFUSED: u8 = 1;
/// The arguments are wrong.
const USAGE: u8 = 2;
/// The message may have been sent.
#[cfg(feature = "send")]
const UNKNOWN: u8 = 3;

fn main() -> ExitCode {
    let verb = match arguments::parse() {
        Ok(verb) => verb,
        Err(code) => return code,
    };
    let done = match verb {
        Verb::Catalogue { name, output } => catalogue::catalogue(name.as_deref(), output),
        Verb::Check { files, output } => check::check(&files, output),
        Verb::Curl { command, sample, output } => curl::curl(command, &sample, output),
        Verb::Render { gateway, message, curl, output } => {
            render::render(&gateway, &message, curl, output)
        }
        #[cfg(feature = "send")]
        Verb::Send { gateway, message, retry, output } => {
            send::send(&gateway, &message, retry, output)
        }
        #[cfg(feature = "send")]
        Verb::Diagnose { gateway, output } => diagnose::diagnose(&gateway, output),
        Verb::Explain { file, status, headers, output } => {
            explain::explain(&file, status, &headers, output)
        }
        #[cfg(feature = "send")]
        Verb::Load { arguments } => load::load(&arguments),
        Verb::Regions { regions, output } => regions::regions(&regions, output),
        Verb::Segments { text, output } => segments::segments(text, output),
        #[cfg(feature = "send")]
        Verb::Account { gateway, output } => account::account(&gateway, output),
        #[cfg(feature = "sandbox")]
        Verb::Sandbox(arguments) => sandbox::sandbox(&arguments),
        #[cfg(feature = "serve")]
        Verb::Serve(arguments) => serve::serve(&arguments),
        Verb::Totp { key, at, qr, output } => totp::totp(key.as_deref(), at, qr, output),
        Verb::Schema => schema::schema(),
        Verb::Completions { shell } => completions::completions(shell),
        Verb::Man { verb } => completions::man(verb.as_deref()),
    };
    done.unwrap_or_else(|error| error.report())
}
