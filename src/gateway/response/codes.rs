use std::fmt;

use super::code_range::CodeRange;
use super::extract::MAX_NAME;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{AnswerSpec, Outcome, Rule, Scalar, When};

const PATH: &str = "answer.codes";
const OTHER_PATH: &str = "answer.other_codes";

/// The compiled meaning of a gateway's codes.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    listed: Vec<(ListedCode, Outcome)>,
    /// The meaning of all other codes.
    pub(super) other: Option<Outcome>,
}

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
        if self.range.is_none() && other.range.is_none() {
            return self.text == other.text;
        }
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
                let code = text_of(scalar);
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
        let path = if codes.is_empty() { OTHER_PATH } else { PATH };
        if matches!(answer.other_codes, Some(Outcome::Accepted | Outcome::Duplicate)) {
            let problem = "a code that is not listed does not prove that the message was accepted";
            let hint = "list the codes of success under `answer.codes`, or write a rule";
            return Err(SpecError::new(OTHER_PATH, problem, hint));
        }
        let codes = Self { listed: codes, other: answer.other_codes };
        if !codes.is_empty() && answer.code.0.is_empty() {
            let hint = "add the place of the code: code = \"/error/code\"";
            return Err(SpecError::new(path, "nothing says where the code is", hint));
        }
        Ok(codes)
    }

    /// Rejects a rule for success by a code that is not listed, if `other_codes` would come first.
    pub(super) fn check_success(
        &self,
        rules: &[Rule],
        answer: &AnswerSpec,
        path: &str,
    ) -> Result<(), SpecError> {
        let is_code = |prefix: &str, name: &str| {
            answer.code.0.iter().any(|place| place.strip_prefix(prefix) == Some(name))
        };
        for (at, rule) in rules.iter().enumerate() {
            let When { form, header, json, xml, .. } = &rule.when;
            let conditions = [("form:", form), ("header:", header), ("", json), ("xml:", xml)];
            let mut codes = conditions
                .into_iter()
                .flat_map(|(prefix, conditions)| conditions.iter().map(move |it| (prefix, it)))
                .filter(|(prefix, (name, _))| is_code(prefix, name))
                .flat_map(|(_, (_, predicate))| predicate.one_of.iter().flatten());
            let is_hidden = self.other.is_some()
                && rule.then.outcome == Outcome::Accepted
                && codes.any(|code| self.find(&text_of(code)).is_none());
            if is_hidden {
                let problem = "`answer.other_codes` decides before this rule for success";
                let hint = "list the code under `answer.codes.accepted`";
                return Err(SpecError::new(format!("{path}.{at}.when"), problem, hint));
            }
        }
        Ok(())
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.other.is_none()
    }

    /// Returns whether a code means success.
    pub(super) fn says_success(&self) -> bool {
        self.listed.iter().any(|(_, outcome)| *outcome == Outcome::Accepted)
    }

    /// Returns whether a code of a client error can mean that the message was or may have been
    /// accepted.
    pub(super) fn may_say_sent(&self) -> bool {
        let outcomes = self.listed.iter().map(|(_, outcome)| *outcome).chain(self.other);
        outcomes.into_iter().any(|it| matches!(it, Outcome::Duplicate | Outcome::Unknown))
    }

    pub(super) fn find(&self, code: &str) -> Option<Outcome> {
        self.listed.iter().find(|(known, _)| known.is(code)).map(|(_, outcome)| *outcome)
    }
}

/// Returns a code as it is in a response.
fn text_of(code: &Scalar) -> String {
    match code {
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
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
