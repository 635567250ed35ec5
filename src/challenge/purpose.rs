use std::fmt;

/// The purpose of a code, such as login or payment. A code for one purpose is not accepted for
/// another.
///
/// It is a type so that a purpose and a typed code cannot be swapped. Declare each purpose once, as
/// a constant.
///
/// # Examples
///
/// ```
/// use otpost::challenge::Purpose;
///
/// const LOGIN: Purpose = Purpose::new("login");
/// const PAYMENT: Purpose = Purpose::new("payment");
/// assert_ne!(LOGIN, PAYMENT);
/// assert_eq!(LOGIN.to_string(), "login");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose<'a>(&'a str);

impl<'a> Purpose<'a> {
    /// The purpose in events about a store call that belongs to no challenge that is known yet.
    pub(super) const NONE: Self = Self::new("");

    /// Creates a purpose with this name.
    ///
    /// The name appears in events. It also selects the text of the message, if
    /// [`MessageTemplates`](crate::message::MessageTemplates) contains a text of this name.
    #[must_use]
    pub const fn new(name: &'a str) -> Self {
        Self(name)
    }

    /// Returns the name.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

impl fmt::Display for Purpose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
