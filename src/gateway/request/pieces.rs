use super::filters::check_filters;
use super::structure::{self, Holds, Skeleton, Structure};
use super::symbols::Symbols;
use super::values::{Slot, Source};
use crate::gateway::error::{SpecError, nearest};
use crate::gateway::spec::Charset;
use crate::template::{FILTERS, Filter, Part, Template, TemplateErrorKind};

/// A part of a value.
#[derive(Clone, Debug)]
pub(super) enum ValuePiece {
    Literal(String),
    Value { slot: Slot, filters: Vec<Filter> },
}

/// Splits a text into literal texts and variables.
pub(super) fn compile_pieces(
    text: &str,
    scope: &Symbols<'_>,
    path: &str,
) -> Result<Vec<ValuePiece>, SpecError> {
    let template = parse_template(text, path)?;
    let mut pieces = Vec::new();
    for part in template.parts {
        pieces.push(match part {
            Part::Literal(literal) => ValuePiece::Literal(literal),
            Part::Placeholder(placeholder) => {
                let mut filters = placeholder.filters;
                // A hash of the text does not send the text.
                let slot = match filters.contains(&Filter::Sha256Hex) {
                    true => scope.condition(&placeholder.name, path)?,
                    false => scope.slot(&placeholder.name, path)?,
                };
                check_filters(&slot, &filters, path)?;
                scope.note_id(&slot, &filters);
                let slot = with_millis(slot, &filters);
                if slot.source == Source::Text && scope.charset() == Charset::Utf16BeHex {
                    if !filters.is_empty() {
                        let hint = "remove the filters, or the charset";
                        let problem = "the charset already encodes the text as hexadecimal";
                        return Err(SpecError::new(path, problem, hint));
                    }
                    filters.push(Filter::Utf16Hex);
                }
                ValuePiece::Value { slot, filters }
            }
        });
    }
    Ok(pieces)
}

/// Returns the variable with milliseconds, if a filter needs more than whole seconds.
pub(in crate::gateway) fn with_millis(mut slot: Slot, filters: &[Filter]) -> Slot {
    let needs_millis = |filter: &Filter| match filter {
        Filter::EpochMs => true,
        Filter::Date(format) => format.has_millis(),
        _ => false,
    };
    if slot.source == Source::Now && filters.iter().any(needs_millis) {
        slot.source = Source::NowMillis;
    }
    slot
}

/// Parses the template of a value.
pub(in crate::gateway) fn parse_template(text: &str, path: &str) -> Result<Template, SpecError> {
    Template::parse(text).map_err(|error| {
        let hint = match error.kind() {
            TemplateErrorKind::Filter(filter) => hint_for_filter(filter),
            _ => "placeholders are written {{name}} or {{name|filter}}".to_owned(),
        };
        SpecError::new(path, error.to_string(), hint)
    })
}

/// Returns how a filter is written, if its name is known and its argument is not.
fn hint_for_filter(filter: &str) -> String {
    let name = filter.split_once(':').map_or(filter, |(name, _)| name);
    let hint = match name {
        "clamp" => "write a range, such as clamp:60-86400",
        "date" => "write a format of strftime, such as date:%Y%m%d or date:%Y-%m-%dT%H:%M:%SZ",
        "gsm7" | "latin1" => "write one character that is in the alphabet, such as `?`",
        "home" => "write a calling code, such as home:41",
        "map" => "write a list of pairs, such as map:gsm7=0,ucs2=8",
        "national" => "write a calling code, such as national:41",
        "truncate" => "write a number of characters, such as truncate:11",
        "unit" => "write unit:ms, unit:min or unit:h",
        "zone" => "write an offset from UTC, such as zone:+08:00",
        "encode" | "escape" | "json" | "quote" | "raw" | "safe" | "url" | "url_encode"
        | "urlencode" | "xml" => "remove it: values are encoded for their place",
        "md5" | "sha1" | "sha256" | "hmac" => {
            "write sha256hex, or sign the request with `[auth.hash]` or `[auth.hmac]`"
        }
        _ if name.contains(['(', ' ', '=']) => "write an argument after a colon: truncate:11",
        _ => {
            return match nearest(name, FILTERS.split(", ")) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("the filters are {FILTERS}"),
            };
        }
    };
    hint.to_owned()
}

/// Rejects a value that contains JSON, XML or another language in which a placeholder may contain
/// any character. Returns the structure of the value, if it has one.
pub(super) fn check_structure(
    pieces: &[ValuePiece],
    scope: &Symbols<'_>,
    path: &str,
    counts: impl Fn(Structure) -> bool,
) -> Result<Option<Structure>, SpecError> {
    let mut skeleton = Skeleton::default();
    for piece in pieces {
        match piece {
            ValuePiece::Literal(text) => skeleton.push_literal(text),
            ValuePiece::Value { slot, filters } => skeleton.push_value(Holds::of(slot, filters)),
        }
    }
    let found = skeleton.find().filter(|found| counts(*found));
    if let Some(structure) = found {
        for piece in pieces {
            if let ValuePiece::Value { slot, filters } = piece {
                check_slot(slot, filters, structure, scope, path)?;
            }
        }
    }
    Ok(found)
}

/// Returns whether a value that a server has chosen can be used there without escaping.
pub(super) fn suits(structure: Structure, value: &str, path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or_default();
    if name.eq_ignore_ascii_case("cookie") {
        // RFC 6265 §4.1.1: the other visible characters, such as `&`, are legal in a cookie.
        return value.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b',' | b'"'));
    }
    match structure {
        // Cookies and fields look alike, and end with different characters.
        Structure::Form | Structure::List => {
            Structure::Form.takes(value) && Structure::List.takes(value)
        }
        Structure::Json | Structure::Quoted | Structure::Xml => structure.takes(value),
    }
}

/// Rejects a variable inside a structure, except a configured variable whose value needs no
/// escaping.
pub(in crate::gateway) fn check_slot(
    slot: &Slot,
    filters: &[Filter],
    structure: Structure,
    scope: &Symbols<'_>,
    path: &str,
) -> Result<(), SpecError> {
    // The value of a token is checked when it is known, before the message is sent.
    let is_message = !matches!(slot.source, Source::Configured | Source::Token(_));
    if is_message && Holds::of_source(slot.source, filters) == Holds::Any {
        return Err(SpecError::new(
            path,
            structure::problem(&slot.name, structure),
            structure::HINT,
        ));
    }
    let is_own = Holds::of(slot, filters) == Holds::Any;
    if is_own && scope.configured(slot).is_some_and(|value| !structure.takes(value)) {
        let problem = format!(
            "the value of `{}` contains a character that must be escaped in {}",
            slot.name,
            structure.name()
        );
        let hint = "nothing is escaped inside a value: use another value, or change the request";
        return Err(SpecError::new(path, problem, hint));
    }
    Ok(())
}
