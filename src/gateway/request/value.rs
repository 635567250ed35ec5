use std::borrow::Cow;

use zeroize::Zeroizing;

use super::masked::Mark;
use super::scratch::Scratch;
use super::structure::{self, Holds, Skeleton, Structure};
use super::symbols::Symbols;
use super::values::{Sensitivity, Slot, Source, Values};
use crate::gateway::error::SpecError;
use crate::gateway::lint::Lint;
use crate::gateway::spec::Charset;
use crate::template::{Filter, Part, Template, apply_all};

/// A value of a request, made of literal text and variables. It is rendered first, and then encoded
/// for its place.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct ValueTemplate {
    path: String,
    pieces: Vec<ValuePiece>,
    pub(in crate::gateway) sensitivity: Sensitivity,
    /// Set if the value contains the message's text. Only there may a charset replace characters.
    pub(in crate::gateway) holds_text: bool,
    /// The name of the configured secret in the value.
    configured: Option<Box<str>>,
}

#[derive(Clone, Debug)]
enum ValuePiece {
    Literal(String),
    Value { slot: Slot, filters: Vec<Filter> },
}

/// An error for a value that does not fit its place. It never contains the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub(in crate::gateway) struct RenderError {
    pub(in crate::gateway) path: String,
    pub(in crate::gateway) problem: String,
}

impl RenderError {
    pub(in crate::gateway) fn new(path: &str, problem: impl Into<String>) -> Self {
        Self { path: path.to_owned(), problem: problem.into() }
    }
}

impl From<RenderError> for SpecError {
    /// Values that are the same for each message are rendered, and fail, when the gateway is built.
    fn from(error: RenderError) -> Self {
        Self::new(error.path, error.problem, "check the configured value")
    }
}

