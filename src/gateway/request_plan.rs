//! A compiled request: of a message, or of a call that belongs to no message.

use http::HeaderMap;

use super::auth::sign::{SignPlan, Signed};
use super::error::SpecError;
use super::request::body::{AddedField, BodyPlan};
use super::request::charset::TextEncoding;
use super::request::header::{Header, HeaderPlan};
use super::request::masked::MaskedBytes;
use super::request::pair::CompiledPair;
use super::request::render_error::RenderError;
use super::request::scratch::Scratch;
use super::request::symbols::Symbols;
use super::request::url::{Url, UrlPlan};
use super::request::values::{Slot, Source, Values};
use super::response::{Pointer, SharedAnswer};
use super::spec::{Auth, Pairs, PlainText, RequestSpec, SignatureSpec};
use crate::secret::SecretString;
use crate::transport::Request;

/// The number of headers that the HTTP client adds: `Accept`, `Content-Length` and `Host`. With
/// room for them, the map does not have to grow.
const ADDED_HEADERS: usize = 3;

/// A compiled request with its authentication.
#[derive(Clone, Debug)]
pub(super) struct RequestPlan {
    pub(super) method: http::Method,
    pub(super) url: UrlPlan,
    encoding: TextEncoding,
    headers: Vec<HeaderPlan>,
    body: BodyPlan,
    sign: Option<SignPlan>,
}

/// Everything that the requests of a gateway have in common.
#[derive(Clone, Copy)]
pub(super) struct RequestCompiler<'s> {
    pub(super) auth: &'s Auth,
    pub(super) configured: &'s [Option<SecretString>],
    /// The values that are the same for each request. `None` in a check without values.
    pub(super) values: Option<&'s Values<'s>>,
    pub(super) scope: &'s Symbols<'s>,
    pub(super) answer: &'s SharedAnswer<'s>,
}

/// Parts of a request that are not written under its own section.
#[derive(Default)]
pub(super) struct AddedParts {
    pub(super) parameters: Vec<CompiledPair>,
    pub(super) fields: Vec<AddedField>,
    /// The header with the id of the message.
    pub(super) identity: Option<CompiledPair>,
}

impl RequestCompiler<'_> {
    pub(super) fn compile(
        &self,
        request: &RequestSpec,
        added: AddedParts,
    ) -> Result<RequestPlan, SpecError> {
        let &Self { auth, configured, values, scope, answer: _ } = self;
        let AddedParts { mut parameters, mut fields, identity } = added;
        if let Auth::Query { name, value } = auth {
            let mut pair = CompiledPair::compile(name, value, scope, "auth.query")?;
            pair.value = pair.value.credential(scope)?;
            parameters.insert(0, pair);
        }
        if let Some(signature) = auth.signature() {
            let places = scope.with_signature(|| signature_fields(signature, request, scope))?;
            parameters.extend(places.parameters);
            fields.extend(places.fields);
        }
        // The order matters: headers need the type of the body and have to carry the token if
        // nothing else does, and the signature needs the other headers, to find one that is set
        // twice.
        let url = UrlPlan::compile(request, parameters, configured, values, scope)?;
        let body = BodyPlan::compile(request, &fields, values, scope)?;
        let mut headers = HeaderPlan::compile_all(&request.headers, auth, identity, &body, scope)?;
        if let Some(values) = values {
            let fixed = headers.into_iter().map(|header| header.fix(values));
            headers = fixed.collect::<Result<_, _>>()?;
        }
        let is_own = |header: &HeaderPlan| header.name == http::header::AUTHORIZATION;
        if matches!(auth, Auth::HttpDigest { .. }) && headers.iter().any(is_own) {
            let path = "request.headers.Authorization";
            return Err(SpecError::new(path, "`[auth]` sets this header as well", "remove it"));
        }
        let sign = SignPlan::compile(auth, request, values, &headers, scope)?;
        let (method, encoding) = (request.method.http(), TextEncoding::of(request));
        Ok(RequestPlan { method, url, encoding, headers, body, sign })
    }
}

