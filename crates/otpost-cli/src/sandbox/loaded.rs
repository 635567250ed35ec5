//! The gateways of a sandbox.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use otpost::gateway::imitation::{Imitation, ReceivedRequest, RecognizedCall, ReportImitation};
use otpost::gateway::{GatewaySpec, HttpGateway, Outcome};
use otpost::{SecretString, gateways};
use serde_json::{Value, json};

use super::answers::NextAnswer;
use super::fault::FaultKind;
use super::loopback::Loopback;
use super::sampler::{SampleParts, Sampler};
use super::wanted::OUTCOMES;
use crate::error::CommandError;
use crate::input::read_spec;
use crate::offline::Offline;

/// The name of the sample gateway.
const SAMPLE: &str = "sample";

/// A gateway that the sandbox plays.
pub(super) struct LoadedGateway {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) base_url: String,
    pub(super) imitation: Imitation,
    /// A client with the same spec, which interprets responses.
    pub(super) judge: HttpGateway,
    /// A client that sends samples, or the reason why it cannot.
    pub(super) sampler: Result<Sampler, String>,
    pub(super) examples: usize,
    /// The members of its JSON object that never change.
    json: Value,
}

/// The address of the sandbox, as its gateways know it.
pub(super) struct SandboxAddress {
    /// The address to which samples are sent.
    pub(super) local: SocketAddr,
    /// The scheme, host and port in base URLs.
    pub(super) origin: String,
    pub(super) slow: Duration,
}

/// Reads the specs of the arguments: files, names of the catalogue, and the sample gateway. Without
/// arguments, these are the sample gateway and the whole catalogue.
pub(super) fn read_specs(arguments: &[String]) -> Result<Vec<GatewaySpec>, CommandError> {
    if arguments.is_empty() {
        let all = std::iter::once(sample()?).chain(gateways::all());
        return Ok(all.collect());
    }
    let mut specs: Vec<GatewaySpec> = Vec::new();
    for argument in arguments {
        let is_file = argument == "-" || argument.contains(['.', '/', '\\']);
        let spec = match argument.as_str() {
            file if is_file => read_spec(Path::new(file))?,
            SAMPLE => sample()?,
            name => gateways::with_examples(name).map_err(|error| {
                let hint = error.hint().replace("one of ", "a spec file, sample, ");
                CommandError::Usage(format!("unknown gateway `{name}`: {hint}"))
            })?,
        };
        if specs.iter().any(|known| known.id() == spec.id()) {
            let problem =
                format!("two gateways have the id `{}`: expected different ids", spec.id());
            return Err(CommandError::Refused(problem));
        }
        specs.push(spec);
    }
    Ok(specs)
}

fn sample() -> Result<GatewaySpec, CommandError> {
    // A test parses the file, so there is no error.
    GatewaySpec::from_toml(include_str!("sample.toml"))
        .map_err(|error| CommandError::Refused(error.to_string()))
}

/// Returns the reports of a gateway to this URL. `None` if its spec describes none.
pub(super) fn report_imitation(
    spec: &GatewaySpec,
    given: &[(String, SecretString)],
    url: &str,
) -> Result<Option<ReportImitation>, CommandError> {
    let mut imitation = match ReportImitation::new(spec, url) {
        Ok(imitation) => imitation,
        Err(error) if error.path() == "reports" => return Ok(None),
        Err(error) => return Err(CommandError::Refused(format!("--reports: {error}"))),
    };
    for (name, value) in given {
        let with_value = imitation.with_var(name, value.clone());
        let refused = |error| CommandError::Refused(format!("{}: {error}", spec.id()));
        imitation = with_value.map_err(refused)?;
    }
    Ok(Some(imitation))
}

