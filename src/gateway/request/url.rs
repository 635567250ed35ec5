//! The URL of a request: an origin that is fixed when the gateway is built, and a path and a query
//! that may contain variables.

use std::fmt;
use std::sync::Arc;

use http::Uri;

use super::charset::{TextEncoding, percent_encode};
use super::masked::{Mark, MaskedBytes};
use super::pair::{CompiledPair, compile_pairs};
use super::query::QueryParameter;
use super::render_error::RenderError;
use super::scratch::Scratch;
use super::symbols::Symbols;
use super::value::ValueTemplate;
use super::values::{Sensitivity, Values};
use crate::gateway::error::SpecError;
use crate::gateway::lint::{self, Lint};
use crate::gateway::spec::{RequestSpec, find_outside, parse_origin, split_origin};
use crate::secret::SecretString;

const PATH: &str = "request.url";

/// A compiled URL.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct UrlPlan {
    /// Scheme, host and port.
    pub(in crate::gateway) origin: String,
    segments: Vec<PathSegment>,
    query: Vec<QueryParameter>,
    /// The complete URL, if it is the same for each message.
    fixed: Option<Url>,
}

/// A rendered URL.
#[derive(Clone)]
pub(in crate::gateway) struct Url {
    pub(in crate::gateway) uri: Uri,
    /// The URL with its marks.
    pub(in crate::gateway) shown: Arc<MaskedBytes>,
}

/// A path segment, the part between two slashes.
#[derive(Clone, Debug)]
enum PathSegment {
    /// The segment as it is written. It is legal in a path.
    Literal(String),
    /// A segment with variables. Literal text stays as it is written, and values are encoded.
    Variable(Vec<PathPiece>),
}

#[derive(Clone, Debug)]
enum PathPiece {
    Literal(String),
    Value(ValueTemplate),
}

impl UrlPlan {
    pub(in crate::gateway) fn compile(
        request: &RequestSpec,
        added: Vec<CompiledPair>,
        configured: &[Option<SecretString>],
        values: Option<&Values<'_>>,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        // The origin is compiled apart from the rest. It takes host variables only, so that no
        // value of a message can choose the server.
        let (origin, rest) = split_origin(&request.url);
        let origin = compile_origin(origin, configured, scope)?;
        let refuse = |problem: &str, hint: &str| Err(SpecError::new(PATH, problem, hint));
        if find_outside(rest, &['#']).is_some() {
            return refuse("a fragment is never sent", "remove the `#` and what follows");
        }
        let (path, in_url) =
            match find_outside(rest, &['?']).and_then(|at| rest.split_at_checked(at)) {
                Some((path, query)) => (path, query.trim_start_matches('?')),
                None => (rest, ""),
            };
        let mut segments = Vec::new();
        // The path begins with a slash, so the first part is empty.
        for segment in path.split('/').skip(1) {
            segments.push(compile_segment(segment, scope)?);
        }

        let mut query = Vec::new();
        for pair in in_url.split('&').filter(|pair| !pair.is_empty()) {
            // Values are percent-encoded later, and an encoded one would be encoded twice.
            if pair.contains(['%', '+']) {
                return refuse(
                    "the query contains an encoded value",
                    "write it unencoded under `request.query`",
                );
            }
            query.push(QueryParameter::compile_written(pair, scope, PATH)?);
        }
        let declared = compile_pairs(&request.query, scope, "request.query")?;
        query.extend(declared.into_iter().map(QueryParameter::from));
        // Servers disagree on which of two equal parameters counts.
        for pair in added {
            if query.iter().any(|known| known.name == pair.name) {
                let hint = "remove it from the query";
                return Err(SpecError::new(
                    pair.value.path(),
                    "the query already has this parameter",
                    hint,
                ));
            }
            query.push(pair.into());
        }
        let mut plan = Self { origin, segments, query, fixed: None };
        plan.lint(scope)?;
        // A fixed URL is rendered once, when the gateway is built. This also reports a value that
        // does not fit its place.
        if let Some(values) = values.filter(|_| plan.is_fixed()) {
            let mut scratch = Scratch::default();
            plan.fixed = Some(plan.render(
                values,
                TextEncoding::of(request),
                MaskedBytes::default(),
                &mut scratch,
            )?);
        }
        Ok(plan)
    }

