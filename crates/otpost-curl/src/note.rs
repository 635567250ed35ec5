use std::fmt;

/// A finding about a curl command: a value that was found, a part that was omitted, or a part that
/// needs a review.
///
/// A note names places and options, and never holds a value. `Display` prints one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CurlNote {
    /// The number has a bare `+`, which the gateway decodes to a space. The spec sends `%2B`.
    BarePlus {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
    /// The body is JSON or XML, but curl declares a form because no `Content-Type` was given. The
    /// spec sends the same.
    CalledAForm,
    /// The URL is `http://` and its host is public: others can read code and credentials in
    /// transit.
    Cleartext,
    /// `--compressed` was omitted: the client reads responses without compression.
    Compressed,
    /// The request has a cookie. Cookies of a browser session expire.
    Cookie,
    /// A header was omitted, because the client sets it itself or only browsers send it.
    DroppedHeader {
        /// The name of the header.
        name: String,
    },
    /// The command sends an equal sign in a value as it is, and the spec sends `%3D`. Some devices
    /// do not decode it.
    EqualSign {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
    /// An option was omitted.
    IgnoredOption {
        /// The option, with its dashes.
        option: String,
        /// The reason.
        reason: &'static str,
    },
    /// An id stays in the spec, and is the same in every request. Gateways that de-duplicate by it
    /// drop the second message.
    Identity {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
    /// `-k` was omitted: the client always validates certificates.
    Insecure,
    /// A literal text or number stays in the spec. Review it: it can be a secret that was not
    /// recognized.
    Literal {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
        /// The number of characters.
        length: usize,
    },
    /// The request has no `Accept` header. Some gateways respond in another format then.
    NoAccept,
    /// The spec has no rules for responses. Until you add some, every 2xx counts as accepted.
    NoRules,
    /// A nonce stays in the spec, and is the same in every request.
    Nonce {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
    /// The phone number has separators, such as spaces or hyphens. The spec sends it without.
    NumberFormat {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
    /// A phone number other than the recipient's stays in the spec.
    OtherNumber {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
    /// A value of the message became a placeholder.
    Placed {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
        /// The placeholder, such as `{{to|plain}}`.
        placeholder: String,
    },
    /// `-L` was omitted: the client follows no redirects.
    Redirects,
    /// A password or key has the same value as the code, and became a variable.
    SecretIsCode {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
    /// A secret is in the URL, which servers and proxies log.
    SecretInUrl {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
    /// A signature or checksum of the request stays in the spec or became a variable. The next
    /// request needs another one.
    Signature {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
    /// A name begins or ends with a space, and is sent with it.
    SpaceInName {
        /// The key path in the spec, such as `request.form`.
        place: String,
    },
    /// The command contains the code but no text: the gateway itself holds the text.
    TextMissing,
    /// A time or date stays in the spec, and will be in the past.
    Time {
        /// The key path in the spec, such as `request.form.to`.
        place: String,
        /// The placeholder to write instead, such as `{{now|epoch}}`. An ellipsis in it stands for
        /// the format.
        placeholder: String,
    },
    /// A placeholder of documentation, such as `<API_KEY>` or `{auth_id}`, became a variable
    /// without a value.
    Unfilled {
        /// The name of the variable.
        name: String,
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
    /// A value has become a variable.
    Variable {
        /// The name of the variable.
        name: String,
        /// The key path in the spec, such as `request.form.to`.
        place: String,
    },
}

impl CurlNote {
    /// Returns the kind as a stable identifier in kebab case, such as `dropped-header`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::BarePlus { .. } => "bare-plus",
            Self::CalledAForm => "called-a-form",
            Self::Cleartext => "cleartext",
            Self::Compressed => "compressed",
            Self::Cookie => "cookie",
            Self::DroppedHeader { .. } => "dropped-header",
            Self::EqualSign { .. } => "equal-sign",
            Self::IgnoredOption { .. } => "ignored-option",
            Self::Identity { .. } => "identity",
            Self::Insecure => "insecure",
            Self::Literal { .. } => "literal",
            Self::NoAccept => "no-accept",
            Self::NoRules => "no-rules",
            Self::Nonce { .. } => "nonce",
            Self::NumberFormat { .. } => "number-format",
            Self::OtherNumber { .. } => "other-number",
            Self::Placed { .. } => "placed",
            Self::Redirects => "redirects",
            Self::SecretIsCode { .. } => "secret-is-code",
            Self::SecretInUrl { .. } => "secret-in-url",
            Self::Signature { .. } => "signature",
            Self::SpaceInName { .. } => "space-in-name",
            Self::TextMissing => "text-missing",
            Self::Time { .. } => "time",
            Self::Unfilled { .. } => "unfilled",
            Self::Variable { .. } => "variable",
        }
    }

    /// Changes the key path of a note about a value.
    pub(crate) fn move_to(&mut self, path: &str) {
        match self {
            Self::BarePlus { place }
            | Self::EqualSign { place }
            | Self::Identity { place }
            | Self::Literal { place, .. }
            | Self::Nonce { place }
            | Self::NumberFormat { place }
            | Self::OtherNumber { place }
            | Self::Placed { place, .. }
            | Self::SecretIsCode { place }
            | Self::SecretInUrl { place }
            | Self::Signature { place }
            | Self::SpaceInName { place }
            | Self::Time { place, .. }
            | Self::Unfilled { place, .. }
            | Self::Variable { place, .. } => path.clone_into(place),
            Self::CalledAForm
            | Self::Cleartext
            | Self::Compressed
            | Self::Cookie
            | Self::DroppedHeader { .. }
            | Self::IgnoredOption { .. }
            | Self::Insecure
            | Self::NoAccept
            | Self::NoRules
            | Self::Redirects
            | Self::TextMissing => {}
        }
    }
}

impl fmt::Display for CurlNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BarePlus { place } => write!(
                f,
                "{place}: a bare `+` is decoded to a space; the spec sends `%2B`. If the gateway rejects it, use {{{{to|plain}}}}"
            ),
            Self::CalledAForm => f.write_str(
                "request: curl declares this body as a form; set `Content-Type` if the gateway expects another type",
            ),
            Self::Cleartext => {
                f.write_str("request.url: http:// crosses a public network; use https:// if the gateway supports it")
            }
            Self::Compressed => {
                f.write_str("--compressed: omitted; responses are read without compression")
            }
            Self::Cookie => f.write_str("request.headers: the cookie of a browser session expires"),
            Self::DroppedHeader { name } => {
                write!(f, "request.headers.{name}: omitted; only the HTTP client or a browser sets it")
            }
            Self::EqualSign { place } => write!(
                f,
                "{place}: the command sends `=` in the value as it is, and the spec sends `%3D`; few gateways tell them apart"
            ),
            Self::IgnoredOption { option, reason } => write!(f, "{option}: omitted; {reason}"),
            Self::Identity { place } => write!(
                f,
                "{place}: an id that every message will repeat; write {{{{message_uuid}}}}"
            ),
            Self::Insecure => f.write_str(
                "--insecure: omitted; if the certificate is from a private authority, set connection.ca_file",
            ),
            // One character is too short for a secret, so this line asks no question.
            Self::Literal { place, length: 1 } => {
                write!(f, "{place}: a literal of 1 character stays in the spec")
            }
            Self::Literal { place, length } => {
                write!(f, "{place}: a literal of {length} characters stays in the spec; is it a secret?")
            }
            Self::NoAccept => f.write_str(
                "request.headers.Accept: missing; some gateways then respond in another format",
            ),
            Self::NoRules => f.write_str(
                "response: every 2xx counts as accepted; add rules for the gateway's error responses",
            ),
            Self::Nonce { place } => {
                write!(f, "{place}: a nonce that every message will repeat; write {{{{nonce}}}}")
            }
            Self::NumberFormat { place } => write!(
                f,
                "{place}: the number has separators, and the spec sends it without; check that the gateway accepts this"
            ),
            Self::OtherNumber { place } => {
                write!(f, "{place}: a phone number that every message will have; is it a recipient?")
            }
            Self::Placed { place, placeholder } => write!(f, "{place}: {placeholder}"),
            Self::Redirects => f.write_str(
                "--location: omitted; a redirect would repeat the message, so use the URL that it leads to",
            ),
            Self::SecretIsCode { place } => write!(
                f,
                "{place}: a variable, although the value equals the code; write {{{{code}}}} if it is the code"
            ),
            Self::SecretInUrl { place } => write!(
                f,
                "{place}: servers and proxies log a secret in the URL; use a header or the body if the gateway supports it"
            ),
            Self::Signature { place } => write!(
                f,
                "{place}: a signature or checksum is different for each request; describe it with auth.hmac or auth.hash"
            ),
            Self::SpaceInName { place } => {
                write!(f, "{place}: a name begins or ends with a space; remove the space if it is a mistake")
            }
            Self::TextMissing => {
                f.write_str("request: only the code was found, and not the text; the gateway itself holds the text")
            }
            Self::Time { place, placeholder } => {
                write!(f, "{place}: a time that every message will repeat; write {placeholder}")
            }
            Self::Unfilled { name, place } => write!(
                f,
                "{place}: a placeholder of documentation became the variable `{name}`; set its value"
            ),
            Self::Variable { name, place } => write!(f, "{place}: the variable `{name}`"),
        }
    }
}