impl LoadedGateway {
    /// Compiles a spec. Requests must have the given values of its variables.
    pub(super) fn new(
        spec: &GatewaySpec,
        given: &[(String, SecretString)],
        reports: Option<&ReportImitation>,
        address: &SandboxAddress,
    ) -> Result<Self, CommandError> {
        let id = spec.id();
        let refused =
            |error: otpost::gateway::SpecError| CommandError::Refused(format!("{id}: {error}"));
        let judge = spec.sample_gateway(Offline).map_err(refused)?;
        let mut imitation = Imitation::new(spec).map_err(refused)?;
        for (name, value) in given {
            imitation = match imitation.clone().with_var(name, value.clone()) {
                Ok(imitation) => imitation,
                // Requests do not contain it, and reports are signed with it.
                Err(_) if reports.is_some_and(|reports| reports.uses_var(name)) => imitation,
                Err(error) => return Err(refused(error)),
            };
        }
        let prefix = format!("/g/{id}");
        let base_url = format!("{}{prefix}", address.origin);
        let transport = Loopback::new(address.local, prefix, address.slow);
        let sampler = Sampler::new(spec, given, &address.origin, &base_url, &transport);
        let curl = sampler
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|sampler| sampler.curl(&sampler.message(&SampleParts::default())?));
        let examples = spec.examples().iter().enumerate().map(|(index, example)| {
            let (status, outcome) = (example.response().status(), example.expected());
            json!({ "index": index, "label": format!("{status} {outcome}") })
        });
        let docs = Some(spec.docs().trim()).filter(|docs| !docs.is_empty());
        let json = json!({
            "id": id,
            "name": spec.name(),
            "base_url": base_url,
            "docs": docs,
            "outcomes": outcomes(spec, &imitation, sampler.as_ref().ok())
                .map(|outcome| outcome.as_str()).collect::<Vec<_>>(),
            "examples": examples.collect::<Vec<_>>(),
            "faults": FaultKind::ALL.map(FaultKind::as_str),
            "next": null,
            "times": null,
            "reports": null,
            "sample_curl": curl.unwrap_or_else(|problem| format!("# {problem}\n")),
        });
        let (examples, name) = (spec.examples().len(), spec.name().to_owned());
        Ok(Self { id: id.to_owned(), name, base_url, imitation, judge, sampler, examples, json })
    }

    /// Returns the gateway as the API shows it.
    pub(super) fn to_json(&self, next: NextAnswer, reports: Value) -> Value {
        let mut json = self.json.clone();
        if let Some(members) = json.as_object_mut() {
            members.insert("next".to_owned(), next.answer.to_json());
            members.insert("times".to_owned(), next.times.into());
            members.insert("reports".to_owned(), reports);
        }
        json
    }
}

/// Returns the outcomes for which the spec has a response.
fn outcomes(
    spec: &GatewaySpec,
    imitation: &Imitation,
    sampler: Option<&Sampler>,
) -> impl Iterator<Item = Outcome> {
    // A request is needed to ask for responses. Without a sample, the examples have to do.
    let prepared = sampler.and_then(|sampler| {
        sampler.gateway.prepare(&sampler.message(&SampleParts::default()).ok()?).ok()
    });
    let recognized = prepared.map(|prepared| {
        let url = prepared.expose_url();
        let target = url.splitn(4, '/').nth(3).unwrap_or_default();
        let request = ReceivedRequest::new(prepared.method().as_str(), format!("/{target}"));
        let headers = prepared.expose_headers();
        let request = headers.fold(request, |request, (name, value)| {
            request.with_header(name.as_str(), value.as_bytes())
        });
        imitation.receive(&request.with_body(prepared.expose_body().to_vec()))
    });
    let recognized = recognized.filter(|it| it.call() == RecognizedCall::Message);
    OUTCOMES.into_iter().filter(move |outcome| match &recognized {
        _ if *outcome == Outcome::Accepted => true,
        Some(recognized) => imitation.respond(recognized, *outcome).outcome() == *outcome,
        None => spec.examples().iter().any(|example| example.expected() == *outcome),
    })
}
