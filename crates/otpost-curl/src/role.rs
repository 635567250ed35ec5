//! The values of a message that names stand for.

/// The value of a message that a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The calling code. It is recognized only where the name says so.
    CallingCode,
    /// The code.
    Code,
    /// The phone number, or its national part beside a calling code.
    Number,
    /// A value without which a message can be sent, such as the sender.
    Other,
    /// The text.
    Text,
}

/// Words of placeholders in documentation that say nothing about the value.
const FILLERS: [&str; 17] = [
    "a", "actual", "any", "enter", "example", "here", "insert", "my", "own", "put", "replace",
    "sample", "some", "the", "valid", "with", "your",
];

/// A kind of value, the words of which one is required, and the words that may stand beside it.
///
/// A name with any other word is something else: `message_id` is not a text, and `order_number` is
/// not a phone number.
struct Role {
    content: Content,
    placeholder: &'static str,
    core: &'static [&'static str],
    beside: &'static [&'static str],
}

/// The sender precedes the number, because `from_number` has words of both.
const ROLES: [Role; 4] = [
    Role {
        content: Content::Other,
        placeholder: "{{sender}}",
        core: &["from", "sender", "senderid", "source", "originator"],
        beside: &["addr", "address", "id", "name", "number", "phone", "sms"],
    },
    Role {
        content: Content::Number,
        placeholder: "{{to}}",
        core: &[
            "cell",
            "cellphone",
            "dest",
            "destination",
            "destinations",
            "dst",
            "gsm",
            "mobile",
            "mobilenumber",
            "mobiles",
            "msisdn",
            "msisdns",
            "number",
            "numbers",
            "phone",
            "phonenumber",
            "phonenumbers",
            "phones",
            "receiver",
            "receptor",
            "recipient",
            "recipients",
            "tel",
            "telephone",
            "to",
            "tonumber",
        ],
        beside: &[
            "addr",
            "address",
            "customer",
            "e164",
            "format",
            "full",
            "message",
            "messages",
            "no",
            "sms",
            "subscriber",
            "target",
            "test",
            "user",
        ],
    },
    Role {
        content: Content::Text,
        placeholder: "{{text}}",
        core: &[
            "body",
            "content",
            "message",
            "messagetext",
            "msg",
            "sms",
            "smstext",
            "text",
            "textmessage",
        ],
        beside: &[],
    },
    Role {
        content: Content::Code,
        placeholder: "{{code}}",
        core: &["code", "otp", "otpcode"],
        beside: &[
            "confirmation",
            "generated",
            "login",
            "one",
            "onetime",
            "security",
            "sms",
            "time",
            "value",
            "verification",
        ],
    },
];

/// Returns the value of a message that a name stands for, and its placeholder.
pub(crate) fn role(name: &str) -> Option<(Content, &'static str)> {
    let words = meaningful_words(name);
    let is_role = |role: &&Role| {
        let fits = |word: &String| {
            role.core.contains(&word.as_str()) || role.beside.contains(&word.as_str())
        };
        words.iter().all(fits) && words.iter().any(|word| role.core.contains(&word.as_str()))
    };
    ROLES.iter().find(is_role).map(|role| (role.content, role.placeholder))
}

/// Returns the words of a name without those that say nothing, such as `your`.
pub(crate) fn meaningful_words(name: &str) -> Vec<String> {
    words(name).into_iter().filter(|word| !FILLERS.contains(&word.as_str())).collect()
}

/// Splits a name into lower-case words: `toNumber`, `TO_NUMBER` and `to-number` are `to` and
/// `number`. Numbers at the end of a word are dropped.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut chars = name.chars().take(64).peekable();
    while let Some(c) = chars.next() {
        // `APIKey` is `API` and `Key`: the last capital of several begins the next word.
        let is_lower_next = chars.peek().is_some_and(char::is_ascii_lowercase);
        let begins = c.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && is_lower_next));
        if begins || !c.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    let trimmed = words.iter().map(|word| match word.as_str() {
        "e164" => "e164",
        word => word.trim_end_matches(|c: char| c.is_ascii_digit()),
    });
    trimmed.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_is_found_by_all_words_of_a_name() {
        for (name, expected) in [
            ("TO_NUMBER", "{{to}}"),
            ("MESSAGES_TO_NUMBER", "{{to}}"),
            ("phoneNumber", "{{to}}"),
            ("your phone number", "{{to}}"),
            ("recipient1", "{{to}}"),
            ("messageText", "{{text}}"),
            ("otp_code", "{{code}}"),
            ("from_number", "{{sender}}"),
            ("SENDER_ID", "{{sender}}"),
            ("message_id", ""),
            ("phone_number_id", ""),
            ("order_number", ""),
            ("country_code", ""),
            ("your", ""),
            ("", ""),
        ] {
            let found = role(name).map(|(_, placeholder)| placeholder).unwrap_or_default();
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn words_are_split_at_signs_and_capitals() {
        for (name, expected) in [
            ("X-API-Key", "x api key"),
            ("APIKey", "api key"),
            ("baseUrl", "base url"),
            ("SMS_OTP2", "sms otp"),
            ("number_e164", "number e164"),
            ("--", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }
}
