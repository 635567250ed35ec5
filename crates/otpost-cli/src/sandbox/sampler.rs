//! Sample messages through a gateway's own request.

use std::time::Duration;

use otpost::gateway::{GatewaySpec, HttpGateway, Lint, VarSpec};
use otpost::message::SenderId;
use otpost::{Code, Message, PhoneNumber, SecretString};

use super::loopback::Loopback;

/// Values of variables that are not given, which suit most filters.
const VALUES: [&str; 7] =
    ["sample", "17", "MTc=", "true", "https://sample.example", "443", "+12025550100"];
/// Recipients of samples. Some gateways serve one region only.
const NUMBERS: [&str; 9] = [
    "+12025550123",
    "+41791234567",
    "+918012345678",
    "+4915112345678",
    "+5511961234567",
    "+8613800138000",
    "+989121234567",
    "+84912345678",
    "+905321234567",
];
/// The code of a sample.
const CODE: &str = "123456";

/// Lints are for applications. A sample is sent to this machine only.
const LINTS: [Lint; 5] = [
    Lint::BodyContains,
    Lint::Cleartext,
    Lint::LiteralSecret,
    Lint::SecretInUrl,
    Lint::UnreachableRule,
];

/// A gateway with sample values.
pub(super) struct Sampler {
    pub(super) gateway: HttpGateway,
    /// The variables that each message has to set.
    vars: Vec<String>,
    to: &'static str,
    /// Set if the gateway has values of the command line, which are real credentials perhaps.
    has_name: bool,
    has_given: bool,
    /// The origin in the requests, and the base URL of the gateway in the sandbox.
    origin: String,
    base_url: String,
}

/// The parts of a sample. Parts that are missing have default values.
#[derive(Default)]
pub(super) struct SampleParts {
    pub(super) to: Option<String>,
    pub(super) text: Option<String>,
    pub(super) code: Option<String>,
}

impl Sampler {
    /// Creates a sampler, or returns the reason why the gateway needs other values.
    pub(super) fn new(
        spec: &GatewaySpec,
        given: &[(String, SecretString)],
        origin: &str,
        base_url: &str,
        transport: &Loopback,
    ) -> Result<Self, String> {
        let spec = spec.clone().with_origin(origin).and_then(|spec| spec.with_token_origin(origin));
        let spec = spec.map_err(|error| error.to_string())?;
        let vars: Vec<String> = spec
            .vars()
            .filter(|(_, var)| **var == VarSpec::message())
            .map(|(name, _)| name.to_owned())
            .collect();
        let has_given = !given.is_empty();
        let mut problem = "no sample value suits the gateway".to_owned();
        for value in VALUES {
            let gateway = match build(&spec, given, value, transport) {
                Ok(gateway) => gateway,
                Err(error) => {
                    problem = error;
                    continue;
                }
            };
            // A gateway that sends from numbers only does not take the name.
            let parts =
                [true, false].into_iter().flat_map(|has_name| NUMBERS.map(|to| (to, has_name)));
            for (to, has_name) in parts {
                let (origin, base_url) = (origin.to_owned(), base_url.to_owned());
                let vars = vars.clone();
                let gateway = gateway.clone();
                let sampler = Self { gateway, vars, to, has_name, has_given, origin, base_url };
                let message = sampler.message(&SampleParts::default())?;
                match sampler.gateway.prepare(&message) {
                    Ok(_) => return Ok(sampler),
                    Err(error) => problem = error.to_string(),
                }
            }
        }
        Err(problem)
    }

    /// Returns the message. An error names the part that is invalid.
    pub(super) fn message(&self, parts: &SampleParts) -> Result<Message, String> {
        let to = PhoneNumber::parse(parts.to.as_deref().unwrap_or(self.to));
        let to = to.map_err(|error| format!("to: {error}"))?;
        let code = Code::parse(parts.code.as_deref().unwrap_or(CODE));
        let code = code.map_err(|error| format!("code: {error}"))?;
        let text = parts.text.clone().unwrap_or_else(|| format!("{} is your code", code.expose()));
        let message = Message::new(to, text).map_err(|error| format!("text: {error}"))?;
        let message = message.with_code(code).with_lifetime(Duration::from_secs(300));
        let name = SenderId::parse("Acme").ok().filter(|_| self.has_name);
        let message = name.into_iter().fold(message, Message::with_sender);
        Ok(self.vars.iter().fold(message, |message, name| message.with_var(name, "sample")))
    }

    /// Returns a shell script that sends the message with curl.
    ///
    /// It contains the sample values. Given values are credentials, so the script only names the
    /// shell variables that contain them.
    pub(super) fn curl(&self, message: &Message) -> Result<String, String> {
        let prepared = self.gateway.prepare(message).map_err(|error| error.to_string())?;
        let command = prepared.to_curl();
        let script = match self.has_given {
            true => command.to_string(),
            false => command.expose_script().expose().to_owned(),
        };
        Ok(script.replace(&self.origin, &self.base_url))
    }
}

/// Builds the gateway with the given values, and with `value` for the other variables.
fn build(
    spec: &GatewaySpec,
    given: &[(String, SecretString)],
    value: &str,
    transport: &Loopback,
) -> Result<HttpGateway, String> {
    // A variable can need a value of another form than the others, such as a number.
    let mut own: Vec<(String, usize)> = Vec::new();
    loop {
        let mut builder = HttpGateway::builder(spec.clone());
        builder = LINTS.iter().fold(builder, |builder, lint| builder.allow(*lint));
        for (name, var) in spec.vars().filter(|(_, var)| **var != VarSpec::message()) {
            let known = given.iter().find(|(known, _)| known == name);
            let own = own.iter().find(|(known, _)| known == name);
            let other = own.and_then(|(_, at)| VALUES.get(*at)).copied();
            if let Some((_, secret)) = known {
                builder = builder.var(name, secret.clone());
            } else if !var.is_optional() {
                builder = builder.var(name, other.unwrap_or(value));
            }
        }
        let error = match builder.build_with(transport.clone()) {
            Ok(gateway) => return Ok(gateway),
            Err(error) => error,
        };
        let Some(name) = error.path().strip_prefix("vars.") else { return Err(error.to_string()) };
        match own.iter_mut().find(|(known, _)| known == name) {
            Some((_, at)) if at.saturating_add(1) < VALUES.len() => *at = at.saturating_add(1),
            Some(_) => return Err(error.to_string()),
            None => own.push((name.to_owned(), 0)),
        }
    }
}
