use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::otp::Code;
use crate::secret::SecretString;

/// The longest name of a host (RFC 1035 §2.3.4), as text.
const MAX_HOST: usize = 253;
/// The hash of an Android application, in Base64.
const HASH: usize = 11;
/// The longest message that Android's SMS Retriever reads.
const MAX_RETRIEVER: usize = 140;

/// A last line that binds the code to a web site, and may wake an Android application.
///
/// `@acme.example #123456` is filled in by Safari, Chrome and others on `https://acme.example` and nowhere else, which keeps
/// it from a page that only looks like it ([WICG, origin-bound one-time codes](https://wicg.github.io/sms-one-time-codes/)).
/// The page needs one `<input autocomplete="one-time-code" inputmode="numeric">`.
///
/// # Examples
///
/// ```
/// use otpost::message::Autofill;
/// use otpost::Code;
///
/// let autofill = Autofill::new("acme.example")?;
/// let code = Code::parse("123456")?;
/// let text = autofill.compose("123456 is your Acme code.", &code)?;
/// assert_eq!(text.expose(), "123456 is your Acme code.\n\n@acme.example #123456");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autofill {
    host: Box<str>,
    embedded: Option<(Box<str>, EmbeddedStyle)>,
    app_hash: Option<Box<str>>,
}

/// How the host of an embedded page is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbeddedStyle {
    /// `@shop.example`, as the specification and Chromium have it.
    #[default]
    At,
    /// `%shop.example`, as Apple's page has it.
    Percent,
}

words! {
    EmbeddedStyle, "style of an embedded host":
    At = "at",
    Percent = "percent",
}

display_word!(EmbeddedStyle);

impl Autofill {
    /// For the page of this host: its name in lower-case ASCII, without scheme, port or path.
    ///
    /// # Errors
    ///
    /// [`AutofillError::Host`] for anything else; write `bücher.example` as `xn--bcher-kva.example`.
    pub fn new(host: &str) -> Result<Self, AutofillError> {
        Ok(Self { host: checked(host)?, embedded: None, app_hash: None })
    }

    /// The field is in a frame of this host, within the page of the other.
    ///
    /// # Errors
    ///
    /// [`AutofillError::Host`] as for [`new`](Self::new).
    pub fn with_embedded(
        mut self,
        host: &str,
        style: EmbeddedStyle,
    ) -> Result<Self, AutofillError> {
        self.embedded = Some((checked(host)?, style));
        Ok(self)
    }

    /// And for the Android application with this hash, by SMS Retriever. It stands behind the code: on a line of its own it
    /// would be the last line, and browsers would find nothing.
    ///
    /// # Errors
    ///
    /// [`AutofillError::AppHash`] when it is not eleven characters of Base64.
    pub fn with_app_hash(mut self, hash: &str) -> Result<Self, AutofillError> {
        let is_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        if hash.len() != HASH || !hash.bytes().all(is_base64) {
            return Err(AutofillError::AppHash);
        }
        self.app_hash = Some(hash.into());
        Ok(self)
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// A text with the line below it, and an empty one between.
    ///
    /// # Errors
    ///
    /// [`AutofillError::TooLong`] when an application's hash is in it and all of it is above 140 bytes, which SMS Retriever
    /// does not read.
    pub fn compose(&self, text: &str, code: &Code) -> Result<SecretString, AutofillError> {
        let line = self.line(code.expose());
        let mut composed = zeroize::Zeroizing::new(String::with_capacity(
            text.len().saturating_add(line.len()).saturating_add(2),
        ));
        composed.push_str(text.trim_end());
        composed.push_str("\n\n");
        composed.push_str(&line);
        if self.app_hash.is_some() && composed.len() > MAX_RETRIEVER {
            return Err(AutofillError::TooLong);
        }
        Ok(SecretString::from(composed.as_str()))
    }

    /// How many units the line and the empty one above it take of a text, with a code of so many digits.
    #[must_use]
    pub fn units(&self, digits: usize) -> usize {
        self.line("").len().saturating_add(digits).saturating_add(2)
    }

    fn line(&self, code: &str) -> String {
        let mut line = format!("@{} #{code}", self.host);
        if let Some((host, style)) = &self.embedded {
            let sign = match style {
                EmbeddedStyle::At => '@',
                EmbeddedStyle::Percent => '%',
            };
            line.push_str(&format!(" {sign}{host}"));
        }
        if let Some(hash) = &self.app_hash {
            line.push_str(&format!(" {hash}"));
        }
        line
    }

    pub(super) fn embedded(&self) -> Option<&str> {
        self.embedded.as_ref().map(|(host, _)| &**host)
    }
}

/// A host's name: labels of letters, digits and hyphens (RFC 1123 §2.1), at least two of them.
fn checked(host: &str) -> Result<Box<str>, AutofillError> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_host = host.len() <= MAX_HOST && host.contains('.') && host.split('.').all(is_label);
    if is_host { Ok(host.into()) } else { Err(AutofillError::Host) }
}

/// Why there is no such last line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AutofillError {
    /// Not eleven characters of Base64.
    #[error("the hash of an Android application is eleven characters of Base64")]
    AppHash,
    /// Not the name of a host in lower-case ASCII.
    #[error("a host is its name alone, in lower case and ASCII, such as acme.example")]
    Host,
    /// Above what SMS Retriever reads.
    #[error("with an application's hash, a message has at most 140 bytes")]
    TooLong,
}

impl fmt::Display for Autofill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line("******"))
    }
}