    /// Returns the path if it contains no variable, and so no secret.
    #[cfg_attr(
        not(feature = "reqwest"),
        expect(dead_code, reason = "only a connection test reads it")
    )]
    pub(in crate::gateway) fn literal_path(&self) -> Option<String> {
        let mut path = String::new();
        for segment in &self.segments {
            let PathSegment::Literal(text) = segment else { return None };
            path.push('/');
            path.push_str(text);
        }
        Some(path)
    }

    /// Returns the URL if it is the same for each message.
    pub(in crate::gateway) const fn fixed(&self) -> Option<&Url> {
        self.fixed.as_ref()
    }

    /// Returns a copy of the fixed URL for sending. A clone would share its bytes between all
    /// threads that send, and updating the shared reference count costs more than parsing the URL
    /// again.
    pub(in crate::gateway) fn fixed_uri(&self) -> Uri {
        let fixed = self.fixed.as_ref();
        let copy = |url: &Url| match url.shown.is_marked() {
            // A copy that contains a secret must be wiped.
            true => Uri::from_maybe_shared(MaskedBytes::clone(&url.shown).into_bytes()).ok(),
            false => Uri::try_from(url.shown.bytes()).ok(),
        };
        let uri = fixed.map(|url| copy(url).unwrap_or_else(|| url.uri.clone()));
        // Callers use this only if the URL is fixed, so the default cannot occur.
        uri.unwrap_or_default()
    }

    pub(in crate::gateway) fn is_cleartext(&self) -> bool {
        self.origin.starts_with("http://")
    }

    fn is_fixed(&self) -> bool {
        self.in_path().chain(self.query.iter().map(|pair| &pair.value)).all(ValueTemplate::is_fixed)
    }

    /// Returns the values in the path.
    fn in_path(&self) -> impl Iterator<Item = &ValueTemplate> {
        let pieces = self.segments.iter().flat_map(|segment| match segment {
            PathSegment::Literal(_) => &[][..],
            PathSegment::Variable(pieces) => pieces,
        });
        pieces.filter_map(|piece| match piece {
            PathPiece::Literal(_) => None,
            PathPiece::Value(leaf) => Some(leaf),
        })
    }

    fn lint(&self, scope: &Symbols<'_>) -> Result<(), SpecError> {
        for leaf in self.in_path().chain(self.query.iter().map(|pair| &pair.value)) {
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

    pub(in crate::gateway) fn render(
        &self,
        values: &Values<'_>,
        encoding: TextEncoding,
        mut url: MaskedBytes,
        scratch: &mut Scratch,
    ) -> Result<Url, RenderError> {
        url.push(self.origin.as_bytes());
        for segment in &self.segments {
            url.push(b"/");
            match segment {
                PathSegment::Literal(text) => url.push(text.as_bytes()),
                PathSegment::Variable(pieces) => {
                    let start = url.bytes().len();
                    for piece in pieces {
                        match piece {
                            PathPiece::Literal(text) => url.push(text.as_bytes()),
                            PathPiece::Value(leaf) => {
                                // `compile_segment` rejects optional variables, so there is always
                                // a value.
                                let text = leaf.render(values, scratch)?.unwrap_or_default();
                                let bytes = encoding.encode(&text, leaf)?;
                                percent_encode_into(&mut url, leaf.mark(), &bytes);
                            }
                        }
                    }
                    // An empty segment, `.` or `..` would address another resource.
                    if is_dots(url.bytes().get(start..).unwrap_or_default()) {
                        let problem =
                            "a path segment is empty, `.` or `..`, which changes the path";
                        return Err(RenderError::new(PATH, problem));
                    }
                }
            }
        }
        // RFC 9112 §3.2.1: the request target of a URL without a path is `/`.
        if self.segments.is_empty() {
            url.push(b"/");
        }
        let mut separator: &[u8] = b"?";
        for pair in &self.query {
            let Some(text) = pair.value.render(values, scratch)? else { continue };
            let bytes = encoding.encode(&text, &pair.value)?;
            url.push(separator);
            separator = b"&";
            url.push(pair.head.as_bytes());
            percent_encode_into(&mut url, pair.value.mark(), &bytes);
        }
        // Avoid a copy if the bytes are not shown afterwards.
        let (bytes, shown) = match url.is_unseen() {
            true => (url.into_bytes(), MaskedBytes::default()),
            false => (url.clone().into_bytes(), url),
        };
        // All parts are legal or encoded, so the length is the only possible problem.
        let uri = Uri::from_maybe_shared(bytes)
            .map_err(|_| RenderError::new(PATH, "the URL is longer than 64 KiB"))?;
        Ok(Url { uri, shown: Arc::new(shown) })
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown.masked())
    }
}

fn percent_encode_into(url: &mut MaskedBytes, mark: Mark<'_>, bytes: &[u8]) {
    url.marked(mark, |out| percent_encode(out, bytes));
}

