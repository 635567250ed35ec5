//! `otpost totp`: prints the current code of an authenticator key.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use otpost::otp::{KeyUri, Qr, Secret};
use otpost::{Clock, SecretString, SystemClock};
use serde_json::json;

use crate::arguments::OutputArguments;
use crate::error::CommandError;
use crate::input::read_text;
use crate::output::print_json;

/// More than the longest key URI, in bytes.
const MAX_KEY: u64 = 16 * 1_024;

/// The account of a key that is given without a name. Authenticator apps require one.
const ACCOUNT: &str = "otpost";

/// Prints the code and the seconds for which it stays valid.
pub(crate) fn totp(
    source: Option<&str>,
    at: Option<u64>,
    is_qr: bool,
    output: OutputArguments,
) -> Result<ExitCode, CommandError> {
    let key = parse(&read(source)?)?;
    let now = at.unwrap_or_else(|| {
        SystemClock.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    });
    let (code, left) = code_at(&key, now)?;
    if output.json {
        print_json(&json!({ "code": code.expose(), "seconds_left": left }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut stdout = io::stdout().lock();
    if is_qr {
        let qr = Qr::of(&key).map_err(|error| CommandError::Refused(error.to_string()))?;
        writeln!(stdout, "{}", qr.to_terminal().expose())?;
    }
    writeln!(stdout, "{} for {left} s", code.expose())?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the code at this time, and the seconds for which it stays valid.
fn code_at(key: &KeyUri, now: u64) -> Result<(SecretString, u64), CommandError> {
    if let Some(totp) = key.to_totp() {
        let code = SecretString::from(totp.generate_at(now).expose());
        return Ok((code, totp.time_left_at(now).as_secs()));
    }
    if let Some(steam) = key.to_steam() {
        // Steam Guard has the time step of 30 s, from 1970.
        let left = 30_u64.saturating_sub(now.checked_rem(30).unwrap_or_default());
        return Ok((SecretString::from(steam.generate_at(now).expose()), left));
    }
    Err(CommandError::Refused(
        "the key is counter-based (HOTP), and has no current code".to_owned(),
    ))
}

/// Parses a URI or a Base32 secret. An error names a position, and repeats nothing.
fn parse(text: &SecretString) -> Result<KeyUri, CommandError> {
    let text = text.expose().trim();
    let is_uri = text.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("otpauth://"))
        || text.contains(':');
    let key = if is_uri {
        KeyUri::parse_with_short_secret(text).map_err(|error| error.to_string())
    } else {
        let secret = Secret::from_short_base32(text).map_err(|error| error.to_string());
        secret.and_then(|secret| KeyUri::totp(secret, ACCOUNT).map_err(|error| error.to_string()))
    };
    key.map_err(|problem| CommandError::Refused(format!("the key: {problem}")))
}

/// Reads the key. An error repeats no part of it, not even of a key in the place of the source.
fn read(source: Option<&str>) -> Result<SecretString, CommandError> {
    let refused = |problem: &str| CommandError::Refused(format!("the key: {problem}"));
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidData => refused("the text is not UTF-8"),
        _ => refused(&format!("it cannot be read: {error}")),
    };
    let text = match source.map(|source| source.split_once(':')) {
        None => read_text(io::stdin().lock(), MAX_KEY).map_err(unreadable)?,
        Some(Some(("env", name))) => std::env::var(name)
            .map_err(|_| refused("the environment variable is not set, or is not UTF-8"))?,
        Some(Some(("file", path))) => std::fs::File::open(PathBuf::from(path))
            .and_then(|file| read_text(file, MAX_KEY))
            .map_err(unreadable)?,
        Some(_) => {
            return Err(CommandError::Usage(
                "--key: a secret on the command line is visible to other users: write env:NAME or \
                 file:PATH, or use standard input"
                    .to_owned(),
            ));
        }
    };
    Ok(SecretString::new(text))
}
