//! The output of the commands.

use std::io::{self, Write};

use otpost::message::{Encoding, Segments};
use serde_json::{Value, json};

/// Prints one JSON document to standard output.
pub(crate) fn print_json(document: &Value) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{document:#}")
}

/// Prints a table. Each column is as wide as its longest cell.
pub(crate) fn print_table<const N: usize>(rows: &[[String; N]]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let width = cells.map(|cell| cell.chars().count()).max().unwrap_or_default();
            line.push_str(&format!("{cell:width$}  "));
        }
        writeln!(stdout, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Returns the number of segments, for people: `1 segment in the GSM alphabet, 19 units; …`.
pub(crate) fn describe(segments: Segments) -> String {
    let Segments { count, units, left, .. } = segments;
    let alphabet = match segments.encoding {
        Encoding::Gsm7 => "the GSM alphabet",
        Encoding::Ucs2 => "UCS-2",
    };
    let noun = if count == 1 { "segment" } else { "segments" };
    format!("{count} {noun} in {alphabet}, {units} units; {left} more fit")
}

/// Returns the number of segments as JSON.
pub(crate) fn segments_json(segments: Segments) -> Value {
    json!({
        "encoding": segments.encoding.as_str(),
        "segments": segments.count,
        "units": segments.units,
        "left": segments.left,
    })
}
