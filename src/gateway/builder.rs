use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::error::{SpecError, nearest};
use super::http_gateway::HttpGateway;
use super::lint::Lint;
use super::plan::Plan;
use super::spec::{GatewaySpec, VarSpec};
use crate::clock::{Clock, SystemClock};
use crate::secret::{SecretFileError, SecretString, read_secret};
use crate::template::Template;
use crate::transport::Transport;

/// Builds an [`HttpGateway`] from a spec and the application's values.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{GatewaySpec, HttpGateway, VarSource};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let text = r#"
/// #     spec = 1
/// #     id = "acme"
/// #     name = "Acme SMS"
/// #     [vars]
/// #     token = { secret = true }
/// #     [request]
/// #     method = "POST"
/// #     url = "https://sms.acme.example/send"
/// #     form = { to = "{{to|plain}}", text = "{{text}}" }
/// #     [auth]
/// #     bearer = { token = "{{token}}" }
/// # "#;
/// let gateway = HttpGateway::builder(GatewaySpec::from_toml(text)?)
///     .var("token", VarSource::env("ACME_TOKEN"))
///     .build();
/// // The environment variable is not set here, so the build fails.
/// assert_eq!(gateway.unwrap_err().path(), "vars.token");
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct HttpGatewayBuilder {
    // An error is kept until the gateway is built, so that the calls can be chained.
    spec: Result<GatewaySpec, SpecError>,
    values: Vec<(String, VarSource)>,
    resolver: Option<Box<SecretResolver>>,
    allowed: Vec<Lint>,
    clock: Arc<dyn Clock>,
}

type SecretResolver = dyn Fn(&str) -> Option<SecretString> + Send + Sync;

impl HttpGatewayBuilder {
    pub(crate) fn new(spec: Result<GatewaySpec, SpecError>) -> Self {
        let (values, allowed) = (Vec::new(), Vec::new());
        Self { spec, values, resolver: None, allowed, clock: Arc::new(SystemClock) }
    }

    /// Sets the value of a variable. A second call with the same name replaces the value.
    ///
    /// A string is the value itself, even if it begins with `env:` or `file:`. To read such a text
    /// as a source, use [`VarSource::parse`].
    ///
    /// Building the gateway fails if the spec does not declare the variable, or if the value is
    /// empty or contains a line break or NUL character. Keys in PEM can have line breaks: the
    /// private key of a [`JwtAuth`](super::JwtAuth), and the public key of delivery reports.
    pub fn var(mut self, name: impl Into<String>, value: impl Into<VarSource>) -> Self {
        let name = name.into();
        self.values.retain(|(known, _)| *known != name);
        self.values.push((name, value.into()));
        self
    }

    /// Sets a function that provides the variables that were not set with [`var`](Self::var), for
    /// example from the application's secret store.
    ///
    /// It is called while the gateway is built, once for each of these variables in the order of
    /// the spec, whether they are secret, optional or neither. Its value replaces the default of
    /// the spec. If it returns `None`, the default applies. It may block. It is not called later:
    /// after a secret has changed, build the gateway again.
    pub fn secret_resolver(
        mut self,
        resolve: impl Fn(&str) -> Option<SecretString> + Send + Sync + 'static,
    ) -> Self {
        self.resolver = Some(Box::new(resolve));
        self
    }

    /// Allows a lint, like `allow` in the spec. Each call adds one.
    pub fn allow(mut self, lint: Lint) -> Self {
        self.allowed.push(lint);
        self
    }

    /// Replaces the scheme, host and port of the gateway. See [`GatewaySpec::with_origin`].
    /// Building fails if a host variable that the spec does not use any more is set after this
    /// call.
    pub fn origin(mut self, origin: &str) -> Self {
        self.redirect(|spec| spec.with_origin(origin));
        self
    }

    /// Replaces the scheme, host and port from which the token is fetched. See
    /// [`GatewaySpec::with_token_origin`].
    pub fn token_origin(mut self, origin: &str) -> Self {
        self.redirect(|spec| spec.with_token_origin(origin));
        self
    }

