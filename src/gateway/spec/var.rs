use std::fmt;

use serde::Deserialize;

use crate::gateway::values::BUILTINS;

/// A variable that the application gives, as `[vars]` declares it.
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
    pub(in crate::gateway) host: bool,
    #[serde(default)]
    pub(in crate::gateway) message: bool,
    #[serde(default)]
    pub(in crate::gateway) optional: bool,
    #[serde(default)]
    pub(in crate::gateway) secret: bool,
}

impl VarSpec {
    /// A value that must be given, and may be shown.
    #[must_use]
    pub fn required() -> Self {
        Self::default()
    }

    /// A value that must be given, and is masked wherever it would be shown.
    #[must_use]
    pub fn secret() -> Self {
        Self { secret: true, ..Self::default() }
    }

    /// The origin or host of a device of one's own, or the region in a gateway's host name. It stands in the host and
    /// nowhere else.
    #[must_use]
    pub fn host() -> Self {
        Self { host: true, ..Self::default() }
    }

    /// A value that comes with each message, by [`Message::with_var`](crate::Message::with_var).
    #[must_use]
    pub fn message() -> Self {
        Self { message: true, ..Self::default() }
    }

    /// Returns `true` if every spec has a variable of this name, such as `to`, `text` or `code`.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::VarSpec;
    ///
    /// assert!(VarSpec::is_builtin("national_number"));
    /// assert!(!VarSpec::is_builtin("password"));
    /// ```
    #[must_use]
    pub fn is_builtin(name: &str) -> bool {
        BUILTINS.iter().any(|(known, _, _)| *known == name)
    }

    /// It may be left out; the pair that it stands in is then left out as well.
    #[must_use]
    pub fn with_optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// It has this value unless another is given.
    #[must_use]
    pub fn with_default(mut self, value: impl Into<String>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Whether it may be left out.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        self.optional || self.default.is_some()
    }

    /// Whether it is masked wherever it would be shown.
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
