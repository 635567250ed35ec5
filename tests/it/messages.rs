//! Numbers, texts, templates and segments: what is taken, what is refused, and what is shown.

use std::time::Duration;

use otpost::message::{
    Encoding, Filter, Locale, MessageError, MessageId, Segments, SenderId, TemplateErrorKind,
    TextTemplate, TextTemplateError,
};
use otpost::phone::PhoneNumberError;
use otpost::{Code, Message, PhoneNumber};

#[test]
fn numbers_are_strictly_e164() {
    #[track_caller]
    fn check(text: &str, expected: Result<(), PhoneNumberError>) {
        assert_eq!(PhoneNumber::parse(text).map(drop), expected, "{text:?}");
    }
    check("+41791234567", Ok(()));
    check("+1234567", Ok(()));
    check("+123456789012345", Ok(()));
    check("41791234567", Err(PhoneNumberError::NoPlus));
    check("0041791234567", Err(PhoneNumberError::NoPlus));
    check("", Err(PhoneNumberError::NoPlus));
    check("+123456", Err(PhoneNumberError::Length));
    check("+1234567890123456", Err(PhoneNumberError::Length));
    check("+0123456789", Err(PhoneNumberError::LeadingZero));
    for (bad, character, position) in [
        ("+41 791234567", ' ', 4),
        ("+4179,123456", ',', 6),
        ("+417912;34567", ';', 8),
        ("+41791234567\n", '\n', 13),
        ("++41791234567", '+', 2),
        ("+\u{664}\u{661}791234567", '\u{664}', 2),
        ("+41791234567,+41791234568", ',', 13),
        // The plus is there, and something that nobody sees stands before it.
        ("\u{200e}+41791234567", '\u{200e}', 1),
    ] {
        check(bad, Err(PhoneNumberError::Character { character, position }));
    }
    check(&format!("+{}", "1".repeat(1 << 20)), Err(PhoneNumberError::Length));
}

#[test]
fn written_numbers_are_cleaned_and_never_guessed() {
    #[track_caller]
    fn check(text: &str, expected: Result<&str, PhoneNumberError>) {
        let number = PhoneNumber::normalize(text);
        assert_eq!(number.as_ref().map(PhoneNumber::e164).map_err(|e| *e), expected, "{text:?}");
    }
    check("+41 (79) 123-45.67", Ok("+41791234567"));
    check("+1 (202) 555-0123", Ok("+12025550123"));
    check("079 123 45 67", Err(PhoneNumberError::NoPlus));
    check("+44 (0)20 7946 0958", Ok("+442079460958"));
    check("+44 ( 0 ) 20 7946 0958", Ok("+442079460958"));
    check("(+44) 020 7946-0958", Ok("+442079460958"));
    // In Italy the zero belongs to a fixed line, and mobiles have none: this could be either.
    check("+39 (0)6 698 12345", Ok("+390669812345"));
    check("+39 (0)347 1234567", Err(PhoneNumberError::TrunkPrefix));
    check("+49 0 1", Err(PhoneNumberError::Length));
    check("+49 0 0 170 123", Err(PhoneNumberError::TrunkPrefix));
    check("+41 20 123 45 67", Err(PhoneNumberError::Unassigned));
    check("+999 123 4567", Err(PhoneNumberError::Unassigned));
    check("+0 41 79 123 45 67", Err(PhoneNumberError::LeadingZero));
    check("+", Err(PhoneNumberError::Length));
    let unexpected = |character, position| PhoneNumberError::Character { character, position };
    check("+41 79/123 45 67", Err(unexpected('/', 7)));
    check("+41 79 123 45 67 +41 79 123 45 68", Err(unexpected('+', 18)));
    check("+41 79 123 45 67 ext. 5", Err(unexpected('e', 18)));
    check("+41 79 123 45 б7", Err(unexpected('б', 15)));
    check(&" ".repeat(256), Err(PhoneNumberError::NoPlus));
    check(&" ".repeat(257), Err(PhoneNumberError::TooLong));
    assert_eq!(
        unexpected('б', 15).to_string(),
        "invalid phone number: unexpected character U+0431 at position 15: expected \"+\" and digits, and a single number",
    );
}

#[test]
fn calling_codes_end_where_the_itu_says() {
    for (number, code) in [
        ("+12025550123", "1"),
        ("+78001234567", "7"),
        ("+201001234567", "20"),
        ("+41791234567", "41"),
        ("+420601123456", "420"),
        ("+919876543210", "91"),
        ("+85291234567", "852"),
        ("+971501234567", "971"),
        ("+35312345678", "353"),
        ("+59812345678", "598"),
        ("+8801712345678", "880"),
    ] {
        let number = PhoneNumber::parse(number).unwrap();
        assert_eq!(number.calling_code(), code);
        assert_eq!(format!("{code}{}", number.national_number()), number.plain());
    }
}

