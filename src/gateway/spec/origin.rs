//! The scheme, host and port of a URL with placeholders, which no parser of URLs would read.

use http::Uri;

/// Splits a URL after its host. A placeholder may contain any character except a slash.
pub(in crate::gateway) fn split_origin(url: &str) -> (&str, &str) {
    // Only the `://` of the scheme counts: a query may contain another URL.
    let scheme = url.find("://").filter(|at| find_outside(url, &['/', '?', '#']) >= Some(*at));
    let after_scheme = scheme.map_or(0, |at| at.saturating_add(3));
    let host = url.get(after_scheme..).unwrap_or_default();
    let end = host.find(['/', '?', '#']).map_or(url.len(), |at| after_scheme.saturating_add(at));
    url.split_at_checked(end).unwrap_or((url, ""))
}

/// Validates an origin: a scheme, a host and an optional port, and nothing else.
pub(in crate::gateway) fn check_origin(origin: &str) -> Result<(), &'static str> {
    let uri: Uri = origin.parse().map_err(|_| "it is not a URL with a scheme and a host")?;
    let authority = uri.authority().ok_or("it has no host")?;
    let scheme = match uri.scheme_str() {
        Some(scheme @ ("http" | "https")) => scheme,
        _ => return Err("the scheme is neither https nor http"),
    };
    if authority.as_str().contains('@') {
        return Err("a user or password in the URL is not allowed: use `[auth]`");
    }
    if authority.host().is_empty() || !is_host(authority.host()) {
        return Err("the host contains an invalid character");
    }
    // The parser silently drops a fragment, and does not validate the port. So its result must
    // cover the whole text.
    let (behind_scheme, behind_host) = (
        origin.get(scheme.len()..).and_then(|rest| rest.strip_prefix("://")),
        authority.as_str().strip_prefix(authority.host()),
    );
    if behind_scheme != Some(authority.as_str()) || !origin.starts_with(scheme) {
        return Err("it contains more than a scheme, a host and a port");
    }
    match behind_host {
        Some("") => Ok(()),
        Some(_) if uri.port_u16().is_some_and(|port| port > 0) => Ok(()),
        _ => Err("the port is not a number from 1 to 65535"),
    }
}

fn is_host(host: &str) -> bool {
    let name = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    name || address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
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
                let close = rest.get(open..)?.find("}}")?;
                from = from.saturating_add(open).saturating_add(close).saturating_add(2);
            }
        }
    }
}
