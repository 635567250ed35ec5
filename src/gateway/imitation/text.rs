//! A text with placeholders in reverse.
//!
//! The literal texts must be there, and everything else belongs to the placeholders. With several
//! placeholders, a text can have several readings, such as `{{a}}{{b}}`. Then the form of the
//! values decides, and the first placeholder captures as little as possible.

use std::fmt::Write;

use regex_lite::Regex;

use super::captures::Reading;
use super::mismatch::{MismatchKind, describe};
use super::placeholder::PlaceholderReader;
use crate::gateway::error::SpecError;
use crate::gateway::request::pieces::parse_template;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::request::values::Source;
use crate::gateway::spec::SignatureSpec;
use crate::template::{Filter, Part};

/// The maximum number of steps in which a text is divided. More take longer than a second.
const MAX_STEPS: usize = 1 << 26;
/// The number of states of the form of a placeholder, about.
const FORM_STATES: usize = 96;
/// The maximum number of characters of the spec in a mismatch.
const MAX_WRITTEN: usize = 60;

/// A compiled text.
#[derive(Clone, Debug)]
pub(super) struct TextReader {
    /// The text as the spec has it.
    written: String,
    content: TextForm,
    pub(super) kind: MismatchKind,
}

#[derive(Clone, Debug)]
enum TextForm {
    Literal(String),
    Divided(Divided),
}

/// A text with placeholders.
#[derive(Clone, Debug)]
struct Divided {
    before: String,
    after: String,
    placeholders: Vec<PlaceholderReader>,
    /// Without it, there is one placeholder and nothing else between `before` and `after`.
    between: Option<Between>,
}

/// The expressions that divide a text: one with the usual forms of the values, and one without.
#[derive(Clone, Debug)]
struct Between {
    strict: Regex,
    relaxed: Regex,
    states: usize,
}

