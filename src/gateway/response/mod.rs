//! The meaning of responses: ordered rules, of which the first match decides, and a status table if
//! no rule matches.

mod answer;
mod check;
mod code_pages;
mod code_range;
mod codes;
mod decode;
mod explain;
mod extract;
mod json;
mod matcher;
mod pattern;
mod place;
mod pointer;
mod retry_after;
mod shared_answer;
mod token_places;
mod unreachable;
mod xml;

use std::fmt;
use std::sync::Arc;

use http::StatusCode;

use super::error::SpecError;
use super::lint::Lint;
use super::spec::{Example, Outcome, Rule};
use crate::gateway::request::symbols::Symbols;

pub use explain::Explanation;

pub(super) use answer::Answer;
pub(super) use check::{Check, ListPlace};
pub(super) use extract::Extract;
pub(super) use json::Json;
pub(super) use pattern::PatternBudget;
pub(super) use place::{FirstPlace, MAX_PLACE, MAX_PLACES};
pub(super) use pointer::Pointer;
pub(super) use retry_after::parse_retry_after;
pub(super) use shared_answer::SharedAnswer;
pub(super) use token_places::TokenPlaces;
pub(super) use xml::XmlPath;

use codes::{Codes, check_duplicate};
use extract::{Extractors, FoundCode};
use matcher::{Fit, Matcher};

/// The compiled rules of a spec, and what applies to all its responses.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// The section of the rules, such as `response`.
    path: String,
    rules: Vec<RulePlan>,
    codes: Arc<Codes>,
    /// The places that apply to every response.
    shared: Arc<Extractors>,
    says_success: bool,
}

#[derive(Clone, Debug)]
struct RulePlan {
    matcher: Matcher,
    extractors: Extractors,
    outcome: Outcome,
}

/// The interpretation of a response.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) outcome: Outcome,
    pub(super) by: DecidedBy,
    pub(super) extract: Extract,
}

/// The part of a spec that decides the meaning of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DecidedBy {
    /// The table of codes.
    Codes,
    /// A body that did not arrive, or its part that is not searched.
    NoBody,
    /// The meaning of codes that the table does not contain.
    OtherCodes,
    /// The rule with this index, from 0.
    Rule(usize),
    /// The table of statuses.
    Status,
    /// A code that the table does not contain.
    UnlistedCode,
    /// A code that cannot be read.
    UnusableCode,
}

/// The meaning of the code of a response.
enum CodeMeaning {
    Known(Outcome),
    /// The response contains none.
    None,
    /// The body is missing, and the code may be in it.
    NoBody,
    /// The code is not listed, and the spec has a meaning for such codes.
    Other(Outcome),
    /// The code is not listed.
    Unlisted,
    /// The body is in another format than that of the place.
    Unreadable,
    /// There is a value that cannot be a code, such as a fraction.
    Unusable,
}

