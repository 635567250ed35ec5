//! The values of the options that make a body.

use super::call::FormPart;
use super::refuse;
use crate::gateway::charset::{is_unreserved, percent_encode};
use crate::gateway::error::SpecError;

/// `content`, `=content` or `name=content`; the content is encoded, the name is not.
pub(super) fn url_encoded(value: &[u8], option: &str) -> Result<Vec<u8>, SpecError> {
    let (name, content) = match value.iter().position(|byte| *byte == b'=') {
        Some(at) => split_at(value, at),
        None if value.contains(&b'@') => return Err(in_a_file(option)),
        None => (&[][..], value),
    };
    let mut encoded = name.to_vec();
    if !name.is_empty() {
        encoded.push(b'=');
    }
    percent_encode(&mut encoded, content, is_unreserved);
    Ok(encoded)
}

/// `name=value`, and what curl takes for a file or for a type.
pub(super) fn form_part(value: &[u8], option: &str) -> Result<FormPart, SpecError> {
    let at = value.iter().position(|byte| *byte == b'=').ok_or_else(|| no_name(option))?;
    let (name, value) = split_at(value, at);
    if value.starts_with(b"@") || value.starts_with(b"<") {
        return Err(in_a_file(option));
    }
    let value = value.trim_ascii();
    let Some(quoted) = value.strip_prefix(b"\"") else {
        if value.starts_with(b"(") || value == b")" {
            let hint = "use --form-string, or put the value between double quotes";
            return Err(refuse(&format!("{option}: a form within the form"), hint));
        }
        if value.contains(&b';') {
            let hint = "use --form-string, or put the value between double quotes";
            return Err(refuse(&format!("{option}: a part with a type of its own"), hint));
        }
        return Ok((name.to_vec(), value.to_vec()));
    };
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
    let hint = "leave out what follows the value";
    Err(refuse(&format!("{option}: a part with a type of its own"), hint))
}

pub(super) fn split_at(value: &[u8], at: usize) -> (&[u8], &[u8]) {
    let (name, rest) = value.split_at_checked(at).unwrap_or((value, &[]));
    (name, rest.get(1..).unwrap_or_default())
}

pub(super) fn no_name(option: &str) -> SpecError {
    refuse(&format!("{option}: there is no `=`"), "write name=value")
}

pub(super) fn in_a_file(option: &str) -> SpecError {
    let hint = "write what the file holds into the command";
    refuse(&format!("{option}: the value is in a file"), hint)
}
