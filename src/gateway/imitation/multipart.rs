//! A multipart form in reverse (RFC 7578).

use super::encoded::{MAX_PAIRS, RawPair};

/// Divides a multipart body into the names and values of its fields. Returns `None` if it is not
/// one with the boundary of the content type.
pub(super) fn parse_multipart(content_type: &str, body: &[u8]) -> Option<Vec<RawPair>> {
    let mut parameters = content_type.split(';').map(str::trim);
    let boundary = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"'))
    })?;
    // RFC 2046 §5.1.1.
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let delimiter = format!("--{boundary}");
    let mut rest = body.strip_prefix(delimiter.as_bytes())?;
    let delimiter = format!("\r\n{delimiter}");
    let mut fields = Vec::new();
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n")?;
        let (value, behind) = split(part, delimiter.as_bytes())?;
        let (head, value) = split(value, b"\r\n\r\n")?;
        if fields.len() >= MAX_PAIRS {
            return None;
        }
        fields.push((name(&String::from_utf8_lossy(head))?, value.to_vec()));
        rest = behind;
    }
    Some(fields)
}

/// Returns the name of a field.
fn name(head: &str) -> Option<String> {
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let (_, quoted) = disposition.split_once("name=\"")?;
    let (name, _) = quoted.split_once('"')?;
    Some(name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
}

fn split<'b>(bytes: &'b [u8], at: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let start = bytes.windows(at.len()).position(|window| window == at)?;
    let (before, behind) = bytes.split_at_checked(start)?;
    Some((before, behind.get(at.len()..)?))
}
