use std::time::{Duration, SystemTime};

/// Whatever a gateway asks for, a login code is of no use a day later.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Reads `Retry-After` (RFC 9110 §10.2.3): seconds or a date. Anything else is as if it were not there.
pub(in crate::gateway) fn parse_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let seconds = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let wait = if seconds {
        // More digits than a u64 holds is as good as forever.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(now).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST))
}
