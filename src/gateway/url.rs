//! The URL of a request: an origin that is fixed when the gateway is built, a path and a query that may hold variables.

use http::Uri;

use super::charset::{encode, is_unreserved, percent_encode};
use super::error::SpecError;
use super::leaf::{Leaf, RenderError};
use super::lint::{self, Lint};
use super::pair::{Pair, compile_pairs};
use super::scope::Scope;
use super::sink::Sink;
use super::spec::{Charset, RequestSpec};
use super::values::{Sensitivity, Values};
use crate::secret::SecretString;

const PATH: &str = "request.url";

/// A compiled URL.
#[derive(Clone, Debug)]
pub(super) struct UrlPlan {
    origin: String,
    segments: Vec<Segment>,
    query: Vec<Pair>,
}

/// What stands between two slashes.
#[derive(Clone, Debug)]
enum Segment {
    /// As written; it is legal in a path.
    Literal(String),
    /// With variables; all of it is encoded.
    Variable(Leaf),
}

impl UrlPlan {
    pub(super) fn compile(
        request: &RequestSpec,
        configured: &[Option<SecretString>],
        scope: &Scope<'_>,
    ) -> Result<Self, SpecError> {
        let (origin, rest) = split_origin(&request.url);
        let origin = compile_origin(origin, configured, scope)?;
        let refuse = |problem: &str, hint: &str| Err(SpecError::new(PATH, problem, hint));
        if rest.contains('#') {
            return refuse("a fragment is never sent", "remove the `#` and what follows");
        }
        let (path, in_url) = rest.split_once('?').unwrap_or((rest, ""));
        let mut segments = Vec::new();
        for segment in path.split('/').skip(1) {
            segments.push(compile_segment(segment, scope)?);
        }

        let mut query = Vec::new();
        for pair in in_url.split('&').filter(|pair| !pair.is_empty()) {
            if pair.contains(['%', '+']) {
                return refuse(
                    "an encoded value in the query",
                    "write it unencoded under `request.query`",
                );
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            query.push(Pair::compile(name, value, scope, PATH)?);
        }
        query.extend(compile_pairs(&request.query, scope, "request.query")?);
        let plan = Self { origin, segments, query };
        plan.lint(scope)?;
        Ok(plan)
    }

    /// Adds a parameter that another part of the spec asks for.
    pub(super) fn push_query(&mut self, pair: Pair, scope: &Scope<'_>) -> Result<(), SpecError> {
        self.query.push(pair);
        self.lint(scope)
    }

    pub(super) fn is_cleartext(&self) -> bool {
        self.origin.starts_with("http://")
    }

    fn lint(&self, scope: &Scope<'_>) -> Result<(), SpecError> {
        let in_path = self.segments.iter().filter_map(|segment| match segment {
            Segment::Variable(leaf) => Some(leaf),
            Segment::Literal(_) => None,
        });
        for leaf in in_path.chain(self.query.iter().map(|pair| &pair.value)) {
            if leaf.sensitivity == Sensitivity::Secret {
                scope.lint(Lint::SecretInUrl, leaf.path())?;
            }
        }
        let host = self.origin.parse::<Uri>().ok();
        let private = host.as_ref().and_then(Uri::host).is_some_and(lint::is_private);
        if self.is_cleartext() && !private {
            scope.lint(Lint::Cleartext, PATH)?;
        }
        Ok(())
    }

    pub(super) fn render(
        &self,
        values: &Values<'_>,
        charset: Charset,
        replacement: Option<char>,
        scratch: &mut String,
    ) -> Result<Sink, RenderError> {
        let mut url = Sink::with_capacity(256);
        url.push(self.origin.as_bytes());
        for segment in &self.segments {
            url.push(b"/");
            match segment {
                Segment::Literal(text) => url.push(text.as_bytes()),
                Segment::Variable(leaf) => {
                    leaf.render(values, scratch)?;
                    // An empty segment or a dot would name another resource.
                    if matches!(scratch.as_str(), "" | "." | "..") {
                        let problem = "the value is empty or a dot, which would change the path";
                        return Err(RenderError::new(PATH, problem));
                    }
                    url.marked(leaf.sensitivity, |out| {
                        percent_encode(out, scratch.as_bytes(), is_unreserved);
                    });
                }
            }
        }
        if self.segments.is_empty() {
            url.push(b"/");
        }
        let mut separator: &[u8] = b"?";
        for pair in &self.query {
            if !pair.value.render(values, scratch)? {
                continue;
            }
            url.push(separator);
            separator = b"&";
            percent_encode_into(&mut url, Sensitivity::Public, pair.name.as_bytes());
            url.push(b"=");
            let bytes = encode(scratch, charset, replacement).ok_or_else(|| {
                RenderError::new(pair.value.path(), "a character is not in the charset")
            })?;
            percent_encode_into(&mut url, pair.shown_as(), &bytes);
        }
        Ok(url)
    }
}

fn percent_encode_into(url: &mut Sink, sensitivity: Sensitivity, bytes: &[u8]) {
    // A space is %20 and never `+`: every server reads it, in whichever part of the URL.
    url.marked(sensitivity, |out| percent_encode(out, bytes, is_unreserved));
}

/// Splits a URL behind its host. A placeholder may hold anything but a slash.
pub(super) fn split_origin(url: &str) -> (&str, &str) {
    let after_scheme = url.find("://").map_or(0, |at| at.saturating_add(3));
    let host = url.get(after_scheme..).unwrap_or_default();
    let end = host.find(['/', '?', '#']).map_or(url.len(), |at| after_scheme.saturating_add(at));
    url.split_at_checked(end).unwrap_or((url, ""))
}

/// Puts host variables into the origin, and checks what comes out.
fn compile_origin(
    origin: &str,
    configured: &[Option<SecretString>],
    scope: &Scope<'_>,
) -> Result<String, SpecError> {
    let mut filled = String::new();
    let mut rest = origin;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, after) = behind
            .split_once("}}")
            .ok_or_else(|| SpecError::new(PATH, "`{{` is not closed by `}}`", "write {{name}}"))?;
        let at = scope.host(name.trim(), PATH)?;
        let value = configured.get(at).and_then(Option::as_ref).ok_or_else(|| {
            let hint = format!("give it with .var(\"{}\", …)", name.trim());
            SpecError::new(format!("vars.{}", name.trim()), "it has no value", hint)
        })?;
        filled.push_str(before);
        filled.push_str(value.expose());
        rest = after;
    }
    filled.push_str(rest);
    check_origin(&filled).map_err(|problem| {
        SpecError::new(PATH, problem, "write https://host or https://host:port")
    })?;
    Ok(filled)
}

