//! What names and values look like.

use super::candidate::What;
use crate::gateway::lint::names_a_secret;

/// Letters and digits alone, in lower case.
fn plain(name: &str) -> String {
    name.chars()
        .take(64)
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Whether a value is a secret, by the name of its place or by its looks.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    const NAMES: [&str; 15] = [
        "auth",
        "authcode",
        "authentication",
        "cookie",
        "credential",
        "credentials",
        "passcode",
        "passphrase",
        "psw",
        "pw",
        "session",
        "sessionid",
        "signature",
        "xauth",
        "xauthentication",
    ];
    let plain = plain(name);
    let by_name = names_a_secret(&plain)
        || plain.ends_with("key")
        || plain.ends_with("pass")
        || NAMES.contains(&plain.as_str());
    by_name || is_token(value) || is_url_with_secret(value)
}

/// Long, of letters and digits without order: no word, no number, no time.
fn is_token(value: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.=+~:/".contains(c);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    value.len() >= 24
        && value.chars().all(is_part)
        && !value.contains("//")
        && !value.starts_with('/')
        && value.matches('/').count() < 4
        && digits >= 4
        && letters >= 4
        && !is_uuid(value)
        && !is_time("time", value)
}

/// Returns `true` if a value is likely to be a key, a token or a password, where its name says nothing: letters and digits mixed, or
/// long, and in one word. A variable too many does no harm; a secret that stays in the spec may.
pub(super) fn looks_like_a_key(name: &str, value: &str) -> bool {
    // What such a name says is an account, or the gateway's own vocabulary: `ISO-8859-1`, `base64`, `application/json`.
    const PUBLIC: [&str; 11] = [
        "accept", "account", "acct", "cache", "charset", "coding", "content", "format", "language",
        "type", "version",
    ];
    let plain = plain(name);
    let is_public = PUBLIC.iter().any(|word| plain.contains(word))
        || is_ambient(name)
        || is_origin(name) && !is_user(name);
    !is_public && is_word_of_a_key(value, 6)
}

/// The same for a segment of a path, where words such as `v1` and `sms2` are common.
pub(super) fn is_path_key(value: &str) -> bool {
    let count = |is: fn(&u8) -> bool| value.bytes().filter(is).count();
    let has_both = count(u8::is_ascii_digit) >= 2 && count(u8::is_ascii_alphabetic) >= 2;
    is_word_of_a_key(value, 8) && (has_both || value.len() >= LONG)
}

/// As long as no word is.
const LONG: usize = 20;

fn is_word_of_a_key(value: &str, least: usize) -> bool {
    let is_mixed =
        value.bytes().any(|b| b.is_ascii_digit()) && value.bytes().any(|b| b.is_ascii_alphabetic());
    let is_word = value.chars().all(|c| !c.is_whitespace() && !",;<>{}[]()\"'\\".contains(c));
    let is_url = value.contains("://") || value.starts_with('/');
    let is_date = is_time("time", value);
    let is_host =
        value.contains('.') && value.bytes().all(|b| b.is_ascii_alphabetic() || b".-".contains(&b));
    let is_known = is_url || is_date || is_host;
    value.len() >= least && is_word && !is_known && (is_mixed || value.len() >= LONG)
}

/// `https://user:password@…`, or with `?token=…`.
fn is_url_with_secret(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let (host, path) = rest.split_once(['/', '?']).unwrap_or((rest, ""));
    host.contains('@') || says_a_secret(path)
}

/// Whether a text of the gateway's own holds `password=…`, `"token":"…"` or the like.
pub(super) fn says_a_secret(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(['=', ':']) {
        let (before, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let name = before.trim_end_matches(['"', '\'', ' ', '\\']);
        let name = name.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next();
        let behind = behind.get(1..).unwrap_or_default();
        let value = behind.trim_start_matches(['"', '\'', ' ', '\\']);
        let has_value = value.starts_with(|c: char| c.is_ascii_alphanumeric());
        if has_value && name.is_some_and(|name| !name.is_empty() && is_secret(name, "")) {
            return true;
        }
        rest = behind;
    }
    false
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

/// Whether a name is that of a request's or message's identity. That of an account or a template is another thing.
pub(super) fn is_identity(name: &str) -> bool {
    const NAMES: [&str; 18] = [
        "clientmessageid",
        "clientref",
        "clientreference",
        "correlationid",
        "customid",
        "externalid",
        "guid",
        "id",
        "idempotencyid",
        "idempotencykey",
        "messageid",
        "messageuuid",
        "msgid",
        "reference",
        "requestid",
        "transactionid",
        "uid",
        "uuid",
    ];
    let plain = plain(name);
    NAMES.contains(&plain.strip_prefix('x').unwrap_or(&plain)) || NAMES.contains(&plain.as_str())
}

/// Whether a name says of whom a request is, and not to whom: nothing of the message stands there but its sender.
pub(super) fn is_origin(name: &str) -> bool {
    let sender = matches!(role(name), Some((_, "{{sender}}")));
    let plain = plain(name);
    sender || is_user(name) || plain.ends_with("account") || plain.ends_with("accountid")
}

/// Whether a header is a browser's or a tool's, and says nothing to the gateway.
pub(super) fn is_ambient(name: &str) -> bool {
    ["cookie", "origin", "referer", "useragent"].contains(&plain(name).as_str())
        || name.starts_with("xmlns")
}

/// `8-4-4-4-12` hexadecimal digits (RFC 9562 §4).
pub(super) fn is_uuid(value: &str) -> bool {
    let groups: Vec<&str> = value.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A date as RFC 3339 has it, or seconds or milliseconds since 1970 of our days where the name says so.
pub(super) fn is_time(name: &str, value: &str) -> bool {
    let plain = plain(name);
    if !["time", "date", "stamp", "expir", "valid", "sched"].iter().any(|part| plain.contains(part))
        && plain != "ts"
    {
        return false;
    }
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
        "code" | "otp" | "otpcode" => (What::Code, "{{code}}"),
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