impl Rules {
    /// Compiles the rules of a section. The places and codes of `answer` apply as well.
    pub(super) fn compile(
        path: &str,
        rules: &[Rule],
        answer: &SharedAnswer<'_>,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        // All rules share one budget: a response that matches no rule is searched by all of them.
        let budget = answer.patterns.renewed();
        let mut plans = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            // Paths are written only for errors.
            let path = format_args!("{path}.{at}");
            let outcome = rule.then.outcome;
            check_duplicate(outcome, answer.deduplicates, &format_args!("{path}.then.outcome"))?;
            let earlier = rules.get(..at).unwrap_or_default();
            if unreachable::hidden_by(earlier, rule).is_some() {
                scope.lint(Lint::UnreachableRule, &path.to_string())?;
            }
            plans.push(RulePlan::compile(rule, scope, budget, &path)?);
        }
        let codes = answer.codes()?;
        codes.check_success(rules, answer.spec, path)?;
        let shared = answer.places()?;
        let says_success =
            codes.says_success() || rules.iter().any(|rule| rule.then.outcome == Outcome::Accepted);
        Ok(Self { path: path.to_owned(), rules: plans, codes, shared, says_success })
    }

    /// Checks that the rules agree with the examples.
    pub(super) fn check_examples(&self, examples: &[Example]) -> Result<(), SpecError> {
        examples
            .iter()
            .enumerate()
            .try_for_each(|(at, example)| self.check_example(example, &format!("example.{at}")))
    }

    /// Applies the rules to a response, whose body may be missing.
    pub(super) fn judge(&self, answer: &Answer<'_>) -> Judgement {
        let (outcome, by) = self.decide(answer);
        if by == DecidedBy::NoBody {
            return Judgement { outcome, by, extract: Extract::default() };
        }
        let rule = match by {
            DecidedBy::Rule(at) => self.rules.get(at),
            _ => None,
        };
        let own = rule.map(|rule| rule.extractors.apply(answer, rule.matcher.body_regex.as_ref()));
        let extract = own.unwrap_or_default().or(self.shared.apply(answer, None));
        Judgement { outcome, by, extract }
    }

    fn decide(&self, answer: &Answer<'_>) -> (Outcome, DecidedBy) {
        const OPEN: (Outcome, DecidedBy) = (Outcome::Unknown, DecidedBy::NoBody);
        for (at, rule) in self.rules.iter().enumerate() {
            match rule.matcher.fit(answer) {
                Fit::Yes if rule.outcome == Outcome::Accepted => {
                    // A response with the code of an error is no success, whatever else it contains.
                    return match self.meaning(answer) {
                        CodeMeaning::Known(outcome) if outcome != Outcome::Accepted => {
                            (outcome, DecidedBy::Codes)
                        }
                        CodeMeaning::NoBody => OPEN,
                        CodeMeaning::Other(outcome) => (outcome, DecidedBy::OtherCodes),
                        CodeMeaning::Unusable => (Outcome::Unknown, DecidedBy::UnusableCode),
                        // A rule about the body has understood it.
                        CodeMeaning::Unreadable if !rule.matcher.asks_for_body() => {
                            (Outcome::Unknown, DecidedBy::UnusableCode)
                        }
                        _ => (Outcome::Accepted, DecidedBy::Rule(at)),
                    };
                }
                Fit::Yes => return (rule.outcome, DecidedBy::Rule(at)),
                Fit::No(_) => {}
                // With its body, the response might have matched this rule, so the outcome is
                // unknown.
                Fit::NoBody => return OPEN,
            }
        }
        let status = answer.status;
        let by_status = self.by_status(status);
        let is_proof = |outcome: Outcome| match outcome {
            // The body can restrict success but not extend it.
            Outcome::Accepted => status.is_success(),
            Outcome::Duplicate => status.is_success() || status.is_client_error(),
            _ => true,
        };
        match self.meaning(answer) {
            CodeMeaning::Known(outcome) if is_proof(outcome) => (outcome, DecidedBy::Codes),
            CodeMeaning::NoBody if status.is_success() => OPEN,
            // The missing code may say that the message was or may have been accepted.
            CodeMeaning::NoBody if status.is_client_error() && self.codes.may_say_sent() => OPEN,
            CodeMeaning::Other(outcome) => (outcome, DecidedBy::OtherCodes),
            // A code that nobody explained, or that cannot be read, is no success.
            CodeMeaning::Unlisted if by_status == Outcome::Accepted => {
                (Outcome::Unknown, DecidedBy::UnlistedCode)
            }
            CodeMeaning::Unreadable | CodeMeaning::Unusable if by_status == Outcome::Accepted => {
                (Outcome::Unknown, DecidedBy::UnusableCode)
            }
            _ => (by_status, DecidedBy::Status),
        }
    }

    /// Looks up the code of a response.
    fn meaning(&self, answer: &Answer<'_>) -> CodeMeaning {
        if self.codes.is_empty() {
            return CodeMeaning::None;
        }
        match self.shared.code(answer) {
            FoundCode::Code(code) => {
                let other = self.codes.other.map_or(CodeMeaning::Unlisted, CodeMeaning::Other);
                self.codes.find(&code).map_or(other, CodeMeaning::Known)
            }
            FoundCode::NoBody => CodeMeaning::NoBody,
            FoundCode::None => CodeMeaning::None,
            FoundCode::Unreadable => CodeMeaning::Unreadable,
            FoundCode::Unusable => CodeMeaning::Unusable,
        }
    }

    /// Returns the meaning of a status if no rule matches.
    fn by_status(&self, status: StatusCode) -> Outcome {
        match status.as_u16() {
            // The spec defines success, and this response does not match it.
            200..=299 if self.says_success => Outcome::Unknown,
            200..=299 => Outcome::Accepted,
            // A gateway that accepted a POST redirects with 303 to its result page (RFC 9110
            // §15.4.4), and many use 302 for it.
            300..=304 => Outcome::Unknown,
            305..=399 => Outcome::Misconfigured,
            // A client error (400 to 499) is decided before the message is accepted, so its fate is
            // known.
            401 | 403 | 407 => Outcome::Unauthorized,
            402 => Outcome::NoCredit,
            // RFC 9110 §15.5.9 and RFC 8470 §5.2: the server did not process the request.
            408 | 425 => Outcome::Unavailable,
            429 => Outcome::Throttled,
            400..=499 => Outcome::Misconfigured,
            // A server error can occur after the message was accepted, so sending again is not
            // safe.
            _ => Outcome::Unknown,
        }
    }

    fn check_example(&self, example: &Example, path: &str) -> Result<(), SpecError> {
        let answer = Answer::of_example(&example.response, path)?;
        let found = self.judge(&answer);
        let expect = &example.expect;
        let by = match found.by {
            DecidedBy::Codes | DecidedBy::UnlistedCode | DecidedBy::UnusableCode => {
                "answer.codes".to_owned()
            }
            DecidedBy::OtherCodes => "answer.other_codes".to_owned(),
            DecidedBy::Rule(rule) => format!("{}.{rule}", self.path),
            DecidedBy::NoBody | DecidedBy::Status => "the status table".to_owned(),
        };
        let differs = |what: &str, problem: String| {
            let path = format!("{path}.expect.{what}");
            Err(SpecError::new(path, problem, "fix the rule or the example"))
        };
        if found.outcome != expect.outcome {
            let problem = format!("{by} returns {}, not {}", found.outcome, expect.outcome);
            return differs("outcome", problem);
        }
        let has_own_id = found.extract.has_own_id && expect.message_id.as_deref() == Some("sent");
        if expect.message_id.is_some()
            && found.extract.message_id != expect.message_id
            && !has_own_id
        {
            return differs("message_id", format!("{by} finds another message id, or none"));
        }
        if expect.code.is_some() && found.extract.code != expect.code {
            return differs("code", format!("{by} finds another code, or none"));
        }
        Ok(())
    }
}

impl RulePlan {
    fn compile(
        rule: &Rule,
        scope: &Symbols<'_>,
        budget: &PatternBudget,
        path: &dyn fmt::Display,
    ) -> Result<Self, SpecError> {
        let matcher = Matcher::compile(rule, scope, budget, path)?;
        let extractors = Extractors::of_rule(&rule.then, matcher.body_regex.as_ref(), path)?;
        Ok(Self { matcher, extractors, outcome: rule.then.outcome })
    }
}
