//! The meaning of responses: ordered rules, of which the first match decides, and a status table if
//! no rule matches.

mod answer;
mod explain;
mod extract;
mod json;
mod matcher;
mod pattern;
mod pointer;
mod retry_after;
mod xml;

use http::StatusCode;

use super::error::SpecError;
use super::spec::{GatewaySpec, Outcome, Rule};
use crate::gateway::request::symbols::Symbols;

pub use explain::Explanation;

pub(super) use answer::{Answer, without_mark};
pub(super) use extract::Extract;
pub(super) use json::Json;
pub(super) use pointer::Pointer;
pub(super) use retry_after::parse_retry_after;

use extract::Extractors;
use matcher::{Fit, Matcher};
use pattern::PatternBudget;

/// The compiled rules of a spec.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    rules: Vec<RulePlan>,
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
    /// The index of the matching rule, from 0. `None` if the status table decided.
    pub(super) rule: Option<usize>,
    pub(super) extract: Extract,
}

impl Rules {
    pub(super) fn compile(spec: &GatewaySpec, scope: &Symbols<'_>) -> Result<Self, SpecError> {
        // All rules share one budget: a response that matches no rule is searched by all of them.
        let budget = PatternBudget::new();
        let rules = spec
            .response
            .iter()
            .enumerate()
            .map(|(at, rule)| RulePlan::compile(rule, scope, &budget, &format!("response.{at}")))
            .collect::<Result<Vec<_>, _>>()?;
        let says_success = rules.iter().any(|rule| rule.outcome == Outcome::Accepted);
        let rules = Self { rules, says_success };
        rules.check_examples(spec)?;
        Ok(rules)
    }

    /// Applies the rules to a response, whose body may be missing.
    pub(super) fn judge(&self, answer: &Answer<'_>) -> Judgement {
        for (at, rule) in self.rules.iter().enumerate() {
            match rule.matcher.fit(answer) {
                Fit::Yes => {
                    let extract = rule.extractors.apply(answer, &rule.matcher);
                    return Judgement { outcome: rule.outcome, rule: Some(at), extract };
                }
                Fit::No(_) => {}
                // With its body, the response might have matched this rule, so the outcome is
                // unknown.
                Fit::NoBody => {
                    let extract = Extract::default();
                    return Judgement { outcome: Outcome::Unknown, rule: None, extract };
                }
            }
        }
        let outcome = self.by_status(answer.status);
        Judgement { outcome, rule: None, extract: Extract::default() }
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

    fn check_examples(&self, spec: &GatewaySpec) -> Result<(), SpecError> {
        for (at, example) in spec.example.iter().enumerate() {
            let path = format!("example.{at}");
            let answer = Answer::of_example(&example.response, &path)?;
            let found = self.judge(&answer);
            let expect = &example.expect;
            let by = match found.rule {
                Some(rule) => format!("response.{rule}"),
                None => "the status table".to_owned(),
            };
            let differs = |what: &str, hint: &str| {
                Err(SpecError::new(
                    format!("{path}.expect.{what}"),
                    hint,
                    "fix the rule or the example",
                ))
            };
            if found.outcome != expect.outcome {
                return differs(
                    "outcome",
                    &format!("{by} returns {}, not {}", found.outcome, expect.outcome),
                );
            }
            if expect.message_id.is_some() && found.extract.message_id != expect.message_id {
                return differs("message_id", &format!("{by} finds another message id, or none"));
            }
            if expect.code.is_some() && found.extract.code != expect.code {
                return differs("code", &format!("{by} finds another code, or none"));
            }
        }
        Ok(())
    }
}

impl RulePlan {
    fn compile(
        rule: &Rule,
        scope: &Symbols<'_>,
        budget: &PatternBudget,
        path: &str,
    ) -> Result<Self, SpecError> {
        let matcher = Matcher::compile(rule, scope, budget, path)?;
        let extractors = Extractors::compile(&rule.then, &matcher, path)?;
        Ok(Self { matcher, extractors, outcome: rule.then.outcome })
    }
}
