use std::cell::{Cell, RefCell};

use super::values::{BUILTINS, SIGNATURE, Sensitivity, Slot, Source, is_builtin_variable};
use crate::gateway::error::{SpecError, nearest};
use crate::gateway::lint::{Lint, names_a_secret};
use crate::gateway::spec::{AllowedLint, Charset, GatewaySpec, VarSpec};
use crate::secret::SecretString;
use crate::template::Template;

/// The maximum number of values that are nested in each other.
const MAX_NESTED: usize = 8;

/// The variables that a spec declares, and facts that are collected while it is compiled.
pub(in crate::gateway) struct Symbols<'s> {
    spec: &'s GatewaySpec,
    // One flag for each entry of `spec.vars`, in the same order. All parts of the spec share
    // `&Symbols` while they are compiled, so the facts are in cells.
    used: Vec<Cell<bool>>,
    // The sources of all placeholders so far. They show whether the recipient and the text or code
    // are sent.
    seen: RefCell<Vec<Source>>,
    // The sources of placeholders that are sent for some encodings of the text only.
    partial: RefCell<Vec<(Source, Vec<String>)>>,
    allowed: Vec<AllowedLint>,
    /// The values of the variables, in the order of their declaration. Empty before values are
    /// read.
    configured: &'s [Option<SecretString>],
    /// Set if the request contains the code and not the text, so that the code must not be left
    /// out.
    needs_code: bool,
    /// The number of nested values around the one that is compiled.
    depth: Cell<usize>,
    /// Set while a part is compiled that carries the signature.
    has_signature: Cell<bool>,
    /// Set while a part is compiled that is independent of messages.
    has_no_message: Cell<bool>,
    /// The indices of the configured values that are used as credentials.
    credentials: RefCell<Vec<usize>>,
    /// Credentials that are written in the spec itself.
    literals: RefCell<Vec<String>>,
}

impl<'s> Symbols<'s> {
    pub(in crate::gateway) fn new(
        spec: &'s GatewaySpec,
        configured: &'s [Option<SecretString>],
        allowed: &[Lint],
        needs_code: bool,
    ) -> Self {
        let more = allowed.iter().copied().map(AllowedLint::everywhere);
        let allowed = spec.allow.iter().cloned().chain(more).collect();
        Self {
            spec,
            used: spec.vars.iter().map(|_| Cell::new(false)).collect(),
            seen: RefCell::default(),
            partial: RefCell::default(),
            allowed,
            configured,
            needs_code,
            depth: Cell::new(0),
            has_signature: Cell::new(false),
            has_no_message: Cell::new(false),
            credentials: RefCell::default(),
            literals: RefCell::default(),
        }
    }

    /// Returns the number of placeholders that are sent so far.
    pub(in crate::gateway) fn sent(&self) -> usize {
        self.seen.borrow().len()
    }

    /// Records that the placeholders after the first ones are sent for these encodings of the text
    /// only.
    pub(in crate::gateway) fn note_partial(&self, first: usize, encodings: &[String]) {
        let seen = self.seen.borrow();
        let essential = seen.iter().skip(first).filter(|source| source.is_essential());
        let partial = essential.map(|source| (*source, encodings.to_vec()));
        self.partial.borrow_mut().extend(partial);
    }

    /// Records that a value is used as a credential, whatever its name is.
    pub(in crate::gateway) fn note_credential(&self, slot: &Slot) {
        self.credentials.borrow_mut().extend(slot.configured);
    }

    pub(in crate::gateway) fn note_literal(&self, text: &str) {
        self.literals.borrow_mut().push(text.to_owned());
    }

    /// Returns all recorded credentials, and all values that are declared or named as a secret.
    pub(in crate::gateway) fn secrets(
        &self,
        configured: &[Option<SecretString>],
    ) -> Vec<SecretString> {
        let noted = self.credentials.borrow();
        let values = self.spec.vars.iter().zip(configured).enumerate();
        let values = values.filter(|(at, ((name, var), _))| {
            var.is_secret() || names_a_secret(name) || noted.contains(at)
        });
        let values = values.filter_map(|(_, (_, value))| value.clone());
        let literals = self.literals.borrow();
        let literals = literals.iter().map(|text| SecretString::from(text.as_str()));
        values.chain(literals).collect()
    }