/// Replaces the host variables in the origin, and validates the result.
fn compile_origin(
    origin: &str,
    configured: &[Option<SecretString>],
    scope: &Symbols<'_>,
) -> Result<String, SpecError> {
    let mut filled = String::new();
    let mut rest = origin;
    let mut path = PATH.to_owned();
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, after) = behind
            .split_once("}}")
            .ok_or_else(|| SpecError::new(PATH, "`{{` is not closed by `}}`", "write {{name}}"))?;
        // A host variable has no filters: everything between the braces is its name.
        let name = name.trim();
        let at = scope.host(name, PATH)?;
        // From here on, an error concerns the value of the variable and not the URL.
        path = format!("vars.{name}");
        let value = configured.get(at).and_then(Option::as_ref).ok_or_else(|| {
            SpecError::new(&path, "it has no value", format!("give it with .var(\"{name}\", …)"))
        })?;
        // Behind the scheme a variable is a part of a name, and must not add a port or decode to
        // something else. Before it, the variable is the whole origin.
        let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let is_name = value.expose().bytes().all(is_part) && !value.expose().is_empty();
        let has_before = !filled.is_empty() || !before.is_empty();
        if has_before && value.expose().contains("://") {
            let problem = "the value has a scheme, and the URL of the spec has one before it";
            let hint = "give the host alone, such as sms.example.com";
            return Err(SpecError::new(path, problem, hint));
        }
        if !is_name && has_before {
            let hint = "use letters, digits, dots, hyphens and underscores";
            return Err(SpecError::new(path, "the host contains an invalid character", hint));
        }
        filled.push_str(before);
        filled.push_str(value.expose());
        rest = after;
    }
    filled.push_str(rest);
    // The origin is validated as a whole: values that are legal alone can form an invalid host or
    // port.
    parse_origin(&filled)
        .map_err(|problem| SpecError::new(path, problem, "write https://host or https://host:port"))
}

fn compile_segment(segment: &str, scope: &Symbols<'_>) -> Result<PathSegment, SpecError> {
    if !segment.contains("{{") {
        // An empty segment is a slash at the end, or one that the gateway requires.
        if !segment.is_empty() && is_dots(segment.as_bytes()) {
            return Err(SpecError::new(
                PATH,
                "the path contains `.` or `..`",
                "write the resolved path",
            ));
        }
        return Ok(PathSegment::Literal(legal(segment)?));
    }
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some((literal, behind)) = rest.split_once("{{") {
        let (inside, after) = behind
            .split_once("}}")
            .ok_or_else(|| SpecError::new(PATH, "`{{` is not closed by `}}`", "write {{name}}"))?;
        // The literal text is already legal in a path and stays as it is. Only the value is
        // encoded, so each placeholder is a template of its own.
        let leaf = ValueTemplate::compile(&format!("{{{{{inside}}}}}"), scope, PATH)?;
        if let Some(name) = leaf.optional() {
            let hint = "give it a default, or declare it as required";
            return Err(SpecError::new(PATH, format!("`{name}` may have no value"), hint));
        }
        pieces.extend([PathPiece::Literal(legal(literal)?), PathPiece::Value(leaf)]);
        rest = after;
    }
    pieces.push(PathPiece::Literal(legal(rest)?));
    // Each placeholder is compiled separately above, so check the segment as a whole. Without
    // literal text there is no document around a placeholder.
    let has_text = |piece: &PathPiece| matches!(piece, PathPiece::Literal(it) if !it.is_empty());
    if pieces.iter().any(has_text) {
        ValueTemplate::check_document(segment, scope, PATH)?;
    }
    Ok(PathSegment::Variable(pieces))
}

/// Returns the text if it is legal in a path (RFC 3986 §3.3).
fn legal(text: &str) -> Result<String, SpecError> {
    // `%` is allowed because the spec contains the path in its encoded form.
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&b)) {
        return Ok(text.to_owned());
    }
    let hint = "percent-encode it, or use a variable";
    Err(SpecError::new(PATH, "the path contains a character that is not allowed in a URL", hint))
}

/// Returns whether a segment is empty, `.` or `..`, also if a dot is written as `%2e`: servers and
/// clients resolve both.
fn is_dots(segment: &[u8]) -> bool {
    // Two dots have at most six characters, and most segments are longer.
    if segment.len() > "%2e%2e".len() {
        return false;
    }
    let plain = String::from_utf8_lossy(segment).to_ascii_lowercase().replace("%2e", ".");
    matches!(plain.as_str(), "" | "." | "..")
}
