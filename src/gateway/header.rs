use data_encoding::BASE64;
use http::{HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::body::BodyPlan;
use super::error::SpecError;
use super::leaf::{Leaf, RenderError};
use super::lint::names_a_secret;
use super::pair::Pair;
use super::scope::Scope;
use super::sink::Sink;
use super::spec::{Auth, Pairs};
use super::values::{Sensitivity, Values};

/// What the transport or the engine writes itself. A spec that set them could smuggle a second request.
const RESERVED: [&str; 6] =
    ["connection", "content-length", "expect", "host", "te", "transfer-encoding"];

/// A compiled header.
#[derive(Clone, Debug)]
pub(super) struct HeaderPlan {
    pub(super) name: HeaderName,
    value: HeaderValuePlan,
}

#[derive(Clone, Debug)]
enum HeaderValuePlan {
    /// `Basic` and base64 of user and password (RFC 7617 §2).
    Basic {
        username: Leaf,
        password: Leaf,
    },
    Leaf(Pair),
}

impl HeaderPlan {
    /// All headers of a request: the spec's own, that of the body, that of the auth.
    pub(super) fn compile_all(
        pairs: &Pairs,
        auth: &Auth,
        body: &BodyPlan,
        scope: &Scope<'_>,
    ) -> Result<Vec<Self>, SpecError> {
        let mut headers = Vec::new();
        for (name, value) in pairs.iter() {
            headers.push(Self::compile(name, value, scope, "request.headers")?);
        }
        let has_type =
            headers.iter().any(|header: &Self| header.name == http::header::CONTENT_TYPE);
        if let Some(content_type) = body.content_type(scope.charset()).filter(|_| !has_type) {
            let path = "request.headers.Content-Type";
            let name = "Content-Type".to_owned();
            let pair = Pair { name, value: Leaf::literal(content_type, path) };
            headers.push(Self {
                name: http::header::CONTENT_TYPE,
                value: HeaderValuePlan::Leaf(pair),
            });
        }
        if let Some(header) = Self::of_auth(auth, scope)? {
            if headers.iter().any(|other| other.name == header.name) {
                let path = format!("request.headers.{}", header.name);
                let hint = "remove it, or remove `[auth]`";
                return Err(SpecError::new(path, "`[auth]` sets this header as well", hint));
            }
            headers.push(header);
        }
        Ok(headers)
    }

    pub(super) fn compile(
        name: &str,
        value: &str,
        scope: &Scope<'_>,
        within: &str,
    ) -> Result<Self, SpecError> {
        Self::of_pair(Pair::compile(name, value, scope, within)?)
    }

    fn of_pair(pair: Pair) -> Result<Self, SpecError> {
        let refuse =
            |problem: &str, hint: &str| Err(SpecError::new(pair.value.path(), problem, hint));
        let Ok(name) = HeaderName::from_bytes(pair.name.as_bytes()) else {
            return refuse("it is no header name", "use letters, digits and hyphens");
        };
        if RESERVED.contains(&name.as_str()) {
            return refuse("the client writes this header itself", "remove it");
        }
        if pair.value.literals().any(|text| !is_header_text(text)) {
            return refuse(
                "a line break or a character outside of ASCII",
                "headers are one line of ASCII",
            );
        }
        Ok(Self { name, value: HeaderValuePlan::Leaf(pair) })
    }

    fn of_auth(auth: &Auth, scope: &Scope<'_>) -> Result<Option<Self>, SpecError> {
        Ok(Some(match auth {
            Auth::Basic { username, password } => {
                let username = required(username, scope, "auth.basic.username")?;
                let password = required(password, scope, "auth.basic.password")?;
                let value = HeaderValuePlan::Basic { username, password };
                Self { name: http::header::AUTHORIZATION, value }
            }
            Auth::Bearer { token } => {
                let value = required(token, scope, "auth.bearer.token")?.prefixed("Bearer ");
                Self::of_pair(Pair { name: "Authorization".to_owned(), value })?
            }
            Auth::Header { name, value } => {
                let value = required(value, scope, "auth.header.value")?;
                Self::of_pair(Pair { name: name.clone(), value })?
            }
            Auth::None | Auth::Query { .. } => return Ok(None),
        }))
    }

    /// `None` when an optional variable has no value.
    pub(super) fn render(
        &self,
        values: &Values<'_>,
        scratch: &mut String,
    ) -> Result<Option<(HeaderValue, Sink)>, RenderError> {
        let mut sink = Sink::with_capacity(64);
        let sensitivity = match &self.value {
            HeaderValuePlan::Basic { username, password } => {
                username.render(values, scratch)?;
                if scratch.contains(':') {
                    return Err(RenderError::new(username.path(), "a user's name has no colon"));
                }
                let mut pair = Zeroizing::new(format!("{scratch}:"));
                password.render(values, scratch)?;
                pair.push_str(scratch);
                sink.push(b"Basic ");
                sink.marked(Sensitivity::Secret, |out| {
                    out.extend_from_slice(BASE64.encode(pair.as_bytes()).as_bytes());
                });
                Sensitivity::Secret
            }
            HeaderValuePlan::Leaf(pair) => {
                if !pair.value.render(values, scratch)? {
                    return Ok(None);
                }
                if !is_header_text(scratch) {
                    let problem = "a line break or a character outside of ASCII";
                    return Err(RenderError::new(pair.value.path(), problem));
                }
                let shown = pair.shown_as();
                sink.marked(shown, |out| out.extend_from_slice(scratch.as_bytes()));
                shown
            }
        };
        let path = self.name.as_str();
        let mut value = HeaderValue::from_bytes(sink.bytes())
            .map_err(|_| RenderError::new(path, "the value cannot stand in a header"))?;
        // Marked headers are left out of the client's logs and of HTTP/2's compression table.
        value.set_sensitive(sensitivity != Sensitivity::Public || names_a_secret(path));
        Ok(Some((value, sink)))
    }
}

/// Credentials cannot be left out.
fn required(text: &str, scope: &Scope<'_>, path: &str) -> Result<Leaf, SpecError> {
    let leaf = Leaf::compile(text, scope, path)?;
    match leaf.optional() {
        None => Ok(leaf),
        Some(name) => {
            let hint = "declare it as required: credentials are not left out";
            Err(SpecError::new(path, format!("`{name}` can be without a value"), hint))
        }
    }
}

/// Visible ASCII, spaces and tabs, on one line (RFC 9110 §5.5).
fn is_header_text(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\t')
}
