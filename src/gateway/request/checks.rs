//! Checks on the variables of a spec.

use super::symbols::{Symbols, is_variable_name};
use super::values::{BUILTINS, MESSAGE_ID, SIGNATURE, Source, TOKEN};
use crate::gateway::error::{SpecError, nearest};
use crate::gateway::lint::names_a_secret;

/// The maximum number of further values of a token request. Known gateways have one.
const MAX_TOKENS: usize = 15;

impl Symbols<'_> {
    /// Checks the declarations themselves.
    pub(in crate::gateway) fn check_declared(&self) -> Result<(), SpecError> {
        for (at, name) in self.tokens.iter().enumerate() {
            let path = match at {
                0 => "auth.token.token".to_owned(),
                _ => format!("auth.token.values.{name}"),
            };
            let refuse = |problem, hint| Err(SpecError::new(path.clone(), problem, hint));
            if at > MAX_TOKENS {
                return refuse("there are more than 15 values", "keep those of the request");
            }
            if at == 0 && self.is_variable(name) {
                let hint = "rename the variable: {{token}} is the token that is fetched";
                return Err(SpecError::new("vars.token", "the name has another meaning", hint));
            }
            if !is_variable_name(name) {
                return refuse("it is not a name", "use lower-case letters, digits and `_`");
            }
            if self.is_variable(name) || *name == MESSAGE_ID || *name == SIGNATURE {
                let hint = "choose another name, or rename the variable of `[vars]`";
                return refuse("the name has another meaning", hint);
            }
            if self.tokens.iter().take(at).any(|known| known == name) {
                return refuse("the value is named twice", "remove one");
            }
        }
        for (at, (name, var)) in self.spec.vars.iter().enumerate() {
            let refuse = |problem, hint| Err(SpecError::new(format!("vars.{name}"), problem, hint));
            let twice = self.spec.vars.iter().take(at).any(|(known, _)| known == name);
            // A variable that may be absent, such as `sender`, can be declared to give it a
            // configured value. `code` cannot: all messages would have the same code.
            let fixed = BUILTINS.iter().any(|(known, _, absent)| known == name && !absent);
            if twice {
                return refuse("it is declared twice", "remove one");
            }
            if fixed || name == "code" {
                return refuse("every message has this variable", "use it without declaring it");
            }
            if (var.secret || names_a_secret(name)) && var.default.is_some() {
                return refuse("a secret must not have a default", "let the application set it");
            }
            if var.host && (var.secret || var.message) {
                return refuse(
                    "a host variable must not be `secret` or `message`",
                    "remove the other key",
                );
            }
        }
        Ok(())
    }

    /// Returns whether the request contains the code and not the text.
    pub(in crate::gateway) fn has_code_alone(&self) -> bool {
        let seen = self.seen.borrow();
        seen.contains(&Source::Code) && !seen.contains(&Source::Text)
    }

    /// Returns whether a request contains the gateway's id of a message that was sent before.
    pub(in crate::gateway) fn sends_receipt_id(&self) -> bool {
        self.seen.borrow().contains(&Source::ReceiptId)
    }

    /// Checks that every declared variable is used, and that the request contains the recipient and
    /// the text or code. Called after everything else is compiled.
    pub(in crate::gateway) fn check_used(&self) -> Result<(), SpecError> {
        for ((name, var), used) in self.spec.vars.iter().zip(&self.used) {
            // A variable for messages that are also sent through another gateway.
            let is_foreign = var.message && var.optional;
            if !used.get() && !is_foreign {
                let hint = "use it in the request, or remove it";
                return Err(SpecError::new(format!("vars.{name}"), "it is never used", hint));
            }
        }
        let seen = self.seen.borrow();
        let partial = self.partial.borrow();
        for (source, _) in partial.iter() {
            let of_source = || partial.iter().filter(|(other, _)| other == source);
            // A value that is sent elsewhere without a condition is sent always.
            if seen.iter().filter(|other| *other == source).count() > of_source().count() {
                continue;
            }
            let is_sent = |encoding: &str| {
                of_source().any(|(_, encodings)| encodings.iter().any(|known| known == encoding))
            };
            if let Some(missing) = ["gsm7", "ucs2"].into_iter().find(|name| !is_sent(name)) {
                let problem = format!(
                    "the recipient, text or code is missing for texts in the encoding `{missing}`"
                );
                let hint = "add the value for the other encoding, or remove the condition";
                return Err(SpecError::new("request", problem, hint));
            }
        }
        // Some gateways take the number in two fields, such as `message-central` of the catalogue.
        let split = seen.contains(&Source::NationalNumber) && seen.contains(&Source::CallingCode);
        if !seen.contains(&Source::To) && !split {
            let hint = "put {{to}} where the gateway expects the recipient, or {{calling_code}} and {{national_number}}";
            return Err(SpecError::new("request", "it does not contain the recipient", hint));
        }
        if !seen.contains(&Source::Text) && !seen.contains(&Source::Code) {
            let hint = "put {{text}} or {{code}} where the gateway expects it";
            return Err(SpecError::new(
                "request",
                "it contains neither the text nor the code",
                hint,
            ));
        }
        Ok(())
    }

    pub(super) fn unknown(&self, name: &str, path: &str) -> SpecError {
        let elsewhere = match name {
            SIGNATURE => Some(
                "it is known under `headers`, `query`, `form` and `json` of `[auth.hmac]` and `[auth.hash]`: put it there",
            ),
            TOKEN if self.tokens.contains(&TOKEN) => {
                Some("the request for the token cannot contain it: put it into `[request]`")
            }
            TOKEN => Some("it comes from `[auth.token]`: add this section"),
            MESSAGE_ID => {
                Some("it is known in `[erase]` only: the id of the message is {{message_uuid}}")
            }
            "jwt" => Some("it is known in `auth.jwt.header.value` only"),
            "timestamp" => Some("write {{now|epoch}}"),
            "timestamp_ms" => Some("write {{now|epoch_ms}}"),
            "date" => Some("write {{now|date:%Y-%m-%d}} or {{now|date:rfc1123}}"),
            "body" | "host" | "method" | "path" | "query" | "url" => {
                Some("parts of the request are known under `[auth.hmac]` and `[auth.hash]` only")
            }
            _ => None,
        };
        if let Some(hint) = elsewhere {
            return SpecError::new(path, format!("unknown variable `{name}`"), hint);
        }
        let names = || {
            let builtins = BUILTINS.iter().map(|(name, _, _)| *name);
            builtins.chain(self.spec.vars.iter().map(|(name, _)| name.as_str()))
        };
        let hint = match nearest(name, names()).or_else(|| synonym(name)) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!(
                "declare it under `[vars]`, or use one of {}",
                names().collect::<Vec<_>>().join(", ")
            ),
        };
        SpecError::new(path, format!("unknown variable `{name}`"), hint)
    }
}

/// Returns the variable for a name that vendors use for its value.
fn synonym(name: &str) -> Option<&'static str> {
    Some(match name {
        "destination" | "dest" | "mobile" | "msisdn" | "number" | "phone" | "phone_number"
        | "receiver" | "recipient" => "to",
        "content" | "message" | "msg" | "sms" => "text",
        "otp" | "passcode" | "pin" => "code",
        "from" | "originator" | "sender_id" | "source" => "sender",
        "id" | "reference" | "uuid" => "message_uuid",
        "expiry" | "ttl" | "validity" => "ttl_seconds",
        "lang" | "language" => "locale",
        "time" => "now",
        _ => return None,
    })
}
