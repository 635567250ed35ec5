//! Values that have to be new in each request: times, nonces, ids and signatures.
//!
//! The import keeps them, since only a person can tell a time from a number, but never without a
//! note.

use crate::heuristics::is_identity;
use crate::note::CurlNote;
use crate::role::words;

/// Returns the note for a value that is stale in the next request.
pub(crate) fn note(name: &str, value: &str, place: &str) -> Option<CurlNote> {
    let words = words(name);
    let has = |set: &[&str]| words.iter().any(|word| set.contains(&word.as_str()));
    let place = place.to_owned();
    // A nonce is often a time as well, and its name tells what the gateway checks.
    // `X-WSSE` and similar headers have it among others.
    let is_inside = value.to_ascii_lowercase().contains("nonce=");
    if is_inside || (has(&["nonce", "salt", "random", "rand"]) && value.len() >= 4) {
        return Some(CurlNote::Nonce { place });
    }
    if let Some(placeholder) = time(&words, value) {
        return Some(CurlNote::Time { place, placeholder });
    }
    let is_signature =
        has(&["sign", "signature", "sig", "hmac", "checksum", "digest", "hash", "mac"])
            || words.concat().ends_with("checksum");
    if is_signature && value.len() >= 16 && value.bytes().any(|b| b.is_ascii_alphanumeric()) {
        return Some(CurlNote::Signature { place });
    }
    let is_new = is_identity(name) || is_message_id(&words);
    let has_digit = value.bytes().any(|b| b.is_ascii_digit());
    (is_new && value.len() >= 6 && has_digit).then_some(CurlNote::Identity { place })
}

/// Returns `true` for the name of an id that is new for each request or message. Ids of clients and
/// templates stay the same.
fn is_message_id(words: &[String]) -> bool {
    const OWNERS: [&str; 14] = [
        "batch",
        "correlation",
        "dedup",
        "external",
        "idempotency",
        "message",
        "msg",
        "order",
        "request",
        "sms",
        "trace",
        "tracking",
        "transaction",
        "unique",
    ];
    let is_id = words.last().is_some_and(|last| {
        ["guid", "id", "key", "no", "ref", "reference", "token", "uuid"].contains(&last.as_str())
    });
    let owned = words.iter().any(|word| OWNERS.contains(&word.as_str()));
    let is_reference = words.iter().any(|word| word == "ref" || word == "reference");
    is_id && (owned || is_reference)
}

/// Returns the placeholder for a time, or `None` if the value is not one.
fn time(words: &[String], value: &str) -> Option<String> {
    let is_digits = value.bytes().all(|b| b.is_ascii_digit());
    let plain: String = words.concat();
    let is_end = ["expir", "valid", "sched", "until"].iter().any(|part| plain.contains(part));
    let is_named = is_end
        || ["time", "date", "stamp", "epoch"].iter().any(|part| plain.contains(part))
        || ["ts", "t", "now", "created", "iat", "exp", "sent", "at"].contains(&plain.as_str());
    let base = if is_end || plain == "exp" { "expires_at" } else { "now" };
    // Seconds from 2014 to 2039, and milliseconds of the same years.
    let is_unix = is_digits
        && match value.len() {
            10 => ("1400000000".."2200000000").contains(&value),
            13 => ("1400000000000".."2200000000000").contains(&value),
            _ => false,
        };
    let placeholder = |filters: &str| Some(format!("{{{{{base}{filters}}}}}"));
    if is_unix && is_named {
        return placeholder(if value.len() == 13 { "|epoch_ms" } else { "|epoch" });
    }
    if is_digits && is_date_digits(value) {
        return match value.len() {
            14 => placeholder("|date:%Y%m%d%H%M%S"),
            12 if is_named => placeholder("|date:%Y%m%d%H%M"),
            8 if is_named => placeholder("|date:%Y%m%d"),
            _ => None,
        };
    }
    if value.len() >= 16 && is_rfc3339(value) {
        // The separator and the seconds tell RFC 3339 from its relatives.
        let is_exact = value.as_bytes().get(10) == Some(&b'T') && value.ends_with('Z');
        return match is_exact && value.len() == 20 {
            true => placeholder(""),
            false => placeholder("|date:…"),
        };
    }
    if is_named && is_written_date(value) {
        return placeholder("|date:…");
    }
    None
}

