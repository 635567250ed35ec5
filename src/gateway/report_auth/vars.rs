use std::cell::RefCell;

use crate::gateway::error::{SpecError, nearest};
use crate::gateway::spec::VarSpec;
use crate::secret::SecretString;

/// The variables that a spec declares, and their values.
pub(super) struct ReportVars<'s> {
    vars: &'s [(String, VarSpec)],
    /// The values in the order of the declarations. `None` in a check without values.
    values: Option<&'s [Option<SecretString>]>,
    /// The first variable of the current scheme that has no value.
    absent: RefCell<Option<String>>,
}

impl<'s> ReportVars<'s> {
    pub(super) const fn new(
        vars: &'s [(String, VarSpec)],
        values: Option<&'s [Option<SecretString>]>,
    ) -> Self {
        Self { vars, values, absent: RefCell::new(None) }
    }

    /// Returns whether the current scheme has all its values, so that keys can be read.
    pub(super) fn is_complete(&self) -> bool {
        self.values.is_some() && self.absent.borrow().is_none()
    }

    /// Returns the first variable without a value since the last call.
    pub(super) fn take_absent(&self) -> Option<String> {
        self.absent.take()
    }

    /// Returns the value of a variable, or `None` if it is not known. An error names the most
    /// similar one of the variables and of `others`.
    pub(super) fn get(
        &self,
        name: &str,
        path: &str,
        others: &'static [&'static str],
    ) -> Result<Option<SecretString>, SpecError> {
        let at = self.vars.iter().position(|(known, _)| known == name);
        let (at, var) = at.and_then(|at| Some((at, &self.vars.get(at)?.1))).ok_or_else(|| {
            let known = self.vars.iter().map(|(known, _)| known.as_str());
            let hint = match nearest(name, known.chain(others.iter().copied())) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "declare it under `[vars]`".to_owned(),
            };
            SpecError::new(path, format!("unknown variable `{name}`"), hint)
        })?;
        if var.is_of_message() {
            let problem = format!("`{name}` belongs to a message, and reports have none");
            return Err(SpecError::new(path, problem, "use another variable"));
        }
        let Some(values) = self.values else { return Ok(None) };
        // An attacker can sign with an empty key.
        let value = values.get(at).and_then(Option::as_ref);
        if let Some(value) = value.filter(|value| !value.expose().is_empty()) {
            return Ok(Some(value.clone()));
        }
        self.absent.borrow_mut().get_or_insert_with(|| name.to_owned());
        Ok(None)
    }
}
