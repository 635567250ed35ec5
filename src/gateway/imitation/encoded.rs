//! The encodings of URLs, forms and texts in reverse.

use crate::gateway::spec::Charset;
use crate::gsm7::gsm7_text;
use crate::percent::percent_decode;

/// A name and a value. The value is not text yet, because its charset depends on the name.
pub(super) type RawPair = (String, Vec<u8>);

/// The maximum number of pairs.
pub(super) const MAX_PAIRS: usize = 1_024;

/// Divides a query or a form into its pairs. Returns `None` above the maximum number.
pub(super) fn parse_pairs(text: &[u8]) -> Option<Vec<RawPair>> {
    let mut pairs = Vec::new();
    for pair in text.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
        if pairs.len() >= MAX_PAIRS {
            return None;
        }
        let at = pair.iter().position(|b| *b == b'=');
        let (name, value) = at.and_then(|at| pair.split_at_checked(at)).unwrap_or((pair, b"="));
        let value = value.get(1..).unwrap_or_default();
        let name = String::from_utf8_lossy(&decode_form(name)).into_owned();
        pairs.push((name, decode_form(value)));
    }
    Some(pairs)
}

fn decode_form(bytes: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = bytes.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    percent_decode(&spaced).collect()
}

/// Decodes a segment of a path, in which a plus is a plus.
pub(super) fn decode_segment(segment: &str) -> Vec<u8> {
    percent_decode(segment.as_bytes()).collect()
}

/// Decodes a value. In the GSM alphabet is only a value that contains the message's text.
pub(super) fn decode_text(bytes: &[u8], charset: Charset, holds_text: bool) -> Option<String> {
    match charset {
        Charset::Latin1 => Some(bytes.iter().map(|b| char::from(*b)).collect()),
        Charset::Gsm7 if holds_text => gsm7_text(bytes),
        _ => std::str::from_utf8(bytes).ok().map(str::to_owned),
    }
}