/// Returns `true` for `YYYYMMDD`, with or without `hhmm` and `ss`.
fn is_date_digits(value: &str) -> bool {
    let number = |from: usize, to: usize| -> Option<u32> { value.get(from..to)?.parse().ok() };
    let is_in = |from: usize, range: std::ops::RangeInclusive<u32>| {
        number(from, from.saturating_add(2)).is_none_or(|number| range.contains(&number))
    };
    number(0, 4).is_some_and(|year| (2_005..2_040).contains(&year))
        && is_in(4, 1..=12)
        && is_in(6, 1..=31)
        && is_in(8, 0..=23)
        && is_in(10, 0..=59)
        && is_in(12, 0..=60)
}

/// Returns `true` for a text that begins with `YYYY-MM-DD hh:mm` or `YYYY-MM-DDThh:mm`.
fn is_rfc3339(value: &str) -> bool {
    let mask = b"dddd-dd-ddTdd:dd";
    mask.len() <= value.len()
        && mask.iter().zip(value.bytes()).all(|(mask, byte)| match mask {
            b'd' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't' | b' ' | b'_'),
            other => *other == byte,
        })
}

/// Returns `true` for other dates, such as `Sun, 06 Nov 1994 08:49:37 GMT` or `06.11.2026 08:49`.
fn is_written_date(value: &str) -> bool {
    let has_clock = value.as_bytes().windows(5).any(|window| {
        matches!(window, [a, b, b':', c, d] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()))
    });
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let is_day = value.len() == 10 && digits == 8 && !value.contains(' ');
    (has_clock && digits >= 8) || is_day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, expected: &str) {
        let note = note(name, value, "request.form.x");
        let found = match &note {
            Some(CurlNote::Time { placeholder, .. }) => placeholder.as_str(),
            Some(note) => note.kind(),
            None => "",
        };
        assert_eq!(found, expected, "{name} {value}");
    }

    #[test]
    fn frozen_values_have_notes_with_what_to_write() {
        check("timestamp", "1795888085", "{{now|epoch}}");
        check("ts", "1795888085000", "{{now|epoch_ms}}");
        check("validUntil", "1795888085", "{{expires_at|epoch}}");
        check("t", "20261128174805", "{{now|date:%Y%m%d%H%M%S}}");
        check("when", "20261128174805", "{{now|date:%Y%m%d%H%M%S}}");
        check("x", "2026-11-28T17:48:05Z", "{{now}}");
        check("x", "2026-11-28 17:48:05", "{{now|date:…}}");
        check("Date", "Sat, 28 Nov 2026 17:48:05 GMT", "{{now|date:…}}");
        check("send_date", "28.11.2026", "{{now|date:…}}");
        check("nonce", "a1b2c3d4", "nonce");
        check("X-Nonce", "1795888085", "nonce");
        check("requestId", "3f1c9a52-7d0e-4b6f-8a21-5c9e0d7b4f68", "identity");
        check("client_ref", "order-1234", "identity");
        check("X-Signature", "5d41402abc4b2a76b9719d911017c592", "signature");
    }

    #[test]
    fn constants_have_no_notes() {
        check("api_id", "1795888085", "");
        check("template_id", "3f1c9a52-7d0e-4b6f-8a21-5c9e0d7b4f68", "");
        check("client_id", "acme-123456", "");
        check("id", "1", "");
        check("validity", "300", "");
        check("dateFormat", "unix", "");
        check("x", "20269999999999", "");
        check("designation", "5d41402abc4b2a76b9719d911017c592", "");
        check("timestamp", "", "");
    }
}
