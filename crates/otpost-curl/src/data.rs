//! The values of the options that set a body.

use otpost::gateway::SpecError;

use crate::coding::encode_data;
use crate::error::refuse;

/// The name and value of one part of a multipart form.
pub(crate) type FormPart = (Vec<u8>, Vec<u8>);

/// Encodes the value of `--data-urlencode`: `content`, `=content` or `name=content`. The name is
/// not encoded.
pub(crate) fn url_encoded(value: &[u8], option: &str) -> Result<Vec<u8>, SpecError> {
    let (name, content) = match value.iter().position(|byte| *byte == b'=') {
        Some(at) => split_at(value, at),
        None if value.contains(&b'@') => return Err(in_a_file(option)),
        None => (&[][..], value),
    };
    let mut encoded = name.to_vec();
    if !name.is_empty() {
        encoded.push(b'=');
    }
    encoded.extend_from_slice(encode_data(content).as_bytes());
    Ok(encoded)
}

/// Parses the value of `--form`: `name=value`, where curl also accepts files and types.
pub(crate) fn form_part(value: &[u8], option: &str) -> Result<FormPart, SpecError> {
    let at = value.iter().position(|byte| *byte == b'=').ok_or_else(|| no_name(option))?;
    let (name, value) = split_at(value, at);
    if value.starts_with(b"@") || value.starts_with(b"<") {
        return Err(in_a_file(option));
    }
    let value = value.trim_ascii();
    let Some(quoted) = value.strip_prefix(b"\"") else {
        // An unquoted value of curl can begin a group of parts, or end one.
        if value.starts_with(b"(") || value == b")" {
            let hint = "use --form-string, or put the value between double quotes";
            return Err(refuse(&format!("{option}: nested forms are not supported"), hint));
        }
        if let Some(at) = value.iter().position(|byte| *byte == b';') {
            let (_, attribute) = split_at(value, at);
            return Err(part_with(attribute, option));
        }
        return Ok((name.to_vec(), value.to_vec()));
    };
    // Between double quotes, curl reads `;` as a part of the value, and a backslash escapes the
    // next byte.
    let mut plain = Vec::new();
    let mut bytes = quoted.iter();
    let mut is_closed = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(bytes.next()),
            b'"' => {
                is_closed = true;
                break;
            }
            byte => plain.push(*byte),
        }
    }
    if is_closed && bytes.as_slice().is_empty() {
        return Ok((name.to_vec(), plain));
    }
    let rest = bytes.as_slice().trim_ascii();
    Err(part_with(rest.strip_prefix(b";").unwrap_or(rest), option))
}

/// Returns the error for what follows the value of a part, such as `;type=application/json`.
fn part_with(attribute: &[u8], option: &str) -> SpecError {
    let attributes: [&[u8]; 4] = [b"type=", b"filename=", b"headers=", b"encoder="];
    let is_known = attributes.iter().any(|name| attribute.trim_ascii_start().starts_with(name));
    let hint = match is_known {
        true => "remove the `;` and what follows it, if the gateway accepts the part without it",
        false => "use --form-string, or put the value between double quotes",
    };
    refuse(&format!("{option}: a part with a type is not supported"), hint)
}

/// Splits a value at a position, without the byte there.
pub(crate) fn split_at(value: &[u8], at: usize) -> (&[u8], &[u8]) {
    let (name, rest) = value.split_at_checked(at).unwrap_or((value, &[]));
    (name, rest.get(1..).unwrap_or_default())
}

pub(crate) fn no_name(option: &str) -> SpecError {
    refuse(&format!("{option}: `=` is missing"), "write name=value")
}

pub(crate) fn in_a_file(option: &str) -> SpecError {
    let hint = "write the content of the file into the command";
    refuse(&format!("{option}: the value is in a file"), hint)
}
