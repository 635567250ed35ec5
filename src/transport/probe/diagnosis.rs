use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::provider::Stage;

/// What was found on the way to a gateway, in order.
///
/// `Display` prints a line for each finding, and a hint below those that are bad.
///
/// # Examples
///
/// See [`diagnose`](crate::transport::diagnose).
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    findings: Vec<Finding>,
    is_reached: bool,
}

/// One step of the way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// Which step.
    pub stage: Stage,
    /// Whether it went well.
    pub is_good: bool,
    /// What was found, in a sentence.
    pub what: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
    /// How long it took.
    pub elapsed: Duration,
    /// This machine's end of the connection.
    pub local: Option<SocketAddr>,
    /// The other end.
    pub remote: Option<SocketAddr>,
}

impl Diagnosis {
    /// The findings, in order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What stops the way; `None` when the gateway was reached. One address of several that does not answer stops nothing.
    #[must_use]
    pub fn failed(&self) -> Option<&Finding> {
        if self.is_reached {
            return None;
        }
        self.findings.iter().rev().find(|finding| !finding.is_good)
    }

    pub(super) const fn reach(&mut self) {
        self.is_reached = true;
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
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
                writeln!(f, "{:>25}{hint}", "-> ")?;
            }
        }
        Ok(())
    }
}
