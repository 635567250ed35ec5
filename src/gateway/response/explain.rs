use std::fmt;

use super::answer::Answer;
use super::matcher::Fit;
use super::{Outcome, Rules};

/// The explanation of a response: the rule that matches, and why the rules before it do not.
///
/// `Display` prints one line for each rule that was tried, and ends with the outcome.
///
/// # Examples
///
/// See [`HttpGateway::explain`](crate::gateway::HttpGateway::explain).
///
/// # Security
///
/// It contains rules and keys, and no value of the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    outcome: Outcome,
    rule: Option<usize>,
    why_not: Vec<String>,
    status: u16,
}

impl Explanation {
    /// Returns the meaning of the response.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns the index of the matching rule, counted from 0, or `None` if no rule matches and the
    /// status decides.
    ///
    /// It is also `None` if a match of `body_regex` ends exactly at 4 KiB and the body is longer,
    /// with the outcome [`Outcome::Unknown`].
    #[must_use]
    pub const fn rule(&self) -> Option<usize> {
        self.rule
    }

    /// Returns the reasons why the rules before the matching rule do not match: one text per rule,
    /// in the order of the spec. If no rule matches, all rules have a text.
    #[must_use]
    pub fn why_not(&self) -> &[String] {
        &self.why_not
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, why) in self.why_not.iter().enumerate() {
            writeln!(f, "response.{at} does not match: {why}")?;
        }
        match self.rule {
            Some(at) => write!(f, "response.{at} matches: {}", self.outcome),
            None => {
                write!(f, "no rule matches; status {} means: {}", self.status, self.outcome)
            }
        }
    }
}

impl Rules {
    pub(in crate::gateway) fn explain(&self, answer: &Answer<'_>) -> Explanation {
        let judgement = self.judge(answer);
        let why_not = self.rules.iter().map_while(|rule| match rule.matcher.fit(answer) {
            Fit::Yes => None,
            Fit::No(why) => Some(why.to_string()),
            Fit::NoBody => Some("the body is missing, or longer than the searched part".to_owned()),
        });
        Explanation {
            outcome: judgement.outcome,
            rule: judgement.rule,
            why_not: why_not.collect(),
            status: answer.status.as_u16(),
        }
    }
}
