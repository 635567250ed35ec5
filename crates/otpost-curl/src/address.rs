//! The URL of a command: origin, path and query.

use super::call::Call;
use super::coding::{Coding, percent_decode};
use super::guess::{is_path_key, is_secret, is_user, says_a_secret};
use super::pairs::pairs;
use super::places::{Leaf, Part, Places};
use super::refuse;
use super::variables::Variables;
use crate::gateway::charset::{is_unreserved, percent_encode};
use crate::gateway::error::SpecError;
use crate::gateway::spec::VarSpec;

const PLACE: &str = "request.url";
/// Names have at most 253 characters; a user and a password may stand before.
const MAX_HOST: usize = 1_024;

/// A URL as a spec has it.
pub(super) struct Address {
    /// Origin and path.
    pub(super) url: String,
    pub(super) query: Vec<(String, String)>,
    /// The host, if it is not a variable.
    pub(super) host: Option<String>,
    /// `user:password@`.
    pub(super) user: Option<Vec<u8>>,
}

impl Address {
    pub(super) fn of(call: &Call, places: &mut Places<'_>) -> Result<Self, SpecError> {
        let url = call.url.as_deref().unwrap_or_default();
        if url.is_empty() {
            return Err(refuse("there is no URL", "paste the whole command"));
        }
        if call.takes_globs {
            check_globs(url)?;
        }
        let end = url.iter().position(|byte| *byte == b'#').unwrap_or(url.len());
        let url = url.get(..end).unwrap_or_default();
        let (authority, rest, scheme) = split(url, call.is_https, places.variables())?;
        let at = authority.iter().rposition(|byte| *byte == b'@');
        let (user, host) = match at.and_then(|at| authority.split_at_checked(at)) {
            Some((user, host)) => (Some(user), host.get(1..).unwrap_or_default()),
            None => (None, authority),
        };
        let user = user
            .map(|user| percent_decode(user, false).into_iter().map(|(byte, _)| byte).collect());
        let (host, is_fixed) = origin(host, places)?;
        let (path, query) = match rest.iter().position(|byte| *byte == b'?') {
            Some(at) => (rest.get(..at), rest.get(at.saturating_add(1)..)),
            None => (Some(rest), None),
        };
        let mut url = format!("{scheme}{host}");
        let mut before = String::new();
        for segment in path.unwrap_or_default().split(|byte| *byte == b'/').skip(1) {
            url.push('/');
            url.push_str(&path_segment(segment, &before, places)?);
            before = String::from_utf8_lossy(segment).into_owned();
        }
        let mut parameters = pairs(query.unwrap_or_default(), "request.query", places)?;
        for query in &call.query {
            parameters.extend(pairs(query, "request.query", places)?);
        }
        let host = is_fixed.then(|| host_alone(&host).to_owned());
        Ok(Self { url, query: parameters, host, user })
    }
}

/// Without a port.
fn host_alone(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Authority, what follows it, and the scheme with its `://`.
fn split<'u>(
    url: &'u [u8],
    is_https: bool,
    variables: &Variables,
) -> Result<(&'u [u8], &'u [u8], &'static str), SpecError> {
    let at = url.windows(3).position(|window| window == b"://");
    let at = at.filter(|at| !url.get(..*at).unwrap_or_default().iter().any(|b| b"/?".contains(b)));
    let is_variable =
        url.starts_with(b"{{") || variables.find(url, 0).is_some_and(|mark| mark.at == 0);
    let (scheme, behind) = match at {
        Some(at) => {
            let scheme = url.get(..at).unwrap_or_default().to_ascii_lowercase();
            let scheme = match scheme.as_slice() {
                b"https" => "https://",
                b"http" => "http://",
                _ => return Err(refuse("the URL is no HTTP", "write https:// or http://")),
            };
            (scheme, url.get(at.saturating_add(3)..).unwrap_or_default())
        }
        // A variable at the beginning holds the scheme as well; else curl takes http.
        None if is_variable => ("", url),
        // By such a name curl takes another protocol.
        None if url.to_ascii_lowercase().starts_with(b"ftp.") => {
            return Err(refuse("the URL is no HTTP", "write https:// or http://"));
        }
        None if is_https => ("https://", url),
        None => ("http://", url),
    };
    let end = behind.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(behind.len());
    let (authority, rest) = behind.split_at_checked(end).unwrap_or((behind, &[]));
    if authority.is_empty() || authority.len() > MAX_HOST {
        return Err(refuse("the URL has no host", "paste the whole URL"));
    }
    Ok((authority, rest, scheme))
}

/// What curl takes for several URLs.
fn check_globs(url: &[u8]) -> Result<(), SpecError> {
    let text = String::from_utf8_lossy(url).replace("{{", "").replace("}}", "");
    let path = text.split_once("://").map_or(&*text, |(_, behind)| behind);
    let is_address = path.starts_with('[') || path.contains("@[");
    // A pair of brackets with nothing between is no range.
    let brackets = path.replace("[]", "").matches('[').count();
    let brackets = brackets.saturating_sub(usize::from(is_address));
    if path.contains(['{', '}']) || brackets > 0 {
        let hint = "encode them as %7B, %7D, %5B and %5D, or use --globoff";
        return Err(refuse("braces or brackets in the URL, which curl takes for a glob", hint));
    }
    Ok(())
}