    fn redirect(&mut self, change: impl FnOnce(GatewaySpec) -> Result<GatewaySpec, SpecError>) {
        let Ok(spec) = &self.spec else { return };
        let names = |spec: &GatewaySpec| -> Vec<String> {
            spec.vars().map(|(name, _)| name.to_owned()).collect()
        };
        let before = names(spec);
        let changed = change(spec.clone());
        // The values of host variables that the spec does not have any more are not needed.
        let after = changed.as_ref().map(names).unwrap_or_default();
        self.values.retain(|(name, _)| !before.contains(name) || after.contains(name));
        self.spec = changed;
    }

    /// Replaces the clock, for tests. Defaults to [`SystemClock`]. It is used for times in
    /// requests, the lifetime of tokens, and dates in `Retry-After`.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the gateway over the given transport. Validates everything that needs no network.
    ///
    /// Of the spec's `[connection]`, only the total timeout is used, and only if the gateway
    /// fetches a token or uses [`Auth::HttpDigest`](super::Auth::HttpDigest).
    ///
    /// The gateway has no timer. It passes the time that an exchange may take to the transport, in
    /// [`TimeLeft`](crate::transport::TimeLeft): always in these two cases, and otherwise only if
    /// the message has a limit ([`Message::time_left`](crate::Message::time_left)), which
    /// wrappers such as [`Retry`](crate::provider::Retry) set. So the transport needs a timeout of
    /// its own.
    ///
    /// A message that waits for a token relies on `TimeLeft` as well. A transport that ignores it
    /// makes messages late, and their fate unknown.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the key path and a hint. Nothing is sent.
    pub fn build_with(self, transport: impl Transport) -> Result<HttpGateway, SpecError> {
        let (_, plan, clock) = self.compile()?;
        Ok(HttpGateway::new(plan, Arc::new(transport), clock))
    }

    pub(super) fn compile(self) -> Result<(GatewaySpec, Plan, Arc<dyn Clock>), SpecError> {
        let spec = self.spec?;
        // Invalid declarations fail before a file is opened or the secret store is called.
        Plan::check_declared(&spec)?;
        // A mistyped name would otherwise leave an optional variable empty, without any error.
        for (name, _) in &self.values {
            if spec.vars().all(|(known, _)| known != name) {
                let known = nearest(name, spec.vars().map(|(known, _)| known));
                let hint = match known {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => "the spec's `[vars]` does not declare it".to_owned(),
                };
                return Err(SpecError::new(format!("vars.{name}"), "unknown variable", hint));
            }
        }
        // One entry for each variable, in the order of the spec: a `Slot` refers to it by its
        // index.
        let mut configured = Vec::new();
        let public_keys = spec.reports.iter().flat_map(|reports| reports.auth().pem_keys());
        let pem_keys: Vec<_> = spec.auth.private_key().into_iter().chain(public_keys).collect();
        for (name, var) in spec.vars() {
            let given = self.values.iter().find(|(known, _)| known == name);
            let value = match given {
                Some((_, source)) => Some(source.read(name)?),
                None => self.resolver.as_ref().and_then(|resolve| resolve(name)),
            };
            let has_lines = pem_keys.iter().any(|text| names_variable(text, name));
            configured.push(check_value(name, var, value, has_lines)?);
        }
        let plan = Plan::compile(&spec, configured, false, &self.allowed)?;
        Ok((spec, plan, self.clock))
    }
}