/// Compiles the places in the URL and the body that carry a signature.
fn signature_fields(
    spec: SignatureSpec<'_>,
    request: &RequestSpec,
    scope: &Symbols<'_>,
) -> Result<AddedParts, SpecError> {
    let compile = |key: &str, pairs: &Pairs<PlainText>| {
        let within = format!("{}.{key}", spec.path);
        let pairs = pairs.iter().map(|(name, PlainText(value))| {
            let pair = CompiledPair::compile(name, &value.as_str().into(), scope, &within)?;
            let refuse =
                |problem: &str, hint: &str| Err(SpecError::new(pair.value.path(), problem, hint));
            let slots = pair.value.slots();
            let is_signature = |slot: &&&Slot| slot.source == Source::Signature;
            if !slots.iter().any(|slot| is_signature(&slot)) {
                let hint =
                    "write it under `[request]`: only what carries {{signature}} is added here";
                return refuse("it does not contain the signature", hint);
            }
            if slots.iter().any(|slot| slot.may_be_absent && !is_signature(&slot)) {
                let hint = "declare the variable as required";
                return refuse("without another variable, the signature would be left out", hint);
            }
            Ok(pair)
        });
        pairs.collect::<Result<Vec<_>, _>>()
    };
    let parameters = compile("query", spec.query)?;
    let (form, json) = (compile("form", spec.form)?, compile("json", spec.json)?);
    let has_form = request.form.is_some() || request.multipart.is_some();
    let is_hash = spec.path == "auth.hash";
    let form_path = if is_hash { "auth.hash.form" } else { "auth.hmac.form" };
    let json_path = if is_hash { "auth.hash.json" } else { "auth.hmac.json" };
    for (path, pairs, has_body) in
        [(form_path, &form, has_form), (json_path, &json, request.json.is_some())]
    {
        if !pairs.is_empty() && !has_body {
            let hint = "use the key that belongs to the body: form, json or query";
            return Err(SpecError::new(path, "the request has no such body", hint));
        }
    }
    for pair in json.iter().filter(|pair| pair.name.starts_with('/')) {
        Pointer::parse(&pair.name, json_path)?;
    }
    if let Some(pair) = json.iter().find(|pair| !pair.name.starts_with('/')) {
        let hint = "write the path of the member, such as /sig";
        return Err(SpecError::new(
            json_path,
            format!("`{}` is not a JSON pointer", pair.name),
            hint,
        ));
    }
    let of = |path, pairs: Vec<CompiledPair>| {
        pairs.into_iter().map(move |pair| AddedField { path, pair })
    };
    let fields = of(form_path, form).chain(of(json_path, json)).collect();
    Ok(AddedParts { parameters, fields, identity: None })
}

impl RequestPlan {
    /// Renders the request for a [`Transport`](crate::transport::Transport). Its bytes are those of
    /// a dry run, but none of them can be shown.
    pub(super) fn render_request(&self, values: Values<'_>) -> Result<Request, RenderError> {
        let mut headers =
            HeaderMap::with_capacity(self.headers.len().saturating_add(ADDED_HEADERS));
        let (url, body) = self.render(values, MaskedBytes::unseen, |header| {
            // A spec may repeat a header, so `insert` would lose values.
            headers.append(header.name, header.value);
        })?;
        let mut request = Request::new(body.into_bytes());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = url.map_or_else(|| self.url.fixed_uri(), |url| url.uri);
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// Returns the JSON Web Token of a rendered request. It is a secret like the key.
    pub(super) fn jwt(&self, request: &Request) -> Option<SecretString> {
        let token = self.headers.iter().find_map(|header| header.jwt(request.headers()));
        token.map(SecretString::from)
    }

    /// Renders the parts of the request. Returns no URL if it is the same for each message.
    pub(super) fn render(
        &self,
        mut values: Values<'_>,
        sink: impl Fn() -> MaskedBytes,
        mut header: impl FnMut(Header),
    ) -> Result<(Option<Url>, MaskedBytes), RenderError> {
        // All parts share the values, so `{{now}}` and a signed timestamp are the same instant.
        let mut scratch = Scratch::default();
        let render_url = |values: &Values<'_>, scratch: &mut Scratch| match self.url.fixed() {
            Some(_) => Ok(None),
            None => self.url.render(values, self.encoding, sink(), scratch).map(Some),
        };
        let url = render_url(&values, &mut scratch)?;
        let (mut content_type, signs) = (String::new(), self.sign.is_some());
        for plan in &self.headers {
            let Some(rendered) = plan.render(&values, &mut scratch)? else { continue };
            if signs && rendered.name == http::header::CONTENT_TYPE {
                content_type.push_str(rendered.value.to_str().unwrap_or_default());
            }
            header(rendered);
        }
        let body = self.body.render(&values, self.encoding, sink(), &mut scratch)?;
        // A signature covers the URL and the body, so it is computed last.
        let Some(sign) = &self.sign else { return Ok((url, body)) };
        let fixed = || self.url.fixed().map(|url| &url.uri);
        let uri = url.as_ref().map(|url| &url.uri).or_else(fixed);
        let uri = uri.ok_or_else(|| RenderError::new("request.url", "the URL is missing"))?;
        let content_type = &content_type;
        let signed = Signed { method: &self.method, uri, content_type, body: body.bytes() };
        let (signature, headers) = sign.render(&signed, &values)?;
        headers.into_iter().for_each(header);
        if !sign.is_in_request {
            return Ok((url, body));
        }
        // Once more, with the parameters, fields or members that carry the signature.
        values.sign(signature);
        let url = render_url(&values, &mut scratch)?;
        let body = self.body.render(&values, self.encoding, sink(), &mut scratch)?;
        Ok((url, body))
    }
}