#[test]
fn numbers_are_masked() {
    for (number, shown) in [
        ("+8613912341234", "+86*******1234"),
        ("+41791234567", "+41*****4567"),
        ("+1234567", "+1****67"),
        ("+1234567890", "+1*******90"),
    ] {
        let number = PhoneNumber::parse(number).unwrap();
        assert_eq!(number.to_string(), shown);
        assert_eq!(format!("{number:?}"), format!("PhoneNumber({shown})"));
    }
}

#[test]
fn messages_have_limits() {
    let to = || PhoneNumber::parse("+41791234567").unwrap();
    #[track_caller]
    fn check(text: Result<Message, MessageError>, expected: &MessageError) {
        assert_eq!(text.map(drop).as_ref().unwrap_err(), expected);
    }
    check(Message::new(to(), ""), &MessageError::Empty);
    check(Message::new(to(), "a\0b"), &MessageError::Nul);
    check(Message::new(to(), "a".repeat(1_531)), &MessageError::TooLong);
    check(Message::new(to(), "a".repeat(1 << 24)), &MessageError::TooLong);
    assert!(Message::new(to(), "ж".repeat(1_530)).is_ok());
    let (a, b) = (Message::new(to(), "x").unwrap(), Message::new(to(), "x").unwrap());
    assert_ne!(a.id(), b.id());
    assert_eq!(a.clone().id(), a.id(), "a copy is the same message");
}

