//! Durations as people write them in configuration.

use std::time::Duration;

pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    match split_unit(text)? {
        (count, "ms") => Some(Duration::from_millis(count)),
        (count, "s") => Some(Duration::from_secs(count)),
        (count, "m") => count.checked_mul(60).map(Duration::from_secs),
        (count, "h") => count.checked_mul(3_600).map(Duration::from_secs),
        _ => None,
    }
}

/// Writes a duration so that [`parse_duration`] reads it, to the millisecond.
pub(crate) fn duration_text(duration: Duration) -> String {
    match (duration.as_secs(), duration.subsec_millis()) {
        (seconds, 0) => format!("{seconds}s"),
        _ => format!("{}ms", duration.as_millis()),
    }
}

pub(crate) fn split_unit(text: &str) -> Option<(u64, &str)> {
    // ASCII digits are one byte each, so the split never fails. Without any digit, `parse` does.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits)?;
    Some((count.parse().ok()?, unit))
}
