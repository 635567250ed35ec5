//! The URL of a command: origin, path and query.

use otpost::gateway::{SpecError, VarSpec};

use crate::coding::{Coding, FieldValue, decode_percent, encode_segment, encode_template};
use crate::draft::{NamedTemplates, NamedValues};
use crate::equals::split_written;
use crate::error::refuse;
use crate::heuristics::{is_masked, is_path_key, is_secret, is_user, says_a_secret};
use crate::invocation::Invocation;
use crate::pairs::pairs;
use crate::places::{Places, ValuePart};
use crate::url_syntax::{check_bytes, check_host};
use crate::variables::Variables;

const PLACE: &str = "request.url";
/// The longest host, in bytes. A name has at most 253 characters, after a user and a password.
const MAX_HOST: usize = 1_024;

/// The URL of a spec.
pub(crate) struct Address {
    /// Origin and path.
    pub(crate) url: String,
    /// The parameters that are written in the URL, which come first.
    pub(crate) written: NamedTemplates,
    pub(crate) query: NamedValues,
    /// The host without its port, or `None` if a variable is in it.
    pub(crate) host: Option<String>,
    /// The `user:password` before the host.
    pub(crate) user: Option<Vec<u8>>,
}

impl Address {
    /// Splits the URL of a command, and puts placeholders into its parts.
    pub(crate) fn parse(
        invocation: &Invocation,
        places: &mut Places<'_>,
    ) -> Result<Self, SpecError> {
        let url = invocation.url.as_deref().unwrap_or_default();
        if url.is_empty() {
            return Err(refuse("the URL is missing", "paste the whole command"));
        }
        check_bytes(url, PLACE)?;
        for query in &invocation.query {
            check_bytes(query, "request.query")?;
        }
        if invocation.takes_globs {
            check_globs(url)?;
        }
        // A fragment is never sent.
        let end = url.iter().position(|byte| *byte == b'#').unwrap_or(url.len());
        let url = url.get(..end).unwrap_or_default();
        let (authority, rest, scheme) = split(url, invocation.is_https, places.variables())?;
        // The last `@`, because a password can contain one.
        let at = authority.iter().rposition(|byte| *byte == b'@');
        let (user, host) = match at.and_then(|at| authority.split_at_checked(at)) {
            Some((user, host)) => (Some(user), host.get(1..).unwrap_or_default()),
            None => (None, authority),
        };
        check_host(host, places.variables())?;
        // curl uses the default port for an empty one.
        let host = host.strip_suffix(b":").unwrap_or(host);
        let user = user.map(decode_percent);
        let (host, is_fixed) = origin(host, places)?;
        let (path, query) = match rest.iter().position(|byte| *byte == b'?') {
            Some(at) => (rest.get(..at), rest.get(at.saturating_add(1)..)),
            None => (Some(rest), None),
        };
        let mut url = format!("{scheme}{host}");
        let mut before = String::new();
        // The path begins with a slash, so its first piece is empty.
        for segment in path.unwrap_or_default().split(|byte| *byte == b'/').skip(1) {
            url.push('/');
            url.push_str(&path_segment(segment, &before, places)?);
            before = String::from_utf8_lossy(segment).into_owned();
        }
        let mut parameters = pairs(query.unwrap_or_default(), "request.query", places)?;
        for query in &invocation.query {
            parameters.extend(pairs(query, "request.query", places)?);
        }
        let host = is_fixed.then(|| host_alone(&host).to_owned());
        let (written, query) = split_written(parameters, places);
        Ok(Self { url, written, query, host, user })
    }
}