#[test]
fn identities_are_uuids_of_version_4() {
    let id = MessageId::from_bytes([0xff; 16]);
    assert_eq!(id.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    let ids: std::collections::HashSet<_> =
        (0..10_000).map(|_| MessageId::random().unwrap()).collect();
    assert_eq!(ids.len(), 10_000);
}

#[test]
fn senders_and_locales() {
    for good in ["A", "Acme Bank", "12345", "+41791234567", "Acme2Factor"] {
        assert!(SenderId::parse(good).is_ok(), "{good}");
    }
    for bad in
        ["", "Acme Bank Ltd", "Acmé", " Acme", "Acme ", "12", "a\r\nb", "A_B", "+1234567890123456"]
    {
        assert!(SenderId::parse(bad).is_err(), "{bad}");
    }
    for good in ["de", "de-CH", "zh-Hant-TW", "en-US-u-ca-gregory"] {
        assert!(Locale::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "d", "de_CH", "de-", "-de", "de--CH", "déjà", "en-toolongsubtag", "a\n"] {
        assert!(Locale::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn texts_hold_the_code_exactly_once() {
    let code = Code::parse("012345").unwrap();
    let minutes = Duration::from_secs(359);
    let render = |text: &str| TextTemplate::parse(text)?.render(&code, minutes);
    assert_eq!(render("{{code}}: {{minutes}}").unwrap().expose(), "012345: 5");
    for bad in ["no code", "{{code}} {{code}}", "{{code|upper}}"] {
        assert_eq!(render(bad).unwrap_err(), TextTemplateError::Code, "{bad}");
    }
    assert_eq!(render("{{code}} {{app}}").unwrap_err().missing(), Some("app"));
    let template = TextTemplate::parse("{{app}} {{code}}").unwrap();
    let unused = template.clone().with_var("ap", "x").unwrap_err();
    assert_eq!(unused, TextTemplateError::Unused("ap".to_owned()));
    assert!(template.clone().with_var("code", "1").is_err());
    // A value is not looked at again.
    let text = template.with_var("app", "{{code}}").unwrap().render(&code, minutes).unwrap();
    assert_eq!(text.expose(), "{{code}} 012345");
    let short = TextTemplate::parse("{{code}} {{minutes}}").unwrap();
    assert_eq!(short.render(&code, Duration::from_secs(59)), Err(TextTemplateError::Minutes));
}

#[test]
fn templates_say_where_they_are_wrong() {
    #[track_caller]
    fn check(text: &str, position: usize, kind: impl FnOnce(&TemplateErrorKind) -> bool) {
        let TextTemplateError::Template(error) = TextTemplate::parse(text).unwrap_err() else {
            panic!("no error of the template: {text:?}")
        };
        assert_eq!(error.position(), position, "{text:?}");
        assert!(kind(error.kind()), "{error}");
    }
    check("ab{{to", 2, |kind| *kind == TemplateErrorKind::Unclosed);
    check("{{to}}{{}}", 6, |kind| matches!(kind, TemplateErrorKind::Name(_)));
    check("é{{To}}", 2, |kind| matches!(kind, TemplateErrorKind::Name(_)));
    check("{{to|shout}}", 0, |kind| *kind == TemplateErrorKind::Filter("shout".to_owned()));
    // The braces of a placeholder that was not closed do not swallow the next one, not even as the
    // argument of a filter.
    check("{{ {{to}} }}", 0, |kind| *kind == TemplateErrorKind::Unclosed);
    check("{{to}}{{app|map:a={{text}}", 6, |kind| *kind == TemplateErrorKind::Unclosed);
    check(&"x".repeat(65_537), 65_536, |kind| *kind == TemplateErrorKind::TooLong);
    for bad in [
        "truncate:0",
        "truncate:x",
        "national:42",
        "national:0",
        "national:",
        "map:",
        "map:a",
        "latin1:€",
        "gsm7:ab",
        "plain:1",
        "raw",
    ] {
        assert_eq!(Filter::parse(bad), None, "{bad}");
    }
    let braces = TextTemplate::parse("{a} }} {\"b\":{}} {{code}}").unwrap();
    let code = Code::parse("012345").unwrap();
    let text = braces.render(&code, Duration::from_secs(60)).unwrap();
    assert_eq!(text.expose(), "{a} }} {\"b\":{}} 012345");
}

#[test]
fn filters_are_pure_and_refuse_what_they_are_not_for() {
    #[track_caller]
    fn check(filter: &str, value: &str, expected: Option<&str>) {
        let filter = Filter::parse(filter).unwrap();
        assert_eq!(filter.apply(value.into()).ok().as_deref(), expected, "{filter:?} of {value}");
    }
    check("e164", "+41791234567", Some("+41791234567"));
    check("plain", "+41791234567", Some("41791234567"));
    check("zeros", "+41791234567", Some("0041791234567"));
    check("national:41", "+41791234567", Some("791234567"));
    check("national:49", "+41791234567", None);
    check("home:98", "+989121234567", Some("09121234567"));
    check("home:98", "+97412345678", Some("0097412345678"));
    // `00…` would be a number of another country.
    check("home:39", "+390612345678", None);
    check("home:98", "989121234567", None);
    check("plain", "41791234567", None);
    check("plain", "+", None);
    check("upper", "straße", Some("STRASSE"));
    check("lower", "ABC", Some("abc"));
    check("truncate:3", "äöüß", Some("äöü"));
    check("latin1", "äÿ", Some("äÿ"));
    check("latin1", "€", None);
    check("latin1:?", "1 €", Some("1 ?"));
    check("gsm7", "€{}", Some("€{}"));
    check("gsm7", "ç", None);
    check("gsm7:c", "ça", Some("ca"));
    check("utf16hex", "a€😀", Some("006120ACD83DDE00"));
    check("base64", "a:b", Some("YTpi"));
    check(
        "sha256hex",
        "",
        Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    );
    check("map:gsm7=0,ucs2=2", "ucs2", Some("2"));
    check("map:gsm7=0,ucs2=2", "x", None);
}

#[test]
fn segments_are_counted_as_the_network_does() {
    #[track_caller]
    fn check(text: &str, encoding: Encoding, units: usize, parts: usize) {
        let segments = Segments::of(text);
        assert_eq!(
            (segments.encoding, segments.units, segments.count),
            (encoding, units, parts),
            "{text:.20}"
        );
    }
    use Encoding::{Gsm7, Ucs2};
    check("", Gsm7, 0, 1);
    check(&"a".repeat(160), Gsm7, 160, 1);
    check(&"a".repeat(161), Gsm7, 161, 2);
    check(&"a".repeat(306), Gsm7, 306, 2);
    check(&"a".repeat(307), Gsm7, 307, 3);
    check(&"€".repeat(80), Gsm7, 160, 1);
    check(&"€".repeat(81), Gsm7, 162, 2);
    // 152 and a pair: the pair moves on, so the first part holds 152.
    check(&format!("{}€{}", "a".repeat(152), "a".repeat(20)), Gsm7, 174, 2);
    check(&format!("{}€{}", "a".repeat(152), "a".repeat(151)), Gsm7, 305, 2);
    check(&format!("{}€{}", "a".repeat(152), "a".repeat(152)), Gsm7, 306, 3);
    check(&"ж".repeat(70), Ucs2, 70, 1);
    check(&"ж".repeat(71), Ucs2, 71, 2);
    check(&"😀".repeat(35), Ucs2, 70, 1);
    check(&"😀".repeat(36), Ucs2, 72, 2);
    check(&"😀".repeat(67), Ucs2, 134, 3);
    for switches in
        ["ç", "\u{2126}", "`", "\t", "\u{a0}", "\u{201c}", "\u{2013}", "\u{200b}", "e\u{301}"]
    {
        assert_eq!(Segments::of(switches).encoding, Ucs2, "{switches:?}");
    }
    for stays in [
        "Ç",
        "\u{3a9}",
        "\r\n",
        "@£$¥èéùìòØøÅåΔ_ΦΓΛΠΨΣΘΞ^{}\\[~]|€ÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà\u{c}",
    ] {
        assert_eq!(Segments::of(stays).encoding, Gsm7, "{stays:?}");
    }
    // 3GPP TS 23.038: 127 characters besides the escape, and the ten of the extension with form feed.
    let basic = (0..=0xffff_u32).filter_map(char::from_u32).filter(|c| {
        let one = Segments::of(&c.to_string());
        one.encoding == Gsm7 && one.units == 1
    });
    assert_eq!(basic.count(), 127);
}
