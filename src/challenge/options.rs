//! The options of `issue`, `resend` and `verify`, each defined once.

use super::device::DeviceToken;
use super::token::ChallengeToken;
use crate::message::Locale;

/// The options of `issue`. `resend` uses the binding, the locale and the variables, and `verify`
/// the binding only.
#[derive(Default)]
pub(super) struct Options<'a> {
    pub(super) binding: &'a [u8],
    pub(super) locale: Option<Locale>,
    pub(super) vars: Vec<(String, String)>,
    pub(super) is_human: bool,
    pub(super) is_decoy: bool,
    pub(super) device: Option<&'a DeviceToken>,
    pub(super) replaces: Option<&'a ChallengeToken>,
}

/// The setter of the binding, for a type with a field `options`.
macro_rules! binding_option {
    () => {
        /// Sets the bytes that the challenge is bound to, such as a session id or a digest of
        /// amount and payee. Defaults to no bytes, which is the same as an empty slice.
        ///
        /// `issue` binds the challenge to them. `resend` and `verify` must pass the same bytes. A
        /// resend with other bytes sends nothing and returns
        /// [`ChallengeErrorKind::Binding`](super::ChallengeErrorKind::Binding). A code that is
        /// verified with other bytes is [`Wrong`](super::Verdict::Wrong) and uses an attempt. The
        /// number of bytes is not limited. A second call replaces the first one.
        #[doc(alias = "dynamic linking")]
        pub const fn bind(mut self, binding: &'a [u8]) -> Self {
            self.options.binding = binding;
            self
        }
    };
}

/// The setters of the message, for a type with a field `options`.
macro_rules! message_options {
    () => {
        /// Sets the language of this message. Defaults to the first language of the texts, which
        /// is English for the built-in ones. A resend does not remember the language of the issue.
        ///
        /// If the texts lack this language, the closest one is used; see
        /// [`MessageTemplates::find`](crate::message::MessageTemplates::find).
        pub fn locale(mut self, locale: crate::message::Locale) -> Self {
            self.options.locale = Some(locale);
            self
        }

        /// Sets a variable of the text, such as an amount. The last value of a name counts. A
        /// resend does not remember the variables of the issue.
        ///
        /// Awaiting the request returns
        /// [`ChallengeErrorKind::Message`](super::ChallengeErrorKind::Message), and counts, stores
        /// and sends nothing, if the text has no such variable, if a variable of the text has no
        /// value, or if [`TextTemplate::with_var`](crate::message::TextTemplate::with_var) rejects
        /// the value, for example because of a line break.
        pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.options.vars.push((name.into(), value.into()));
            self
        }
    };
}

pub(super) use {binding_option, message_options};