    /// Compiles a part that is the same for all messages, and in which values of a message are not
    /// allowed.
    pub(in crate::gateway) fn without_message<T>(&self, compile: impl FnOnce() -> T) -> T {
        self.has_no_message.set(true);
        let compiled = compile();
        self.has_no_message.set(false);
        compiled
    }

    /// Compiles a part that carries the signature.
    pub(in crate::gateway) fn with_signature<T>(&self, compile: impl FnOnce() -> T) -> T {
        self.has_signature.set(true);
        let compiled = compile();
        self.has_signature.set(false);
        compiled
    }

    /// Returns whether the spec or every message has a variable of this name.
    pub(in crate::gateway) fn is_variable(&self, name: &str) -> bool {
        is_builtin_variable(name) || self.spec.vars.iter().any(|(known, _)| known == name)
    }

    /// Returns the configured value of a variable, if it has one.
    pub(in crate::gateway) fn configured(&self, slot: &Slot) -> Option<&str> {
        let value = self.configured.get(slot.configured?)?.as_ref()?;
        Some(value.expose())
    }

    pub(in crate::gateway) const fn charset(&self) -> Charset {
        self.spec.request.charset
    }

    /// Finds a variable and records that it is used and sent.
    pub(in crate::gateway) fn slot(&self, name: &str, path: &str) -> Result<Slot, SpecError> {
        let slot = self.condition(name, path)?;
        self.seen.borrow_mut().push(slot.source);
        Ok(slot)
    }

    /// Compiles a text again that is compiled elsewhere, so that its variables count once.
    pub(in crate::gateway) fn without_recording<T>(&self, compile: impl FnOnce() -> T) -> T {
        let before = self.seen.borrow().len();
        let compiled = compile();
        self.seen.borrow_mut().truncate(before);
        compiled
    }

    /// Runs `compile` one level deeper in nested values, and fails at the ninth level: each level
    /// can double the length of what is in it.
    pub(in crate::gateway) fn nested<T>(
        &self,
        path: &str,
        compile: impl FnOnce() -> Result<T, SpecError>,
    ) -> Result<T, SpecError> {
        let depth = self.depth.get();
        if depth >= MAX_NESTED {
            let hint = "no known gateway needs more than three";
            return Err(SpecError::new(path, "more than 8 values are nested in each other", hint));
        }
        self.depth.set(depth.saturating_add(1));
        let compiled = compile();
        self.depth.set(depth);
        compiled
    }

