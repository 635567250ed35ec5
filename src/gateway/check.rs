use std::fmt;
use std::sync::Arc;

use super::error::SpecError;
use super::http_gateway::HttpGateway;
use super::lint::Lint;
use super::plan::Plan;
use super::spec::{GatewaySpec, Outcome, VarSpec};
use crate::clock::SystemClock;
use crate::transport::Transport;

impl GatewaySpec {
    /// Validates everything that needs neither a network nor the application's values, including
    /// the examples.
    ///
    /// The warnings are about parts that are valid and probably not meant. A test can require that
    /// there are none.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the key path and a hint.
    ///
    /// # Examples
    ///
    /// A unit test for an application's spec:
    ///
    /// ```
    /// use otpost::gateway::{Example, GatewaySpec, Outcome, Rule};
    ///
    /// let spec = GatewaySpec::builder("acme", "Acme SMS")
    ///     .post("https://sms.acme.example/send")
    ///     .form("to", "{{to}}")
    ///     .form("text", "{{text}}")
    ///     .rule(Rule::new(Outcome::Accepted).when_body_regex("^OK"))
    ///     .example(Example::new(200, "OK 17", Outcome::Accepted))
    ///     .example(Example::new(200, "ERR", Outcome::NoCredit)) // no rule returns this
    ///     .build();
    /// assert_eq!(spec.check().unwrap_err().path(), "example.1.expect.outcome");
    /// ```
    pub fn check(&self) -> Result<Vec<SpecWarning>, SpecError> {
        self.compile_sample(&[])?;
        Ok(self.warnings())
    }

    /// Builds a gateway with sample values instead of the application's, for tools that need no
    /// credentials: [`HttpGateway::explain`] and [`HttpGateway::interpret`] work as with the real
    /// values.
    ///
    /// Do not send with it: the gateway would refuse the sample credentials.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check).
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::{GatewaySpec, Outcome};
    /// use otpost::transport::{Response, ReqwestTransport, TransportOptions};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let spec = GatewaySpec::builtin("link-mobility")?;
    /// let gateway = spec.sample_gateway(ReqwestTransport::new(&TransportOptions::new())?)?;
    /// let response = Response::new(r#"{"responseCode":13}"#.into());
    /// assert_eq!(gateway.explain(&response).outcome(), Outcome::Throttled);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sample_gateway(&self, transport: impl Transport) -> Result<HttpGateway, SpecError> {
        let plan = self.compile_sample(&[])?;
        Ok(HttpGateway::new(plan, Arc::new(transport), Arc::new(SystemClock)))
    }

    /// Compiles the spec with sample values. The plan cannot render a request.
    pub(super) fn compile_sample(&self, allowed: &[Lint]) -> Result<Plan, SpecError> {
        let sample = |name: &str, var: &VarSpec| match &var.default {
            Some(default) => default.clone(),
            None if var.host => self.sample_host(name).to_owned(),
            None => "sample".to_owned(),
        };
        let values = self.vars().map(|(name, var)| Some(sample(name, var).into())).collect();
        // With `true`, nothing is rendered: the sample values may not suit the filters.
        Plan::compile(self, values, true, allowed)
    }

    fn warnings(&self) -> Vec<SpecWarning> {
        let mut warnings = Vec::new();
        let codes = self.answer.codes.iter().map(|(outcome, _)| *outcome);
        let mut outcomes = self.response.iter().map(|rule| rule.then.outcome).chain(codes);
        if !outcomes.any(|outcome| outcome == Outcome::Accepted) {
            warnings.push(SpecWarning {
                path: "response",
                problem: "no rule is for `accepted`, so every response with status 200 to 299 \
                          counts as accepted, even one with an error in its body",
            });
        }
        warnings
    }

    /// Returns a sample value for a host variable. It is a complete origin at the start of a URL, a
    /// port after a colon, and otherwise a part of a name.
    fn sample_host(&self, name: &str) -> &'static str {
        let placeholder = format!("{{{{{name}}}}}");
        let is_used = |test: &dyn Fn(&str) -> bool| self.urls().into_iter().any(test);
        if is_used(&|url| url.starts_with(&placeholder)) {
            return "https://sample.example";
        }
        if is_used(&|url| url.contains(&format!(":{placeholder}"))) { "443" } else { "sample" }
    }
}

/// A part of a spec that is valid and probably not meant. See [`GatewaySpec::check`].
///
/// `Display` prints one line: `path: problem`.
///
/// # Examples
///
/// ```
/// use otpost::gateway::GatewaySpec;
///
/// let spec = GatewaySpec::builder("acme", "Acme SMS")
///     .post("https://sms.acme.example/send")
///     .form("to", "{{to}}")
///     .form("text", "{{text}}")
///     .build();
/// let warnings = spec.check()?;
/// assert_eq!(warnings[0].path(), "response"); // nothing says what success looks like
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecWarning {
    path: &'static str,
    problem: &'static str,
}

impl SpecWarning {
    /// Returns the key path, such as `response`.
    #[must_use]
    pub const fn path(&self) -> &str {
        self.path
    }
}

impl fmt::Display for SpecWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}
