//! What configurations hold and what is kept between pages: it is read as `parse` reads it, and errors repeat no secret.

use std::fmt::Debug;
use std::time::Duration;

use otpost::challenge::{Limits, Policy};
use otpost::gateway::VarSource;
use otpost::message::{Locale, MessageId, MessageTemplates, TextTemplate};
use otpost::phone::Region;
use otpost::secret::SecretBytes;
use otpost::store::ChallengeId;
use otpost::{Code, Digits, PhoneNumber, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// It is written as expected, and read back.
#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, expected: &str) {
    let written = serde_json::to_string(&value).unwrap();
    assert_eq!(written, expected);
    assert_eq!(serde_json::from_str::<T>(&written).unwrap(), value);
    // Also where the text is another one's, or was read before.
    let tree = serde_json::to_value(&value).unwrap();
    assert_eq!(serde_json::from_value::<T>(tree).unwrap(), value);
}

/// It is refused, with a word of what is accepted and without the value.
#[track_caller]
fn check_refused<T: DeserializeOwned + Debug>(json: &str, accepted: &str, secret: &str) {
    let error = serde_json::from_str::<T>(json).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains(accepted), "{shown}");
    assert!(secret.is_empty() || !shown.contains(secret), "{shown}");
}

#[test]
fn names_are_written_as_they_are_parsed() {
    let number = PhoneNumber::parse("+41791234567").unwrap();
    check(number, r#""+41791234567""#);
    check(Region::parse("ch").unwrap(), r#""CH""#);
    check(Locale::parse("de-CH").unwrap(), r#""de-CH""#);
    let id = MessageId::from_bytes([0xab; 16]);
    check(id, r#""abababab-abab-4bab-abab-abababababab""#);
    let id = ChallengeId::new(1, [2; 8], [3; 16]);
    check(id, &format!("\"{id}\""));
}

#[test]
fn names_that_are_none_are_refused_and_not_repeated() {
    for (json, secret) in [
        (r#""41781112233""#, "81112233"),
        (r#""+41 78 111 22 33""#, "78 111"),
        ("41781112233", "81112233"),
        ("-41781112233", "81112233"),
        ("41781112233.5", "81112233"),
        (r#""+417811122338901234""#, "81112233"),
        ("true", "true"),
        ("null", ""),
        (r#"["+41781112233"]"#, "81112233"),
    ] {
        check_refused::<PhoneNumber>(json, "phone number", secret);
    }
    check_refused::<Region>(r#""ZZ""#, "ISO 3166-1", "");
    check_refused::<Locale>(r#""de_CH""#, "de-CH", "");
    check_refused::<ChallengeId>(r#""AQ""#, "34 characters", "");
    for text in [
        "abababab-abab-1bab-abab-abababababab",
        "abababab-abab-4bab-1bab-abababababab",
        "ABABABAB-ABAB-4BAB-ABAB-ABABABABABAB",
        "abababababab-abab-4bab-abab-abababab",
        "abababababababababababababababababab",
        "abababab-abab-4bab-abab-ababababaéa",
        "",
    ] {
        check_refused::<MessageId>(&format!("\"{text}\""), "UUID", "");
        assert!(text.parse::<MessageId>().is_err());
    }
}

#[test]
fn secrets_are_read_and_never_repeated() {
    let read = serde_json::from_str::<SecretString>(r#""p\u00e4ss""#).unwrap();
    assert_eq!(read.expose(), "päss");
    for json in ["739182", "-739182", "0.739182", "[\"739182\"]", "{\"739182\": 1}", "true"] {
        check_refused::<SecretString>(json, "a secret in quotation marks", "739182");
        check_refused::<VarSource>(json, "env:NAME", "739182");
        check_refused::<SecretBytes>(json, "base64", "739182");
    }
    for text in ["AAECAw==", "AAECAw"] {
        let read = serde_json::from_str::<SecretBytes>(&format!("\"{text}\"")).unwrap();
        assert_eq!(read.expose(), [0, 1, 2, 3]);
    }
    let read = serde_json::from_str::<SecretBytes>("\"_-8\"").unwrap();
    assert_eq!(read.expose(), [0xff, 0xef]);
    check_refused::<SecretBytes>(r#""s3ntinel!""#, "base64", "s3ntinel");
    for (text, expected) in [
        ("env:ACME_PASSWORD", VarSource::env("ACME_PASSWORD")),
        ("file:/run/secrets/acme", VarSource::file("/run/secrets/acme")),
        ("hunter2", VarSource::from("hunter2")),
    ] {
        let read = serde_json::from_str::<VarSource>(&format!("\"{text}\"")).unwrap();
        assert_eq!(read, expected);
    }
}

/// The naive twin is what serde derives: it repeats a password that somebody wrote without quotation marks.
#[test]
fn secrets_would_be_repeated_by_serde_itself() {
    let error = serde_json::from_str::<String>("739182").unwrap_err();
    assert!(error.to_string().contains("739182"), "{error}");
}

fn rendered(template: &TextTemplate) -> String {
    let code = Code::parse("123456").unwrap();
    template.render(&code, Duration::from_secs(300)).unwrap().expose().to_owned()
}

#[test]
fn templates_are_written_with_their_variables() {
    let plain = r#""{{code}} is your code.""#;
    let read = serde_json::from_str::<TextTemplate>(plain).unwrap();
    assert_eq!(rendered(&read), "123456 is your code.");
    assert_eq!(serde_json::to_string(&read).unwrap(), plain);
    let filled = r#"{"text":"{{code}} for {{app|upper}}","vars":{"app":"Acme"}}"#;
    let read = serde_json::from_str::<TextTemplate>(filled).unwrap();
    assert_eq!(rendered(&read), "123456 for ACME");
    assert_eq!(serde_json::to_string(&read).unwrap(), filled);
    check_refused::<TextTemplate>(r#""no code""#, "{{code}} exactly once", "no code");
    check_refused::<TextTemplate>(r#"{"vars":{}}"#, "missing field `text`", "");
    check_refused::<TextTemplate>(r#"{"text":"{{code}}","var":{}}"#, "`text`, `allow`, `vars`", "");
    check_refused::<TextTemplate>(
        r#"{"text":"{{code}} {{to}}","vars":{"to":"Bo\u202eb"}}"#,
        "one line of visible text",
        "Bo",
    );
    check_refused::<TextTemplate>("7", "{{code}}", "");
}

#[test]
fn templates_keep_the_order_of_their_languages() {
    let json = r#"{"payment":{"fr":"{{code}} pour payer","en":"{{code}} to pay"},"login":{"de":"{{code}} ist es"}}"#;
    let read = serde_json::from_str::<MessageTemplates>(json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    let first = read.find("payment", None).unwrap();
    assert_eq!(rendered(first), "123456 pour payer");
    // Those that come along, with the application's name.
    let builtin = MessageTemplates::builtin("Acme").unwrap();
    let written = serde_json::to_string(&builtin).unwrap();
    let again = serde_json::from_str::<MessageTemplates>(&written).unwrap();
    assert_eq!(builtin.iter().count(), again.iter().count());
    for ((_, locale, text), (_, other, again)) in builtin.iter().zip(again.iter()) {
        assert_eq!((locale, rendered(text)), (other, rendered(again)));
    }
    check_refused::<MessageTemplates>(r#"{"login":{"e":"{{code}}"}}"#, "language tag", "");
    check_refused::<MessageTemplates>(r#"{"login":{"en":"code"}}"#, "{{code}}", "");
    check_refused::<MessageTemplates>(r#"["login"]"#, "a table", "");
}

#[test]
fn policies_are_tables_with_defaults() {
    let written = r#"{"digits":6,"lifetime":"300s","attempts":5,"cooldown":"30s","sends_per_hour":5,"sends_per_day":10,"total_per_day":30,"failures":100,"lock":"30s","failures_last":"86400s","rotation":false,"weak_allowed":false}"#;
    check(Policy::sms(), written);
    let all = Policy::nist()
        .with_digits(Digits::Eight)
        .with_lifetime(Duration::from_secs(90))
        .with_attempts(50)
        .with_cooldown(Duration::from_millis(1_500))
        .with_sends(1, 2)
        .with_total(90)
        .with_lock(3, Duration::from_secs(4))
        .with_rotation()
        .with_weak_allowed();
    let tree = serde_json::to_value(all).unwrap();
    assert_eq!(serde_json::from_value::<Policy>(tree).unwrap(), all);
    let read = |toml: &str| toml::from_str::<Policy>(toml).map_err(|e| e.message().to_owned());
    assert_eq!(read(""), Ok(Policy::sms()));
    assert_eq!(read("failures = 5"), Ok(Policy::psd2()));
    assert_eq!(read("lifetime = \"10m\"\nfailures_last = \"720h\""), Ok(Policy::nist()));
    for (toml, accepted) in [
        ("digits = 4", "expected 6, 7 or 8"),
        ("lifetime = 300", "\"30s\""),
        ("lifetime = \"300\"", "\"30s\""),
        ("lifetime = \"5 m\"", "\"30s\""),
        ("lifetime = \"11m\"", "1 to 10 minutes"),
        ("attempts = 0", "must be at least 1"),
        ("attempts = 500", "weak_allowed"),
        ("attempt = 5", "`attempts`"),
    ] {
        let error = read(toml).unwrap_err();
        assert!(error.contains(accepted), "{toml}: {error}");
    }
}

#[test]
fn limits_are_tables_with_defaults_and_can_be_turned_off() {
    let written =
        r#"{"client":30,"client_and_recipient":3,"range":50,"region":100,"application":500}"#;
    check(Limits::standard(), written);
    let none = Limits::none();
    let all = none
        .with_client(1)
        .with_client_and_recipient(2)
        .with_range(3)
        .with_region(4)
        .with_application(70_000);
    for limits in [none, all, Limits::expecting(20_000)] {
        let tree = serde_json::to_value(limits).unwrap();
        assert_eq!(serde_json::from_value::<Limits>(tree).unwrap(), limits);
    }
    let read = |toml: &str| toml::from_str::<Limits>(toml).map_err(|e| e.message().to_owned());
    assert_eq!(read(""), Ok(Limits::standard()));
    assert_eq!(read("application = 9"), Ok(Limits::standard().with_application(9)));
    let off = "client = false\nclient_and_recipient = false\nrange = false\nregion = false\napplication = false";
    assert_eq!(read(off), Ok(none));
    for (toml, accepted) in [
        ("client = true", "`false` for no limit"),
        ("client = \"20\"", "`false` for no limit"),
        ("client = { most = 20 }", "`false` for no limit"),
        ("client = -1", "at least 1"),
        ("client = 70000", "too large"),
        ("region = 0", "at least 1 message"),
        ("client = 0", "at least 1 message"),
        ("clients = false", "`client`"),
        ("prefix = false", "`range`"),
    ] {
        let error = read(toml).unwrap_err();
        assert!(error.contains(accepted), "{toml}: {error}");
    }
}
