//! Pasted and typed codes, keys, URIs and numbers, with marks, blanks and digits of any script.

mod kinds;
mod spellings;

use otpost::otp::{KeyUri, Secret};
use otpost::phone::Region;
use otpost::{Code, PhoneNumber};

/// A time of the rows that tell a code.
const UNIX: u64 = 1_700_000_000;

/// A row of the fixture: a call, its input, and what has to come out.
struct Row {
    id: String,
    call: String,
    input: String,
    right: String,
}

fn rows(table: &str) -> Vec<Row> {
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<_> = line.split('\t').collect();
        let [id, call, input, right, ..] = cells[..] else { panic!("{line}") };
        Row { id: id.into(), call: call.into(), input: unescape(input), right: unescape(right) }
    });
    rows.collect()
}

/// `\n`, `\u{…}` and the like as the characters.
fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut found = parts.next().unwrap().to_owned();
    for part in parts {
        let (c, rest) = match part.strip_prefix("u{") {
            Some(part) => {
                let (code, rest) = part.split_once('}').unwrap();
                (char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap(), rest)
            }
            None => {
                let c = match &part[..1] {
                    "n" => '\n',
                    "r" => '\r',
                    "t" => '\t',
                    other => panic!("{other}"),
                };
                (c, &part[1..])
            }
        };
        found.push(c);
        found += rest;
    }
    found
}

fn shown<T, E: ToString>(result: Result<T, E>, show: impl FnOnce(T) -> String) -> String {
    match result {
        Ok(value) => show(value),
        Err(error) => format!("err {}", error.to_string()),
    }
}

fn key(uri: &str) -> String {
    shown(KeyUri::parse(uri), |key| {
        let code = match (key.to_totp(), key.to_hotp()) {
            (Some(totp), _) => totp.generate_at(UNIX).expose().to_owned(),
            (_, Some(hotp)) => hotp.generate(0).expose().to_owned(),
            _ => String::new(),
        };
        let (issuer, account) = (key.issuer().unwrap_or_default(), key.account());
        let mismatch = key.issuer_mismatch().is_some();
        format!("issuer={issuer} account={account} mismatch={mismatch} code={code}")
    })
}

fn region(number: &str) -> String {
    shown(PhoneNumber::parse(number), |number| match number.region() {
        Some(region) => format!("ok {region}"),
        None => "ok none".to_owned(),
    })
}

#[cfg(feature = "phone")]
fn national(text: &str, region: &str) -> Option<String> {
    let read = PhoneNumber::parse_national(text, Region::parse(region).unwrap());
    Some(shown(read, |number| format!("ok {}", number.e164())))
}

#[cfg(not(feature = "phone"))]
fn national(_: &str, region: &str) -> Option<String> {
    Region::parse(region).unwrap();
    None
}

/// Returns the library's result for a row, or `None` without the feature for it.
fn result(row: &Row) -> Option<String> {
    let input = row.input.as_str();
    Some(match row.call.as_str() {
        "KeyUri::parse" => key(input),
        "Secret::from_base32" => {
            shown(Secret::from_base32(input), |s| format!("ok {} bytes", s.expose().len()))
        }
        "Code::parse" => shown(Code::parse(input), |code| format!("ok {}", code.expose())),
        "normalize" => {
            shown(PhoneNumber::normalize(input), |number| format!("ok {}", number.e164()))
        }
        "region" => region(input),
        other => return national(input, other.strip_prefix("national ").unwrap()),
    })
}

/// Compares with the alternatives of a row. An error has to contain the words after `err`.
fn is_right(found: &str, right: &str) -> bool {
    right.split('|').any(|right| match right.strip_prefix("err") {
        Some(words) => found.starts_with("err") && found.contains(words.trim()),
        None if right.starts_with("ok") => found == right,
        None => found.contains(right),
    })
}

fn complaints(table: &str) -> (usize, Vec<String>) {
    let (mut checked, mut wrong) = (0, Vec::new());
    for row in rows(table) {
        let Some(found) = result(&row) else { continue };
        checked += 1;
        if !is_right(&found, &row.right) {
            wrong.push(format!("{}: {found}, and right is {}", row.id, row.right));
        }
    }
    (checked, wrong)
}

#[test]
fn pasted_inputs_that_failed_are_read() {
    let (checked, wrong) = complaints(include_str!("../../fixtures/pasted.tsv"));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(checked >= 20, "{checked}");
    // What came out at first, in the last column, is wrong in each row.
    for line in include_str!("../../fixtures/pasted.tsv").lines().skip(1) {
        let (right, seen) = (line.split('\t').nth(3).unwrap(), line.split('\t').nth(5).unwrap());
        assert!(!is_right(seen, &unescape(right)), "{line}");
    }
}
