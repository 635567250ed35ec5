//! The files and the standard input that the commands read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use otpost::gateway::GatewaySpec;
use otpost::gateways;

use crate::error::CommandError;

/// More than the longest spec, in bytes.
const MAX_SPEC: u64 = 512 * 1_024;

/// Returns a gateway of the catalogue, or reads a spec from a file, or from standard input if the
/// path is `-`.
pub(crate) fn read_spec(file: &Path) -> Result<GatewaySpec, CommandError> {
    spec(file).map_err(|problem| CommandError::Refused(format!("{}: {problem}", file.display())))
}

/// Reads a spec, or returns the problem without the name of the file.
pub(crate) fn spec(file: &Path) -> Result<GatewaySpec, String> {
    // A name of the catalogue comes first. `./kannel` is a file with this name.
    if let Some(text) = file.to_str().and_then(gateways::toml) {
        return GatewaySpec::from_toml(text).map_err(|error| error.to_string());
    }
    let text = open(file).and_then(|input| read_text(input, MAX_SPEC));
    let text = text.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => "the file is not UTF-8".to_owned(),
        io::ErrorKind::NotFound if is_name(file) => {
            "there is no such file, and no such gateway in `otpost catalogue`".to_owned()
        }
        _ => format!("the file cannot be read: {error}"),
    })?;
    GatewaySpec::from_toml(&text).map_err(|error| error.to_string())
}

/// Returns whether a path can be meant as a name of the catalogue.
fn is_name(file: &Path) -> bool {
    file.components().count() == 1 && file.extension().is_none()
}

fn open(file: &Path) -> io::Result<Box<dyn Read>> {
    if file == Path::new("-") {
        Ok(Box::new(io::stdin().lock()))
    } else {
        Ok(Box::new(File::open(file)?))
    }
}

/// Reads a text of at most `most` bytes, and cuts off a longer one there.
///
/// The limits of the callers are above those of the library, so a text that is cut off is still
/// refused for its length.
///
/// # Errors
///
/// The kind is [`InvalidData`](io::ErrorKind::InvalidData) if the text is not UTF-8.
pub(crate) fn read_text(input: impl Read, most: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    let length = input.take(most).read_to_end(&mut bytes)?;
    let is_cut = u64::try_from(length).is_ok_and(|length| length == most);
    match String::from_utf8(bytes) {
        // The cut can be inside of a character. Only one at the end has no error length.
        Err(error) if is_cut && error.utf8_error().error_len().is_none() => {
            Ok(String::from_utf8_lossy(error.as_bytes()).into_owned())
        }
        read => {
            read.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
        }
    }
}

/// Removes one line break at the end of a text, which editors and `echo` append.
pub(crate) fn without_line_end(text: &[u8]) -> &[u8] {
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    line.strip_suffix(b"\r").unwrap_or(line)
}
