//! What names and values look like.

use super::candidate::What;
use crate::gateway::lint::names_a_secret;

/// Letters and digits alone, in lower case.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Whether a value is a secret, by the name of its place or by its looks.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    const NAMES: [&str; 8] = [
        "auth",
        "credential",
        "credentials",
        "cookie",
        "session",
        "sessionid",
        "sign",
        "signature",
    ];
    let plain = plain(name);
    if names_a_secret(name) || plain.ends_with("key") || NAMES.contains(&plain.as_str()) {
        return true;
    }
    // Long, of letters and digits without order: no word, no address, no number.
    let is_token = |c: char| c.is_ascii_alphanumeric() || "-_.=+~".contains(c);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    value.len() >= 24
        && value.chars().all(is_token)
        && digits >= 4
        && letters >= 4
        && !is_uuid(value)
        && !is_time(value)
}

/// Whether a name is that of a user or an account: not secret, but the application's own.
pub(super) fn is_user(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "user",
        "username",
        "userid",
        "login",
        "account",
        "accounts",
        "accountid",
        "accountsid",
        "customerid",
    ];
    NAMES.contains(&plain(name).as_str())
}

/// Whether a name is that of a country's calling code.
pub(super) fn is_country(name: &str) -> bool {
    const PARTS: [&str; 5] = ["country", "callingcode", "dialcode", "dialling", "intlprefix"];
    let plain = plain(name);
    plain == "cc" || plain == "prefix" || PARTS.iter().any(|part| plain.contains(part))
}

/// Whether a name is that of a request's or message's identity.
pub(super) fn is_identity(name: &str) -> bool {
    const PARTS: [&str; 11] = [
        "uuid",
        "guid",
        "idempot",
        "requestid",
        "messageid",
        "msgid",
        "reference",
        "clientref",
        "correlation",
        "externalid",
        "transaction",
    ];
    let plain = plain(name);
    PARTS.iter().any(|part| plain.contains(part))
}

/// `8-4-4-4-12` hexadecimal digits (RFC 9562 §4).
pub(super) fn is_uuid(value: &str) -> bool {
    let groups: Vec<&str> = value.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A date as RFC 3339 has it, or seconds or milliseconds since 1970 of our days.
pub(super) fn is_time(value: &str) -> bool {
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    let is_unix = digits
        && matches!(value.len(), 10 | 13)
        && matches!(value.as_bytes().first(), Some(b'1' | b'2'));
    let date = value.get(..10).unwrap_or_default();
    let is_date = date.split('-').map(str::len).eq([4, 2, 2])
        && date.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        && value.len() >= 16;
    is_unix || is_date
}

/// What a variable stands for whose name says it.
pub(super) fn role(name: &str) -> Option<(What, &'static str)> {
    Some(match plain(name).as_str() {
        "to" | "phone" | "phonenumber" | "number" | "msisdn" | "recipient" | "mobile"
        | "mobilenumber" | "destination" | "dest" | "tonumber" => (What::Number, "{{to}}"),
        "text" | "message" | "msg" | "body" | "sms" | "smstext" | "messagetext" => {
            (What::Text, "{{text}}")
        }
        "code" | "otp" | "pin" | "otpcode" => (What::Code, "{{code}}"),
        "from" | "sender" | "senderid" | "source" | "originator" => (What::Other, "{{sender}}"),
        _ => return None,
    })
}

/// A name as templates have them: `X-API-Key` becomes `x_api_key`.
pub(super) fn variable_name(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars().take(36) {
        let c = if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        if c != '_' || !plain.ends_with('_') {
            plain.push(c);
        }
    }
    let plain = plain.trim_matches('_');
    match plain.starts_with(|c: char| c.is_ascii_lowercase()) {
        true => plain.to_owned(),
        false if plain.is_empty() => "value".to_owned(),
        false => format!("v_{plain}"),
    }
}
