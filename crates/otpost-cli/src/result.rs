//! The result of a send, for people and as JSON.

use std::error::Error;

use otpost::provider::{FailedAttempt, Receipt, SendError};
use serde_json::{Value, json};

/// Returns the reason of an error without its fate.
pub(crate) fn reason(error: &SendError) -> String {
    let mut reason = error.kind().to_string();
    if let Some(code) = error.gateway_code() {
        reason.push_str(&format!(" (code {code})"));
    }
    // An error of the transport names the stage and the addresses. The errors below it repeat it in
    // the words of the HTTP client.
    let source = error.source().map(ToString::to_string);
    match (source, error.stage()) {
        (Some(source), _) => {
            let source = source.strip_suffix(&format!("; {}", error.fate())).unwrap_or(&source);
            reason.push_str(&format!(": {source}"));
        }
        (None, Some(stage)) => reason.push_str(&format!(" ({stage})")),
        (None, None) => {}
    }
    reason
}

/// Returns the gateway's own words, and the time that it asks to wait.
pub(crate) fn details(error: &SendError) -> impl Iterator<Item = String> {
    let words = error.gateway_words().map(|words| format!("the gateway: {}", printable(words)));
    let wait = error.retry_after().map(|wait| format!("retry after: {} s", wait.as_secs()));
    words.into_iter().chain(wait)
}

/// Escapes control characters, which could control the terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_debug());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Returns the result of a send as JSON.
pub(crate) fn result_json(sent: &Result<Receipt, SendError>) -> Value {
    match sent {
        Ok(receipt) => json!({
            "result": "accepted",
            "provider": receipt.provider(),
            "message_id": receipt.message_id(),
            "failed_attempts": attempts(receipt.attempts()),
        }),
        Err(error) => json!({
            "result": error.fate().as_str(),
            "kind": error.kind().as_str(),
            "stage": error.stage().map(|stage| stage.as_str()),
            "reason": reason(error),
            "gateway_code": error.gateway_code(),
            "gateway_words": error.gateway_words(),
            "explanation": error.explanation(),
            "retry_after_s": error.retry_after().map(|wait| wait.as_secs()),
            "failed_attempts": attempts(error.attempts()),
        }),
    }
}

fn attempts(failed: &[FailedAttempt]) -> Vec<Value> {
    let one = |failed: &FailedAttempt| {
        json!({
            "provider": failed.provider,
            "kind": failed.kind.as_str(),
            "fate": failed.fate.as_str(),
            "stage": failed.stage.map(|stage| stage.as_str()),
            "elapsed_ms": u64::try_from(failed.elapsed.as_millis()).unwrap_or(u64::MAX),
        })
    };
    failed.iter().map(one).collect()
}
