//! Puts the parts of a command together to a spec.

use super::address::Address;
use super::call::{Body, Call};
use super::candidate::{Forms, What};
use super::headers::Headers;
use super::note::CurlNote;
use super::places::Places;
use super::sample::Sample;
use super::variables::Variables;
use super::{CurlImport, body, cmd, literals, refuse, shell};
use crate::gateway::error::SpecError;
use crate::gateway::lint::{Lint, is_private};
use crate::gateway::spec::{Charset, GatewaySpec, Method, Pairs};

/// No command that sends a message is near this.
const MAX_COMMAND: usize = 64 * 1_024;

pub(super) fn import(command: &str, sample: &Sample) -> Result<CurlImport, SpecError> {
    if command.len() > MAX_COMMAND {
        return Err(refuse("it is longer than 64 KiB", "paste one command"));
    }
    if sample.text.expose().len() > MAX_COMMAND {
        return Err(refuse(
            "the sample's text is longer than 64 KiB",
            "give the text of the command",
        ));
    }
    let mut variables = Variables::new(command);
    let words = if cmd::is_cmd(command) {
        cmd::words(command, &mut variables)?
    } else {
        shell::words(command, &mut variables)?
    };
    let mut call = Call::of(words, &variables)?;
    if let Some(name) = variables.proxy() {
        let reason = "a spec names its proxy itself, under `connection`";
        call.notes.push(CurlNote::IgnoredOption { option: name.to_owned(), reason });
    }

    // The charset that has the text is the one. Without the text, it is the first that all is in; and what a pass has refused that
    // found the text is refused.
    let mut fallback = None;
    for charset in charsets(&call)? {
        let mut passes = Vec::new();
        let mut has_any = false;
        let mut is_in_charset = true;
        for code_within in [false, true] {
            // The code is looked for within values only where nothing else is there.
            if has_any || !is_in_charset {
                break;
            }
            for forms in [Forms::International, Forms::Split, Forms::National] {
                let mut places = Places::new(sample, charset, (forms, code_within), &variables);
                let made = assemble(&call, charset, forms, &mut places);
                let has_text = places.has(What::Text);
                if has_text && made.is_ok() {
                    return made;
                }
                has_any |= has_text || places.has(What::Code);
                is_in_charset &= places.is_in_charset.get();
                passes.push((made, has_text));
                if !is_in_charset {
                    break;
                }
            }
        }
        let refused = passes.iter().position(|(made, has_text)| *has_text && made.is_err());
        match refused {
            Some(at) if is_in_charset => return passes.swap_remove(at).0,
            // Another charset may have the rest as well; without the text, it is none.
            Some(at) => fallback = Some(passes.swap_remove(at).0),
            None if fallback.is_none() && is_in_charset => {
                let at = passes.iter().position(|(made, _)| made.is_ok()).unwrap_or_default();
                fallback = Some(passes.swap_remove(at).0);
            }
            None => {}
        }
    }
    fallback.unwrap_or_else(|| {
        Err(refuse("its bytes are in no charset that is known", "write it in UTF-8"))
    })
}

/// The charsets to try: the one that is declared, or all.
fn charsets(call: &Call) -> Result<Vec<Charset>, SpecError> {
    let types = call.headers.iter().filter_map(|header| {
        let header = String::from_utf8_lossy(header).to_ascii_lowercase();
        header.strip_prefix("content-type:").map(str::to_owned)
    });
    let declared = types.filter(|kind| !kind.contains("json")).find_map(|kind| {
        let (_, charset) = kind.split_once("charset=")?;
        Some(charset.split(';').next()?.trim_matches([' ', '"', '\'']).to_owned())
    });
    Ok(match declared.as_deref() {
        None => vec![Charset::Utf8, Charset::Latin1, Charset::Gsm7],
        Some("utf-8" | "utf8" | "us-ascii" | "ascii") => vec![Charset::Utf8],
        Some("iso-8859-1" | "latin1" | "iso8859-1" | "latin-1") => vec![Charset::Latin1],
        Some(_) => {
            let hint = "use utf-8 or iso-8859-1";
            return Err(refuse("--header: a charset that is not known", hint));
        }
    })
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
        .request(method(call)?, address.url.as_str())
        .charset(charset)
        .connection(call.connection.clone())
        .build();
    spec.request.query = Pairs(address.query.clone());
    let mut headers = Headers::of(call, &address, places)?;
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
    notes.extend(literals::notes(&spec));
    notes.push(CurlNote::NoRules);
    let values = places.vars.iter().filter_map(|var| Some((var.name.clone(), var.value.clone()?)));
    Ok(CurlImport { spec, values: values.collect(), notes })
}

fn method(call: &Call) -> Result<Method, SpecError> {
    match (call.method.as_deref(), &call.body) {
        (Some(b"GET"), _) | (None, Body::None) => Ok(Method::Get),
        (Some(b"POST"), _) | (None, _) => Ok(Method::Post),
        (Some(b"PUT"), _) => Ok(Method::Put),
        (method, _) => {
            let known = ["DELETE", "HEAD", "OPTIONS", "PATCH"];
            let known = known.iter().find(|known| method == Some(known.as_bytes()));
            let name = known.map(|name| format!(" {name}")).unwrap_or_default();
            let problem = format!("--request: the method{name} is none of GET, POST and PUT");
            Err(refuse(&problem, "use one of them, in upper case"))
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
    if let Some(place) = &places.leftover {
        let problem =
            format!("{place}: a part of the number stands there as no placeholder makes it");
        return Err(refuse(&problem, "leave it out, or write the number with its calling code"));
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