impl ValueTemplate {
    pub(in crate::gateway) fn compile(
        text: &str,
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<Self, SpecError> {
        let pieces = Self::pieces(text, scope, path)?;
        let slots = || {
            pieces.iter().filter_map(|piece| match piece {
                ValuePiece::Literal(_) => None,
                ValuePiece::Value { slot, .. } => Some(slot),
            })
        };
        let essential = slots().find(|slot| !slot.may_be_absent && slot.source.is_essential());
        let optional = slots().find(|slot| slot.may_be_absent);
        if let (Some(essential), Some(optional)) = (essential, optional) {
            let (essential, optional) = (&essential.name, &optional.name);
            let problem = format!("without `{optional}`, `{essential}` would be left out as well");
            let hint =
                format!("put them into separate values, or declare `{optional}` as required");
            return Err(SpecError::new(path, problem, hint));
        }
        check_structure(&pieces, scope, path, |_| true)?;
        let holds_text = slots().any(|slot| slot.source == Source::Text);
        let sensitivity = slots().map(|slot| slot.sensitivity).max();
        let sensitivity = sensitivity.unwrap_or(Sensitivity::Public);
        let path = path.to_owned();
        let mut leaf = Self { path, pieces, sensitivity, holds_text, configured: None };
        leaf.configured = leaf.find_configured();
        Ok(leaf)
    }

    /// Splits a text into literal texts and variables.
    fn pieces(text: &str, scope: &Symbols<'_>, path: &str) -> Result<Vec<ValuePiece>, SpecError> {
        let hint = "placeholders are written {{name}} or {{name|filter}}";
        let template =
            Template::parse(text).map_err(|e| SpecError::new(path, e.to_string(), hint))?;
        let mut pieces = Vec::new();
        for part in &template.parts {
            pieces.push(match part {
                Part::Literal(literal) => ValuePiece::Literal(literal.clone()),
                Part::Placeholder(placeholder) => {
                    let slot = scope.slot(&placeholder.name, path)?;
                    let mut filters = placeholder.filters.clone();
                    check_filters(&slot, &filters, path)?;
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

    /// Rejects a text whose placeholders are inside a structure. Each placeholder is compiled
    /// separately there.
    pub(in crate::gateway) fn check_around(
        text: &str,
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<(), SpecError> {
        check_structure(&Self::pieces(text, scope, path)?, scope, path, |_| true)
    }

    /// Rejects a text that is itself JSON, XML or a quoted string. Separators are allowed, because
    /// its values are encoded one by one.
    pub(in crate::gateway) fn check_document(
        text: &str,
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<(), SpecError> {
        let pieces = Self::pieces(text, scope, path)?;
        check_structure(&pieces, scope, path, Structure::is_document)
    }

    /// Creates a value from a fixed text of the engine.
    pub(in crate::gateway) fn literal(text: &str, path: &str) -> Self {
        let pieces = vec![ValuePiece::Literal(text.to_owned())];
        let sensitivity = Sensitivity::Public;
        let path = path.to_owned();
        Self { path, pieces, sensitivity, holds_text: false, configured: None }
    }

    /// Adds a fixed text of the engine at the start, such as `Bearer `.
    pub(in crate::gateway) fn prefixed(mut self, text: &str) -> Self {
        self.pieces.insert(0, ValuePiece::Literal(text.to_owned()));
        self
    }

    /// Returns an error if the value is the same for each message and does not fit its place.
    pub(in crate::gateway) fn check_fixed(&self, values: &Values<'_>) -> Result<(), RenderError> {
        if self.is_fixed() {
            self.render(values, &mut Scratch::default())?;
        }
        Ok(())
    }

    /// Marks the value as a credential, whatever it contains.
    pub(in crate::gateway) fn credential(mut self, scope: &Symbols<'_>) -> Result<Self, SpecError> {
        if let Some(text) = self.as_literal().filter(|text| !text.is_empty()) {
            scope.lint(Lint::LiteralSecret, &self.path)?;
            scope.note_literal(text);
        }
        for piece in &self.pieces {
            if let ValuePiece::Value { slot, .. } = piece {
                // The redactor must know the value, also if its variable is not declared as a
                // secret.
                scope.note_credential(slot);
            }
        }
        self.sensitivity = Sensitivity::Secret;
        self.configured = self.find_configured();
        Ok(self)
    }

    /// Returns the first variable that may contain characters with a meaning in a structured text.
    pub(in crate::gateway) fn unrestricted(&self) -> Option<&str> {
        self.pieces.iter().find_map(|piece| match piece {
            ValuePiece::Value { slot, filters } if Holds::of(slot, filters) == Holds::Any => {
                Some(slot.name.as_str())
            }
            _ => None,
        })
    }

    /// Returns the mark for the bytes of the value.
    pub(in crate::gateway) fn mark(&self) -> Mark<'_> {
        Mark { sensitivity: self.sensitivity, configured: self.configured.as_deref() }
    }

    /// Returns the name of the configured secret in the value, or the last part of the path if the
    /// secret is in the spec.
    fn find_configured(&self) -> Option<Box<str>> {
        let variable = self.pieces.iter().find_map(|piece| match piece {
            ValuePiece::Value { slot, .. } if slot.source == Source::Configured => {
                (slot.sensitivity == Sensitivity::Secret).then_some(slot.name.as_str())
            }
            _ => None,
        });
        let place = || self.path.rsplit('.').next();
        let is_credential = self.sensitivity == Sensitivity::Secret && self.is_fixed();
        variable.or_else(|| place().filter(|_| is_credential)).map(Box::from)
    }

    /// Returns `false` if the value is certainly not always a JSON number. A value that only the
    /// application knows may be one.
    pub(in crate::gateway) fn may_be_number(&self) -> bool {
        let [ValuePiece::Value { slot, filters }] = self.pieces.as_slice() else {
            return self.as_literal().is_none();
        };
        match slot.source {
            Source::CallingCode
            | Source::NationalNumber
            | Source::Segments
            | Source::TtlSeconds => true,
            Source::Configured | Source::Message(_) | Source::MessageVar => true,
            Source::To => filters.iter().any(|f| matches!(f, Filter::National(_) | Filter::Plain)),
            _ => filters.iter().any(|f| matches!(f, Filter::Map(_))),
        }
    }

    pub(in crate::gateway) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the text if the value contains no variable.
    pub(in crate::gateway) fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [ValuePiece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Returns the literal texts.
    pub(in crate::gateway) fn literals(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            ValuePiece::Literal(text) => Some(text.as_str()),
            ValuePiece::Value { .. } => None,
        })
    }

    /// Returns the first variable that may have no value.
    pub(in crate::gateway) fn optional(&self) -> Option<&str> {
        self.pieces.iter().find_map(|piece| match piece {
            ValuePiece::Value { slot, .. } if slot.may_be_absent => Some(slot.name.as_str()),
            _ => None,
        })
    }

    /// Renders the value. `scratch` is used if it has several pieces. Returns `None` if an optional
    /// variable has no value; the pair is then left out.
    pub(in crate::gateway) fn render<'v>(
        &'v self,
        values: &Values<'v>,
        scratch: &'v mut Scratch,
    ) -> Result<Option<Cow<'v, str>>, RenderError> {
        scratch.clear();
        for piece in &self.pieces {
            match self.piece(piece, values)? {
                // A value without filters is passed on without a copy.
                Some(Cow::Borrowed(value)) if self.pieces.len() == 1 => {
                    return Ok(Some(Cow::Borrowed(value)));
                }
                Some(Cow::Borrowed(value)) => scratch.push_str(value),
                // The output of a filter may be secret, so it is wiped.
                Some(Cow::Owned(value)) => scratch.push_str(&Zeroizing::new(value)),
                None => return Ok(None),
            }
        }
        Ok(Some(Cow::Borrowed(scratch.as_str())))
    }

    fn piece<'v>(
        &self,
        piece: &'v ValuePiece,
        values: &Values<'v>,
    ) -> Result<Option<Cow<'v, str>>, RenderError> {
        let (slot, filters) = match piece {
            ValuePiece::Literal(text) => return Ok(Some(text.as_str().into())),
            ValuePiece::Value { slot, filters } => (slot, filters),
        };
        let Some(value) = values.get(slot) else {
            if slot.may_be_absent {
                return Ok(None);
            }
            let problem = format!("`{}` has no value for this message", slot.name);
            return Err(RenderError::new(&self.path, problem));
        };
        let value = apply_all(filters, value)
            .map_err(|error| RenderError::new(&self.path, error.to_string()))?;
        Ok(Some(value))
    }

    /// Returns whether the value is the same for each message: it contains only literal text and
    /// configured values.
    pub(in crate::gateway) fn is_fixed(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            ValuePiece::Literal(_) => true,
            ValuePiece::Value { slot, .. } => slot.source == Source::Configured,
        })
    }
}

