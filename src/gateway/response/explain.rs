use std::fmt;

use super::answer::Answer;
use super::matcher::Fit;
use super::{Outcome, Rules};

/// Which rule fits an answer, and why those before it do not.
///
/// # Examples
///
/// See [`HttpGateway::explain`](crate::gateway::HttpGateway::explain).
///
/// # Security
///
/// It names rules and keys, and shows no value of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    outcome: Outcome,
    rule: Option<usize>,
    why_not: Vec<String>,
    status: u16,
}

impl Explanation {
    /// What the answer means.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The rule that fits, counted from 0; `None` when none does and the status decides.
    #[must_use]
    pub const fn rule(&self) -> Option<usize> {
        self.rule
    }

    /// Why each rule that was looked at before does not fit, in order.
    #[must_use]
    pub fn why_not(&self) -> &[String] {
        &self.why_not
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, why) in self.why_not.iter().enumerate() {
            writeln!(f, "response.{at} does not fit: {why}")?;
        }
        match self.rule {
            Some(at) => write!(f, "response.{at} fits: {}", self.outcome),
            None => {
                write!(f, "no rule fits; by its status {} it is: {}", self.status, self.outcome)
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
            Fit::NoBody => {
                Some("its body is missing, or goes on behind what is searched".to_owned())
            }
        });
        Explanation {
            outcome: judgement.outcome,
            rule: judgement.rule,
            why_not: why_not.collect(),
            status: answer.status.as_u16(),
        }
    }
}
