//! The public key of `--pinnedpubkey`.

use otpost::gateway::Connection;

use crate::note::CurlNote;
use crate::places::Places;

const OPTION: &str = "--pinnedpubkey";

/// Returns the pin as a spec has it, or the reason why the option is omitted.
pub(crate) fn parse_pin(value: &[u8]) -> Result<String, &'static str> {
    match String::from_utf8_lossy(value).strip_prefix("sha256//") {
        Some(pin) if !pin.contains(';') => Ok(pin.to_owned()),
        Some(_) => Err("a spec trusts one key: set connection.pin_sha256 to that of the server"),
        None => Err("the key is in a file: set connection.pin_sha256 to its hash"),
    }
}

/// Returns the connection of a request to this URL, with the pin of the command.
pub(crate) fn pinned(
    connection: &Connection,
    pin: Option<&str>,
    url: &str,
    places: &mut Places<'_>,
) -> Connection {
    let connection = connection.clone();
    let Some(pin) = pin else { return connection };
    // curl ignores the option then, and a gateway with it could not be built.
    if url.starts_with("http://") {
        let reason = "http:// has no key to compare with";
        places.notes.push(CurlNote::IgnoredOption { option: OPTION.to_owned(), reason });
        return connection;
    }
    connection.with_pin_sha256(pin)
}