/// Returns a host without its port.
fn host_alone(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Returns the authority, the rest of the URL, and the scheme with its `://`.
fn split<'u>(
    url: &'u [u8],
    is_https: bool,
    variables: &Variables,
) -> Result<(&'u [u8], &'u [u8], &'static str), SpecError> {
    let at = url.windows(3).position(|window| window == b"://");
    // A `://` after a slash or a question mark belongs to a URL inside of a parameter.
    let at = at.filter(|at| !url.get(..*at).unwrap_or_default().iter().any(|b| b"/?".contains(b)));
    let is_variable =
        url.starts_with(b"{{") || variables.find(url, 0).is_some_and(|mark| mark.at == 0);
    let (scheme, behind) = match at {
        Some(at) => {
            let scheme = url.get(..at).unwrap_or_default().to_ascii_lowercase();
            let scheme = match scheme.as_slice() {
                b"https" => "https://",
                b"http" => "http://",
                _ => return Err(refuse("the URL is not HTTP", "write https:// or http://")),
            };
            (scheme, url.get(at.saturating_add(3)..).unwrap_or_default())
        }
        // A variable at the beginning holds the scheme as well. Without one, curl uses http.
        None if is_variable => ("", url),
        // curl accepts one slash. So does nothing else.
        None if [&b"http:"[..], b"https:"].iter().any(|begin| url.starts_with(begin)) => {
            let hint = "write https:// or http://";
            return Err(refuse("the scheme of the URL is not followed by two slashes", hint));
        }
        // curl guesses another protocol from such a name.
        None if url.to_ascii_lowercase().starts_with(b"ftp.") => {
            return Err(refuse("the URL is not HTTP", "write https:// or http://"));
        }
        None if is_https => ("https://", url),
        None => ("http://", url),
    };
    let end = behind.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(behind.len());
    let (authority, rest) = behind.split_at_checked(end).unwrap_or((behind, &[]));
    if authority.is_empty() || authority.len() > MAX_HOST {
        return Err(refuse(
            "the URL has no host, or a host of more than 1 KiB",
            "paste the whole URL",
        ));
    }
    Ok((authority, rest, scheme))
}

/// Fails for a URL that curl expands to several (globbing).
fn check_globs(url: &[u8]) -> Result<(), SpecError> {
    // A variable of Postman, `{{name}}`, is no range.
    let text = String::from_utf8_lossy(url).replace("{{", "").replace("}}", "");
    let path = text.split_once("://").map_or(&*text, |(_, behind)| behind);
    // An IPv6 address, after a user name or not. In a path, `@[` begins a range as any `[` does.
    let host = path.split(['/', '?', '#']).next().unwrap_or_default();
    let is_address = host.starts_with('[') || host.contains("@[");
    // An empty pair of brackets is not a range.
    let brackets = path.replace("[]", "").matches('[').count();
    let brackets = brackets.saturating_sub(usize::from(is_address));
    if path.contains(['{', '}']) || brackets > 0 {
        let hint = "encode them as %7B, %7D, %5B and %5D, or use --globoff";
        return Err(refuse("curl expands braces and brackets in the URL (glob)", hint));
    }
    Ok(())
}

/// Returns the host and port as a template, and `true` if no variable is in them.
fn origin(host: &[u8], places: &mut Places<'_>) -> Result<(String, bool), SpecError> {
    let field = FieldValue { place: PLACE, name: "host", bytes: host, coding: Coding::Unicode };
    let text = std::str::from_utf8(host)
        .map_err(|_| places.refuse(&field, "the host is not UTF-8", "write its name in ASCII"))?;
    let mut origin = String::new();
    let mut at = 0_usize;
    // Two kinds of variables can be in a host: marks of shell variables, and `{{name}}`. Each round
    // takes the one that begins first.
    let mut is_fixed = true;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let mark = places.variables().find(host, at);
        let open = rest.find("{{").map(|open| at.saturating_add(open));
        let mut is_documented = false;
        let (start, end, name) = match (mark, open) {
            (Some(mark), open) if open.is_none_or(|open| open > mark.at) => {
                is_documented = places.variables().is_documented(mark.variable);
                let name = places.variables().name(mark.variable);
                (mark.at, mark.end, if name.is_empty() { "host" } else { name }.to_owned())
            }
            (_, Some(open)) => {
                let inside = text.get(open.saturating_add(2)..).unwrap_or_default();
                let Some((name, _)) = inside.split_once("}}") else {
                    let problem = "`{{` is not closed";
                    return Err(places.refuse(&field, problem, "close it with `}}`"));
                };
                (open, open.saturating_add(name.len()).saturating_add(4), name.trim().to_owned())
            }
            _ => break,
        };
        is_fixed = false;
        origin.push_str(text.get(at..start).unwrap_or_default());
        let name = places.declare(&name, &field, VarSpec::host(), None)?;
        if is_documented {
            places.note_unfilled(&name, PLACE);
        }
        origin.push_str(&format!("{{{{{name}}}}}"));
        at = end;
    }
    origin.push_str(text.get(at..).unwrap_or_default());
    Ok((origin, is_fixed))
}

