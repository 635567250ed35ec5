//! The values of pairs and JSON members in reverse.

use std::sync::Arc;

use data_encoding::BASE64;

use super::captures::Reading;
use super::condition::{Presence, PresenceCondition};
use super::encoded::decode_text;
use super::mismatch::{MismatchKind, describe};
use super::nested::NestedReader;
use super::text::TextReader;
use crate::gateway::spec::{Charset, ValueSpec};
use crate::template::Filter;

/// A compiled value.
#[derive(Clone, Debug)]
pub(super) struct ValueReader {
    content: ValueForm,
    condition: PresenceCondition,
}

#[derive(Clone, Debug)]
enum ValueForm {
    Base64(Box<ValueReader>),
    /// `Basic` with the Base64 of the user name and the password.
    Basic(Box<(TextReader, TextReader)>),
    /// The essence of a media type, such as `application/json`.
    MediaType(&'static str),
    /// A whole media type, whose parameters and case may be written in several ways.
    SpecType(String),
    Nested(Arc<dyn NestedReader>),
    Text(TextReader),
}

impl ValueReader {
    pub(super) fn base64(inner: Self) -> Self {
        Self::of(ValueForm::Base64(Box::new(inner)))
    }

    /// Creates a value that is itself a document.
    pub(super) fn nested(document: Arc<dyn NestedReader>) -> Self {
        Self::of(ValueForm::Nested(document))
    }

    /// Makes the presence of the value depend on variables.
    pub(super) fn conditional(mut self, condition: PresenceCondition) -> Self {
        self.condition = condition;
        self
    }

    pub(super) fn text(pattern: TextReader) -> Self {
        Self::of(ValueForm::Text(pattern))
    }

    pub(super) fn basic(username: TextReader, password: TextReader) -> Self {
        Self::of(ValueForm::Basic(Box::new((username, password))))
    }

    pub(super) fn media_type(essence: &'static str) -> Self {
        Self::of(ValueForm::MediaType(essence))
    }

    /// Compares the value as a media type, if it is a fixed text.
    pub(super) fn compared_as_media_type(mut self, spec: &ValueSpec) -> Self {
        if let (ValueForm::Text(pattern), Some(text)) = (&self.content, spec.as_text())
            && pattern.is_literal()
        {
            self.content = ValueForm::SpecType(text.to_owned());
        }
        self
    }

    fn of(content: ValueForm) -> Self {
        Self { content, condition: PresenceCondition::default() }
    }

    /// Returns whether the value is certain to be absent, may be absent, or must be there.
    pub(super) fn presence(&self, reading: &Reading<'_>) -> Presence {
        let usually = if self.is_optional() { Presence::Optional } else { Presence::Required };
        self.condition.presence(reading.known, usually)
    }

    fn is_optional(&self) -> bool {
        match &self.content {
            ValueForm::Base64(inner) => inner.is_optional() || !inner.condition.is_empty(),
            ValueForm::Nested(document) => document.may_be_left_out(),
            ValueForm::Text(pattern) => pattern.is_optional(),
            _ => false,
        }
    }

    /// Returns whether the value contains the variable.
    pub(super) fn reads(&self, name: &str) -> bool {
        let has = |pattern: &TextReader| pattern.names().any(|known| known == name);
        match &self.content {
            ValueForm::Base64(inner) => inner.reads(name),
            ValueForm::Basic(pair) => has(&pair.0) || has(&pair.1),
            ValueForm::Nested(document) => document.reads_variable(name),
            ValueForm::MediaType(_) | ValueForm::SpecType(_) => false,
            ValueForm::Text(pattern) => has(pattern),
        }
    }

    /// Returns whether the value is a text that shows this placeholder.
    pub(super) fn shows(&self, name: &str, filters: &[Filter]) -> bool {
        match &self.content {
            ValueForm::Text(text) => text.placeholders().iter().any(|it| it.shows(name, filters)),
            _ => false,
        }
    }

    pub(super) fn may_be_absent(&self) -> bool {
        self.is_optional() || !self.condition.is_empty()
    }

    pub(super) fn is_literal(&self) -> bool {
        matches!(&self.content, ValueForm::Text(pattern) if pattern.is_literal())
    }

    pub(super) fn last_filter(&self) -> Option<&Filter> {
        match &self.content {
            ValueForm::Text(pattern) => pattern.last_filter(),
            _ => None,
        }
    }

    /// Reads the bytes of a value in a charset.
    pub(super) fn read_bytes(
        &self,
        bytes: &[u8],
        charset: Charset,
        place: &str,
        reading: &mut Reading<'_>,
    ) {
        let holds_text = match &self.content {
            ValueForm::Text(pattern) => pattern.holds_text(),
            _ => false,
        };
        match decode_text(bytes, charset, holds_text) {
            Some(text) => self.read(&text, place, reading),
            None => {
                let expected = format!("text in {charset}");
                reading.refuse(place, MismatchKind::Request, expected, "other bytes");
            }
        }
    }

    pub(super) fn read(&self, text: &str, place: &str, reading: &mut Reading<'_>) {
        match &self.content {
            ValueForm::Base64(inner) => match decode_base64(text) {
                Some(text) => inner.read(&text, place, reading),
                None => {
                    let expected = "Base64 with padding";
                    reading.refuse(place, MismatchKind::Request, expected, describe(text));
                }
            },
            ValueForm::Basic(templates) => {
                let (username, password) = &**templates;
                let pair = text.strip_prefix("Basic ").and_then(decode_base64);
                match pair.as_deref().and_then(|pair| pair.split_once(':')) {
                    Some((user, pass)) => {
                        username.read(user, place, reading);
                        password.read(pass, place, reading);
                    }
                    None => {
                        let expected =
                            "`Basic` and the Base64 of a user name, a colon and a password";
                        let kind = MismatchKind::Credentials;
                        reading.refuse(place, kind, expected, describe(text));
                    }
                }
            }
            ValueForm::MediaType(essence) => {
                let found = text.split(';').next().unwrap_or_default().trim();
                if !found.eq_ignore_ascii_case(essence) {
                    let expected = format!("`{essence}`");
                    reading.refuse(place, MismatchKind::Request, expected, describe(text));
                }
            }
            ValueForm::SpecType(wanted) => {
                if media_type(text) != media_type(wanted) {
                    let expected = format!("`{wanted}`");
                    reading.refuse(place, MismatchKind::Request, expected, describe(text));
                }
            }
            ValueForm::Nested(document) => document.read_text(text, place, reading),
            ValueForm::Text(pattern) => pattern.read(text, place, reading),
        }
    }
}

fn decode_base64(text: &str) -> Option<String> {
    String::from_utf8(BASE64.decode(text.as_bytes()).ok()?).ok()
}

/// Returns a media type in its usual form (RFC 9110 §8.3.1).
fn media_type(text: &str) -> String {
    let parts = text.split(';').map(|part| part.trim().replace('"', "").to_ascii_lowercase());
    parts.collect::<Vec<_>>().join(";")
}
