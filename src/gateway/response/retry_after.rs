use std::time::{Duration, SystemTime};

/// The maximum delay. A login code is of no use a day later.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Parses `Retry-After` (RFC 9110 §10.2.3): a number of seconds or a date. Returns `None` for any
/// other text.
pub(in crate::gateway) fn parse_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let seconds = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let wait = if seconds {
        // A number that does not fit into a u64 is limited below anyway.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(now).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST))
}