/// Returns a segment of the path as a template.
///
/// The spec sends literals as the command wrote them, since a server may tell `%2F` from `/`. The
/// search, however, needs decoded bytes. So each part is found in the decoded segment, and its
/// literal is copied from the raw one.
fn path_segment(raw: &[u8], before: &str, places: &mut Places<'_>) -> Result<String, SpecError> {
    let bytes = decode_percent(raw);
    let field = FieldValue { place: PLACE, name: "", bytes: &bytes, coding: Coding::Percent };
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("{{") {
        let template = places.template(&field)?;
        return Ok(encode_template(&template));
    }
    // The segment after one such as `apikey` can be a key, or a word.
    let has_digit = bytes.iter().any(u8::is_ascii_digit);
    // In URLs such as `/bot123:abc/sendMessage` the token of a bot follows the word.
    let bot =
        text.strip_prefix("bot").filter(|token| token.starts_with(|c: char| c.is_ascii_digit()));
    if let Some(token) = bot.filter(|_| !places.changes(&field)) {
        let spec = VarSpec::secret();
        let name = places.declare("bot_token", &field, spec, Some(token.to_owned()))?;
        return Ok(format!("bot{{{{{name}}}}}"));
    }
    let is_guessed = is_path_key(&text) && places.has_room();
    let is_masked = is_masked(&text);
    if is_guessed
        || is_masked
        || is_secret("", &text)
        || says_a_secret(&text)
        || (has_digit && is_secret(before, ""))
    {
        let is_name = (1..=20).contains(&before.len())
            && before.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        let name = if is_name { before } else { "key" };
        let spec = if is_user(name) { VarSpec::required() } else { VarSpec::secret() };
        // A segment with a value of the message or a variable is split into parts below instead.
        let is_known = places.changes(&field);
        if !is_known && is_masked {
            let name = places.declare(name, &field, spec, None)?;
            places.note_unfilled(&name, PLACE);
            return Ok(format!("{{{{{name}}}}}"));
        }
        if !is_known {
            let name = places.declare(name, &field, spec, Some(text.clone().into_owned()))?;
            return Ok(format!("{{{{{name}}}}}"));
        }
    }
    let starts = starts(raw);
    let mut segment = String::new();
    for part in places.parts(&field)? {
        match part {
            ValuePart::Placeholder(placeholder) => segment.push_str(&placeholder),
            ValuePart::Text { bytes, range } => {
                places.note_leftover(&String::from_utf8_lossy(&bytes), &field);
                let start = starts.get(range.start).copied().unwrap_or_default();
                let end = starts.get(range.end).copied().unwrap_or_default();
                let raw = raw.get(start..end).unwrap_or_default();
                segment.push_str(&encode_segment(raw));
            }
        }
    }
    Ok(segment)
}

/// Returns the position in `raw` of each decoded byte, and of the end.
fn starts(raw: &[u8]) -> Vec<usize> {
    let mut starts = vec![0_usize];
    let mut at = 0_usize;
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        // The same rule as in `decode_percent`. Otherwise the positions would not fit its result.
        let is_escape = matches!(rest, [b'%', high, low, ..]
            if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
        at = at.saturating_add(if is_escape { 3 } else { 1 });
        starts.push(at);
    }
    starts
}
