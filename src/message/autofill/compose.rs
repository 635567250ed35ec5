use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use super::parse::OriginBound;
use crate::message::look_alike::to_plain;
use crate::otp::Code;
use crate::secret::SecretString;

/// The maximum length of a host name as text (RFC 1035 §2.3.4).
const MAX_HOST: usize = 253;
/// The length of the hash of an Android application, in Base64 characters.
const HASH: usize = 11;
/// The maximum length in bytes of a message that Android's SMS Retriever reads.
const MAX_RETRIEVER: usize = 140;

/// A last line that binds the code to a website, and optionally to an Android application.
///
/// Safari, Chrome and others fill in the code of `@acme.example #123456` on `https://acme.example`
/// and on no other site. This protects the code from phishing sites that look the same ([WICG,
/// origin-bound one-time codes](https://wicg.github.io/sms-one-time-codes/)). The page needs one
/// `<input autocomplete="one-time-code" inputmode="numeric">`.
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
#[doc(alias = "web otp")]
#[doc(alias = "sms retriever")]
#[doc(alias = "origin-bound")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autofill {
    host: Box<str>,
    embedded: Option<(Box<str>, EmbeddedStyle)>,
    app_hash: Option<Box<str>>,
}

/// The notation of the host of an embedded frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbeddedStyle {
    /// `@shop.example`, as in the specification and in Chromium.
    #[default]
    At,
    /// `%shop.example`, as in Apple's documentation.
    Percent,
}

words! {
    EmbeddedStyle, "style of an embedded host":
    At = "at",
    Percent = "percent",
}

display_word!(EmbeddedStyle);

impl Autofill {
    /// Creates the last line for the pages of a host. The host is a name in lower-case ASCII,
    /// without scheme, port or path.
    ///
    /// # Errors
    ///
    /// [`AutofillError::Host`] for any other text. Write `bücher.example` as
    /// `xn--bcher-kva.example`.
    pub fn new(host: &str) -> Result<Self, AutofillError> {
        Ok(Self { host: checked(host)?, embedded: None, app_hash: None })
    }

    /// Sets the host of the frame that contains the input field, within the page of the main host.
    ///
    /// # Errors
    ///
    /// [`AutofillError::Host`], as for [`new`](Self::new).
    pub fn with_embedded(
        mut self,
        host: &str,
        style: EmbeddedStyle,
    ) -> Result<Self, AutofillError> {
        self.embedded = Some((checked(host)?, style));
        Ok(self)
    }

    /// Adds the hash of an Android application, so that SMS Retriever passes the message to it.
    ///
    /// The hash follows the code on the same line. On a separate line, it would be the last line,
    /// and browsers would not find the code.
    ///
    /// # Errors
    ///
    /// [`AutofillError::AppHash`] if the hash is not eleven Base64 characters.
    pub fn with_app_hash(mut self, hash: &str) -> Result<Self, AutofillError> {
        let is_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        if hash.len() != HASH || !hash.bytes().all(is_base64) {
            return Err(AutofillError::AppHash);
        }
        self.app_hash = Some(hash.into());
        Ok(self)
    }

    /// Returns the host of the website.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the text, followed by an empty line and the autofill line. White space at the end of
    /// the text is removed.
    ///
    /// The result is parsed again in three ways: by the specification, by Apple's documentation,
    /// and as Chromium does. Each must find this host and code, also after a gateway has converted
    /// full-width and other look-alike characters of the text.
    ///
    /// # Errors
    ///
    /// - [`AutofillError::OtherLine`] if the text contains an `@host #code` of its own that a
    ///   browser reads instead of the last line.
    /// - [`AutofillError::TooLong`] if there is an application hash and the result has more than
    ///   140 bytes. SMS Retriever does not read longer messages.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::{Autofill, AutofillError};
    /// use otpost::Code;
    ///
    /// // Chromium reads the first `@host #code` of a message, Safari the last line.
    /// let (autofill, code) = (Autofill::new("acme.example")?, Code::parse("123456")?);
    /// let refused = autofill.compose("Pay @evil.example #123456", &code);
    /// assert_eq!(refused.unwrap_err(), AutofillError::OtherLine);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compose(&self, text: &str, code: &Code) -> Result<SecretString, AutofillError> {
        let line = self.line(code.expose());
        let mut composed = zeroize::Zeroizing::new(String::with_capacity(
            text.len().saturating_add(line.len()).saturating_add(2),
        ));
        composed.push_str(text.trim_end());
        composed.push_str("\n\n");
        composed.push_str(&line);
        if self.app_hash.is_some() && composed.len() > MAX_RETRIEVER {
            // Checked for the whole message: SMS Retriever counts the text as well.
            return Err(AutofillError::TooLong);
        }
        let is_read = self.is_read(&composed, code) && self.is_read(&to_plain(&composed), code);
        if is_read {
            Ok(SecretString::from(composed.as_str()))
        } else {
            Err(AutofillError::OtherLine)
        }
    }

    /// Returns `true` if all grammars find this host and code in the message.
    fn is_read(&self, message: &str, code: &Code) -> bool {
        // Each style of an embedded host is read by one side, and not seen by the other.
        let (at, percent) = match &self.embedded {
            Some((host, EmbeddedStyle::At)) => (Some(&**host), None),
            Some((host, EmbeddedStyle::Percent)) => (None, Some(&**host)),
            None => (None, None),
        };
        let expected = |embedded| Some(OriginBound::new(&self.host, code.expose(), embedded));
        OriginBound::parse(message) == expected(at)
            && OriginBound::parse_chromium(message) == expected(at)
            && OriginBound::parse_apple(message) == expected(percent)
    }

    /// Returns the number of units that the autofill line and the empty line above it take, with a
    /// code of this number of digits.
    #[must_use]
    pub fn units(&self, digits: usize) -> usize {
        // Host and hash are ASCII and in the GSM alphabet without escapes. So each byte of the line
        // is one unit in both encodings.
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

/// Returns the host if it is valid: at least two labels of letters, digits and hyphens
/// (RFC 1123 §2.1), and no IP address.
fn checked(host: &str) -> Result<Box<str>, AutofillError> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_host = host.len() <= MAX_HOST && host.contains('.') && host.split('.').all(is_label);
    // A host that ends in a number is an IPv4 address (WHATWG URL, host parsing). A code is bound to
    // a domain.
    let last = host.rsplit('.').next().unwrap_or_default();
    let digits = last.strip_prefix("0x");
    let is_address = last.bytes().all(|b| b.is_ascii_digit())
        || digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    if is_host && !is_address { Ok(host.into()) } else { Err(AutofillError::Host) }
}

/// An error for an invalid host or application hash, or for a text that cannot have the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AutofillError {
    /// The application hash is not eleven Base64 characters.
    #[error("invalid Android application hash: expected eleven Base64 characters")]
    AppHash,
    /// The host is not a name in lower-case ASCII.
    #[error(
        "invalid host: expected a domain name in lower-case ASCII (Unicode as xn--) without scheme, port, path or final dot, such as acme.example"
    )]
    Host,
    /// The text contains an `@host #code` of its own, so that a browser would not read the last
    /// line.
    #[error(
        "the text contains an `@host #code` of its own, which browsers can read instead of the last line: remove it"
    )]
    OtherLine,
    /// The message has an application hash and more than 140 bytes, which SMS Retriever does not
    /// read.
    #[error("the message is too long: with an application hash, at most 140 bytes are allowed")]
    TooLong,
}

impl fmt::Display for Autofill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line("******"))
    }
}
