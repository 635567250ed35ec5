use std::fmt;

use super::code_range::CodeRange;
use super::extract::MAX_NAME;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{AnswerSpec, Outcome, Scalar};

const PATH: &str = "answer.codes";

/// The compiled meaning of a gateway's codes.
#[derive(Clone, Debug)]
pub(super) struct Codes(Vec<(ListedCode, Outcome)>);

/// A code, or the text of a range, which is also a code by itself.
#[derive(Clone, Debug)]
struct ListedCode {
    text: String,
    range: Option<CodeRange>,
}

impl ListedCode {
    fn is(&self, code: &str) -> bool {
        self.text == code || self.range.as_ref().is_some_and(|range| range.holds(code))
    }

    /// Returns whether a code can be both.
    fn overlaps(&self, other: &Self) -> bool {
        let ranges = self.range.as_ref().zip(other.range.as_ref());
        self.is(&other.text)
            || other.is(&self.text)
            || ranges.is_some_and(|(range, other)| range.overlaps(other))
    }
}

impl Codes {
    pub(super) fn compile(answer: &AnswerSpec, deduplicates: bool) -> Result<Self, SpecError> {
        let mut codes: Vec<(ListedCode, Outcome)> = Vec::new();
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
                let range = match scalar {
                    Scalar::Text(text) => CodeRange::parse(text, &path)?,
                    Scalar::Bool(_) | Scalar::Int(_) => None,
                };
                let code = ListedCode { text: code, range };
                if codes.iter().any(|(known, _)| known.overlaps(&code)) {
                    let problem = format!("the code `{}` is listed twice", code.text);
                    let hint = "keep it under one outcome, or split a range that contains it";
                    return Err(SpecError::new(path, problem, hint));
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
        self.0.iter().find(|(known, _)| known.is(code)).map(|(_, outcome)| *outcome)
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