/// Host and port, and whether no variable is in them.
fn origin(host: &[u8], places: &mut Places<'_>) -> Result<(String, bool), SpecError> {
    let leaf = Leaf { place: PLACE, name: "host", bytes: host, coding: Coding::Unicode };
    let text = std::str::from_utf8(host)
        .map_err(|_| places.refuse(&leaf, "the host is no text", "write its name in ASCII"))?;
    let mut origin = String::new();
    let mut at = 0_usize;
    let mut is_fixed = true;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let mark = places.variables().find(host, at);
        let open = rest.find("{{").map(|open| at.saturating_add(open));
        let (start, end, name) = match (mark, open) {
            (Some(mark), open) if open.is_none_or(|open| open > mark.at) => {
                (mark.at, mark.end, places.variables().name(mark.variable).to_owned())
            }
            (_, Some(open)) => {
                let inside = text.get(open.saturating_add(2)..).unwrap_or_default();
                let Some((name, _)) = inside.split_once("}}") else {
                    let hint = "close it with `}}`";
                    return Err(places.refuse(
                        &leaf,
                        "there is a `{{` that begins no variable",
                        hint,
                    ));
                };
                (open, open.saturating_add(name.len()).saturating_add(4), name.trim().to_owned())
            }
            _ => break,
        };
        is_fixed = false;
        origin.push_str(text.get(at..start).unwrap_or_default());
        let name = places.declare(&name, &leaf, VarSpec::host(), None)?;
        origin.push_str(&format!("{{{{{name}}}}}"));
        at = end;
    }
    origin.push_str(text.get(at..).unwrap_or_default());
    Ok((origin, is_fixed))
}

/// What stands between two slashes: as it is written, but for what comes from the message or the application.
fn path_segment(raw: &[u8], before: &str, places: &mut Places<'_>) -> Result<String, SpecError> {
    let decoded = percent_decode(raw, false);
    let bytes: Vec<u8> = decoded.iter().map(|(byte, _)| *byte).collect();
    let leaf = Leaf { place: PLACE, name: "", bytes: &bytes, coding: Coding::Percent };
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("{{") {
        let template = places.template(&leaf)?;
        return Ok(legal(template.as_bytes(), b"{}|"));
    }
    // What follows a segment such as `apikey` may be a key, and a word.
    let has_digit = bytes.iter().any(u8::is_ascii_digit);
    // A bot's token stands behind the word, as in Telegram's URLs.
    let bot =
        text.strip_prefix("bot").filter(|token| token.starts_with(|c: char| c.is_ascii_digit()));
    if let Some(token) = bot.filter(|_| !places.changes(&leaf)) {
        let spec = VarSpec::secret();
        let name = places.declare("bot_token", &leaf, spec, Some(token.to_owned()))?;
        return Ok(format!("bot{{{{{name}}}}}"));
    }
    let is_guessed = is_path_key(&text) && places.has_room();
    if is_guessed
        || is_secret("", &text)
        || says_a_secret(&text)
        || (has_digit && is_secret(before, ""))
    {
        let is_name = (1..=20).contains(&before.len())
            && before.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        let name = if is_name { before } else { "key" };
        let spec = if is_user(name) { VarSpec::required() } else { VarSpec::secret() };
        let is_known = places.changes(&leaf);
        if !is_known {
            let name = places.declare(name, &leaf, spec, Some(text.clone().into_owned()))?;
            return Ok(format!("{{{{{name}}}}}"));
        }
    }
    // Where each decoded byte begins in what was written.
    let mut starts = vec![0_usize];
    for (_, taken) in &decoded {
        starts.push(starts.last().copied().unwrap_or_default().saturating_add(*taken));
    }
    let mut segment = String::new();
    for part in places.parts(&leaf)? {
        match part {
            Part::Placeholder(placeholder) => segment.push_str(&placeholder),
            Part::Text { bytes, range } => {
                places.note_leftover(&String::from_utf8_lossy(&bytes), &leaf);
                let start = starts.get(range.start).copied().unwrap_or_default();
                let end = starts.get(range.end).copied().unwrap_or_default();
                segment.push_str(&legal(raw.get(start..end).unwrap_or_default(), b""));
            }
        }
    }
    Ok(segment)
}

/// Encodes what may not stand in a path, and leaves what is encoded.
fn legal(raw: &[u8], also: &[u8]) -> String {
    let mut path = Vec::new();
    percent_encode(&mut path, raw, |byte| {
        is_unreserved(byte) || b"!$&'()*+,;=:@%".contains(&byte) || also.contains(&byte)
    });
    String::from_utf8(path).unwrap_or_default()
}
