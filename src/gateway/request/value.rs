use std::borrow::Cow;

use zeroize::Zeroizing;

use super::condition::ValueCondition;
use super::filters::refusal;
use super::masked::Mark;
use super::nested::NestedValue;
use super::pieces::{ValuePiece, check_structure, compile_pieces, suits};
use super::render_error::RenderError;
use super::scratch::Scratch;
use super::structure::{self, Holds, Structure};
use super::symbols::Symbols;
use super::values::{Sensitivity, Slot, Source, Values};
use crate::gateway::error::SpecError;
use crate::gateway::lint::Lint;
use crate::template::{Filter, apply_all};

/// A value of a request, made of literal text and variables. It is rendered first, and then encoded
/// for its place.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct ValueTemplate {
    path: String,
    content: ValueContent,
    /// Without it, the value is left out.
    condition: Option<Box<ValueCondition>>,
    pub(in crate::gateway) sensitivity: Sensitivity,
    /// Set if the value contains the message's text. Only there may a charset replace characters.
    pub(in crate::gateway) holds_text: bool,
    /// The name of the configured secret in the value.
    configured: Option<Box<str>>,
    /// The structure of the value, such as a list of names and values.
    pub(super) structure: Option<Structure>,
}

#[derive(Clone, Debug)]
enum ValueContent {
    Nested(NestedValue),
    Pieces(Vec<ValuePiece>),
}

