use core::fmt;

/// The host and the code that a browser reads from a message. Use it to test that codes can be
/// filled in from a message as it arrives on a phone.
///
/// # Examples
///
/// ```
/// use otpost::message::OriginBound;
///
/// let message = "123456 is your code.\n\n@acme.example #123456";
/// let read = OriginBound::parse(message).ok_or("none")?;
/// assert_eq!((read.host(), read.expose_code()), ("acme.example", "123456"));
///
/// // A footer that a gateway appends becomes the last line, so browsers find nothing.
/// let message = "123456\n\n@acme.example #123456\nReply STOP to end";
/// assert!(OriginBound::parse(message).is_none());
/// # Ok::<(), &str>(())
/// ```
///
/// # Security
///
/// `Debug` does not show the code.
#[doc(alias = "web otp")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OriginBound<'m> {
    host: &'m str,
    code: &'m str,
    embedded: Option<&'m str>,
}

impl<'m> OriginBound<'m> {
    pub(super) const fn new(host: &'m str, code: &'m str, embedded: Option<&'m str>) -> Self {
        Self { host, code, embedded }
    }

    /// Parses a message as in the specification ([WICG, origin-bound one-time codes,
    /// §3.2](https://wicg.github.io/sms-one-time-codes/#parsing)).
    ///
    /// The last line is the one that counts. It starts with `@`. Returns `None` if the last line
    /// has no host and code.
    #[must_use]
    pub fn parse(message: &'m str) -> Option<Self> {
        Self::parse_last(message, '@')
    }

    /// Parses a message as in Apple's documentation: as [`parse`](Self::parse), but the host of an
    /// embedded frame begins with `%`.
    #[must_use]
    pub fn parse_apple(message: &'m str) -> Option<Self> {
        Self::parse_last(message, '%')
    }

    fn parse_last(message: &'m str, embedded: char) -> Option<Self> {
        // A line ends with a line feed, a carriage return, or both.
        // If the message ends with a line break, the last line is empty, and nothing is found.
        let line = message.rsplit(['\n', '\r']).next().unwrap_or_default();
        let (host, rest) = token(line, '@')?;
        let (code, rest) = token(rest.strip_prefix(' ')?, '#')?;
        let embedded = rest.strip_prefix(' ').and_then(|rest| token(rest, embedded));
        Some(Self { host, code, embedded: embedded.map(|(host, _)| host) })
    }

    /// Parses a message as Chromium does for the Web OTP API: the first match anywhere in the text
    /// counts. Returns `None` if there is no match.
    #[must_use]
    pub fn parse_chromium(message: &'m str) -> Option<Self> {
        // Chromium uses a regular expression, which is written out here: the start of the text or
        // white space, `@host`, ` #code`, and optionally ` @embedded`.
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let is_space = |c: char| matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ');
        let host = |text: &'m str| {
            let text = text.strip_prefix('@')?;
            let end = text.find(|c| !is_host(c)).unwrap_or(text.len());
            text.split_at_checked(end).filter(|(host, _)| !host.is_empty())
        };
        message.match_indices('@').find_map(|(at, _)| {
            let before = message.get(..at)?.chars().next_back();
            if !before.is_none_or(is_space) {
                return None;
            }
            let (found, rest) = host(message.get(at..)?)?;
            let rest = rest.strip_prefix(" #")?;
            let end = rest.find(|c| c == '#' || is_space(c)).unwrap_or(rest.len());
            let (code, rest) = rest.split_at_checked(end).filter(|(code, _)| !code.is_empty())?;
            let embedded = rest.strip_prefix(' ').and_then(host).map(|(host, _)| host);
            Some(Self { host: found, code, embedded })
        })
    }

    /// Returns the host of the website.
    #[must_use]
    pub const fn host(&self) -> &'m str {
        self.host
    }

    /// Returns the host of the embedded frame, if there is one.
    #[must_use]
    pub const fn embedded(&self) -> Option<&'m str> {
        self.embedded
    }

    /// Returns the code.
    #[must_use]
    pub const fn expose_code(&self) -> &'m str {
        self.code
    }
}

/// Splits a text after its first token, which is `mark` and all characters up to the next white
/// space. Returns the token without the mark, and the rest. Returns `None` if the mark is missing
/// or nothing follows it.
fn token(text: &str, mark: char) -> Option<(&str, &str)> {
    let text = text.strip_prefix(mark)?;
    let is_space = |c: char| matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ');
    let end = text.find(is_space).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(token, _)| !token.is_empty())
}

impl fmt::Debug for OriginBound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginBound")
            .field("host", &self.host)
            .field("embedded", &self.embedded)
            .finish_non_exhaustive()
    }
}
