//! Guesses from names and values: secrets, users, times, and the values of a message.

use otpost::gateway::Lint;

use crate::role::role;

/// Returns the ASCII letters and digits of a name, in lower case.
fn plain(name: &str) -> String {
    name.chars()
        .take(64)
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Returns `true` if a value is a secret, by its name or by its pattern.
pub(crate) fn is_secret(name: &str, value: &str) -> bool {
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
    let by_name = Lint::is_secret_name(&plain)
        || plain.ends_with("key")
        || plain.ends_with("pass")
        || NAMES.contains(&plain.as_str());
    by_name || is_token(value) || is_url_with_secret(value)
}

/// Returns `true` for a long mixture of letters and digits that is not a word, number or time.
fn is_token(value: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.=+~:/".contains(c);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    // 24 characters of base64 or hexadecimal digits nearly always have four digits and four
    // letters. Names, numbers, times, paths and UUIDs are excluded.
    value.len() >= 24
        && value.chars().all(is_part)
        && !value.contains("//")
        && !value.starts_with('/')
        && value.matches('/').count() < 4
        && digits >= 4
        && letters >= 4
        && !is_uuid(value)
        // With `time` as its name, the value alone decides if it is a time.
        && !is_time("time", value)
}

/// Returns `true` if a value with an ordinary name is likely to be a key, a token or a password:
/// one word that mixes letters and digits, or is long.
///
/// A false alarm only adds a variable. A miss leaves a secret in the spec.
pub(crate) fn looks_like_a_key(name: &str, value: &str) -> bool {
    // Such fields hold accounts and words of the gateway: `ISO-8859-1`, `base64`,
    // `application/json`.
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

/// Returns `true` if a segment of a path is likely to be a key. Words such as `v1` and `sms2` are
/// common there, so it needs more digits or more length.
pub(crate) fn is_path_key(value: &str) -> bool {
    let count = |is: fn(&u8) -> bool| value.bytes().filter(is).count();
    let has_both = count(u8::is_ascii_digit) >= 2 && count(u8::is_ascii_alphabetic) >= 2;
    is_word_of_a_key(value, 8) && (has_both || value.len() >= LONG)
}

/// A length that words do not reach.
const LONG: usize = 20;

fn is_word_of_a_key(value: &str, least: usize) -> bool {
    let is_mixed =
        value.bytes().any(|b| b.is_ascii_digit()) && value.bytes().any(|b| b.is_ascii_alphabetic());
    let is_word = value.chars().all(|c| !c.is_whitespace() && !",;<>{}[]()\"'\\".contains(c));
    let is_url = value.contains("://") || value.starts_with('/');
    let is_date = is_time("time", value);
    // Such as `api.acme.example`: letters between dots, and no digits.
    let is_host =
        value.contains('.') && value.bytes().all(|b| b.is_ascii_alphabetic() || b".-".contains(&b));
    let is_known = is_url || is_date || is_host;
    value.len() >= least && is_word && !is_known && (is_mixed || value.len() >= LONG)
}

/// Returns `true` for a URL such as `https://user:password@…`, or with `?token=…`.
fn is_url_with_secret(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let (host, path) = rest.split_once(['/', '?']).unwrap_or((rest, ""));
    host.contains('@') || says_a_secret(path)
}

/// Returns `true` if a text holds `password=…`, `"token":"…"` or the like.
pub(crate) fn says_a_secret(text: &str) -> bool {
    let mut rest = text;
    // Each `=` or `:` can end a name. The word before it is the name, and a value follows. Quotes
    // and backslashes around both come from nested JSON.
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

/// Returns `true` if a name is that of a user or an account, which is not secret, but different for
/// each application.
pub(crate) fn is_user(name: &str) -> bool {
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

/// Returns `true` if a name is that of a calling code.
pub(crate) fn is_country(name: &str) -> bool {
    const PARTS: [&str; 5] = ["country", "callingcode", "dialcode", "dialling", "intlprefix"];
    let plain = plain(name);
    plain == "cc" || plain == "prefix" || PARTS.iter().any(|part| plain.contains(part))
}

/// Returns `true` if a name is that of the id of a request or message, and not of an account or
/// template.
pub(crate) fn is_identity(name: &str) -> bool {
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
    // `X-Request-Id` has become `xrequestid`.
    NAMES.contains(&plain.strip_prefix('x').unwrap_or(&plain)) || NAMES.contains(&plain.as_str())
}

/// Returns `true` if a name is that of the origin of a request: its sender, user or account.
pub(crate) fn is_origin(name: &str) -> bool {
    let sender = matches!(role(name), Some((_, "{{sender}}")));
    let plain = plain(name);
    sender || is_user(name) || plain.ends_with("account") || plain.ends_with("accountid")
}

/// Returns `true` if a header comes from a browser or tool, and means nothing to the gateway.
pub(crate) fn is_ambient(name: &str) -> bool {
    ["cookie", "origin", "referer", "useragent"].contains(&plain(name).as_str())
        || name.starts_with("xmlns")
}

/// Returns `true` for `8-4-4-4-12` hexadecimal digits (RFC 9562 §4).
pub(crate) fn is_uuid(value: &str) -> bool {
    let groups: Vec<&str> = value.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Returns `true` for a date as in RFC 3339, or for seconds or milliseconds since 1970, if the name
/// is that of a time.
pub(crate) fn is_time(name: &str, value: &str) -> bool {
    let plain = plain(name);
    if !["time", "date", "stamp", "expir", "valid", "sched"].iter().any(|part| plain.contains(part))
        && plain != "ts"
    {
        return false;
    }
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    // Ten digits that begin with 1 or 2 are seconds from 2001 to 2065. Thirteen are milliseconds.
    let is_unix = digits
        && matches!(value.len(), 10 | 13)
        && matches!(value.as_bytes().first(), Some(b'1' | b'2'));
    // The shortest form is `YYYY-MM-DDThh:mm`, with 16 characters.
    let date = value.get(..10).unwrap_or_default();
    let is_date = date.split('-').map(str::len).eq([4, 2, 2])
        && date.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        && value.len() >= 16;
    is_unix || is_date
}

/// Returns `true` if a field with the name of a secret can hold a code instead: `token` and
/// `authCode` can, and `password` and `api_key` cannot.
pub(crate) fn can_be_code(name: &str) -> bool {
    let plain = plain(name);
    let is_code = ["onetime", "otp", "passcode", "verif"].iter().any(|part| plain.contains(part));
    is_code || plain == "token" || plain.ends_with("code") || plain.ends_with("pin")
}

/// Returns a name that templates accept: `X-API-Key` becomes `x_api_key`.
pub(crate) fn variable_name(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars().take(36) {
        let c = if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        // Several other characters in a row become one underscore.
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

/// Returns `true` if a value is a mask, or begins with a few letters and goes on with one.
pub(crate) fn is_masked(text: &str) -> bool {
    let is_cross = |c: char| matches!(c, 'x' | 'X' | '*' | '\u{2022}');
    let crosses = text.chars().filter(|c| is_cross(*c)).count();
    let is_all = text.chars().all(|c| is_cross(c) || "-_.+() ".contains(c));
    (is_all && crosses >= 3) || (!text.contains(' ') && longest_run(text, is_cross) >= 5)
}

/// Returns the length of the longest run of one such character.
fn longest_run(text: &str, is_counted: impl Fn(char) -> bool) -> usize {
    let (mut longest, mut run, mut before) = (0_usize, 0_usize, ' ');
    for c in text.chars() {
        run = if is_counted(c) { if c == before { run.saturating_add(1) } else { 1 } } else { 0 };
        longest = longest.max(run);
        before = c;
    }
    longest
}
