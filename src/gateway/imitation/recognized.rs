use std::fmt;

use super::captures::Captures;
use super::mismatch::{Mismatch, MismatchKind};
use crate::phone::PhoneNumber;
use crate::redact::Redactor;
use crate::secret::SecretString;

/// The request of a spec that a [`Recognized`] request is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecognizedCall {
    /// The check of the credentials: `[account]`.
    Account,
    /// The deletion of a text: `[erase]`.
    Erase,
    /// A message: `[request]`.
    Message,
    /// A token request: `[auth.token]` or `[auth.oauth2_client_credentials]`.
    Token,
}

/// A request as its gateway understands it: the variables in it, and the differences from the spec.
///
/// # Security
///
/// `Debug` shows no value. The methods return the number, the text, the code and the credentials,
/// and [`redactor`](Self::redactor) masks them in other texts.
#[derive(Clone)]
pub struct Recognized {
    pub(super) call: RecognizedCall,
    pub(super) captures: Captures,
    pub(super) mismatches: Vec<Mismatch>,
    pub(super) additional: Vec<String>,
}

impl Recognized {
    /// Returns the request of the spec that has the fewest differences.
    #[must_use]
    pub const fn call(&self) -> RecognizedCall {
        self.call
    }

    /// Returns the recipient. `None` if the number is missing or invalid, or if the spec does not
    /// send all of its digits.
    #[must_use]
    pub fn to(&self) -> Option<PhoneNumber> {
        let whole = || {
            let (code, national) = (self.value("calling_code")?, self.value("national_number")?);
            PhoneNumber::parse(&format!("+{code}{national}")).ok()
        };
        self.value("to").and_then(|number| PhoneNumber::parse(number).ok()).or_else(whole)
    }

    /// Returns the text of the message, if the spec sends it.
    #[must_use]
    pub fn text(&self) -> Option<&SecretString> {
        self.variable("text")
    }

    /// Returns the code, if the spec sends it apart from the text.
    #[must_use]
    pub fn code(&self) -> Option<&SecretString> {
        self.variable("code")
    }

    /// Returns the sender.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        self.value("sender").or_else(|| self.value("sender_pool"))
    }

    /// Returns the id of the message: the application's in a message, and the gateway's in the
    /// deletion of a text.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        let name = match self.call {
            RecognizedCall::Erase => "message_id",
            _ => "message_uuid",
        };
        self.value(name)
    }

    /// Returns the value of a variable of the spec, such as `ttl_seconds` or one of `[vars]`.
    ///
    /// A value that the filters have shortened or changed is returned as far as it is known. For
    /// example, `upper` loses the case of letters, and a hash loses everything.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&SecretString> {
        let captured = self.captures.0.iter().find(|captured| captured.name == name);
        captured.map(|captured| &captured.value)
    }

    /// Returns the names and values of all variables. The flag is `true` for a secret, such as the
    /// text, the code or a password.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &SecretString, bool)> {
        let captured = self.captures.0.iter();
        captured.map(|captured| (captured.name.as_str(), &captured.value, captured.is_secret))
    }

    /// Returns the headers, parameters and fields that the spec does not have, such as
    /// ``form field `lang` ``. At most 256 are listed.
    pub fn additional(&self) -> impl Iterator<Item = &str> {
        self.additional.iter().map(String::as_str)
    }

    /// Returns the differences from the spec. At most 64 are listed.
    #[must_use]
    pub fn mismatches(&self) -> &[Mismatch] {
        &self.mismatches
    }

    /// Returns a redactor that masks the secrets, the text and the number of the request.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        let hidden = self.captures.0.iter().filter(|captured| {
            captured.is_secret || ["to", "national_number"].contains(&captured.name.as_str())
        });
        hidden.fold(Redactor::new(), |redactor, captured| {
            redactor.with_secret(captured.value.expose())
        })
    }

    /// Returns the kind of the most important mismatch.
    pub(super) fn worst(&self) -> Option<MismatchKind> {
        let has = |kind| self.mismatches.iter().any(|mismatch| mismatch.kind() == kind);
        let kinds = [MismatchKind::Credentials, MismatchKind::Recipient, MismatchKind::Request];
        kinds.into_iter().find(|kind| has(*kind))
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.captures.get(name)
    }
}

impl fmt::Debug for Recognized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recognized")
            .field("call", &self.call)
            .field("mismatches", &self.mismatches.len())
            .finish_non_exhaustive()
    }
}
