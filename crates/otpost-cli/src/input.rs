use std::io::{self, Read};

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
