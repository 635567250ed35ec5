use std::borrow::Cow;

use zeroize::Zeroizing;

use super::parts::{OPEN_PARTS, PARTS, PUBLIC_PARTS, Signed};
use crate::gateway::error::{SpecError, nearest};
use crate::gateway::request::condition::ValueCondition;
use crate::gateway::request::filters::{check_filters, refusal};
use crate::gateway::request::header_text::is_header_text;
use crate::gateway::request::pieces::{check_slot, parse_template, with_millis};
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::structure::{self, Holds, Skeleton};
use crate::gateway::request::symbols::Symbols;
use crate::gateway::request::values::{SIGNATURE, Sensitivity, Slot, Source, Values};
use crate::gateway::spec::Charset;
use crate::secret::push_wiped;
use crate::template::{Filter, Part, apply_all};

/// The maximum length of a rendered text, in bytes.
const MAX_TEXT: usize = 1_024 * 1_024;

/// A text with placeholders for parts of the request, named parts and variables.
#[derive(Clone, Debug)]
pub(super) struct SignedText {
    pub(super) path: String,
    pieces: Vec<SignedPiece>,
    /// The condition without which the text is empty.
    condition: Option<ValueCondition>,
}

#[derive(Clone, Debug)]
enum SignedPiece {
    Literal(String),
    /// A part of the request, a named part or the signature.
    Part {
        name: String,
        filters: Vec<Filter>,
        /// Set if it may contain any character.
        is_open: bool,
        sensitivity: Sensitivity,
    },
    Value {
        slot: Slot,
        filters: Vec<Filter>,
    },
}

/// The place of a text, which decides what it may contain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SignedPlace<'s> {
    /// It is sent, and may contain the signature.
    Header,
    /// It is a part of what is signed, and empty if one of these variables has no value.
    Part(&'s [String]),
    /// It is signed, and never sent.
    Text,
}

/// A part that the spec names.
#[derive(Clone, Copy)]
pub(super) struct NamedPart<'s> {
    pub(super) name: &'s str,
    /// Set if it may contain any character.
    pub(super) is_open: bool,
    /// The highest sensitivity of what is in it.
    pub(super) sensitivity: Sensitivity,
}

/// The values of the texts of one request.
pub(super) struct SignedValues<'v> {
    pub(super) signed: &'v Signed<'v>,
    pub(super) values: &'v Values<'v>,
    /// The parts that are rendered so far.
    pub(super) parts: Vec<(&'v str, Zeroizing<String>)>,
    pub(super) signature: Option<&'v str>,
}

impl SignedValues<'_> {
    fn get(&self, name: &str) -> Option<Cow<'static, str>> {
        if name == SIGNATURE {
            return self.signature.map(|signature| signature.to_owned().into());
        }
        let named = self.parts.iter().find(|(known, _)| *known == name);
        let named = named.map(|(_, text)| text.as_str().to_owned().into());
        named.or_else(|| self.signed.part(name, self.values))
    }
}

