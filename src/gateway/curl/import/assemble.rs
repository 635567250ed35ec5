//! Puts the parts of a command together to a spec.

use super::address::Address;
use super::call::{Body, Call};
use super::candidate::{Forms, What};
use super::headers::Headers;
use super::note::CurlNote;
use super::places::Places;
use super::sample::Sample;
use super::variables::Variables;
use super::{CurlImport, body, cmd, refuse, shell};
use crate::gateway::error::SpecError;
use crate::gateway::lint::{Lint, is_private};
use crate::gateway::spec::{Charset, GatewaySpec, Method, Pairs};

/// No command that sends a message is near this.
const MAX_COMMAND: usize = 256 * 1_024;

pub(super) fn import(command: &str, sample: &Sample) -> Result<CurlImport, SpecError> {
    if command.len() > MAX_COMMAND {
        return Err(refuse("it is longer than 256 KiB", "paste one command"));
    }
    let mut variables = Variables::new(command);
    let words = if cmd::is_cmd(command) {
        cmd::words(command, &mut variables)?
    } else {
        shell::words(command, &mut variables)?
    };
    let call = Call::of(words, &variables)?;

    // The charset that has the text is the one; and of the number the most general form that is there.
    let mut without_text = None;
    let mut failed = None;
    for charset in [Charset::Utf8, Charset::Latin1, Charset::Gsm7] {
        for forms in [Forms::International, Forms::Split, Forms::National] {
            let mut places = Places::new(sample, charset, forms, &variables);
            match assemble(&call, charset, forms, &mut places) {
                Ok(import) if places.has(What::Text) => return Ok(import),
                Ok(import) => {
                    without_text.get_or_insert(import);
                }
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
    }
    let nothing = || refuse("there is nothing in it", "paste the whole command");
    without_text.ok_or_else(|| failed.unwrap_or_else(nothing))
}

fn assemble(
    call: &Call,
    charset: Charset,
    forms: Forms,
    places: &mut Places<'_>,
) -> Result<CurlImport, SpecError> {
    let address = Address::of(call, places)?;
    let host = address.host.as_deref();
    let id = id_of(host.unwrap_or("imported"));
    let mut spec = GatewaySpec::builder(id, host.unwrap_or("Imported"))
        .docs("Made from a curl command.")
        .request(method(call)?, address.url)
        .charset(charset)
        .connection(call.connection.clone())
        .build();
    spec.request.query = Pairs(address.query);
    let mut headers = Headers::of(call, address.user.as_deref(), places)?;
    body::fill(&mut spec.request, call, &mut headers, places)?;
    spec.request.headers = Pairs(headers.pairs);
    spec.auth = headers.auth;
    spec.vars = places.vars.iter().map(|var| (var.name.clone(), var.spec.clone())).collect();
    check_found(forms, places)?;
    allow_what_it_needs(&mut spec)?;

    let mut notes = std::mem::take(&mut places.notes);
    notes.extend(call.notes.iter().cloned());
    if spec.request.url.starts_with("http://") && host.is_some_and(|host| !is_private(host)) {
        notes.push(CurlNote::Cleartext);
    }
    if !places.has(What::Text) {
        notes.push(CurlNote::TextMissing);
    }
    notes.push(CurlNote::NoRules);
    let values = places.vars.iter().filter_map(|var| Some((var.name.clone(), var.value.clone()?)));
    Ok(CurlImport { spec, values: values.collect(), notes })
}

fn method(call: &Call) -> Result<Method, SpecError> {
    let method = call.method.as_deref().map(<[u8]>::to_ascii_uppercase);
    match (method.as_deref(), &call.body) {
        (Some(b"GET"), _) | (None, Body::None) => Ok(Method::Get),
        (Some(b"POST"), _) | (None, _) => Ok(Method::Post),
        (Some(b"PUT"), _) => Ok(Method::Put),
        (method, _) => {
            let method = method.filter(|name| name.iter().all(u8::is_ascii_uppercase));
            let name = String::from_utf8_lossy(method.unwrap_or(b"?")).into_owned();
            let problem = format!("--request: the method {name} is none of GET, POST and PUT");
            Err(refuse(&problem, "use one of them"))
        }
    }
}

/// Whether the message has its place.
fn check_found(forms: Forms, places: &Places<'_>) -> Result<(), SpecError> {
    let is_split = ["{{national_number}}", "{{calling_code}}"]
        .iter()
        .all(|placeholder| places.has_placed(placeholder));
    if !places.has(What::Number) || (forms == Forms::Split && !is_split) {
        let problem = format!("the recipient's number is in none of its values: {}", places.seen());
        return Err(refuse(&problem, "give the sample the number that the command sends to"));
    }
    if !places.has(What::Text) && !places.has(What::Code) {
        let problem = format!("neither text nor code is in one of its values: {}", places.seen());
        let hint = "give the sample the text, letter by letter, or the code that the command sends";
        return Err(refuse(&problem, hint));
    }
    Ok(())
}

/// Allows the lints that this request cannot avoid, and no others.
fn allow_what_it_needs(spec: &mut GatewaySpec) -> Result<(), SpecError> {
    const LINTS: [Lint; 2] = [Lint::Cleartext, Lint::SecretInUrl];
    spec.allow = LINTS.to_vec();
    spec.check()?;
    for lint in LINTS {
        let kept = spec.allow.clone();
        spec.allow.retain(|allowed| *allowed != lint);
        if spec.check().is_err() {
            spec.allow = kept;
        }
    }
    Ok(())
}

/// A host as an id: `api.acme.example` becomes `api-acme-example`.
fn id_of(host: &str) -> String {
    let id: String = host
        .chars()
        .take(40)
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let id = id.trim_matches('-');
    if id.is_empty() { "imported".to_owned() } else { id.to_owned() }
}
