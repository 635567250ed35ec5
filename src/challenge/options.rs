//! The options of the awaited calls, each written once.

use crate::message::Locale;

/// The options of `issue` and `resend`, and of `verify` in part.
#[derive(Default)]
pub(super) struct Options<'a> {
    pub(super) binding: &'a [u8],
    pub(super) locale: Option<Locale>,
    pub(super) vars: Vec<(String, String)>,
}

/// The setter of the binding, for a type with `options`.
macro_rules! binding_option {
    () => {
        /// Binds the challenge to these bytes, such as a digest of amount and payee, or a session. Resend and verify have to
        /// repeat them: a resend with other bytes is refused, and a guess with other bytes is wrong. Defaults to no bytes.
        pub const fn bind(mut self, binding: &'a [u8]) -> Self {
            self.options.binding = binding;
            self
        }
    };
}

/// The setters of the message, for a type with `options`.
macro_rules! message_options {
    () => {
        /// Sets the language of the message. Defaults to the first language of the texts.
        pub fn locale(mut self, locale: crate::message::Locale) -> Self {
            self.options.locale = Some(locale);
            self
        }

        /// Sets a variable of the text, such as an amount.
        ///
        /// With a value that [`TextTemplate::with_var`](crate::message::TextTemplate::with_var) refuses, such as one with a
        /// line break, the call ends with [`ChallengeErrorKind::Message`](super::ChallengeErrorKind::Message) before
        /// anything is stored or sent.
        pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.options.vars.push((name.into(), value.into()));
            self
        }
    };
}

pub(super) use {binding_option, message_options};
