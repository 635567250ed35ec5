//! The lines on standard error.

use std::io::Write;
use std::time::Duration;

use super::delivery::Delivered;
use crate::style::{BAD, GOOD, UNKNOWN};

/// Prints a line to standard error.
pub(super) fn progress(line: &str) {
    // Standard error can be closed. Messages are sent all the same.
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Prints the line of a request: the endpoint, the caller, the region, the status and the outcome.
/// It contains no number, text, code or secret.
pub(super) fn log_request(
    path: &str,
    caller: Option<&str>,
    delivered: &Delivered,
    elapsed: Duration,
) {
    let reply = &delivered.reply;
    let style = match reply.status().as_u16() {
        202 => UNKNOWN,
        200..=299 => GOOD,
        _ => BAD,
    };
    // The caller of a hook is the hook itself.
    let caller = caller.filter(|caller| *caller != path).map(|name| format!(" from {name}"));
    let region = delivered.region.map(|region| format!(" to {region}")).unwrap_or_default();
    let reason = delivered.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    progress(&format!(
        "{path}{}{region}: {style}{} {}{style:#} in {} ms{reason}",
        caller.unwrap_or_default(),
        reply.status().as_u16(),
        reply.outcome(),
        elapsed.as_millis(),
    ));
}
