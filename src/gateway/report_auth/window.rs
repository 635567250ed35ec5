//! The tolerance of times in signatures.

/// The maximum distance from now, in milliseconds. Standard Webhooks, Telnyx and seven use 300 s.
const WINDOW: u128 = 300_000;

/// Returns whether two times in milliseconds are at most 300 s apart.
pub(super) const fn is_near(time: u128, now: u128) -> bool {
    time.abs_diff(now) <= WINDOW
}

/// Returns whether a time in milliseconds is more than 300 s before now.
pub(super) const fn is_past(time: u128, now: u128) -> bool {
    time < now && !is_near(time, now)
}

/// Returns whether a time in milliseconds is more than 300 s after now.
pub(super) const fn is_future(time: u128, now: u128) -> bool {
    time > now && !is_near(time, now)
}
