//! Secrets that an orchestrator mounts as files.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::SecretString;

/// The maximum size of a file with a secret, in bytes.
const MAX_FILE: usize = 64 * 1_024;

/// The reason why a file holds no secret. It repeats nothing of the content.
pub(crate) enum SecretFileError {
    TooLong,
    Unreadable(ErrorKind),
}

/// Reads a file of at most 64 KiB, without one line end, which editors and `echo` append.
pub(crate) fn read_secret(path: &Path) -> Result<SecretString, SecretFileError> {
    const LIMIT: usize = MAX_FILE.saturating_add(1);
    // Read at most one byte more than the limit: a device such as /dev/zero never ends.
    // All of the capacity at once: a text that grows leaves parts of the secret in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(LIMIT));
    File::open(path)
        .and_then(|file| file.take(LIMIT as u64).read_to_string(&mut text))
        .map_err(|error| SecretFileError::Unreadable(error.kind()))?;
    if text.len() > MAX_FILE {
        return Err(SecretFileError::TooLong);
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(SecretString::from(line.strip_suffix('\r').unwrap_or(line)))
}