fn check_value(
    name: &str,
    var: &VarSpec,
    value: Option<SecretString>,
    has_lines: bool,
) -> Result<Option<SecretString>, SpecError> {
    let path = || format!("vars.{name}");
    let value = value.or_else(|| var.default.as_deref().map(SecretString::from));
    match value {
        // A message variable can still get its value from each message.
        None if var.optional || var.message => Ok(None),
        None => {
            let hint = format!("give it with .var(\"{name}\", …)");
            Err(SpecError::new(path(), "it has no value", hint))
        }
        // An empty value usually comes from an unset variable, and would be sent as an empty
        // password.
        Some(value) if value.expose().is_empty() => {
            Err(SpecError::new(path(), "its value is empty", "give a value, or leave it out"))
        }
        Some(value) if value.expose().contains('\0') => {
            Err(SpecError::new(path(), "its value has a NUL", "give a text"))
        }
        Some(value) if !has_lines && value.expose().contains(['\r', '\n']) => {
            Err(SpecError::new(path(), "its value has a line break", "give one line"))
        }
        Some(value) => Ok(Some(value)),
    }
}

/// Returns whether a template contains a variable.
fn names_variable(text: &str, name: &str) -> bool {
    Template::parse(text).is_ok_and(|template| template.placeholders().any(|it| it.name == name))
}

impl fmt::Debug for HttpGatewayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpGatewayBuilder").field("spec", &self.spec).finish_non_exhaustive()
    }
}

/// The source of a variable's value.
///
/// # Examples
///
/// ```
/// use otpost::gateway::VarSource;
///
/// let literal = VarSource::from("acme");
/// let environment = VarSource::env("ACME_TOKEN");
/// let file = VarSource::file("/run/secrets/acme-token");
/// // From the application's configuration file:
/// assert_eq!(VarSource::parse("env:ACME_TOKEN"), environment);
/// assert_eq!(VarSource::parse("acme"), literal);
/// assert_eq!(format!("{literal:?}"), "VarSource::Literal(***)");
/// # let _ = file;
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VarSource {
    /// An environment variable, read when the gateway is built.
    Env(String),
    /// A file of at most 64 KiB, read when the gateway is built. One line break at its end is
    /// removed.
    File(PathBuf),
    /// The value itself.
    Literal(SecretString),
}

impl VarSource {
    /// Creates a source that reads an environment variable.
    #[must_use]
    pub fn env(name: impl Into<String>) -> Self {
        Self::Env(name.into())
    }

    /// Creates a source that reads a file of at most 64 KiB.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File(path.into())
    }

    /// Parses `env:NAME` or `file:PATH`. Any other text is the value itself.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some(("env", name)) => Self::env(name),
            Some(("file", path)) => Self::file(path),
            _ => Self::from(text),
        }
    }

    fn read(&self, name: &str) -> Result<SecretString, SpecError> {
        let path = || format!("vars.{name}");
        match self {
            // The error is dropped: if the value is not Unicode, the error contains it.
            Self::Env(variable) => std::env::var(variable).map(SecretString::new).map_err(|_| {
                let hint = format!("set {variable} to one line of text");
                SpecError::new(path(), "the environment variable is not set", hint)
            }),
            Self::File(file) => {
                let hint = "it has to be one line of text that this process may read";
                let refuse = |problem: String| SpecError::new(path(), problem, hint);
                read_secret(file).map_err(|error| match error {
                    SecretFileError::TooLong => refuse("the file is longer than 64 KiB".to_owned()),
                    SecretFileError::Unreadable(kind) => {
                        refuse(format!("the file cannot be read: {kind}"))
                    }
                })
            }
            Self::Literal(value) => Ok(value.clone()),
        }
    }
}

impl fmt::Debug for VarSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "VarSource::Env({name})"),
            Self::File(_) => f.write_str("VarSource::File(…)"),
            Self::Literal(_) => f.write_str("VarSource::Literal(***)"),
        }
    }
}

impl From<&str> for VarSource {
    fn from(value: &str) -> Self {
        Self::Literal(value.into())
    }
}

impl From<String> for VarSource {
    fn from(value: String) -> Self {
        Self::Literal(value.into())
    }
}

impl From<SecretString> for VarSource {
    fn from(value: SecretString) -> Self {
        Self::Literal(value)
    }
}