/// A scheme and a host, perhaps a port, and nothing else.
pub(super) fn check_origin(origin: &str) -> Result<(), &'static str> {
    let uri: Uri = origin.parse().map_err(|_| "it is not a URL with a scheme and a host")?;
    let authority = uri.authority().ok_or("it has no host")?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err("the scheme is neither https nor http");
    }
    if authority.as_str().contains('@') {
        return Err("a user or password in the URL is not allowed: use `[auth]`");
    }
    if authority.host().is_empty() || !is_host(authority.host()) {
        return Err("the host holds a character that no host has");
    }
    if uri.path() != "/" || uri.query().is_some() || origin.ends_with('/') {
        return Err("there is more than a scheme, a host and a port");
    }
    Ok(())
}

fn is_host(host: &str) -> bool {
    let name = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    name || address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

fn compile_segment(segment: &str, scope: &Scope<'_>) -> Result<Segment, SpecError> {
    if !segment.contains("{{") {
        let legal = segment.bytes().all(|b| is_unreserved(b) || b"!$&'()*+,;=:@%".contains(&b));
        if !legal || matches!(segment, "." | "..") {
            let hint = "percent-encode it, or use a variable";
            return Err(SpecError::new(
                PATH,
                "the path holds a character that a URL does not",
                hint,
            ));
        }
        return Ok(Segment::Literal(segment.to_owned()));
    }
    let leaf = Leaf::compile(segment, scope, PATH)?;
    if let Some(name) = leaf.optional() {
        let hint = "give it a default, or declare it as required";
        return Err(SpecError::new(PATH, format!("`{name}` can be without a value"), hint));
    }
    Ok(Segment::Variable(leaf))
}