impl TextReader {
    pub(super) fn compile(
        text: &str,
        kind: MismatchKind,
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<Self, SpecError> {
        Self::of(text, kind, path, |name, filters| {
            PlaceholderReader::compile(name, filters, scope, path)
        })
    }

    /// Compiles a text that can contain parts of the request and the signature.
    pub(super) fn signed(
        text: &str,
        spec: SignatureSpec<'_>,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        Self::of(text, MismatchKind::Credentials, spec.path, |name, filters| {
            match scope.is_variable(name) {
                true => PlaceholderReader::compile(name, filters, scope, spec.path),
                false => Ok(PlaceholderReader::signed(name, filters, spec)),
            }
        })
    }

    fn of(
        text: &str,
        kind: MismatchKind,
        path: &str,
        placeholder: impl Fn(&str, Vec<Filter>) -> Result<PlaceholderReader, SpecError>,
    ) -> Result<Self, SpecError> {
        let template = parse_template(text, path)?;
        let written = shown(text);
        // The literal texts, and between two of them a placeholder.
        let mut literals = vec![String::new()];
        let mut placeholders = Vec::new();
        for part in template.parts {
            match (part, literals.last_mut()) {
                (Part::Literal(text), Some(last)) => last.push_str(&text),
                (Part::Literal(_), None) => {}
                (Part::Placeholder(it), _) => {
                    placeholders.push(placeholder(&it.name, it.filters)?);
                    literals.push(String::new());
                }
            }
        }
        if placeholders.is_empty() {
            let content = TextForm::Literal(literals.concat());
            return Ok(Self { written, content, kind });
        }
        let after = literals.pop().unwrap_or_default();
        let mut literals = literals.into_iter();
        let before = literals.next().unwrap_or_default();
        let inner: Vec<String> = literals.collect();
        let between = (!inner.is_empty()).then(|| Between::compile(&placeholders, &inner, path));
        let between = between.transpose()?;
        let divided = Divided { before, after, placeholders, between };
        Ok(Self { written, content: TextForm::Divided(divided), kind })
    }

    /// Adds a literal text at the start.
    pub(super) fn prefixed(mut self, text: &str) -> Self {
        self.written = shown(&format!("{text}{}", self.written));
        match &mut self.content {
            TextForm::Literal(literal) => literal.insert_str(0, text),
            TextForm::Divided(divided) => divided.before.insert_str(0, text),
        }
        self
    }

    pub(super) fn placeholders(&self) -> &[PlaceholderReader] {
        match &self.content {
            TextForm::Literal(_) => &[],
            TextForm::Divided(divided) => &divided.placeholders,
        }
    }

    pub(super) fn is_literal(&self) -> bool {
        self.placeholders().is_empty()
    }

    /// Returns whether the text is left out without the value of a variable.
    pub(super) fn is_optional(&self) -> bool {
        self.placeholders().iter().any(|placeholder| placeholder.slot.may_be_absent)
    }

    pub(super) fn holds_text(&self) -> bool {
        self.placeholders().iter().any(|placeholder| placeholder.slot.source == Source::Text)
    }

    /// Returns the names of the variables.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.placeholders().iter().map(|placeholder| placeholder.slot.name.as_str())
    }

    /// Returns the last filter, if the text is one placeholder.
    pub(super) fn last_filter(&self) -> Option<&Filter> {
        match &self.content {
            TextForm::Divided(Divided { before, after, placeholders, between: None })
                if before.is_empty() && after.is_empty() =>
            {
                placeholders.first()?.last_filter()
            }
            _ => None,
        }
    }

    /// Compares a text with the pattern, and captures the variables.
    pub(super) fn read(&self, text: &str, place: &str, reading: &mut Reading<'_>) {
        let refuse = |reading: &mut Reading<'_>| {
            // A literal credential is a secret.
            let expected = match (self.kind, self.is_literal()) {
                (MismatchKind::Credentials, true) => "the value of the spec".to_owned(),
                (_, true) if self.written.is_empty() => "an empty value".to_owned(),
                _ => format!("`{}`", self.written),
            };
            reading.refuse(place, self.kind, expected, describe(text));
        };
        let divided = match &self.content {
            TextForm::Literal(literal) if text == literal => return,
            TextForm::Literal(_) => return refuse(reading),
            TextForm::Divided(divided) => divided,
        };
        let inner = text.strip_prefix(&*divided.before);
        let Some(inner) = inner.and_then(|text| text.strip_suffix(&*divided.after)) else {
            return refuse(reading);
        };
        let Some(between) = &divided.between else {
            for placeholder in &divided.placeholders {
                placeholder.read(inner, place, self.kind, reading);
            }
            return;
        };
        if inner.len().saturating_mul(between.states) > MAX_STEPS {
            return reading.refuse(place, self.kind, "a shorter value", describe(text));
        }
        let found = between.strict.captures(inner).or_else(|| between.relaxed.captures(inner));
        let Some(found) = found else { return refuse(reading) };
        for (placeholder, value) in divided.placeholders.iter().zip(found.iter().skip(1)) {
            let value = value.map_or("", |value| value.as_str());
            placeholder.read(value, place, self.kind, reading);
        }
    }
}

impl Between {
    fn compile(
        placeholders: &[PlaceholderReader],
        literals: &[String],
        path: &str,
    ) -> Result<Self, SpecError> {
        let (mut strict, mut relaxed) = (String::from("(?s)^"), String::from("(?s)^"));
        for (at, placeholder) in placeholders.iter().enumerate() {
            if let Some(literal) = at.checked_sub(1).and_then(|at| literals.get(at)) {
                strict.push_str(&regex_lite::escape(literal));
                relaxed.push_str(&regex_lite::escape(literal));
            }
            // Writing into a string cannot fail.
            let _ = write!(strict, "({})", placeholder.form());
            relaxed.push_str("(.*?)");
        }
        strict.push('$');
        relaxed.push('$');
        let compile = |text: &str| {
            Regex::new(text).map_err(|_| {
                let hint = "divide it into several values";
                SpecError::new(path, "the value is too long to be read back", hint)
            })
        };
        let length: usize = literals.iter().map(String::len).sum();
        let states = placeholders.len().saturating_mul(FORM_STATES).saturating_add(length);
        Ok(Self { strict: compile(&strict)?, relaxed: compile(&relaxed)?, states })
    }
}

/// Returns the beginning of a text of the spec, in one line.
fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let beginning: String = chars.by_ref().take(MAX_WRITTEN).collect();
    let beginning = beginning.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
    if chars.next().is_some() { format!("{beginning}…") } else { beginning }
}
