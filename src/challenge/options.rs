//! The options of `issue`, `resend` and `verify`, each defined once.

use crate::message::Locale;

/// The options of `issue` and `resend`. `verify` uses the binding only.
#[derive(Default)]
pub(super) struct Options<'a> {
    pub(super) binding: &'a [u8],
    pub(super) locale: Option<Locale>,
    pub(super) vars: Vec<(String, String)>,
}

/// The setter of the binding, for a type with a field `options`.
macro_rules! binding_option {
    () => {
        /// Binds the challenge to these bytes, such as a session or a digest of amount and payee.
        /// Defaults to no bytes.
        ///
        /// `resend` and `verify` must repeat them. A resend with other bytes is refused, and a code
        /// with other bytes is wrong.
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
        /// Sets the language of the message. Defaults to the first language of the texts.
        pub fn locale(mut self, locale: crate::message::Locale) -> Self {
            self.options.locale = Some(locale);
            self
        }

        /// Sets a variable of the text, such as an amount.
        ///
        /// The call returns [`ChallengeErrorKind::Message`](super::ChallengeErrorKind::Message),
        /// and stores and sends nothing, if
        /// [`TextTemplate::with_var`](crate::message::TextTemplate::with_var) rejects the value,
        /// for example because of a line break.
        pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.options.vars.push((name.into(), value.into()));
            self
        }
    };
}

pub(super) use {binding_option, message_options};
