//! The rules of regions on texts.

use std::time::Duration;

use otpost::message::{Autofill, DltTemplate, Locale, MessageTemplates, TextTemplate, TextWarning};
use otpost::phone::{Region, RegionRules, TextRule};
use otpost::{Code, Digits, Message, PhoneNumber};

fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

/// The names of the rules that a text breaks, with the brand Acme.
#[track_caller]
fn check(code: &str, text: &str, expected: &[&str]) {
    let warnings = TextWarning::find(text, region(code), Some("Acme"));
    let names: Vec<_> = warnings.iter().map(|warning| warning.rule.name()).collect();
    assert_eq!(names, expected, "{code}: {text}");
}

#[test]
fn texts_break_the_rules_of_their_regions() {
    let plain = "123456 is your Acme code.";
    check("CH", plain, &[]);
    check("CH", "123456: https://bit.ly/x +41791234567", &[]);
    // No source mentions Guernsey.
    check("GG", plain, &[]);

    check("AE", plain, &[]);
    check("AE", "123456 is your code. Call +97141234567.", &["no_phone_numbers"]);
    check("AE", "123456 is your code for acme.example.", &["no_links"]);
    check("EG", "123456 is your ACME code.", &[]);
    check("EG", "123456 is your code.", &["brand"]);
    check("NO", "123456 for https://acme.example/x", &["registered_links"]);
    check("NZ", plain, &["reply_charge"]);
    check("NZ", "123456 is your Acme code. A reply is charged.", &[]);
    check("TH", &"a".repeat(459), &[]);
    check("TH", &"a".repeat(460), &["segments"]);
    check("TR", &"a".repeat(155), &[]);
    check("TR", &"a".repeat(156), &["units"]);
    check("TR", &"ş".repeat(65), &[]);
    check("TR", &"ş".repeat(66), &["units"]);
    check("US", "123456 confirms 10 EUR.", &[]);
    check("US", "123456 confirms 10 €.", &["no_character"]);
    check("ID", "123456 adalah kode Acme", &[]);
    check("ID", "123456 \u{2013} kode Acme", &["gsm7"]);
    check("MY", "RM0 123456 is your Acme code.", &[]);
    check("MY", plain, &["prefix"]);
    check("MY", " RM0 123456 is your Acme code.", &["prefix"]);
    check("MY", &format!("RM0 Acme {}", "a".repeat(145)), &["units"]);
    check("CN", "【Acme】123456", &["registered_text"]);
    check("CN", "[Acme] 123456", &["registered_text"]);
    check("CN", "】Acme【 123456", &["registered_text", "signature"]);
    check("VN", "123456", &["brand", "registered_text"]);
    // EUC-KR has two bytes for a letter of Korean.
    check("KR", &"인".repeat(70), &[]);
    check("KR", &"인".repeat(71), &["euc_kr"]);
    check("KR", &"a".repeat(141), &["euc_kr"]);
    check("PH", "123456 for acme.example", &[]);
    for link in ["bit.ly/a", "https://BIT.ly/a", "www.tinyurl.com/x", "http://t.co/x?y"] {
        check("PH", &format!("123456 {link}"), &["no_short_links"]);
    }
    check("PH", "123456 rabbit.ly/a", &[]);
}

#[test]
fn phone_numbers_are_found_and_codes_are_not() {
    for text in [
        "123456 is your code",
        "12345678 is your code",
        "123 456 is your code",
        "12345678, valid for 5 minutes",
        "123456 (+5 min)",
        "1234-5678. 5 minutes.",
    ] {
        check("JP", text, &[]);
    }
    for text in [
        "Call 0312345678",
        "Call +81312345678",
        "Call +8131234",
        "Call 03-1234-5678",
        "Call (03) 1234 5678 now",
        "Call ０３１２３４５６７８",
    ] {
        // The naive search for nine ASCII digits in a row misses most of them.
        check("JP", text, &["no_phone_numbers"]);
    }
}

#[test]
fn autofill_line_is_a_link() {
    check("AE", "123456 is your code\n\n@acme.example #123456", &["no_links"]);
    check("CH", "123456 is your code\n\n@acme.example #123456", &[]);
}

#[test]
fn brand_is_checked_only_if_it_is_given() {
    let text = "123456 is your code.";
    assert_eq!(TextWarning::find(text, region("EG"), None), []);
    let warnings = TextWarning::find(text, region("EG"), Some("Acme"));
    assert_eq!(warnings[0].rule, TextRule::Brand);
    let expected = format!(
        "the text of a message breaks a rule of EG: expected names the brand (as of {})",
        RegionRules::AS_OF
    );
    assert_eq!(warnings[0].to_string(), expected);
}

#[test]
fn registered_messages_are_registered() {
    let message = |to: &str| {
        let code = Code::parse("123456").unwrap();
        let to = PhoneNumber::parse(to).unwrap();
        Message::new(to, "123456 is your Acme code.").unwrap().with_code(code)
    };
    let rules = |message: &Message| {
        let warnings = message.lint_text(Some("Acme")).into_iter();
        warnings.map(|warning| warning.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(&message("+84912345678")), [TextRule::RegisteredText]);
    // `lint_sender` reports the template of India.
    assert_eq!(rules(&message("+919876543210")), []);
    let template = DltTemplate::new("1", "2", "{#var#} is your Acme code.").unwrap();
    let registered = message("+919876543210").with_dlt(&template).unwrap();
    assert_eq!(rules(&registered), []);
    assert_eq!(rules(&message("+870773111632")), [], "a satellite has no region");
}

#[test]
fn templates_are_checked_as_they_are_sent() {
    let builtin = MessageTemplates::builtin("Acme").unwrap();
    let autofill = Autofill::new("acme.example").unwrap();
    let lint = |texts: &MessageTemplates, code: &str, autofill: Option<&Autofill>| {
        let lifetime = Duration::from_secs(300);
        texts.lint(region(code), Digits::Six, lifetime, autofill, Some("Acme"))
    };
    assert_eq!(lint(&builtin, "CH", Some(&autofill)), []);
    assert_eq!(lint(&builtin, "AE", None), []);
    let with_line = lint(&builtin, "AE", Some(&autofill));
    assert_eq!(with_line.len(), 32);
    assert!(with_line.iter().all(|found| found.warning.rule == TextRule::NoLinks));
    assert_eq!(lint(&builtin, "EG", None), [], "the built-in texts name the application");
    let malaysia = lint(&builtin, "MY", None);
    assert!(malaysia.iter().all(|found| found.warning.rule == TextRule::Prefix("RM0 ")));
    assert!(malaysia[0].to_string().starts_with("`login` in en: the text of a message breaks"));
    // A value that comes with each message cannot be judged here.
    let order = TextTemplate::parse("{{code}} confirms order {{order}}").unwrap();
    let later = MessageTemplates::new().with_template("pay", Locale::parse("en").unwrap(), order);
    assert_eq!(lint(&later, "MY", None), []);
}
