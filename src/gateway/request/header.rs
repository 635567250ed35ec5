use std::fmt;

use data_encoding::BASE64;
use http::{HeaderMap, HeaderName, HeaderValue};
use zeroize::{Zeroize, Zeroizing};

use super::body::BodyPlan;
use super::body::multipart::boundary;
use super::field::compile_field;
use super::header_text::is_header_text;
use super::masked::{Mark, MaskedBytes};
use super::pair::CompiledPair;
use super::render_error::RenderError;
use super::scratch::Scratch;
use super::symbols::Symbols;
use super::value::ValueTemplate;
use super::values::{Sensitivity, Source, Values};
use crate::gateway::auth::jwt::JwtPlan;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{Auth, Pairs, TokenHeader, ValueSpec};
use crate::wiped::Wiped;

/// Headers that the HTTP client sets. A spec that set them could smuggle a second request.
const RESERVED: [&str; 6] =
    ["connection", "content-length", "expect", "host", "te", "transfer-encoding"];

/// The maximum size of a header value. Most servers accept 8 KiB for all headers together.
const MAX_VALUE: usize = 8 * 1_024;

/// A compiled header.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct HeaderPlan {
    pub(in crate::gateway) name: HeaderName,
    value: HeaderValuePlan,
}

/// A rendered header.
#[derive(Clone)]
pub(in crate::gateway) struct Header {
    pub(in crate::gateway) name: HeaderName,
    pub(in crate::gateway) value: HeaderValue,
    sensitivity: Sensitivity,
    /// Set if the header contains a configured secret.
    pub(in crate::gateway) is_configured: bool,
}

#[derive(Clone, Debug)]
enum HeaderValuePlan {
    /// A header that is the same for each message. `None` if its optional variable was not
    /// configured.
    Fixed(Option<Header>),
    /// `Basic` with the base64 of user name and password (RFC 7617 §2).
    Basic {
        username: ValueTemplate,
        password: ValueTemplate,
    },
    /// A token that is signed for each message.
    Jwt(Box<JwtPlan>),
    ValueTemplate(CompiledPair),
    /// `multipart/form-data` with the boundary of the message.
    Multipart,
}

impl HeaderPlan {
    /// Compiles all headers of a request: those of the spec, of the body and of the authentication.
    ///
    /// The rest of the request is compiled before: it decides whether a header has to carry the
    /// token.
    pub(in crate::gateway) fn compile_all(
        pairs: &Pairs<ValueSpec>,
        auth: &Auth,
        identity: Option<CompiledPair>,
        body: &BodyPlan,
        scope: &Symbols<'_>,
    ) -> Result<Vec<Self>, SpecError> {
        let mut headers = Vec::new();
        for (name, value) in pairs.iter() {
            // The type decides how values have to be escaped.
            if name.eq_ignore_ascii_case("content-type") && value.as_text().is_none() {
                let path = format!("request.headers.{name}");
                let problem = "the type of the body is a structure or depends on a condition";
                return Err(SpecError::new(path, problem, "write it as a text"));
            }
            headers.push(Self::compile(name, value, scope, "request.headers")?);
        }
        // The spec may set its own type, for example with the charset that a gateway requires.
        let has_type =
            headers.iter().any(|header: &Self| header.name == http::header::CONTENT_TYPE);
        if let Some(content_type) = body.content_type(scope.charset()).filter(|_| !has_type) {
            let path = "request.headers.Content-Type";
            let name = "Content-Type".to_owned();
            let pair = CompiledPair { name, value: ValueTemplate::literal(content_type, path) };
            headers.push(Self {
                name: http::header::CONTENT_TYPE,
                value: HeaderValuePlan::ValueTemplate(pair),
            });
        }
        if matches!(body, BodyPlan::Multipart(_)) {
            if has_type {
                let path = "request.headers.Content-Type";
                let problem = "a multipart body needs a type with its boundary";
                return Err(SpecError::new(path, problem, "remove it: it is set automatically"));
            }
            let value = HeaderValuePlan::Multipart;
            headers.push(Self { name: http::header::CONTENT_TYPE, value });
        }
        let identity = identity.map(Self::of_pair).transpose()?;
        // With two `Authorization` headers or two ids, the server would choose one.
        for header in Self::of_auth(auth, scope)?.into_iter().chain(identity) {
            if headers.iter().any(|other| other.name == header.name) {
                let path = match auth {
                    Auth::Token(auth) if auth.header.is_some() => {
                        "auth.token.header.name".to_owned()
                    }
                    _ => format!("request.headers.{}", header.name),
                };
                let problem = "`[auth]` or `[idempotency]` sets this header as well";
                return Err(SpecError::new(path, problem, "remove one of them"));
            }
            headers.push(header);
        }
        Ok(headers)
    }

