//! Secrets from the environment and from files.

use std::fs::File;
use std::io;

use otpost::SecretString;

use crate::error::CommandError;
use crate::input::{read_text, without_line_end};

/// More than the longest secret, in bytes.
const MAX_SECRET: u64 = 16 * 1_024;

/// Reads a secret from `env:NAME` or `file:PATH`. An error names the option and repeats nothing:
/// the text can be a secret in the wrong place.
pub(super) fn read_secret(option: &str, source: &str) -> Result<SecretString, CommandError> {
    let refused = |problem: &str| CommandError::Usage(format!("{option}: {problem}"));
    let text = match source.split_once(':') {
        Some(("env", name)) => std::env::var(name)
            .map_err(|_| refused("the environment variable is not set, or is not UTF-8"))?,
        Some(("file", path)) => {
            let text = File::open(path).and_then(|file| read_text(file, MAX_SECRET));
            let text = text.map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => refused("the file is not UTF-8"),
                kind => refused(&format!("the file cannot be read: {kind}")),
            })?;
            let line = without_line_end(text.as_bytes()).len();
            text.get(..line).unwrap_or_default().to_owned()
        }
        _ => {
            return Err(refused(
                "a secret on the command line is visible to other users: write env:NAME or \
                 file:PATH",
            ));
        }
    };
    if text.is_empty() || text.contains(['\r', '\n', '\0']) {
        return Err(refused("the secret must be one line of text"));
    }
    Ok(SecretString::new(text))
}