impl ValueTemplate {
    pub(in crate::gateway) fn compile(
        text: &str,
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<Self, SpecError> {
        let pieces = compile_pieces(text, scope, path)?;
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
        let structure = check_structure(&pieces, scope, path, |_| true)?;
        let holds_text = slots().any(|slot| slot.source == Source::Text);
        let sensitivity = slots().map(|slot| slot.sensitivity).max().unwrap_or(Sensitivity::Public);
        let (path, content) = (path.to_owned(), ValueContent::Pieces(pieces));
        let (condition, configured) = (None, None);
        let mut leaf =
            Self { path, content, condition, sensitivity, holds_text, configured, structure };
        leaf.configured = leaf.find_configured();
        Ok(leaf)
    }

    /// Creates a value that is itself a document, such as JSON in a form field.
    pub(in crate::gateway) fn nested(nested: NestedValue, path: &str) -> Self {
        let slots = nested.slots.iter();
        let sensitivity = slots.map(|slot| slot.sensitivity).max().unwrap_or(Sensitivity::Public);
        let (path, content) = (path.to_owned(), ValueContent::Nested(nested));
        // No character of a document can be replaced, so it does not count as the text.
        let (holds_text, condition, configured, structure) = (false, None, None, None);
        let mut leaf =
            Self { path, content, condition, sensitivity, holds_text, configured, structure };
        leaf.configured = leaf.find_configured();
        leaf
    }

    /// Makes the presence of the value depend on variables.
    pub(in crate::gateway) fn conditional(
        mut self,
        condition: Option<ValueCondition>,
    ) -> Result<Self, SpecError> {
        let Some(condition) = condition else { return Ok(self) };
        if self.is_partial() {
            let hint = "write one condition, on the value itself";
            let problem = "the text, code or number in it has a condition of its own";
            return Err(SpecError::new(&self.path, problem, hint));
        }
        let essential = self.slots().into_iter().find(|slot| slot.source.is_essential());
        if let Some(essential) = essential.filter(|_| condition.encodings().is_none()) {
            let problem =
                format!("`{}` would be left out where the condition does not hold", essential.name);
            let hint =
                "only a condition on `encoding` can decide where the text, code or number is";
            return Err(SpecError::new(&self.path, problem, hint));
        }
        self.condition = Some(Box::new(condition));
        Ok(self)
    }

    pub(in crate::gateway) const fn is_conditional(&self) -> bool {
        self.condition.is_some()
    }

    /// Returns whether the recipient, the text or the code in the value is sent for some messages
    /// only.
    pub(in crate::gateway) fn is_partial(&self) -> bool {
        let is_within = matches!(&self.content, ValueContent::Nested(nested) if nested.has_partial);
        let has_essential = || self.slots().into_iter().any(|slot| slot.source.is_essential());
        is_within || (self.is_conditional() && has_essential())
    }

    /// Returns the variables on which the presence of the value or of parts of it depends.
    pub(in crate::gateway) fn condition_slots(&self) -> Vec<&Slot> {
        let own = self.condition.iter().flat_map(|condition| condition.slots());
        let within = match &self.content {
            ValueContent::Nested(nested) => nested.conditions.as_slice(),
            ValueContent::Pieces(_) => &[],
        };
        own.chain(within).collect()
    }

    /// Returns the variables of the value and of its conditions.
    pub(in crate::gateway) fn all_slots(&self) -> Vec<&Slot> {
        self.slots().into_iter().chain(self.condition_slots()).collect()
    }

    fn pieces_of(&self) -> &[ValuePiece] {
        match &self.content {
            ValueContent::Nested(_) => &[],
            ValueContent::Pieces(pieces) => pieces,
        }
    }

    /// Returns the variables of the value.
    pub(in crate::gateway) fn slots(&self) -> Vec<&Slot> {
        match &self.content {
            ValueContent::Nested(nested) => nested.slots.iter().collect(),
            ValueContent::Pieces(pieces) => pieces
                .iter()
                .filter_map(|piece| match piece {
                    ValuePiece::Literal(_) => None,
                    ValuePiece::Value { slot, .. } => Some(slot),
                })
                .collect(),
        }
    }

    /// Rejects a text whose placeholders are inside a structure. Each placeholder is compiled
    /// separately there.
    pub(in crate::gateway) fn check_around(
        text: &str,
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<(), SpecError> {
        let pieces = scope.without_recording(|| compile_pieces(text, scope, path))?;
        check_structure(&pieces, scope, path, |_| true).map(drop)
    }

    /// Rejects a text that is itself JSON, XML or a quoted string. Separators are allowed, because
    /// its values are encoded one by one.
    pub(in crate::gateway) fn check_document(
        text: &str,
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<(), SpecError> {
        let pieces = scope.without_recording(|| compile_pieces(text, scope, path))?;
        check_structure(&pieces, scope, path, Structure::is_document).map(drop)
    }

    /// Creates a value from a fixed text of the engine.
    pub(in crate::gateway) fn literal(text: &str, path: &str) -> Self {
        let content = ValueContent::Pieces(vec![ValuePiece::Literal(text.to_owned())]);
        let (path, sensitivity, holds_text) = (path.to_owned(), Sensitivity::Public, false);
        let (condition, configured, structure) = (None, None, None);
        Self { path, content, condition, sensitivity, holds_text, configured, structure }
    }

    /// Adds a fixed text of the engine at the start, such as `Bearer `.
    pub(in crate::gateway) fn prefixed(mut self, text: &str) -> Self {
        if let ValueContent::Pieces(pieces) = &mut self.content {
            pieces.insert(0, ValuePiece::Literal(text.to_owned()));
        }
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
        if let ValueContent::Nested(nested) = &self.content
            && self.all_slots().is_empty()
        {
            scope.lint(Lint::LiteralSecret, &self.path)?;
            // A document without variables needs no values.
            if let Some(text) = nested.document.text(&Values::configured(&[]))? {
                scope.note_literal(&text);
            }
        }
        for slot in self.slots() {
            // The redactor must know the value, also if its variable is not declared as a secret.
            scope.note_credential(slot);
        }
        self.sensitivity = Sensitivity::Secret;
        self.configured = self.find_configured();
        Ok(self)
    }

    /// Returns the first variable that may contain characters with a meaning in a structured text.
    pub(in crate::gateway) fn unrestricted(&self) -> Option<&str> {
        self.pieces_of().iter().find_map(|piece| match piece {
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
        let secret = self.slots().into_iter().find(|slot| {
            matches!(slot.source, Source::Configured | Source::Token(_))
                && slot.sensitivity == Sensitivity::Secret
        });
        let variable = secret.map(|slot| slot.name.as_str());
        let place = || self.path.rsplit('.').next();
        let is_credential = self.sensitivity == Sensitivity::Secret && self.is_fixed();
        variable.or_else(|| place().filter(|_| is_credential)).map(Box::from)
    }

    /// Returns `false` if the value is certainly not always a JSON number. A value that only the
    /// application knows may be one.
    pub(in crate::gateway) fn may_be_number(&self) -> bool {
        let [ValuePiece::Value { slot, filters }] = self.pieces_of() else { return false };
        // Their letters are no digits.
        let is_text = |filter: &Filter| {
            matches!(filter, Filter::Base64 | Filter::Date(_) | Filter::Sha256Hex | Filter::Zone(_))
        };
        if filters.iter().any(is_text) {
            return false;
        }
        match slot.source {
            Source::CallingCode
            | Source::NationalNumber
            | Source::Segments
            | Source::TtlSeconds => true,
            Source::Configured
            | Source::Message(_)
            | Source::MessageVar
            | Source::ReceiptId
            | Source::Token(_) => true,
            Source::To => filters.iter().any(|f| matches!(f, Filter::National(_) | Filter::Plain)),
            _ => filters.iter().any(|f| {
                matches!(f, Filter::Epoch | Filter::EpochMs | Filter::Int | Filter::Map(_))
            }),
        }
    }

    pub(in crate::gateway) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the text if the value contains no variable.
    pub(in crate::gateway) fn as_literal(&self) -> Option<&str> {
        match &self.content {
            ValueContent::Nested(_) => None,
            ValueContent::Pieces(pieces) => match pieces.as_slice() {
                [] => Some(""),
                [ValuePiece::Literal(text)] => Some(text),
                _ => None,
            },
        }
    }

    /// Returns the literal texts.
    pub(in crate::gateway) fn literals(&self) -> impl Iterator<Item = &str> {
        self.pieces_of().iter().filter_map(|piece| match piece {
            ValuePiece::Literal(text) => Some(text.as_str()),
            ValuePiece::Value { .. } => None,
        })
    }

    /// Returns the first variable that may have no value, or on whose value the presence depends.
    pub(in crate::gateway) fn optional(&self) -> Option<&str> {
        let conditions = self.condition.iter().flat_map(|condition| condition.slots());
        let absent = |piece: &'_ ValuePiece| match piece {
            ValuePiece::Value { slot, .. } => slot.may_be_absent,
            ValuePiece::Literal(_) => false,
        };
        let own = self.pieces_of().iter().find(|piece| absent(piece));
        let own = own.and_then(|piece| match piece {
            ValuePiece::Value { slot, .. } => Some(slot.name.as_str()),
            ValuePiece::Literal(_) => None,
        });
        let nested = match &self.content {
            ValueContent::Nested(nested) => nested.absent.as_deref(),
            ValueContent::Pieces(_) => None,
        };
        own.or(nested).or_else(|| conditions.map(|slot| slot.name.as_str()).next())
    }

    /// Renders the value. `scratch` is used if it has several pieces. Returns `None` if an optional
    /// variable has no value or a condition does not hold; the pair is then left out.
    pub(in crate::gateway) fn render<'v>(
        &'v self,
        values: &Values<'v>,
        scratch: &'v mut Scratch,
    ) -> Result<Option<Cow<'v, str>>, RenderError> {
        scratch.clear();
        if self.condition.as_ref().is_some_and(|condition| !condition.holds(values)) {
            return Ok(None);
        }
        let pieces = match &self.content {
            ValueContent::Nested(nested) => {
                let Some(text) = nested.document.text(values)? else { return Ok(None) };
                scratch.push_str(&text);
                return Ok(Some(Cow::Borrowed(scratch.as_str())));
            }
            ValueContent::Pieces(pieces) => pieces,
        };
        for piece in pieces {
            match self.piece(piece, values)? {
                // A value without filters is passed on without a copy.
                Some(Cow::Borrowed(value)) if pieces.len() == 1 => {
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
        let refuse = |problem: String| RenderError::new(&self.path, problem);
        let value = match values.get(slot) {
            Some(value) => value,
            None if slot.may_be_absent => return Ok(None),
            None => return Err(refuse(format!("`{}` has no value for this message", slot.name))),
        };
        let value = apply_all(values.filters(slot, filters), value)
            .map_err(|error| refuse(refusal(&slot.name, filters, error)))?;
        match self.structure.filter(|_| matches!(slot.source, Source::Token(_))) {
            Some(inside) if !suits(inside, &value, &self.path) => {
                Err(refuse(structure::problem(&slot.name, inside)))
            }
            _ => Ok(Some(value)),
        }
    }

    /// Returns whether the value is the same for each message: it contains only literal text and
    /// configured values.
    pub(in crate::gateway) fn is_fixed(&self) -> bool {
        self.all_slots().into_iter().all(|slot| slot.source == Source::Configured)
    }

    /// Returns the last filter, if the value is a single variable.
    pub(in crate::gateway) fn last_filter(&self) -> Option<&Filter> {
        match self.pieces_of() {
            [ValuePiece::Value { filters, .. }] => filters.last(),
            _ => None,
        }
    }
}
