use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::provider::Stage;

/// The result of a connection test: the findings of each step, in order.
///
/// `Display` prints one line per finding, and a hint below each failed one.
///
/// # Examples
///
/// See [`diagnose`](crate::transport::diagnose).
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    findings: Vec<Finding>,
    is_reached: bool,
}

/// The result of one step of a connection test.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The stage of the exchange that was tested.
    pub stage: Stage,
    /// The result: `true` if the step succeeded.
    pub is_good: bool,
    /// The description of the result, for people.
    pub what: String,
    /// The suggested fix. Set if the step failed.
    pub hint: Option<&'static str>,
    /// The time that the step took.
    pub elapsed: Duration,
    /// The local address of the connection, if one was opened.
    pub local: Option<SocketAddr>,
    /// The remote address, if the step has one.
    pub remote: Option<SocketAddr>,
}

impl Diagnosis {
    /// Returns the findings, in order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the finding that prevents a connection, or `None` if the gateway was reached.
    ///
    /// If only one of several addresses does not respond, the gateway is still reached.
    #[must_use]
    pub fn failed(&self) -> Option<&Finding> {
        if self.is_reached {
            return None;
        }
        // The test stops at the last failure. Earlier ones can be single addresses.
        self.findings.iter().rev().find(|finding| !finding.is_good)
    }

    pub(super) const fn reach(&mut self) {
        self.is_reached = true;
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Replaces the last finding by that of another test.
    pub(super) fn replace_last(&mut self, mut other: Self) {
        self.findings.pop();
        self.findings.extend(other.findings.pop());
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.is_reached = other.is_reached;
    }
}

impl Finding {
    pub(crate) const fn good(stage: Stage, elapsed: Duration, what: String) -> Self {
        Self { stage, is_good: true, what, hint: None, elapsed, local: None, remote: None }
    }

    pub(crate) fn bad(stage: Stage, elapsed: Duration, what: String, hint: &'static str) -> Self {
        Self { is_good: false, hint: Some(hint), ..Self::good(stage, elapsed, what) }
    }

    pub(super) const fn between(mut self, local: Option<SocketAddr>, remote: SocketAddr) -> Self {
        self.local = local;
        self.remote = Some(remote);
        self
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let stage = finding.stage.to_string();
            let verdict = if finding.is_good { "ok" } else { "FAILED" };
            let time = finding.elapsed.as_millis();
            writeln!(f, "{stage:<7} {verdict:<6} {time:>5} ms  {}", finding.what)?;
            if let Some(hint) = finding.hint {
                // 25 is the column at which the texts of the lines above begin.
                writeln!(f, "{:>25}{hint}", "-> ")?;
            }
        }
        Ok(())
    }
}