    fn compile(
        name: &str,
        value: &ValueSpec,
        scope: &Symbols<'_>,
        within: &str,
    ) -> Result<Self, SpecError> {
        Self::of_pair(CompiledPair::compile(name, value, scope, within)?)
    }

    fn of_pair(pair: CompiledPair) -> Result<Self, SpecError> {
        let refuse =
            |problem: &str, hint: &str| Err(SpecError::new(pair.value.path(), problem, hint));
        let name = Self::name(&pair.name, pair.value.path())?;
        // Only the literal text is known here. The values of variables are checked in `render`.
        if pair.value.literals().any(|text| !is_header_text(text)) {
            return refuse(
                "the value contains a line break or a non-ASCII character",
                "use one line of ASCII",
            );
        }
        Ok(Self { name, value: HeaderValuePlan::ValueTemplate(pair) })
    }

    /// Parses the name of a header that a spec may set.
    pub(in crate::gateway) fn name(name: &str, path: &str) -> Result<HeaderName, SpecError> {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            let hint = "use letters, digits and hyphens";
            return Err(SpecError::new(path, "it is not a header name", hint));
        };
        if RESERVED.contains(&name.as_str()) {
            let problem = "the HTTP client sets this header";
            return Err(SpecError::new(path, problem, "remove it"));
        }
        Ok(name)
    }

    fn of_auth(auth: &Auth, scope: &Symbols<'_>) -> Result<Option<Self>, SpecError> {
        Ok(Some(match auth {
            Auth::Basic { username, password } => {
                let username = required(username, scope, "auth.basic.username")?;
                let password =
                    required(password, scope, "auth.basic.password")?.credential(scope)?;
                let value = HeaderValuePlan::Basic { username, password };
                Self { name: http::header::AUTHORIZATION, value }
            }
            Auth::Bearer { token } => {
                let value = required(token, scope, "auth.bearer.token")?.credential(scope)?;
                let value = value.prefixed("Bearer ");
                Self::of_pair(CompiledPair { name: "Authorization".to_owned(), value })?
            }
            Auth::Header { name, value } => {
                let value = required_field(value, scope, "auth.header.value")?.credential(scope)?;
                Self::of_pair(CompiledPair { name: name.clone(), value })?
            }
            Auth::Jwt(auth) => {
                let value = HeaderValuePlan::Jwt(Box::new(JwtPlan::compile(auth, scope)?));
                let name = auth.header.as_ref().map_or("Authorization", |header| &header.name);
                Self { name: Self::name(name, "auth.jwt.header.name")?, value }
            }
            Auth::OAuth2ClientCredentials(_) => return Self::of_token(None, scope),
            Auth::Token(auth) => return Self::of_token(auth.header.as_ref(), scope),
            // A parameter is not a header, signatures are added when the rest of the request is
            // rendered, and the server's challenge has to be answered for Digest.
            Auth::Hash(_)
            | Auth::Hmac(_)
            | Auth::HttpDigest { .. }
            | Auth::None
            | Auth::Query { .. } => return Ok(None),
        }))
    }

    /// Compiles the header of the token. Returns `None` if another part of the request carries it.
    fn of_token(
        header: Option<&TokenHeader>,
        scope: &Symbols<'_>,
    ) -> Result<Option<Self>, SpecError> {
        const PATH: &str = "auth.token.header.value";
        let (name, value) = match header {
            Some(header) => (header.name.as_str(), header.value.as_str()),
            None if scope.uses_token(0) => return Ok(None),
            None => ("Authorization", "Bearer {{token}}"),
        };
        let value = required(value, scope, PATH)?;
        if !value.slots().iter().any(|slot| matches!(slot.source, Source::Token(_))) {
            return Err(SpecError::new(
                PATH,
                "it does not contain the token",
                "put {{token}} into it",
            ));
        }
        Self::name(name, "auth.token.header.name")?;
        Self::of_pair(CompiledPair { name: name.to_owned(), value }).map(Some)
    }

    /// Renders a header now if it is the same for each message.
    pub(in crate::gateway) fn fix(mut self, values: &Values<'_>) -> Result<Self, RenderError> {
        if let HeaderValuePlan::Jwt(plan) = self.value {
            self.value = HeaderValuePlan::Jwt(Box::new(plan.open(values)?));
            return Ok(self);
        }
        let fixed = match &self.value {
            HeaderValuePlan::Basic { username, password } => {
                username.is_fixed() && password.is_fixed()
            }
            // The boundary of a multipart body differs for each message.
            HeaderValuePlan::Fixed(_) | HeaderValuePlan::Jwt(_) | HeaderValuePlan::Multipart => {
                false
            }
            HeaderValuePlan::ValueTemplate(pair) => pair.value.is_fixed(),
        };
        if fixed {
            let rendered = self.render(values, &mut Scratch::default())?;
            self.value = HeaderValuePlan::Fixed(rendered);
        }
        Ok(self)
    }

    /// Renders the header. Returns `None` if an optional variable has no value.
    pub(in crate::gateway) fn render(
        &self,
        values: &Values<'_>,
        scratch: &mut Scratch,
    ) -> Result<Option<Header>, RenderError> {
        let (text, sensitivity, path) = match &self.value {
            HeaderValuePlan::Fixed(header) => return Ok(header.as_ref().map(Header::copy)),
            HeaderValuePlan::Basic { username, password } => {
                // `required` has rejected optional variables, so both values exist.
                let user = username.render(values, scratch)?.unwrap_or_default();
                // RFC 7617 §2: the server splits at the first colon, so the rest of the name would
                // become a part of the password.
                if user.contains(':') {
                    return Err(RenderError::new(
                        username.path(),
                        "the user name contains a colon",
                    ));
                }
                // The name is copied because the password needs the scratch buffer as well.
                let user = Zeroizing::new(user.into_owned());
                let password = password.render(values, scratch)?.unwrap_or_default();
                let room = user.len().saturating_add(password.len()).saturating_add(1);
                let mut pair = Zeroizing::new(String::with_capacity(room));
                pair.push_str(&user);
                pair.push(':');
                pair.push_str(&password);
                // Reserve enough memory: a string that grows leaves copies behind.
                let room = BASE64.encode_len(pair.len()).saturating_add(6);
                let mut text = String::with_capacity(room);
                text.push_str("Basic ");
                BASE64.encode_append(pair.as_bytes(), &mut text);
                let header = Header::new(&self.name, &text, Sensitivity::Secret, "auth.basic");
                text.zeroize();
                return header.map(|header| Some(header.configured()));
            }
            HeaderValuePlan::Jwt(plan) => {
                let text = plan.render(values)?;
                let header = Header::new(&self.name, &text, Sensitivity::Secret, "auth.jwt")?;
                return Ok(Some(header.configured()));
            }
            HeaderValuePlan::Multipart => {
                let boundary = boundary(values);
                let text = format!("multipart/form-data; boundary={boundary}");
                return Header::new(&self.name, &text, Sensitivity::Public, "request").map(Some);
            }
            HeaderValuePlan::ValueTemplate(pair) => {
                let Some(text) = pair.value.render(values, scratch)? else { return Ok(None) };
                // A line break in a value would add a header, or a second request.
                if !is_header_text(&text) {
                    let problem = "the value contains a line break or a non-ASCII character";
                    return Err(RenderError::new(pair.value.path(), problem));
                }
                (text, pair.value.sensitivity, pair.value.path())
            }
        };
        let header = Header::new(&self.name, &text, sensitivity, path)?;
        Ok(Some(if self.holds_configured() { header.configured() } else { header }))
    }

    /// Returns the JSON Web Token in rendered headers, if this header carries one.
    pub(in crate::gateway) fn jwt<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        match &self.value {
            // No other header has this name.
            HeaderValuePlan::Jwt(plan) => plan.token(headers.get(&self.name)?.to_str().ok()?),
            _ => None,
        }
    }

    fn holds_configured(&self) -> bool {
        match &self.value {
            HeaderValuePlan::ValueTemplate(pair) => pair.value.mark().configured.is_some(),
            _ => false,
        }
    }
}

