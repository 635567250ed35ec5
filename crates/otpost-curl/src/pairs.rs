//! Pairs joined by `&`, as in a query or a form, and the parts of a multipart form.

use std::ops::Range;

use otpost::gateway::SpecError;

use crate::coding::{Coding, FieldValue, decode_form};
use crate::data::FormPart;
use crate::draft::{DraftValue, NamedValues};
use crate::error::refuse;
use crate::json::nested_json;
use crate::note::CurlNote;
use crate::places::Places;

/// A name and a value of a query or a form.
pub(crate) struct EncodedPair {
    pub(crate) name: String,
    pub(crate) value: DraftValue,
    /// The number of equal signs in the value that are not encoded.
    pub(crate) equal_signs: usize,
    /// The positions of the notes about the value.
    pub(crate) notes: Range<usize>,
}

/// Decodes names and values, and puts placeholders into the values.
pub(crate) fn pairs(
    encoded: &[u8],
    within: &str,
    places: &mut Places<'_>,
) -> Result<Vec<EncodedPair>, SpecError> {
    let mut pairs = Vec::new();
    for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at_checked(end).unwrap_or((pair, &[]));
        let value = value.get(1..).unwrap_or_default();
        let equal_signs = value.iter().filter(|byte| **byte == b'=').count();
        let first = places.notes.len();
        let name = name_of(&decode_form(name), within, places)?;
        if name.starts_with("amp;") {
            let hint = "write & where the page shows &amp;";
            return Err(refuse(&format!("{within}: a name begins with `amp;`"), hint));
        }
        note_space(&name, within, places);
        let mut bytes = decode_form(value);
        let place = format!("{within}.{name}");
        // `+1202…` is decoded to a space and digits, and is meant as a phone number.
        if value.starts_with(b"+") {
            let mut with_plus = bytes.clone();
            with_plus.splice(..1, *b"+");
            let field =
                FieldValue { place: &place, name: &name, bytes: &with_plus, coding: Coding::Form };
            if places.begins_with_number(&field) {
                places.notes.push(CurlNote::BarePlus { place: place.clone() });
                bytes = with_plus;
            }
        }
        let field = FieldValue { place: &place, name: &name, bytes: &bytes, coding: Coding::Form };
        let value = value_of(&field, places)?;
        let notes = first..places.notes.len();
        pairs.push(EncodedPair { name, value, equal_signs, notes });
    }
    Ok(pairs)
}

/// Puts placeholders into the values of a multipart form, which are not encoded.
pub(crate) fn parts(parts: &[FormPart], places: &mut Places<'_>) -> Result<NamedValues, SpecError> {
    let within = "request.multipart";
    let mut pairs = Vec::new();
    for (name, value) in parts {
        let name = name_of(name, within, places)?;
        note_space(&name, within, places);
        let place = format!("{within}.{name}");
        let field = FieldValue { place: &place, name: &name, bytes: value, coding: Coding::Raw };
        let value = value_of(&field, places)?;
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// Puts placeholders into a value, or into the values of JSON in it.
fn value_of(field: &FieldValue<'_>, places: &mut Places<'_>) -> Result<DraftValue, SpecError> {
    match nested_json(field, places) {
        Some(json) => Ok(DraftValue::Json(json)),
        None => Ok(DraftValue::Text(places.template(field)?)),
    }
}

/// Notes a space at either end of a name, which is a mistake in most commands.
fn note_space(name: &str, within: &str, places: &mut Places<'_>) {
    if name.trim() != name {
        places.notes.push(CurlNote::SpaceInName { place: within.to_owned() });
    }
}

/// Splits a multipart body (RFC 7578) into its parts.
pub(crate) fn split_parts(body: &[u8], content_type: &str) -> Result<Vec<FormPart>, SpecError> {
    let broken = || {
        let hint = "paste the whole body, with its line breaks";
        refuse("the body is not a multipart form with the declared boundary", hint)
    };
    let boundary = content_type.split_once("boundary=").map(|(_, behind)| behind);
    let boundary = boundary.map(|behind| behind.split(';').next().unwrap_or_default().trim());
    let boundary = boundary.map(|text| text.trim_matches('"')).filter(|text| !text.is_empty());
    let delimiter = format!("--{}", boundary.ok_or_else(broken)?).into_bytes();
    // The first delimiter begins the body. All others follow a line break, which is not a part of
    // the value before them (RFC 2046 §5.1.1).
    let mut rest = body.strip_prefix(delimiter.as_slice()).ok_or_else(broken)?;
    let delimiter = [b"\r\n", delimiter.as_slice()].concat();
    let mut parts = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = part.windows(delimiter.len()).position(|window| window == delimiter);
        let (part, behind) = part.split_at_checked(end.ok_or_else(broken)?).ok_or_else(broken)?;
        rest = behind.get(delimiter.len()..).unwrap_or_default();
        let end = part.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(broken)?;
        let (head, value) = part.split_at_checked(end).ok_or_else(broken)?;
        let name = part_name(&String::from_utf8_lossy(head))?;
        parts.push((name, value.get(4..).unwrap_or_default().to_vec()));
    }
    if !rest.starts_with(b"--") || parts.is_empty() {
        return Err(broken());
    }
    Ok(parts)
}

/// Returns the name of a part. A file name or a type is an error.
fn part_name(head: &str) -> Result<Vec<u8>, SpecError> {
    let mut names = head.split("\r\n").filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let value = value.trim().strip_prefix("form-data;")?.trim();
        let value = value.strip_prefix("name=\"")?.strip_suffix('"')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    match (names.next(), head.contains("\r\n")) {
        (Some(name), false) if !name.contains('"') => {
            // Browsers write quotes and line breaks in names like this.
            let name = name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
            Ok(name.into_bytes())
        }
        _ => {
            let hint = "send each value as a plain field, without a file name or a type";
            Err(refuse("a part of the form has more than a name and a value", hint))
        }
    }
}

/// Returns the name of a field, which cannot hold a variable or a part of the message.
pub(crate) fn name_of(
    bytes: &[u8],
    within: &str,
    places: &Places<'_>,
) -> Result<String, SpecError> {
    // Without a name here, so that no rule for fields of a certain name applies.
    let field = FieldValue { place: within, name: "", bytes, coding: Coding::Unicode };
    let name = String::from_utf8(bytes.to_vec()).ok();
    match name.filter(|name| !name.is_empty() && !name.contains("{{") && !places.changes(&field)) {
        Some(name) => Ok(name),
        None => {
            let hint = "encode `&` as %26 and `=` as %3D in values";
            let problem = "a name is empty, not UTF-8, or different for each message";
            Err(refuse(&format!("{within}: {problem}"), hint))
        }
    }
}
