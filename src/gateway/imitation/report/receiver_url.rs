use http::Uri;

use crate::gateway::error::SpecError;
use crate::gateway::spec::parse_origin;

/// Checks the URL of a receiver.
pub(super) fn check_url(url: &str) -> Result<(), SpecError> {
    let start = url.find("://").map_or(0, |at| at.saturating_add(3));
    let rest = url.get(start..).unwrap_or_default();
    let end = rest.find(['/', '?', '#']).map_or(url.len(), |at| start.saturating_add(at));
    let (origin, path) = url.split_at_checked(end).unwrap_or((url, ""));
    parse_origin(origin).map_err(invalid_url)?;
    let is_illegal = !path.bytes().all(|b| b.is_ascii_graphic()) || url.parse::<Uri>().is_err();
    if path.contains(['?', '#']) || is_illegal {
        return Err(invalid_url("it has a query, a fragment or an illegal character"));
    }
    Ok(())
}

pub(super) fn invalid_url(problem: &str) -> SpecError {
    SpecError::new("url", problem, "write it like https://app.example/sms/reports")
}
