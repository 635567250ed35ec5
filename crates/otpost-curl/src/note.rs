use std::fmt;

/// What was found in a curl command, and what was left out of it.
///
/// It names places and options, never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CurlNote {
    /// A bare `+` stands before the number: the gateway reads a blank there. What is sent has a plus.
    BarePlus {
        /// The key path.
        place: String,
    },
    /// JSON or XML that curl calls a form, since no `Content-Type` was given. It is sent so again.
    CalledAForm,
    /// The URL is `http://` and its host public: code and credentials can be read on the way.
    Cleartext,
    /// A compressed answer was asked for (`--compressed`), and is not any more: answers are short.
    Compressed,
    /// A cookie is part of the request; those of a browser's session expire.
    Cookie,
    /// A header was left out, because the client writes it itself, or it is a browser's.
    DroppedHeader {
        /// The header.
        name: String,
    },
    /// An option was left out.
    IgnoredOption {
        /// The option, with its dashes.
        option: String,
        /// Why.
        reason: &'static str,
    },
    /// Certificates were not checked (`-k`), and are checked now.
    Insecure,
    /// A literal text or number that stays in the spec. Look at it: it may be a secret that was not recognised.
    Literal {
        /// The key path.
        place: String,
        /// The number of characters.
        length: usize,
    },
    /// There is no `Accept` header. Some gateways answer in another format then.
    NoAccept,
    /// Nothing says what an answer means: until there are rules, each 2xx counts as accepted.
    NoRules,
    /// A phone number that stays as it is, beside the recipient's.
    OtherNumber {
        /// The key path.
        place: String,
    },
    /// Something of the message has its place.
    Placed {
        /// The key path.
        place: String,
        /// Such as `{{to|plain}}`.
        placeholder: String,
    },
    /// Redirects were followed (`-L`), and are not any more.
    Redirects,
    /// A secret stands in the URL, where every log on the way keeps it.
    SecretInUrl {
        /// The key path.
        place: String,
    },
    /// Only the code has a place: the text stays as the gateway has it.
    TextMissing,
    /// A time or date that will be an old one.
    Time {
        /// The key path.
        place: String,
    },
    /// A value has become a variable.
    Variable {
        /// The variable.
        name: String,
        /// The key path.
        place: String,
    },
}

impl CurlNote {
    /// The name of its kind, in words with hyphens.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::BarePlus { .. } => "bare-plus",
            Self::CalledAForm => "called-a-form",
            Self::Cleartext => "cleartext",
            Self::Compressed => "compressed",
            Self::Cookie => "cookie",
            Self::DroppedHeader { .. } => "dropped-header",
            Self::IgnoredOption { .. } => "ignored-option",
            Self::Insecure => "insecure",
            Self::Literal { .. } => "literal",
            Self::NoAccept => "no-accept",
            Self::NoRules => "no-rules",
            Self::OtherNumber { .. } => "other-number",
            Self::Placed { .. } => "placed",
            Self::Redirects => "redirects",
            Self::SecretInUrl { .. } => "secret-in-url",
            Self::TextMissing => "text-missing",
            Self::Time { .. } => "time",
            Self::Variable { .. } => "variable",
        }
    }
}

impl fmt::Display for CurlNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BarePlus { place } => write!(
                f,
                "{place}: a bare `+` arrives as a blank; `%2B` is sent now. If the gateway does not like it, write {{{{to|plain}}}}"
            ),
            Self::CalledAForm => f.write_str(
                "request: curl calls this body a form; say `Content-Type` if the gateway wants another name",
            ),
            Self::Cleartext => {
                f.write_str("request.url: http:// crosses a public network; try https://")
            }
            Self::Compressed => {
                f.write_str("--compressed: left out; answers are short, and read as they are")
            }
            Self::Cookie => f.write_str("request.headers: the cookie of a session expires"),
            Self::DroppedHeader { name } => {
                write!(f, "request.headers.{name}: left out; the client or a browser writes it")
            }
            Self::IgnoredOption { option, reason } => write!(f, "{option}: left out; {reason}"),
            Self::Insecure => f.write_str(
                "--insecure: left out; if the certificate is of your own authority, name it in connection.ca_file",
            ),
            Self::Literal { place, length: 1 } => {
                write!(f, "{place}: a literal of 1 character stays in the spec")
            }
            Self::Literal { place, length } => {
                write!(f, "{place}: a literal of {length} characters stays in the spec; is it a secret?")
            }
            Self::NoAccept => f.write_str(
                "request.headers.Accept: there is none; some gateways then answer in another format",
            ),
            Self::NoRules => f.write_str(
                "response: each 2xx counts as accepted until rules say more; see the gateway's error answers",
            ),
            Self::OtherNumber { place } => {
                write!(f, "{place}: a phone number that each message will have; is it a recipient?")
            }
            Self::Placed { place, placeholder } => write!(f, "{place}: {placeholder}"),
            Self::Redirects => f.write_str(
                "--location: left out; a redirect would repeat the message, so write the URL that it leads to",
            ),
            Self::SecretInUrl { place } => write!(
                f,
                "{place}: a secret in the URL is kept by every log on the way; use a header or the body if the gateway can"
            ),
            Self::TextMissing => {
                f.write_str("request: the text has no place in it, only the code; the rest is as it was pasted")
            }
            Self::Time { place } => {
                write!(f, "{place}: a time that will be old; {{{{now}}}} or {{{{expires_at}}}} may be meant")
            }
            Self::Variable { name, place } => write!(f, "{place}: the variable `{name}`"),
        }
    }
}
