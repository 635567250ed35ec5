//! The scheme, host and port of a URL with placeholders, which no parser of URLs would read.

use url::{ParseError, Url};

/// Splits a URL after its host. A placeholder may contain any character except a slash.
pub(in crate::gateway) fn split_origin(url: &str) -> (&str, &str) {
    // Only the `://` of the scheme counts: a query may contain another URL.
    // In `https://…` the first slash belongs to the scheme. If a slash or `?` comes earlier, the
    // `://` is a part of the path or the query.
    let scheme = url.find("://").filter(|at| find_outside(url, &['/', '?', '#']) >= Some(*at));
    let after_scheme = scheme.map_or(0, |at| at.saturating_add(3));
    let host = url.get(after_scheme..).unwrap_or_default();
    let end = host.find(['/', '?', '#']).map_or(url.len(), |at| after_scheme.saturating_add(at));
    url.split_at_checked(end).unwrap_or((url, ""))
}

/// Parses an origin, a scheme with a host and an optional port, and returns its usual form: in
/// lower case, an international name in Punycode, and without the default port.
pub(crate) fn parse_origin(origin: &str) -> Result<String, &'static str> {
    // The parser repairs these silently, and what it makes of them is not what was meant.
    if origin.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err("it contains a space, a control character or a backslash");
    }
    let (_, authority) =
        origin.split_once("://").ok_or("it is not a URL with a scheme and a host")?;
    let url = Url::parse(origin).map_err(|error| match error {
        ParseError::EmptyHost => "it has no host",
        ParseError::InvalidIpv4Address => "the host is not a valid IPv4 address",
        ParseError::InvalidIpv6Address => "the host is not a valid IPv6 address",
        ParseError::InvalidPort => "the port is not a number from 1 to 65535",
        ParseError::IdnaError | ParseError::InvalidDomainCharacter => {
            "the host contains an invalid character"
        }
        _ => "it is not a URL with a scheme and a host",
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the scheme is neither https nor http");
    }
    // The normalized origin has no user information, so it would be dropped without an error.
    if authority.contains('@') {
        return Err("a user or password in the URL is not allowed: use `[auth]`");
    }
    if authority.contains(['/', '?', '#']) {
        return Err("it contains more than a scheme, a host and a port");
    }
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if url.domain().is_some_and(|name| !name.bytes().all(is_name)) {
        return Err("the host contains an invalid character");
    }
    if url.port() == Some(0) || authority.ends_with(':') {
        return Err("the port is not a number from 1 to 65535");
    }
    Ok(url.origin().ascii_serialization())
}

/// Returns the position of the first of these characters outside a placeholder. A filter may
/// contain a `?`.
pub(in crate::gateway) fn find_outside(text: &str, wanted: &[char]) -> Option<usize> {
    let mut from = 0_usize;
    loop {
        let rest = text.get(from..)?;
        let found = rest.find(wanted)?;
        match rest.find("{{").filter(|open| *open < found) {
            None => return Some(from.saturating_add(found)),
            Some(open) => {
                // A placeholder that is not closed is reported when this part of the URL is
                // compiled.
                let close = rest.get(open..)?.find("}}")?;
                from = from.saturating_add(open).saturating_add(close).saturating_add(2);
            }
        }
    }
}

/// Returns whether a text contains the placeholder of a variable.
pub(super) fn names(text: &str, name: &str) -> bool {
    let mut placeholders = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
    placeholders.any(|(inside, _)| inside.split('|').next().is_some_and(|it| it.trim() == name))
}
