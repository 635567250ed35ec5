use std::cell::{Cell, RefCell};

use super::values::{
    BUILTINS, MESSAGE_ID, SIGNATURE, Sensitivity, Slot, Source, is_builtin_variable,
};
use crate::gateway::error::SpecError;
use crate::gateway::lint::{Lint, names_a_secret};
use crate::gateway::spec::{AllowedLint, Charset, GatewaySpec, VarSpec};
use crate::secret::SecretString;
use crate::template::{Filter, Template};

/// The maximum number of values that are nested in each other.
const MAX_NESTED: usize = 8;

/// The variables that a spec declares, and facts that are collected while it is compiled.
pub(in crate::gateway) struct Symbols<'s> {
    pub(super) spec: &'s GatewaySpec,
    // One flag for each entry of `spec.vars`, in the same order. All parts of the spec share
    // `&Symbols` while they are compiled, so the facts are in cells.
    pub(super) used: Vec<Cell<bool>>,
    // The sources of all placeholders so far. They show whether the recipient and the text or code
    // are sent.
    pub(super) seen: RefCell<Vec<Source>>,
    // The sources of placeholders that are sent for some encodings of the text only.
    pub(super) partial: RefCell<Vec<(Source, Vec<String>)>>,
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
    /// The request that is compiled.
    kind: Cell<RequestKind>,
    /// The names of the values that the token request yields.
    pub(super) tokens: Vec<&'s str>,
    /// The values of the token request that the request contains so far.
    pub(super) tokens_used: RefCell<Vec<usize>>,
    /// The indices of the configured values that are used as credentials.
    credentials: RefCell<Vec<usize>>,
    /// Credentials that are written in the spec itself.
    literals: RefCell<Vec<String>>,
    /// The filters of each place in the request of a message that contains the id of the message.
    id_forms: RefCell<Vec<Vec<Filter>>>,
}

