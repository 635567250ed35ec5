//! Values from the command line: the token, and variables that are compared.

use std::fs::File;
use std::io;

use otpost::SecretString;
use otpost::gateway::GatewaySpec;
use otpost::redact::Redactor;

use crate::error::CommandError;
use crate::input::{read_text, without_line_end};

/// More than the longest value, in bytes.
const MAX_VALUE: u64 = 64 * 1_024;
/// The length of a token that nobody guesses, and that fits into a cookie.
const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 16..=256;

/// The values that requests must have.
pub(super) struct GivenValues(Vec<(String, SecretString)>);

impl GivenValues {
    /// Reads `NAME=SOURCE`. An error repeats only a name that one of the specs declares: any other
    /// text can be a secret in the wrong place.
    pub(super) fn read(vars: &[String], specs: &[GatewaySpec]) -> Result<Self, CommandError> {
        let form = "expected NAME=env:NAME or NAME=file:PATH";
        let usage = |problem: String| CommandError::Usage(format!("--var{problem}"));
        let mut values = Vec::new();
        for var in vars {
            let (name, source) = var.split_once('=').ok_or_else(|| usage(format!(": {form}")))?;
            let mut declared = specs.iter().flat_map(GatewaySpec::vars);
            if !declared.any(|(known, _)| known == name) {
                return Err(usage(
                    ": unknown variable: no gateway of the sandbox has it".to_owned(),
                ));
            }
            let value = read(source, &format!("--var {name}"))?;
            values.push((name.to_owned(), value));
        }
        Ok(Self(values))
    }

    /// Returns the values of the variables that a spec declares.
    pub(super) fn of(&self, spec: &GatewaySpec) -> Vec<(String, SecretString)> {
        let is_declared = |name: &str| spec.vars().any(|(known, _)| known == name);
        self.0.iter().filter(|(name, _)| is_declared(name)).cloned().collect()
    }

    /// Returns a redactor of the values that one of the specs declares as secrets.
    pub(super) fn redactor(&self, specs: &[GatewaySpec]) -> Redactor {
        let is_secret = |name: &str| {
            let mut declared = specs.iter().flat_map(GatewaySpec::vars);
            declared.any(|(known, var)| known == name && var.is_secret())
        };
        let secrets = self.0.iter().filter(|(name, _)| is_secret(name));
        secrets.fold(Redactor::new(), |redactor, (_, value)| redactor.with_secret(value.expose()))
    }
}

/// Reads the token of the API.
pub(super) fn read_token(source: &str) -> Result<SecretString, CommandError> {
    let token = read(source, "--token")?;
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let text = token.expose();
    if TOKEN_LENGTH.contains(&text.len()) && text.bytes().all(is_allowed) {
        return Ok(token);
    }
    Err(CommandError::Refused(
        "--token: invalid token: expected 16 to 256 letters, digits, `-`, `.`, `_` or `~`"
            .to_owned(),
    ))
}

/// Reads a value from the environment or a file. A value itself is refused.
fn read(source: &str, name: &str) -> Result<SecretString, CommandError> {
    let refused = |problem: String| CommandError::Refused(format!("{name}: {problem}"));
    let text = match source.split_once(':') {
        Some(("env", variable)) => std::env::var(variable)
            .map_err(|_| refused("the environment variable is not set, or is not UTF-8".into()))?,
        Some(("file", path)) => File::open(path)
            .and_then(|file| read_text(file, MAX_VALUE))
            .map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => refused("the file is not UTF-8".into()),
                _ => refused(format!("the file cannot be read: {error}")),
            })?,
        _ => {
            return Err(CommandError::Usage(format!(
                "{name}: a value on the command line is visible to other users: expected env:NAME \
                 or file:PATH"
            )));
        }
    };
    let length = without_line_end(text.as_bytes()).len();
    Ok(SecretString::from(text.get(..length).unwrap_or_default()))
}