impl Header {
    pub(in crate::gateway) fn new(
        name: &HeaderName,
        text: &str,
        sensitivity: Sensitivity,
        path: &str,
    ) -> Result<Self, RenderError> {
        if text.len() > MAX_VALUE {
            return Err(RenderError::new(path, "the value is longer than 8 KiB"));
        }
        let is_sensitive = sensitivity != Sensitivity::Public;
        let value = header_value(text.as_bytes(), is_sensitive)
            .ok_or_else(|| RenderError::new(path, "the value is not allowed in a header"))?;
        Ok(Self { name: name.clone(), value, sensitivity, is_configured: false })
    }

    /// Marks the header as one that contains a configured secret.
    pub(in crate::gateway) const fn configured(mut self) -> Self {
        self.is_configured = true;
        self
    }

    /// Returns a copy with its own bytes. A clone would share them between all threads that send,
    /// and updating the shared reference count costs more than copying the bytes.
    fn copy(&self) -> Self {
        // The bytes come from a valid value, so the fallback cannot occur.
        let value = header_value(self.value.as_bytes(), self.value.is_sensitive())
            .unwrap_or_else(|| self.value.clone());
        let (sensitivity, is_configured) = (self.sensitivity, self.is_configured);
        Self { name: self.name.clone(), value, sensitivity, is_configured }
    }

