use super::error::SpecError;
use super::plan::Plan;
use super::spec::{GatewaySpec, VarSpec};

impl GatewaySpec {
    /// Validates everything that needs neither a network nor the application's values, including
    /// the examples.
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
    pub fn check(&self) -> Result<(), SpecError> {
        let sample = |name: &str, var: &VarSpec| match &var.default {
            Some(default) => default.clone(),
            None if var.host => self.sample_host(name).to_owned(),
            None => "sample".to_owned(),
        };
        let values = self.vars().map(|(name, var)| Some(sample(name, var).into())).collect();
        // With `true`, nothing is rendered: the sample values may not suit the filters.
        Plan::compile(self, values, true, &[]).map(drop)
    }

    /// Returns a sample value for a host variable. It is a complete origin at the start of the URL,
    /// a port after a colon, and otherwise a part of a name.
    fn sample_host(&self, name: &str) -> &'static str {
        let placeholder = format!("{{{{{name}}}}}");
        if self.request.url.starts_with(&placeholder) {
            return "https://sample.example";
        }
        if self.request.url.contains(&format!(":{placeholder}")) { "443" } else { "sample" }
    }
}