impl SignedText {
    pub(super) fn compile(
        text: &str,
        path: &str,
        place: SignedPlace<'_>,
        named: &[NamedPart<'_>],
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        let mut pieces = Vec::new();
        for part in parse_template(text, path)?.parts {
            let placeholder = match part {
                Part::Literal(text) => {
                    pieces.push(SignedPiece::Literal(text));
                    continue;
                }
                Part::Placeholder(placeholder) => placeholder,
            };
            let (name, filters) = (placeholder.name, placeholder.filters);
            let is_signature = place == SignedPlace::Header && name == SIGNATURE;
            let part = named.iter().find(|part| part.name == name);
            let of_request = PARTS.contains(&name.as_str());
            if of_request && scope.is_variable(&name) {
                let problem =
                    format!("`{name}` is a part of the request and a variable of the spec");
                return Err(SpecError::new(path, problem, "give the variable another name"));
            }
            if is_signature || of_request || part.is_some() {
                check_part_filters(&name, &filters, path)?;
                let is_open = part.map_or(OPEN_PARTS.contains(&name.as_str()), |part| part.is_open);
                let is_open = is_open && !filters.iter().any(closes);
                // A code can be found from the hash of a body, so no filter changes this.
                let is_public = of_request && PUBLIC_PARTS.contains(&name.as_str());
                let own = if is_public { Sensitivity::Public } else { Sensitivity::Secret };
                let sensitivity = part.map_or(own, |part| part.sensitivity);
                pieces.push(SignedPiece::Part { name, filters, is_open, sensitivity });
                continue;
            }
            // A text that is signed is not sent.
            // So is a hash of it.
            let is_sent = place == SignedPlace::Header && !filters.contains(&Filter::Sha256Hex);
            let found = match is_sent {
                true => scope.slot(&name, path),
                false => scope.condition(&name, path),
            };
            let known = || PARTS.into_iter().chain(named.iter().map(|part| part.name));
            let slot = found.map_err(|error| match nearest(&name, known()) {
                Some(known) => {
                    let hint = format!("did you mean `{known}`?");
                    SpecError::new(path, format!("unknown variable `{name}`"), hint)
                }
                None => error,
            })?;
            let is_given = match place {
                SignedPlace::Part(with) => with.contains(&name),
                SignedPlace::Header | SignedPlace::Text => false,
            };
            if slot.may_be_absent && !is_given {
                let hint = match place {
                    SignedPlace::Part(_) => {
                        format!("declare it as required, or add with = \"{name}\" to the part")
                    }
                    SignedPlace::Header | SignedPlace::Text => "declare it as required".to_owned(),
                };
                return Err(SpecError::new(path, format!("`{name}` may have no value"), hint));
            }
            if slot.source == Source::Text && scope.charset() != Charset::Utf8 {
                let hint = "sign the body instead: {{body_sha256_hex}}";
                let problem = "with this charset, the text is sent as other bytes";
                return Err(SpecError::new(path, problem, hint));
            }
            // Signed texts may contain percent-encoded values.
            let others: Vec<Filter> =
                filters.iter().filter(|filter| **filter != Filter::Percent).cloned().collect();
            check_filters(&slot, &others, path)?;
            pieces.push(SignedPiece::Value { slot: with_millis(slot, &filters), filters });
        }
        let literals = pieces.iter().filter_map(|piece| match piece {
            SignedPiece::Literal(text) => Some(text.as_str()),
            _ => None,
        });
        if place == SignedPlace::Header && !literals.into_iter().all(is_header_text) {
            let problem = "the value contains a line break or a non-ASCII character";
            return Err(SpecError::new(path, problem, "use one line of ASCII"));
        }
        let text = Self { path: path.to_owned(), pieces, condition: None };
        text.check_structure(place, scope)?;
        Ok(text)
    }

    /// Sets the condition without which the text is empty.
    pub(super) fn conditional(self, condition: Option<ValueCondition>) -> Self {
        Self { condition, ..self }
    }

    /// Rejects a text that is JSON, XML or another language around a part that may contain any
    /// character.
    fn check_structure(
        &self,
        place: SignedPlace<'_>,
        scope: &Symbols<'_>,
    ) -> Result<(), SpecError> {
        let mut skeleton = Skeleton::default();
        for piece in &self.pieces {
            match piece {
                SignedPiece::Literal(text) => skeleton.push_literal(text),
                SignedPiece::Part { is_open, .. } => {
                    skeleton.push_value(if *is_open { Holds::Any } else { Holds::Plain });
                }
                SignedPiece::Value { slot, filters } => {
                    skeleton.push_value(Holds::of(slot, filters))
                }
            }
        }
        // The signed text is not sent, and gateways define it as names and values joined without
        // escaping.
        let is_sent = place == SignedPlace::Header;
        let Some(structure) = skeleton.find().filter(|found| is_sent || found.is_document()) else {
            return Ok(());
        };
        self.pieces.iter().try_for_each(|piece| match piece {
            SignedPiece::Value { slot, filters } => {
                check_slot(slot, filters, structure, scope, &self.path)
            }
            SignedPiece::Part { name, is_open: true, .. } => {
                let problem = structure::problem(name, structure);
                Err(SpecError::new(&self.path, problem, structure::HINT))
            }
            SignedPiece::Literal(_) | SignedPiece::Part { .. } => Ok(()),
        })
    }

    pub(super) fn names(&self, wanted: &str) -> bool {
        let is_wanted =
            |piece: &SignedPiece| matches!(piece, SignedPiece::Part { name, .. } if name == wanted);
        self.pieces.iter().any(is_wanted)
    }

    /// Returns whether the text may contain characters with a meaning in a structured text.
    pub(super) fn is_open(&self) -> bool {
        self.pieces.iter().any(|piece| match piece {
            SignedPiece::Literal(text) => !structure::is_plain(text),
            SignedPiece::Part { is_open, .. } => *is_open,
            SignedPiece::Value { slot, filters } => Holds::of(slot, filters) == Holds::Any,
        })
    }

    /// Returns whether the text contains a secret or something from the message.
    pub(super) fn is_secret(&self) -> bool {
        self.pieces.iter().any(|piece| match piece {
            SignedPiece::Literal(_) => false,
            SignedPiece::Part { sensitivity, .. } => *sensitivity != Sensitivity::Public,
            SignedPiece::Value { slot, .. } => slot.sensitivity != Sensitivity::Public,
        })
    }

    /// Returns the variables that the application configures.
    pub(super) fn configured(&self) -> impl Iterator<Item = &Slot> {
        self.pieces.iter().filter_map(|piece| match piece {
            SignedPiece::Value { slot, .. } if slot.source == Source::Configured => Some(slot),
            _ => None,
        })
    }

    pub(super) fn render(
        &self,
        given: &SignedValues<'_>,
    ) -> Result<Zeroizing<String>, RenderError> {
        let mut text = Zeroizing::new(String::new());
        if self.condition.as_ref().is_some_and(|condition| !condition.holds(given.values)) {
            return Ok(text);
        }
        for piece in &self.pieces {
            let (name, value, filters) = match piece {
                SignedPiece::Literal(literal) => {
                    push_wiped(&mut text, literal);
                    continue;
                }
                SignedPiece::Part { name, filters, .. } => (name, given.get(name), filters),
                SignedPiece::Value { slot, filters } => {
                    let value = given.values.get(slot).map(|value| value.into_owned().into());
                    (&slot.name, value, filters)
                }
            };
            let refuse = |problem: String| RenderError::new(&self.path, problem);
            let value =
                value.ok_or_else(|| refuse(format!("`{name}` has no value for this message")))?;
            let value =
                apply_all(filters, value).map_err(|error| refuse(refusal(name, filters, error)))?;
            push_wiped(&mut text, &Zeroizing::new(value.into_owned()));
            // Parts can contain each other, so a text could grow without end.
            if text.len() > MAX_TEXT {
                return Err(refuse("the text is longer than 1 MiB".to_owned()));
            }
        }
        Ok(text)
    }
}

/// Returns whether a filter returns only characters without a meaning in a structured text.
const fn closes(filter: &Filter) -> bool {
    matches!(filter, Filter::Base64 | Filter::Percent | Filter::Sha256Hex | Filter::Utf16Hex)
}

/// Rejects filters that no part of a request suits.
fn check_part_filters(name: &str, filters: &[Filter], path: &str) -> Result<(), SpecError> {
    let suits = |filter: &Filter| {
        closes(filter) || matches!(filter, Filter::Lower | Filter::Truncate(_) | Filter::Upper)
    };
    match filters.iter().find(|filter| !suits(filter)) {
        None => Ok(()),
        Some(filter) => {
            let problem = format!("`{}` does not suit `{name}`", filter.name());
            let hint = "use base64, lower, percent, sha256hex, truncate, upper or utf16hex, or {{now}} with a format";
            Err(SpecError::new(path, problem, hint))
        }
    }
}
