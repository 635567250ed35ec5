use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::civil;
use crate::gateway::spec::WaitUnit;

/// The maximum delay. A login code is of no use a day later.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Parses a time to wait: a number of the unit, a date of RFC 9110 §5.6.7 as in `Retry-After`, or
/// a date of RFC 3339. Returns `None` for any other text.
pub(in crate::gateway) fn parse_retry_after(
    text: &str,
    unit: WaitUnit,
    now: SystemTime,
) -> Option<Duration> {
    let wait = match (unit, number(text)) {
        (WaitUnit::Milliseconds, Some(number)) => Duration::from_millis(number),
        (WaitUnit::Seconds, Some(number)) => Duration::from_secs(number),
        (WaitUnit::Date, Some(_)) => return None,
        (_, None) => {
            let date = httpdate::parse_http_date(text).ok().or_else(|| {
                UNIX_EPOCH.checked_add(Duration::from_secs(civil::parse_rfc3339(text)?))
            })?;
            date.duration_since(now).unwrap_or(Duration::ZERO)
        }
    };
    Some(wait.min(LONGEST))
}

/// Parses digits, with an optional fraction, which is rounded up.
fn number(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    // A number that does not fit into a u64 is limited by the caller anyway.
    let whole: u64 = whole.parse().unwrap_or(u64::MAX);
    let more = u64::from(fraction.bytes().any(|b| b != b'0'));
    Some(whole.saturating_add(more))
}
