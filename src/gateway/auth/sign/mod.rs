//! Signatures over parts of a request.
//!
//! A request is rendered without its signature first. The text to sign is made of its parts, and
//! the signature is then put into headers, or the request is rendered again with the parameters,
//! fields or members that carry it.

mod key;
mod parts;
mod text;

use data_encoding::{BASE64, HEXLOWER};
use http::HeaderName;
use zeroize::Zeroizing;

use crate::gateway::error::SpecError;
use crate::gateway::lint::{Lint, names_a_secret};
use crate::gateway::request::condition::compile_condition;
use crate::gateway::request::header::{Header, HeaderPlan};
use crate::gateway::request::header_text::is_header_text;
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::symbols::{Symbols, is_variable_name};
use crate::gateway::request::value::ValueTemplate;
use crate::gateway::request::values::{SIGNATURE, Sensitivity, Values};
use crate::gateway::spec::{
    Auth, Charset, HmacAuth, MacEncoding, PlainText, RequestSpec, SignPart, SignatureSpec,
};

pub(in crate::gateway) use key::sign_with;
pub(in crate::gateway) use parts::{PARTS, Signed};

use key::{Signer, read_key};
use parts::FORM_PARTS;
use text::{NamedPart, SignedPlace, SignedText, SignedValues};

/// The maximum number of named parts, and of texts in the chain of a key.
const MAX_PARTS: usize = 16;

/// A compiled signature.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct SignPlan {
    signer: Signer,
    sign: SignedText,
    parts: Vec<(String, SignedText)>,
    encoding: MacEncoding,
    headers: Vec<(HeaderName, SignedText)>,
    /// Set if the URL or the body carries the signature.
    pub(in crate::gateway) is_in_request: bool,
}

impl SignPlan {
    /// Compiles the signature of a spec. Returns `None` if its requests are not signed.
    pub(in crate::gateway) fn compile(
        auth: &Auth,
        request: &RequestSpec,
        values: Option<&Values<'_>>,
        others: &[HeaderPlan],
        scope: &Symbols<'_>,
    ) -> Result<Option<Self>, SpecError> {
        let Some(spec) = auth.signature() else { return Ok(None) };
        let SignatureSpec { path, encoding, .. } = spec;
        if encoding == MacEncoding::Text {
            let path = format!("{path}.signature");
            return Err(SpecError::new(path, "a signature cannot be text", "write hex or base64"));
        }
        let parts = compile_parts(spec, scope)?;
        let named = named(&parts);
        let headers = compile_headers(spec, &named, others, scope)?;
        let carried = [spec.query, spec.form, spec.json];
        let mut carried = carried.iter().flat_map(|pairs| pairs.iter());
        let is_in_request = carried.next().is_some();
        if !is_in_request && !headers.iter().any(|(_, text)| text.names(SIGNATURE)) {
            let hint = "put {{signature}} into one of headers, query, form and json";
            let problem = "nothing contains the signature";
            return Err(SpecError::new(format!("{path}.headers"), problem, hint));
        }
        // The signed text cannot contain its own signature.
        let sign_path = format!("{path}.sign");
        let sign = SignedText::compile(spec.sign, &sign_path, SignedPlace::Text, &named, scope)?;
        let texts = || parts.iter().map(|(_, text)| text).chain([&sign]);
        let all = || texts().chain(headers.iter().map(|(_, text)| text));
        // Only the fields of a form have an order and an encoding that gateways agree on.
        let has_other_body = request.json.is_some()
            || request.multipart.is_some()
            || request.text.is_some()
            || request.xml.is_some();
        let by_fields = |text: &&SignedText| FORM_PARTS.iter().any(|part| text.names(part));
        if let Some(text) = all().find(by_fields)
            && (has_other_body || scope.charset() != Charset::Utf8)
        {
            let problem = "`sorted_form` and `sorted_fields` need a form in UTF-8, or no body";
            let hint = "sign {{body}} or {{body_sha256_hex}}";
            return Err(SpecError::new(&text.path, problem, hint));
        }
        let is_hash = matches!(auth, Auth::Hash(_));
        if is_hash && texts().all(|text| text.configured().next().is_none()) {
            // The secret of a hash is in its text.
            scope.lint(Lint::LiteralSecret, &sign.path)?;
        }
        let signer = match auth {
            Auth::Hash(auth) => Signer::Hash(auth.algorithm),
            Auth::Hmac(auth) => compile_key(auth, values, scope)?,
            _ => return Ok(None),
        };
        Ok(Some(Self { signer, sign, parts, encoding, headers, is_in_request }))
    }

