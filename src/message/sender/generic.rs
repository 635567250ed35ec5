//! Names that say nothing about the brand, such as `Verify` or `InfoSMS`.

/// Words of which generic names are made, in lower case. Vendors name some of them; the others are
/// of the same kind.
const GENERIC: [&str; 28] = [
    "2fa", "alert", "alerts", "auth", "cloud", "code", "codes", "confirm", "info", "login",
    "message", "mfa", "msg", "notice", "notify", "otp", "pass", "password", "pin", "secure",
    "security", "sender", "service", "sms", "test", "token", "verif", "verify",
];

/// Returns `true` if a name has nothing but generic words, digits and spaces.
pub(super) fn is_generic(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let letters = name.trim_matches(|c: char| c == ' ' || c.is_ascii_digit());
    // A digit alone is filler, but `2fa` is a word.
    is_made_of_words(&name) || (!letters.is_empty() && is_made_of_words(letters))
}

/// Splits off each word that the text begins with. A name has at most 11 characters, so the number
/// of ways to split it is small.
fn is_made_of_words(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty()
        || GENERIC.iter().filter_map(|word| text.strip_prefix(word)).any(is_made_of_words)
}
