use std::fmt;

use super::extract::MAX_NAME;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{AnswerSpec, Outcome, Scalar};

const PATH: &str = "answer.codes";

/// The compiled meaning of a gateway's codes.
#[derive(Clone, Debug)]
pub(super) struct Codes(Vec<(String, Outcome)>);

impl Codes {
    pub(super) fn compile(answer: &AnswerSpec, deduplicates: bool) -> Result<Self, SpecError> {
        let mut codes: Vec<(String, Outcome)> = Vec::new();
        for (outcome, scalars) in &answer.codes {
            let path = format!("{PATH}.{outcome}");
            if scalars.is_empty() {
                return Err(SpecError::new(path, "the list of codes is empty", "add a code"));
            }
            check_duplicate(*outcome, deduplicates, &path)?;
            for scalar in scalars {
                let code = match scalar {
                    Scalar::Bool(value) => value.to_string(),
                    Scalar::Int(number) => number.to_string(),
                    Scalar::Text(text) => text.clone(),
                };
                if code.is_empty() || code.len() > MAX_NAME || code.trim() != code {
                    let hint = "write it as it is in the response, without white space around it";
                    return Err(SpecError::new(path, "a code is empty or too long", hint));
                }
                if codes.iter().any(|(known, _)| *known == code) {
                    let hint = "keep it under one outcome";
                    return Err(SpecError::new(
                        path,
                        format!("the code `{code}` is listed twice"),
                        hint,
                    ));
                }
                codes.push((code, *outcome));
            }
        }
        if !codes.is_empty() && answer.code.0.is_empty() {
            let hint = "add the place of the code: code = \"/error/code\"";
            return Err(SpecError::new(PATH, "nothing says where the code is", hint));
        }
        Ok(Self(codes))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a code means success.
    pub(super) fn says_success(&self) -> bool {
        self.0.iter().any(|(_, outcome)| *outcome == Outcome::Accepted)
    }

    pub(super) fn find(&self, code: &str) -> Option<Outcome> {
        self.0.iter().find(|(known, _)| known == code).map(|(_, outcome)| *outcome)
    }
}

/// Rejects the outcome `duplicate` in a spec whose requests have no idempotency key: the gateway
/// then compares texts or numbers, and the message may be another one.
pub(super) fn check_duplicate(
    outcome: Outcome,
    deduplicates: bool,
    path: &dyn fmt::Display,
) -> Result<(), SpecError> {
    if outcome == Outcome::Duplicate && !deduplicates {
        let problem = "a duplicate can be told only by an idempotency key";
        let hint = "declare where the key is sent under `[idempotency]`, or use another outcome";
        return Err(SpecError::new(path.to_string(), problem, hint));
    }
    Ok(())
}