/// Rejects a value that contains JSON, XML or another language in which a placeholder may contain
/// any character.
fn check_structure(
    pieces: &[ValuePiece],
    scope: &Symbols<'_>,
    path: &str,
    counts: impl Fn(Structure) -> bool,
) -> Result<(), SpecError> {
    let mut skeleton = Skeleton::default();
    for piece in pieces {
        match piece {
            ValuePiece::Literal(text) => skeleton.push_literal(text),
            ValuePiece::Value { slot, filters } => skeleton.push_value(Holds::of(slot, filters)),
        }
    }
    let Some(structure) = skeleton.find().filter(|found| counts(*found)) else { return Ok(()) };
    pieces.iter().try_for_each(|piece| match piece {
        ValuePiece::Literal(_) => Ok(()),
        ValuePiece::Value { slot, filters } => check_slot(slot, filters, structure, scope, path),
    })
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
    let is_message = slot.source != Source::Configured;
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

/// Rejects filters that cannot work or would do harm, so that they fail here and not at the first
/// message.
fn check_filters(slot: &Slot, filters: &[Filter], path: &str) -> Result<(), SpecError> {
    for (at, filter) in filters.iter().enumerate() {
        let of_number =
            matches!(filter, Filter::E164 | Filter::National(_) | Filter::Plain | Filter::Zeros);
        let fixed = matches!(
            slot.source,
            Source::Text | Source::Code | Source::To | Source::NationalNumber | Source::CallingCode
        );
        if of_number
            && !matches!(
                slot.source,
                Source::To | Source::Configured | Source::MessageVar | Source::Sender
            )
        {
            let problem =
                format!("`{}` needs a phone number, and `{}` is not one", filter.name(), slot.name);
            return Err(SpecError::new(path, problem, "use it with {{to}}"));
        }
        let before = filters.iter().take(at);
        if of_number && before.into_iter().any(|before| *before != Filter::E164) {
            let problem =
                format!("`{}` follows a filter that does not return E.164", filter.name());
            return Err(SpecError::new(
                path,
                problem,
                "put it first, and use only one of its kind",
            ));
        }
        if matches!(filter, Filter::Truncate(_)) && fixed {
            let problem = format!("`{}` must not be truncated", slot.name);
            return Err(SpecError::new(path, problem, "remove the filter `truncate`"));
        }
        if let Filter::Map(pairs) = filter
            && slot.source == Source::Encoding
            && !["gsm7", "ucs2"].iter().all(|name| pairs.iter().any(|(from, _)| from == name))
        {
            let hint = "write map:gsm7=…,ucs2=…";
            return Err(SpecError::new(path, "the map does not contain both encodings", hint));
        }
    }
    Ok(())
}
