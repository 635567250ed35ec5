use std::fmt;

use serde::Deserialize;

/// The declaration of a variable in `[vars]`. The application provides its value.
///
/// # Examples
///
/// ```
/// use otpost::gateway::VarSpec;
///
/// let password = VarSpec::secret();
/// let sender = VarSpec::required().with_optional();
/// let region = VarSpec::required().with_default("eu");
/// # let _ = (password, sender, region);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VarSpec {
    #[serde(default)]
    pub(in crate::gateway) default: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) docs: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) host: bool,
    #[serde(default)]
    pub(in crate::gateway) message: bool,
    #[serde(default)]
    pub(in crate::gateway) optional: bool,
    #[serde(default)]
    pub(in crate::gateway) secret: bool,
}

impl VarSpec {
    /// Creates a variable that is not a secret. It needs a value, unless
    /// [`with_optional`](Self::with_optional) or [`with_default`](Self::with_default) follows.
    #[must_use]
    pub fn required() -> Self {
        Self::default()
    }

    /// Creates a variable that is masked wherever it would be printed. It needs a value, unless
    /// [`with_optional`](Self::with_optional) follows.
    #[must_use]
    pub fn secret() -> Self {
        Self { secret: true, ..Self::default() }
    }

    /// Creates a variable for the host of the URL, such as the origin of a device or the region of
    /// a gateway. It needs a value, unless [`with_default`](Self::with_default) follows, and is not
    /// a secret. [`with_optional`](Self::with_optional) does not change that.
    ///
    /// It is used in the origin of the URL, of a token endpoint or of another call. The place
    /// decides which values are accepted when the gateway is built:
    ///
    /// | place | accepted values |
    /// |---|---|
    /// | `{{origin}}/send` | `http://` or `https://`, a host and optionally a port, without a slash at the end |
    /// | `https://{{region}}.acme.example/send` | ASCII letters, digits, `.`, `-` and `_` |
    /// | `https://sms.acme.example:{{port}}/send` | a port number |
    ///
    /// A part of a host name, such as a region, can also be used in values and signatures. A whole
    /// origin cannot.
    ///
    /// An `http://` origin on a public network is an error unless the lint
    /// [`Cleartext`](crate::gateway::Lint::Cleartext) is allowed.
    #[must_use]
    pub fn host() -> Self {
        Self { host: true, ..Self::default() }
    }

    /// Creates a variable whose value comes with each message, through
    /// [`Message::with_var`](crate::Message::with_var). A value of the application is the default.
    /// It is masked like a secret.
    ///
    /// A message without any value fails as
    /// [`Misconfigured`](crate::provider::SendErrorKind::Misconfigured) and is not sent, unless the
    /// variable is [optional](Self::with_optional).
    #[must_use]
    pub fn message() -> Self {
        Self { message: true, ..Self::default() }
    }

    /// Makes the variable optional. Without a value, the field, parameter, header, JSON member,
    /// list item, XML element or XML attribute that uses it is left out.
    ///
    /// Checking the spec fails if the variable is used where nothing can be left out: in the path
    /// of the URL, in a text body, in the credentials and the signature of `[auth]` (except
    /// [`Auth::Query`](crate::gateway::Auth::Query)), or in one value with the recipient, the text
    /// or the code.
    #[must_use]
    pub fn with_optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Sets the default value, which applies if the application gives none. It is one line and not
    /// empty. A secret, or a variable with a name such as `token`, cannot have one: checking the
    /// spec fails.
    #[must_use]
    pub fn with_default(mut self, value: impl Into<String>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Describes the variable, in one sentence for people. Defaults to no description.
    #[must_use]
    pub fn with_docs(mut self, docs: impl Into<String>) -> Self {
        self.docs = Some(docs.into());
        self
    }

    /// Returns the description for people.
    #[must_use]
    pub fn docs(&self) -> Option<&str> {
        self.docs.as_deref()
    }

    /// Returns the default value.
    #[must_use]
    pub fn default_value(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// Returns `true` if each message brings its own value: see [`message`](Self::message).
    #[must_use]
    pub const fn is_message(&self) -> bool {
        self.message
    }

    /// Returns `true` if the variable can be without a value: it is optional or has a default.
    ///
    /// It is `false` for other message variables, because each message needs a value.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        self.optional || self.default.is_some()
    }

    /// Returns whether each message has its own value.
    pub(in crate::gateway) const fn is_of_message(&self) -> bool {
        self.message
    }

    /// Returns `true` if the variable is declared as a secret, so that its value is masked wherever
    /// it would be printed.
    ///
    /// Credentials under `[auth]`, and variables with a name such as `token`, are masked as well.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        self.secret
    }
}

impl fmt::Debug for VarSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VarSpec")
            .field("host", &self.host)
            .field("message", &self.message)
            .field("optional", &self.optional)
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}