/// The requests of a gateway, which know different variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum RequestKind {
    /// The check of the credentials.
    Account,
    /// The deletion of a message's text.
    Erase,
    Message,
    /// The request for a token, which is the same for all messages.
    Token,
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
            kind: Cell::new(RequestKind::Message),
            tokens: spec.auth.token_names(),
            tokens_used: RefCell::default(),
            credentials: RefCell::default(),
            literals: RefCell::default(),
            id_forms: RefCell::default(),
        }
    }

    /// Returns the variables that the spec declares.
    pub(in crate::gateway) fn vars(&self) -> &'s [(String, VarSpec)] {
        &self.spec.vars
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

    /// Records the filters of a place that contains the id of the message.
    pub(in crate::gateway) fn note_id(&self, slot: &Slot, filters: &[Filter]) {
        if slot.source == Source::MessageUuid {
            // A number of JSON is the same id as its text.
            let form = filters.iter().filter(|filter| **filter != Filter::Number);
            self.id_forms.borrow_mut().push(form.cloned().collect());
        }
    }

    /// Returns the filters that turn the id of a message into the form in which the gateway knows
    /// it, or `None` if the request contains several forms. The id as it is comes first.
    pub(in crate::gateway) fn sent_id(&self) -> Option<Vec<Filter>> {
        let forms = self.id_forms.borrow();
        let is_plain = forms.iter().any(Vec::is_empty);
        let Some((first, others)) = forms.split_first().filter(|_| !is_plain) else {
            return Some(Vec::new());
        };
        others.iter().all(|form| form == first).then(|| first.clone())
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

    /// Compiles a request, with the variables that it knows.
    pub(in crate::gateway) fn within<T>(
        &self,
        kind: RequestKind,
        compile: impl FnOnce() -> T,
    ) -> T {
        let before = self.kind.replace(kind);
        self.tokens_used.borrow_mut().clear();
        let compiled = compile();
        self.kind.set(before);
        compiled
    }

    /// Returns whether the request contains this value of the token request so far.
    pub(in crate::gateway) fn uses_token(&self, at: usize) -> bool {
        self.tokens_used.borrow().contains(&at)
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

    pub(in crate::gateway) fn charset(&self) -> Charset {
        // The charset of the spec is that of the message's text.
        match self.kind.get() {
            RequestKind::Message => self.spec.request.charset,
            _ => Charset::Utf8,
        }
    }

    /// Finds a variable and records that it is used and sent.
    pub(in crate::gateway) fn slot(&self, name: &str, path: &str) -> Result<Slot, SpecError> {
        let slot = self.condition(name, path)?;
        self.seen.borrow_mut().push(slot.source);
        Ok(slot)
    }

    /// Compiles a text again that is compiled elsewhere, so that its variables count once.
    pub(in crate::gateway) fn without_recording<T>(&self, compile: impl FnOnce() -> T) -> T {
        let (before, partial) = (self.seen.borrow().len(), self.partial.borrow().len());
        let compiled = compile();
        self.seen.borrow_mut().truncate(before);
        self.partial.borrow_mut().truncate(partial);
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
        if let Some(slot) = self.own_of_kind(name) {
            return Ok(slot);
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
            // The value of a host variable may be a whole origin, and is validated as such only. A
            // part of a host name has only letters, digits and a few signs.
            (None, Some(var)) if var.host => {
                if !self.spec.is_part_of_host(name) {
                    let hint = "use it only in the host of `request.url`";
                    let problem = format!("`{name}` is a host variable");
                    return Err(SpecError::new(path, problem, hint));
                }
                (Source::Configured, sensitivity(name, var), false)
            }
            (None, Some(var)) if var.message => {
                // The application decides what it contains, perhaps a name or an amount, so it is
                // masked.
                (Source::MessageVar, Sensitivity::Secret, var.optional)
            }
            (None, Some(var)) => (Source::Configured, sensitivity(name, var), var.optional),
            (None, None) => return Err(self.unknown(name, path)),
        };
        let is_known = match self.kind.get() {
            RequestKind::Message => true,
            RequestKind::Token => source == Source::Configured,
            RequestKind::Account | RequestKind::Erase => {
                matches!(source, Source::Configured | Source::Nonce | Source::Now)
            }
        };
        if !is_known {
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

    /// Finds a variable that only requests of this kind have.
    fn own_of_kind(&self, name: &str) -> Option<Slot> {
        let kind = self.kind.get();
        let token = self.tokens.iter().position(|known| *known == name);
        let (source, sensitivity) = match token.filter(|_| kind != RequestKind::Token) {
            Some(at) => {
                self.tokens_used.borrow_mut().push(at);
                (Source::Token(at), Sensitivity::Secret)
            }
            None if kind == RequestKind::Erase && name == MESSAGE_ID => {
                (Source::ReceiptId, Sensitivity::Public)
            }
            None => return None,
        };
        let name = name.to_owned();
        Some(Slot { name, source, configured: None, sensitivity, may_be_absent: false })
    }

    /// Records that a variable is used, if a part that is compiled elsewhere contains it.
    pub(in crate::gateway) fn note_used(&self, is_there: impl Fn(&str) -> bool) {
        for ((name, _), used) in self.spec.vars.iter().zip(&self.used) {
            used.set(used.get() || is_there(name));
        }
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
        // The paths of other requests are moved to their section only after they are compiled.
        let section = match self.kind.get() {
            RequestKind::Account => "account",
            RequestKind::Erase => "erase",
            RequestKind::Message => "request",
            RequestKind::Token => "auth.token",
        };
        let moved = path.strip_prefix("request").map(|rest| format!("{section}{rest}"));
        let shown = moved.as_deref().unwrap_or(path);
        if self.allowed.iter().any(|allowed| allowed.allows(lint, shown)) {
            return Ok(());
        }
        Err(SpecError::new(path, lint.problem(), lint.hint(shown)))
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
