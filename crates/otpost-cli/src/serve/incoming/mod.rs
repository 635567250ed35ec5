//! The messages in requests, in the forms in which callers send them.

mod form;
mod hooks;
mod json;

use std::fmt;

use otpost::{Code, SecretString};

pub(super) use form::FormFields;
pub(super) use hooks::{ory, supabase, zitadel};
pub(super) use json::plain;

/// A message as the caller sends it. Nothing in it is checked yet.
///
/// `Debug` shows nothing of it.
#[derive(Clone, Default)]
pub(super) struct IncomingMessage {
    /// The phone number.
    pub(super) to: SecretString,
    pub(super) text: Option<SecretString>,
    pub(super) code: Option<SecretString>,
    pub(super) locale: Option<String>,
}

impl IncomingMessage {
    /// Removes a code that is not one of otpost if there is a text, which contains it. Identity
    /// servers also send codes with letters.
    fn with_usable_code(mut self) -> Self {
        let is_code = |code: &SecretString| Code::parse(code.expose()).is_ok();
        let is_needed = self.text.is_none();
        self.code = self.code.filter(|code| is_needed || is_code(code));
        self
    }
}

impl fmt::Debug for IncomingMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingMessage").finish_non_exhaustive()
    }
}
