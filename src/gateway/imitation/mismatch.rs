use std::borrow::Cow;
use std::fmt;

/// A difference between a request and the spec of its gateway.
///
/// `Display` prints one line: ``form field `to`: expected digits without a plus, found a plus and
/// digits``.
///
/// # Security
///
/// It describes the value that was found and never shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    place: String,
    kind: MismatchKind,
    expected: Cow<'static, str>,
    found: Cow<'static, str>,
}

/// The part of a request that a [`Mismatch`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MismatchKind {
    /// The credentials are missing or wrong.
    Credentials,
    /// The phone number has another form.
    Recipient,
    /// Another part of the request is missing or wrong.
    Request,
}

impl Mismatch {
    pub(super) fn new(
        place: &str,
        kind: MismatchKind,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<Cow<'static, str>>,
    ) -> Self {
        // A name in the request can contain any character, and the text must stay one line.
        let place = match place.contains(char::is_control) {
            true => place.escape_debug().to_string(),
            false => place.to_owned(),
        };
        Self { place, kind, expected: expected.into(), found: found.into() }
    }

    /// Returns the place, such as ``form field `to` ``, ``header `accept` ``, `/messages/0/to` or
    /// `path`.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Returns the part of the request.
    #[must_use]
    pub const fn kind(&self) -> MismatchKind {
        self.kind
    }

    /// Returns a description of the expected value.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Returns a description of the value that was found.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {}", self.place, self.expected, self.found)
    }
}

/// Describes a text without showing it.
pub(super) fn describe(text: &str) -> Cow<'static, str> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let kind = match text {
        "" => return "an empty value".into(),
        text if text.strip_prefix('+').is_some_and(is_number) => "a plus and digits",
        text if text.starts_with("00") && is_number(text) => "digits after `00`",
        text if is_number(text) => "digits",
        text if text.bytes().all(|b| b.is_ascii_alphanumeric()) => "letters and digits",
        _ => "another text",
    };
    format!("{kind} ({} characters)", text.chars().take(10_000).count()).into()
}
