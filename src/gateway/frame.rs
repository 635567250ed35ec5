//! The limits of a spec, which need no compilation.

use std::fmt;

use super::error::SpecError;
use super::spec::{Auth, CallSpec, Charset, GatewaySpec, Pairs, RequestSpec, ValueSpec};
use crate::gsm7::gsm7_bytes;

/// The maximum number of rules, examples, variables or fields in a spec, each. The largest known
/// spec has a tenth of it.
const MAX_ENTRIES: usize = 512;
/// The maximum number of values in the `in` lists of all rules.
const MAX_VALUES: usize = 4_096;
/// The maximum length of a pointer, path or name in a condition, in bytes.
const MAX_PATH: usize = 512;
/// The maximum number of headers. Servers accept about 100, including those that the client adds.
const MAX_HEADERS: usize = 64;

/// Checks the version, the id, the name and the size limits of a spec.
pub(super) fn check_frame(spec: &GatewaySpec) -> Result<(), SpecError> {
    let refuse = |path: &str, problem: &str, hint: &str| Err(SpecError::new(path, problem, hint));
    if spec.spec != 1 {
        return refuse("spec", "unsupported version of the format", "write spec = 1");
    }
    let named = (1..=40).contains(&spec.id.len())
        && spec.id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !named {
        return refuse("id", "invalid id", "use 1 to 40 lower-case letters, digits or hyphens");
    }
    if spec.name.trim().is_empty() {
        return refuse("name", "it is empty", "write the gateway's name");
    }
    let sections = || sections(spec).into_iter().flatten();
    for section in sections() {
        check_headers(section.headers, &section.path)?;
    }
    for (at, example) in spec.example.iter().enumerate() {
        check_headers(&example.response.headers, &format_args!("example.{at}.response"))?;
    }
    let fields = sections().flat_map(|section| section.fields).flatten();
    let calls = || spec.account.iter().chain(&spec.erase);
    let rules = || spec.response.iter().chain(calls().flat_map(|call| &call.response));
    let entries = [spec.vars.len(), rules().count(), spec.example.len()];
    let counts = fields.map(|fields| fields.0.len());
    if entries.into_iter().chain(counts).any(|count| count > MAX_ENTRIES) {
        return refuse("spec", "it has more than 512 entries of a kind", "remove some");
    }
    // Each condition may search a whole response, so their number is limited as well.
    let whens = || rules().map(|rule| &rule.when);
    let tables = whens().flat_map(|when| [&when.header, &when.json, &when.form, &when.xml]);
    let conditions: Vec<_> = tables.flatten().collect();
    let values =
        conditions.iter().flat_map(|(_, is)| is.parts()).filter_map(|is| is.one_of.as_ref());
    let codes = spec.answer.codes.iter().map(|(_, codes)| codes);
    let is_long = |text: &str| text.len() > MAX_PATH;
    if conditions.len() > MAX_ENTRIES
        || values.chain(codes).map(Vec::len).fold(0, usize::saturating_add) > MAX_VALUES
        || conditions.iter().any(|(name, _)| is_long(name))
    {
        let problem = "the rules have more than 512 conditions or 4096 values, or a path of more than 512 bytes";
        return refuse(
            "response",
            problem,
            "combine rules with `in` and ranges, or remove rare responses",
        );
    }
    spec.about.check()?;
    if let Some([key, problem, hint]) = spec.connection.problem() {
        return refuse(key, problem, hint);
    }
    if let Some(replacement) = spec.request.replacement {
        let fits = match spec.request.charset {
            Charset::Gsm7 => gsm7_bytes(replacement).is_some(),
            Charset::Latin1 => u32::from(replacement) < 0x100,
            Charset::Utf8 | Charset::Utf16BeHex => {
                return refuse("request.replacement", "UTF-8 needs no replacement", "remove it");
            }
        };
        if !fits {
            return refuse(
                "request.replacement",
                "the replacement is not in the charset",
                "use `?`",
            );
        }
    }
    Ok(())
}

/// The lists of a request.
struct Section<'s> {
    path: &'static str,
    headers: &'s Pairs<ValueSpec>,
    fields: [Option<&'s Pairs<ValueSpec>>; 3],
}

/// Returns the requests of a spec.
fn sections(spec: &GatewaySpec) -> [Option<Section<'_>>; 4] {
    let token = match &spec.auth {
        Auth::Token(auth) => {
            let fields = [Some(&auth.query), auth.form.as_ref(), auth.multipart.as_ref()];
            Some(Section { path: "auth.token", headers: &auth.headers, fields })
        }
        _ => None,
    };
    let RequestSpec { headers, query, form, multipart, .. } = &spec.request;
    let fields = [Some(query), form.as_ref(), multipart.as_ref()];
    let message = Section { path: "request", headers, fields };
    let account = spec.account.as_ref().map(|call| section_of("account", call));
    let erase = spec.erase.as_ref().map(|call| section_of("erase", call));
    [account, erase, token, Some(message)]
}

/// Returns the lists of a call.
fn section_of<'s>(path: &'static str, call: &'s CallSpec) -> Section<'s> {
    let CallSpec { headers, query, form, multipart, .. } = call;
    Section { path, headers, fields: [Some(query), form.as_ref(), multipart.as_ref()] }
}

fn check_headers<V>(headers: &Pairs<V>, path: &dyn fmt::Display) -> Result<(), SpecError> {
    if headers.0.len() > MAX_HEADERS {
        let path = format!("{path}.headers");
        return Err(SpecError::new(path, "there are more than 64", "remove some headers"));
    }
    Ok(())
}
