//! `otpost segments`: counts the segments of a text.

use std::io::{self, Write};
use std::process::ExitCode;

use otpost::message::{OriginBound, Segments, smart_encode};
use serde_json::{Value, json};

use crate::arguments::OutputArguments;
use crate::error::CommandError;
use crate::input::{read_text, without_line_end};
use crate::output::{describe, print_json, segments_json};

/// More than the longest text of a message, in bytes.
const MAX_TEXT: u64 = 64 * 1_024;

/// Prints the segments, the characters outside the GSM alphabet, and the autofill line.
pub(crate) fn segments(text: String, output: OutputArguments) -> Result<ExitCode, CommandError> {
    let text = if text == "-" { read()? } else { text };
    if output.json {
        print_json(&document(&text))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", describe(Segments::of(&text)))?;
    for character in Segments::non_gsm_characters(&text) {
        writeln!(stdout, "outside of the GSM alphabet: {character}")?;
    }
    if let Some(plain) = plain(&text) {
        writeln!(stdout, "with smart encoding: {}", describe(plain))?;
    }
    match OriginBound::parse(&text) {
        Some(line) => writeln!(stdout, "autofill: on https://{} only", line.host())?,
        None => writeln!(stdout, "autofill: none, the last line is not `@host #code`")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the segments after the typographic characters are replaced, if there are any.
fn plain(text: &str) -> Option<Segments> {
    let plain = smart_encode(text);
    (plain != text).then(|| Segments::of(&plain))
}

fn document(text: &str) -> Value {
    let characters = Segments::non_gsm_characters(text).map(|found| {
        json!({
            "character": format!("U+{:04X}", u32::from(found.character)),
            "byte": found.position,
            "replacement": found.replacement,
        })
    });
    json!({
        "text": segments_json(Segments::of(text)),
        "non_gsm_characters": characters.collect::<Vec<_>>(),
        "smart_encoding": plain(text).map(segments_json),
        "autofill_host": OriginBound::parse(text).map(|line| line.host().to_owned()),
    })
}

fn read() -> Result<String, CommandError> {
    let text = read_text(io::stdin().lock(), MAX_TEXT).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => CommandError::Refused("the text is not UTF-8".to_owned()),
        _ => error.into(),
    })?;
    let length = without_line_end(text.as_bytes()).len();
    Ok(text.get(..length).unwrap_or_default().to_owned())
}
