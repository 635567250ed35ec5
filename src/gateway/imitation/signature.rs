//! A signature in reverse: with its key, it is computed again from the request.

use std::borrow::Cow;

use data_encoding::{BASE64, HEXLOWER};
use http::{Method, Uri};
use zeroize::Zeroizing;

use super::captures::Reading;
use super::encoded::decode_segment;
use super::mismatch::MismatchKind;
use super::received::ReceivedRequest;
use crate::gateway::auth::sign::{PARTS, Signed, sign_with};
use crate::gateway::error::SpecError;
use crate::gateway::request::pieces::parse_template;
use crate::gateway::request::values::{SIGNATURE, Values};
use crate::gateway::spec::{Auth, MacEncoding, SignPart, SignatureSpec};
use crate::secret::SecretString;
use crate::template::{Filter, Part, Placeholder, Template, apply_all};

/// Parts of the request that only the client's clock knows.
const OF_CLOCK: [&str; 3] = ["date", "timestamp", "timestamp_ms"];
/// The maximum length of a text to sign, which is that of the client.
const MAX_TEXT: usize = 1_024 * 1_024;
const PLACE: &str = "signature";

/// A compiled signature.
#[derive(Clone, Debug)]
pub(super) struct SignatureReader {
    auth: Auth,
    encoding: MacEncoding,
    sign: Template,
    parts: Vec<PartReader>,
    keys: Vec<Template>,
    /// The names of parameters and fields that carry the signature, and are not signed.
    carriers: Vec<String>,
}

/// A named part of the text to sign.
#[derive(Clone, Debug)]
struct PartReader {
    name: String,
    template: Template,
    /// The variables without which the part is empty.
    with: Vec<String>,
}

impl SignatureReader {
    /// Compiles the signature of a spec.
    pub(super) fn compile(auth: &Auth) -> Result<Option<Self>, SpecError> {
        let Some(spec) = auth.signature() else { return Ok(None) };
        let SignatureSpec { path, encoding, .. } = spec;
        let parse = |text: &str| parse_template(text, path);
        let parts = spec.parts.iter().map(|(name, SignPart { text, with })| {
            Ok(PartReader { name: name.clone(), template: parse(text)?, with: with.clone() })
        });
        let keys: &[String] = match auth {
            Auth::Hmac(auth) => &auth.key.0,
            _ => &[],
        };
        let carriers = spec.query.iter().chain(spec.form.iter()).map(|(name, _)| name.to_owned());
        Ok(Some(Self {
            auth: auth.clone(),
            encoding,
            sign: parse(spec.sign)?,
            parts: parts.collect::<Result<_, SpecError>>()?,
            keys: keys.iter().map(|text| parse(text)).collect::<Result<_, _>>()?,
            carriers: carriers.collect(),
        }))
    }

    /// Returns the placeholders whose values only the rest of the request shows.
    pub(super) fn needed(&self) -> impl Iterator<Item = &Placeholder> {
        let is_known = |name: &str| {
            let is_part = PARTS.contains(&name) && !OF_CLOCK.contains(&name);
            is_part || self.parts.iter().any(|part| part.name == name)
        };
        let parts = self.parts.iter().flat_map(|part| {
            part.template.placeholders().filter(|it| !part.with.contains(&it.name))
        });
        let texts = [&self.sign].into_iter().chain(&self.keys).flat_map(Template::placeholders);
        texts.chain(parts).filter(move |it| !is_known(&it.name))
    }

    /// Returns the variables without which a part is empty. The request shows if they have a value.
    pub(super) fn optional(&self) -> impl Iterator<Item = &String> {
        self.parts.iter().flat_map(|part| &part.with)
    }

    /// Verifies the signature if all variables in `secrets` are given.
    pub(super) fn read(
        &self,
        secrets: &[String],
        request: &ReceivedRequest,
        reading: &mut Reading<'_>,
    ) {
        let is_given = |name: &String| reading.given.iter().any(|(known, _)| known == name);
        if !secrets.iter().all(is_given) {
            return;
        }
        let sent = reading.filtered.iter().find(|(name, _, _)| name == SIGNATURE);
        let Some((_, filters, sent)) = sent else {
            // The place of the signature is reported already.
            return;
        };
        let expected = self.expected(request, reading);
        let expected = expected.and_then(|text| {
            let text = apply_all(filters, Cow::Borrowed(text.as_str())).ok()?;
            Some(SecretString::new(text.into_owned()))
        });
        let kind = MismatchKind::Credentials;
        match expected {
            None => {
                let expected = "the parts of the request that are signed";
                reading.refuse(PLACE, kind, expected, "not all of them");
            }
            Some(expected) if expected == *sent => {}
            Some(_) => {
                let expected = "the signature of this request";
                reading.refuse(PLACE, kind, expected, "another signature");
            }
        }
    }