    /// Returns the value as it may be shown.
    pub(in crate::gateway) fn masked(&self) -> String {
        let mut sink = MaskedBytes::default();
        let mark = Mark { sensitivity: self.sensitivity, configured: None };
        sink.marked(mark, |out| out.extend_from_slice(self.value.as_bytes()));
        sink.masked()
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.masked())
    }
}

/// Creates a header value. A sensitive one is wiped when it is dropped.
fn header_value(bytes: &[u8], is_sensitive: bool) -> Option<HeaderValue> {
    if !is_sensitive {
        return HeaderValue::from_bytes(bytes).ok();
    }
    let mut wiped = Wiped::with_capacity(bytes.len());
    wiped.extend_from_slice(bytes);
    let mut value = HeaderValue::from_maybe_shared(wiped.into_bytes()).ok()?;
    // Sensitive headers are left out of the client's logs and of the HTTP/2 compression table.
    value.set_sensitive(true);
    Some(value)
}

/// Compiles a credential, which must not be optional.
fn required(text: &str, scope: &Symbols<'_>, path: &str) -> Result<ValueTemplate, SpecError> {
    required_field(&text.into(), scope, path)
}

fn required_field(
    spec: &ValueSpec,
    scope: &Symbols<'_>,
    path: &str,
) -> Result<ValueTemplate, SpecError> {
    let leaf = compile_field(spec, scope, path)?;
    match leaf.optional() {
        None => Ok(leaf),
        Some(name) => {
            let hint = "declare it as required: credentials cannot be left out";
            Err(SpecError::new(path, format!("`{name}` may have no value"), hint))
        }
    }
}
