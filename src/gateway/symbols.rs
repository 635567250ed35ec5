use std::cell::{Cell, RefCell};

use super::error::{SpecError, nearest};
use super::lint::{Lint, names_a_secret};
use super::spec::{Charset, GatewaySpec, VarSpec};
use super::values::{BUILTINS, Sensitivity, Slot, Source};
use crate::secret::SecretString;

/// What a spec has declared, and what compiling it has found out.
pub(super) struct Symbols<'s> {
    spec: &'s GatewaySpec,
    used: Vec<Cell<bool>>,
    seen: RefCell<Vec<Source>>,
    allowed: Vec<Lint>,
    /// The values of the variables, in their order; none of them before there are any.
    configured: &'s [Option<SecretString>],
    /// Whether the code is all that there is of the text, so that it must not be left out.
    needs_code: bool,
    /// Whether what is compiled now is there before any message.
    has_no_message: Cell<bool>,
    /// The configured values that stand where credentials do, by their places.
    credentials: RefCell<Vec<usize>>,
    /// Credentials that stand in the spec itself.
    literals: RefCell<Vec<String>>,
}

impl<'s> Symbols<'s> {
    pub(super) fn new(
        spec: &'s GatewaySpec,
        configured: &'s [Option<SecretString>],
        allowed: &[Lint],
        needs_code: bool,
    ) -> Self {
        let allowed = spec.allow.iter().chain(allowed).copied().collect();
        Self {
            spec,
            used: spec.vars.iter().map(|_| Cell::new(false)).collect(),
            seen: RefCell::default(),
            allowed,
            configured,
            needs_code,
            has_no_message: Cell::new(false),
            credentials: RefCell::default(),
            literals: RefCell::default(),
        }
    }

    /// Notes that a value is a credential, whatever it is called.
    pub(super) fn note_credential(&self, slot: &Slot) {
        self.credentials.borrow_mut().extend(slot.configured);
    }

    pub(super) fn note_literal(&self, text: &str) {
        self.literals.borrow_mut().push(text.to_owned());
    }

    /// All that was noted, and all that is declared or named as a secret.
    pub(super) fn secrets(&self, configured: &[Option<SecretString>]) -> Vec<SecretString> {
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

    /// Compiles something that is the same for all messages, and in which none of their values can stand.
    pub(super) fn without_message<T>(&self, compile: impl FnOnce() -> T) -> T {
        self.has_no_message.set(true);
        let compiled = compile();
        self.has_no_message.set(false);
        compiled
    }

    /// Returns the value that the application has given to a variable, if it has.
    pub(super) fn configured(&self, slot: &Slot) -> Option<&str> {
        let value = self.configured.get(slot.configured?)?.as_ref()?;
        Some(value.expose())
    }

    pub(super) const fn charset(&self) -> Charset {
        self.spec.request.charset
    }

    /// Finds a variable, and notes that it is used.
    pub(super) fn slot(&self, name: &str, path: &str) -> Result<Slot, SpecError> {
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
            (Some((_, source, _)), Some(var)) => (*source, sensitivity(name, var), var.optional),
            (None, Some(var)) if var.host => {
                let hint = "use it in the host of `request.url` alone";
                return Err(SpecError::new(path, format!("`{name}` is a host variable"), hint));
            }
            (None, Some(var)) if var.message => {
                (Source::MessageVar, Sensitivity::Secret, var.optional)
            }
            (None, Some(var)) => (Source::Configured, sensitivity(name, var), var.optional),
            (None, None) => return Err(self.unknown(name, path)),
        };
        if self.has_no_message.get() && source != Source::Configured {
            let problem = format!("`{name}` comes with a message, and there is none yet");
            return Err(SpecError::new(path, problem, "use the spec's own variables"));
        }
        self.seen.borrow_mut().push(source);
        Ok(Slot { name: name.to_owned(), source, configured: declared, sensitivity, may_be_absent })
    }

    /// Finds a host variable, and notes that it is used.
    pub(super) fn host(&self, name: &str, path: &str) -> Result<usize, SpecError> {
        let at = self.spec.vars.iter().position(|(known, var)| known == name && var.host);
        let at = at.ok_or_else(|| {
            let problem = format!("`{name}` in the host is no host variable");
            let hint = "write the host out, or declare the variable as { host = true }";
            SpecError::new(path, problem, hint)
        })?;
        if let Some(used) = self.used.get(at) {
            used.set(true);
        }
        Ok(at)
    }

    /// A lint is an error unless it is allowed.
    pub(super) fn lint(&self, lint: Lint, path: &str) -> Result<(), SpecError> {
        if self.allowed.contains(&lint) {
            return Ok(());
        }
        Err(SpecError::new(path, lint.problem(), lint.hint()))
    }

    /// Checks the declarations themselves.
    pub(super) fn check_declared(&self) -> Result<(), SpecError> {
        for (at, (name, var)) in self.spec.vars.iter().enumerate() {
            let path = format!("vars.{name}");
            let refuse = |problem, hint| Err(SpecError::new(path.clone(), problem, hint));
            let twice = self.spec.vars.iter().take(at).any(|(known, _)| known == name);
            let fixed = BUILTINS.iter().any(|(known, _, absent)| known == name && !absent);
            if twice {
                return refuse("it is declared twice", "remove one");
            }
            if fixed || name == "code" {
                return refuse("every message has this variable", "use it without declaring it");
            }
            if (var.secret || names_a_secret(name)) && var.default.is_some() {
                return refuse("a secret has no default", "let the application give it");
            }
            if var.host && (var.secret || var.message) {
                return refuse("a host is neither secret nor the message's", "drop the other key");
            }
        }
        Ok(())
    }

    /// Whether the code stands in the request and the text does not.
    pub(super) fn has_code_alone(&self) -> bool {
        let seen = self.seen.borrow();
        seen.contains(&Source::Code) && !seen.contains(&Source::Text)
    }

    /// Checks, after all else is compiled, that nothing was declared in vain and nothing forgotten.
    pub(super) fn check_used(&self) -> Result<(), SpecError> {
        for ((name, _), used) in self.spec.vars.iter().zip(&self.used) {
            if !used.get() {
                let hint = "use it in the request, or remove it";
                return Err(SpecError::new(format!("vars.{name}"), "it is never used", hint));
            }
        }
        let seen = self.seen.borrow();
        let split = seen.contains(&Source::NationalNumber) && seen.contains(&Source::CallingCode);
        if !seen.contains(&Source::To) && !split {
            let hint = "put {{to}} where the gateway expects the recipient, or {{calling_code}} and {{national_number}}";
            return Err(SpecError::new("request", "the recipient has no place in it", hint));
        }
        if !seen.contains(&Source::Text) && !seen.contains(&Source::Code) {
            let hint = "put {{text}} or {{code}} where the gateway expects it";
            return Err(SpecError::new("request", "the text has no place in it", hint));
        }
        Ok(())
    }

    fn unknown(&self, name: &str, path: &str) -> SpecError {
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

/// Whoever forgets `secret = true` for a password shall not see it printed.
fn sensitivity(name: &str, var: &VarSpec) -> Sensitivity {
    if var.secret || names_a_secret(name) { Sensitivity::Secret } else { Sensitivity::Public }
}