    fn expected(&self, request: &ReceivedRequest, reading: &Reading<'_>) -> Option<String> {
        let (path, query) = match request.expose_target().split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (request.expose_target(), None),
        };
        let query = query.map(|query| self.without_carriers(query)).filter(|it| !it.is_empty());
        let target = query.map_or(path.to_owned(), |query| format!("{path}?{query}"));
        let uri = format!("{}{target}", request.origin().unwrap_or_default());
        let uri: Uri = uri.parse().ok()?;
        let content_type = request.headers().get(http::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let form = std::str::from_utf8(request.body()).ok().filter(|_| !self.carriers.is_empty());
        let form = form.map(|form| self.without_carriers(form));
        let body = form.as_ref().map_or(request.body(), |form| form.as_bytes());
        let method = Method::from_bytes(request.method().as_bytes()).ok()?;
        let signed = Signed { method: &method, uri: &uri, content_type, body };
        let mut source = SignedSource { signed, reading, parts: Vec::new() };
        for PartReader { name, template, with } in &self.parts {
            // A client that has no value sends none, also if the caller has given one.
            let is_present = with.iter().all(|name| reading.captures.get(name).is_some());
            let text = if is_present { source.render(template)? } else { Zeroizing::default() };
            source.parts.push((name.clone(), text));
        }
        let keys = self.keys.iter().map(|key| source.render(key)).collect::<Option<Vec<_>>>()?;
        let text = source.render(&self.sign)?;
        let signature = sign_with(&self.auth, &keys, &text)?;
        Some(match self.encoding {
            MacEncoding::Base64 => BASE64.encode(&signature),
            MacEncoding::Hex | MacEncoding::Text => HEXLOWER.encode(&signature),
        })
    }

    /// Removes the pairs that carry the signature from a query or a form, and leaves the others as
    /// they are.
    fn without_carriers(&self, pairs: &str) -> String {
        let is_carrier = |pair: &&str| {
            let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
            let name = String::from_utf8(decode_segment(&name)).unwrap_or_default();
            self.carriers.contains(&name)
        };
        pairs.split('&').filter(|pair| !is_carrier(pair)).collect::<Vec<_>>().join("&")
    }
}

/// The values from which a signature is computed.
struct SignedSource<'s> {
    signed: Signed<'s>,
    reading: &'s Reading<'s>,
    parts: Vec<(String, Zeroizing<String>)>,
}

impl SignedSource<'_> {
    fn render(&self, template: &Template) -> Option<Zeroizing<String>> {
        let mut text = Zeroizing::new(String::new());
        for part in &template.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Placeholder(it) => text.push_str(&self.value(&it.name, &it.filters)?),
            }
            if text.len() > MAX_TEXT {
                return None;
            }
        }
        Some(text)
    }

    fn value(&self, name: &str, filters: &[Filter]) -> Option<Zeroizing<String>> {
        // The request itself shows the client's time and nonce.
        let mut shown = self.reading.filtered.iter();
        let shown = shown.find(|(known, other, _)| known == name && other == filters);
        if let Some((_, _, text)) = shown {
            return Some(text.expose().to_owned().into());
        }
        let named = || {
            let part = self.parts.iter().find(|(known, _)| known == name);
            part.map(|(_, text)| Cow::Owned(text.as_str().to_owned()))
        };
        let given = || {
            let given = self.reading.given.iter().find(|(known, _)| known == name);
            given.map(|(_, value)| Cow::Owned(value.expose().to_owned()))
        };
        let of_request = || {
            let is_part = PARTS.contains(&name) && !OF_CLOCK.contains(&name);
            is_part.then(|| self.signed.part(name, &Values::configured(&[]))).flatten()
        };
        let captured = || {
            let mut captured = self.reading.captures.0.iter();
            let captured = captured.find(|it| it.name == name && it.is_exact)?;
            Some(Cow::Owned(captured.value.expose().to_owned()))
        };
        let value: Cow<'_, str> = named().or_else(of_request).or_else(given).or_else(captured)?;
        apply_all(filters, value).ok().map(|text| text.into_owned().into())
    }
}