    /// Finds a variable that decides whether another value is sent, and records that it is used.
    pub(in crate::gateway) fn condition(&self, name: &str, path: &str) -> Result<Slot, SpecError> {
        if name == SIGNATURE && self.has_signature.get() {
            // While the request is signed, the signature has no value, so its place is left out.
            let (source, sensitivity) = (Source::Signature, Sensitivity::Secret);
            let name = name.to_owned();
            return Ok(Slot { name, source, configured: None, sensitivity, may_be_absent: true });
        }
        let builtin = BUILTINS.iter().find(|(known, _, _)| *known == name);
        let declared = self.spec.vars.iter().position(|(known, _)| known == name);
        let var = declared.and_then(|at| self.spec.vars.get(at)).map(|(_, var)| var);
        if let Some(used) = declared.and_then(|at| self.used.get(at)) {
            used.set(true);
        }
        let (source, sensitivity, may_be_absent) = match (builtin, var) {
            (Some((_, source, may_be_absent)), None) => {
                let needed = self.needs_code && *source == Source::Code;
                (*source, source.sensitivity(), *may_be_absent && !needed)
            }
            // A built-in variable can be declared as well, such as `sender`. Then the application's
            // value is used for messages without one.
            (Some((_, source, _)), Some(var)) => (*source, sensitivity(name, var), var.optional),
            // The value of a host variable may be a whole origin, and is validated as such only.
            (None, Some(var)) if var.host => {
                let hint = "use it only in the host of `request.url`";
                return Err(SpecError::new(path, format!("`{name}` is a host variable"), hint));
            }
            (None, Some(var)) if var.message => {
                // The application decides what it contains, perhaps a name or an amount, so it is
                // masked.
                (Source::MessageVar, Sensitivity::Secret, var.optional)
            }
            (None, Some(var)) => (Source::Configured, sensitivity(name, var), var.optional),
            (None, None) => return Err(self.unknown(name, path)),
        };
        if self.has_no_message.get() && source != Source::Configured {
            let problem = format!(
                "`{name}` belongs to a message, and this part is the same for all messages"
            );
            return Err(SpecError::new(path, problem, "use configured variables of `[vars]`"));
        }
        // The kind of a configured sender is that of its value.
        let of_sender = || self.spec.vars.iter().position(|(known, _)| known == "sender");
        let declared = if source == Source::SenderKind { of_sender() } else { declared };
        Ok(Slot { name: name.to_owned(), source, configured: declared, sensitivity, may_be_absent })
    }

    /// Finds a host variable and records that it is used.
    pub(in crate::gateway) fn host(&self, name: &str, path: &str) -> Result<usize, SpecError> {
        let at = self.spec.vars.iter().position(|(known, var)| known == name && var.host);
        let at = at.ok_or_else(|| {
            let problem = format!("`{name}` in the host is not a host variable");
            let hint = "write the host out, or declare the variable as { host = true }";
            SpecError::new(path, problem, hint)
        })?;
        if let Some(used) = self.used.get(at) {
            used.set(true);
        }
        Ok(at)
    }

    /// Returns an error for a lint that is not allowed.
    pub(in crate::gateway) fn lint(&self, lint: Lint, path: &str) -> Result<(), SpecError> {
        if self.allowed.iter().any(|allowed| allowed.allows(lint, path)) {
            return Ok(());
        }
        Err(SpecError::new(path, lint.problem(), lint.hint(path)))
    }

    /// Checks the declarations themselves.
    pub(in crate::gateway) fn check_declared(&self) -> Result<(), SpecError> {
        for (at, (name, var)) in self.spec.vars.iter().enumerate() {
            let path = format!("vars.{name}");
            let refuse = |problem, hint| Err(SpecError::new(path.clone(), problem, hint));
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

    /// Checks that every declared variable is used, and that the request contains the recipient and
    /// the text or code. Called after everything else is compiled.
    pub(in crate::gateway) fn check_used(&self) -> Result<(), SpecError> {
        for ((name, _), used) in self.spec.vars.iter().zip(&self.used) {
            if !used.get() {
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

    fn unknown(&self, name: &str, path: &str) -> SpecError {
        let elsewhere = match name {
            SIGNATURE => Some(
                "it is known under `headers`, `query`, `form` and `json` of `[auth.hmac]` and `[auth.hash]`: put it there",
            ),
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
        let hint = match nearest(name, names()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!(
                "declare it under `[vars]`, or use one of {}",
                names().collect::<Vec<_>>().join(", ")
            ),
        };
        SpecError::new(path, format!("unknown variable `{name}`"), hint)
    }
}

/// Returns whether a name is one that placeholders can have.
pub(in crate::gateway) fn is_variable_name(name: &str) -> bool {
    !name.contains('|') && Template::parse(&format!("{{{{{name}}}}}")).is_ok()
}

/// Returns the sensitivity of a variable. A variable that is named like a secret counts as one, so
/// that a forgotten `secret = true` does not print a password.
fn sensitivity(name: &str, var: &VarSpec) -> Sensitivity {
    if var.secret || names_a_secret(name) { Sensitivity::Secret } else { Sensitivity::Public }
}
