use std::fmt;

use super::answer::Answer;
use super::decode::BodyKind;
use super::matcher::Fit;
use super::{DecidedBy, Outcome, Rules};

/// The number of rules in the explanation of an error. A spec can have hundreds.
const MAX_RULES: usize = 8;

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
    /// The section of the rules, such as `response`.
    path: String,
    outcome: Outcome,
    by: DecidedBy,
    why_not: Vec<String>,
    status: u16,
    /// The kind of the body. `None` if it did not arrive.
    body: Option<BodyKind>,
}

impl Explanation {
    /// Returns the meaning of the response.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns the index of the matching rule, counted from 0, or `None` if no rule matches and the
    /// code or the status decides.
    ///
    /// It is also `None` if a match of `body_regex` ends exactly at 4 KiB and the body is longer,
    /// with the outcome [`Outcome::Unknown`].
    #[must_use]
    pub const fn rule(&self) -> Option<usize> {
        match self.by {
            DecidedBy::Rule(at) => Some(at),
            _ => None,
        }
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
            writeln!(f, "{}.{at} does not match: {why}", self.path)?;
        }
        self.write_end(f)
    }
}

impl Explanation {
    fn write_end(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let (outcome, status) = (self.outcome, self.status);
        match self.by {
            DecidedBy::UnlistedCode => {
                write!(f, "the code of the response is not listed in answer.codes: {outcome}")
            }
            DecidedBy::UnusableCode => {
                write!(f, "the code of the response cannot be read: {outcome}")
            }
            DecidedBy::NoBody => {
                write!(
                    f,
                    "a rule or a code needs the body, which is missing or too long: {outcome}"
                )
            }
            DecidedBy::OtherCodes => {
                write!(f, "answer.other_codes is for the code of the response: {outcome}")
            }
            DecidedBy::Codes => write!(f, "the code of the response means: {outcome}"),
            DecidedBy::Rule(at) => write!(f, "{}.{at} matches: {outcome}", self.path),
            DecidedBy::Status => {
                write!(f, "no rule matches; status {status} means: {outcome}")
            }
        }
    }

    /// Returns the explanation as one line, for errors and logs.
    pub(in crate::gateway) fn summary(&self) -> String {
        let mut line = match self.body {
            Some(kind) => format!("status {}, the body is {kind}; ", self.status),
            None => format!("status {}, the body did not arrive; ", self.status),
        };
        for (at, why) in self.why_not.iter().enumerate().take(MAX_RULES) {
            line.push_str(&format!("{}.{at} does not match: {why}; ", self.path));
        }
        if let Some(more) = self.why_not.len().checked_sub(MAX_RULES).filter(|more| *more > 0) {
            line.push_str(&format!("nor do {more} more rules; "));
        }
        // Writing to a string does not fail.
        let _ = self.write_end(&mut line);
        line
    }
}

impl Rules {
    pub(in crate::gateway) fn explain(&self, answer: &Answer<'_>) -> Explanation {
        let (outcome, by) = self.decide(answer);
        let mut why_not = Vec::new();
        for rule in &self.rules {
            why_not.push(match rule.matcher.fit(answer) {
                // This rule decides, or gives way to the code of the response.
                Fit::Yes => break,
                Fit::No(why) => why.describe(answer),
                Fit::NoBody => "the body is missing, or longer than the searched part".to_owned(),
            });
        }
        Explanation {
            path: self.path.clone(),
            outcome,
            by,
            why_not,
            status: answer.status.as_u16(),
            body: answer.has_body().then(|| answer.kind()),
        }
    }
}