    /// Signs a request that is rendered without its signature. Returns the signature and the
    /// headers.
    pub(in crate::gateway) fn render(
        &self,
        signed: &Signed<'_>,
        values: &Values<'_>,
    ) -> Result<(Zeroizing<String>, Vec<Header>), RenderError> {
        let mut given = SignedValues { signed, values, parts: Vec::new(), signature: None };
        for (name, text) in &self.parts {
            let text = text.render(&given)?;
            given.parts.push((name, text));
        }
        let to_sign = self.sign.render(&given)?;
        let mac = Zeroizing::new(self.signer.sign(&to_sign, values)?);
        let signature = Zeroizing::new(match self.encoding {
            MacEncoding::Base64 => BASE64.encode(&mac),
            // `compile` rejects `Text` for a signature.
            MacEncoding::Hex | MacEncoding::Text => HEXLOWER.encode(&mac),
        });
        given.signature = Some(&signature);
        let headers = self.headers.iter().map(|(name, text)| {
            let value = text.render(&given)?;
            // A line break in a value would add a header.
            if !is_header_text(&value) {
                let problem = "the value contains a line break or a non-ASCII character";
                return Err(RenderError::new(&text.path, problem));
            }
            // A signature can be replayed, so it is masked like a credential.
            let holds = text.is_secret();
            let shown = if holds { Sensitivity::Secret } else { Sensitivity::Public };
            Header::new(name, &value, shown, &text.path)
                .map(|header| if holds { header.configured() } else { header })
        });
        let headers = headers.collect::<Result<_, _>>()?;
        Ok((signature.clone(), headers))
    }
}

fn compile_parts(
    spec: SignatureSpec<'_>,
    scope: &Symbols<'_>,
) -> Result<Vec<(String, SignedText)>, SpecError> {
    let mut parts: Vec<(String, SignedText)> = Vec::new();
    for (name, SignPart { text, with }) in spec.parts {
        let path = format!("{}.parts.{name}", spec.path);
        let refuse = |problem: &str, hint: &str| Err(SpecError::new(&path, problem, hint));
        if parts.len() >= MAX_PARTS {
            return refuse("there are more than 16 parts", "write some of them into one text");
        }
        if !is_variable_name(name) {
            return refuse("it is not a name", "use lower-case letters, digits and `_`");
        }
        if PARTS.contains(&name.as_str()) || name == SIGNATURE || scope.is_variable(name) {
            return refuse("the name has another meaning", "choose another name");
        }
        if parts.iter().any(|(known, _)| known == name) {
            return refuse("the part is named twice", "remove one");
        }
        let named = named(&parts);
        let place = SignedPlace::Part(with);
        let compiled = SignedText::compile(text, &path, place, &named, scope)?;
        let condition = compile_condition(with, &[], scope, &path)?;
        parts.push((name.clone(), compiled.conditional(condition)));
    }
    Ok(parts)
}

fn named(parts: &[(String, SignedText)]) -> Vec<NamedPart<'_>> {
    let part = parts.iter().map(|(name, text)| {
        let is_secret = text.is_secret();
        let sensitivity = if is_secret { Sensitivity::Secret } else { Sensitivity::Public };
        NamedPart { name, is_open: text.is_open(), sensitivity }
    });
    part.collect()
}

fn compile_headers(
    spec: SignatureSpec<'_>,
    named: &[NamedPart<'_>],
    others: &[HeaderPlan],
    scope: &Symbols<'_>,
) -> Result<Vec<(HeaderName, SignedText)>, SpecError> {
    let mut headers: Vec<(HeaderName, SignedText)> = Vec::new();
    for (name, PlainText(value)) in spec.headers.iter() {
        let path = format!("{}.headers.{name}", spec.path);
        let legal = HeaderPlan::name(name, &path)?;
        let twice = headers.iter().any(|(known, _)| *known == legal)
            || others.iter().any(|other| other.name == legal);
        if twice {
            return Err(SpecError::new(path, "the request has this header", "remove one"));
        }
        if names_a_secret(name) && !value.contains("{{") {
            scope.lint(Lint::LiteralSecret, &path)?;
            scope.note_literal(value);
        }
        let text = SignedText::compile(value, &path, SignedPlace::Header, named, scope)?;
        headers.push((legal, text));
    }
    Ok(headers)
}

fn compile_key(
    auth: &HmacAuth,
    values: Option<&Values<'_>>,
    scope: &Symbols<'_>,
) -> Result<Signer, SpecError> {
    const PATH: &str = "auth.hmac.key";
    let Some((first, rest)) = auth.key.0.split_first() else {
        return Err(SpecError::new(PATH, "there is no key", "write the key, or a list of texts"));
    };
    if rest.len() >= MAX_PARTS {
        let hint = "keep the texts that the gateway documents";
        return Err(SpecError::new(PATH, "the chain has more than 16 texts", hint));
    }
    let key = ValueTemplate::compile(first, scope, PATH)?.credential(scope)?;
    // The hash absorbs the key once, when the gateway is built.
    if !key.is_fixed() || key.optional().is_some() {
        let hint = "use a required variable of `[vars]`";
        return Err(SpecError::new(PATH, "the key is not the same for each message", hint));
    }
    let mut chain = Vec::new();
    for text in rest {
        // A text that is part of the key is not sent.
        let link = scope.without_recording(|| ValueTemplate::compile(text, scope, PATH))?;
        if let Some(name) = link.optional() {
            let hint = "declare it as required";
            return Err(SpecError::new(PATH, format!("`{name}` may have no value"), hint));
        }
        chain.push(link);
    }
    let key = values.map(|values| read_key(auth, &key, values)).transpose()?;
    Ok(Signer::Hmac { key: key.map(Box::new), chain, algorithm: auth.algorithm })
}
