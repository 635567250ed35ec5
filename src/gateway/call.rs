//! Requests that belong to no message: the check of an account, and the deletion of a text.

use super::error::SpecError;
use super::request::symbols::RequestKind;
use super::request_plan::{AddedParts, RequestCompiler, RequestPlan};
use super::response::{FirstPlace, Rules};
use super::spec::{CallSpec, Outcome, Rule};

/// A compiled `[account]`.
#[derive(Clone, Debug)]
pub(super) struct AccountPlan {
    pub(super) call: CallPlan,
    pub(super) credit: FirstPlace,
}

/// A compiled call.
#[derive(Clone, Debug)]
pub(super) struct CallPlan {
    pub(super) request: RequestPlan,
    pub(super) rules: Rules,
}

impl AccountPlan {
    pub(super) fn compile(
        call: &CallSpec,
        compiler: &RequestCompiler<'_>,
    ) -> Result<Self, SpecError> {
        let credit = FirstPlace::compile(&call.credit.0, "account.credit")?;
        let call = CallPlan::compile(call, RequestKind::Account, "account", compiler)?;
        Ok(Self { call, credit })
    }
}

impl CallPlan {
    pub(super) fn compile_erase(
        call: &CallSpec,
        compiler: &RequestCompiler<'_>,
    ) -> Result<Self, SpecError> {
        if !call.credit.0.is_empty() {
            let hint = "move it to `[account]`";
            return Err(SpecError::new("erase.credit", "this call has no credit", hint));
        }
        let plan = Self::compile(call, RequestKind::Erase, "erase", compiler)?;
        if !compiler.scope.sends_receipt_id() {
            let hint = "put {{message_id}} into its URL, query or body";
            return Err(SpecError::new("erase", "it does not contain the id of the message", hint));
        }
        Ok(plan)
    }

    fn compile(
        call: &CallSpec,
        kind: RequestKind,
        path: &str,
        compiler: &RequestCompiler<'_>,
    ) -> Result<Self, SpecError> {
        let request = compiler
            .scope
            .within(kind, || compiler.compile(&call.request(), AddedParts::default()))
            .map_err(|error| match error.path().starts_with("request") {
                true => error.moved("request", path),
                // The authentication is the same for all requests, and suits that of a message.
                false => error.of_section(path),
            })?;
        let rules_path = format!("{path}.response");
        // No id of a message is repeated here. The codes are those of all responses.
        let is_duplicate = |rule: &Rule| rule.then.outcome == Outcome::Duplicate;
        if let Some(at) = call.response.iter().position(is_duplicate) {
            let path = format!("{rules_path}.{at}.then.outcome");
            let problem = "this call belongs to no message, so nothing is a duplicate";
            return Err(SpecError::new(path, problem, "choose another outcome"));
        }
        let rules = Rules::compile(&rules_path, &call.response, compiler.answer, compiler.scope)?;
        Ok(Self { request, rules })
    }
}
