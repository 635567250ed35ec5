//! MessageTemplates by purpose and language, and those that come with otpost.

use std::time::Duration;

use otpost::message::{
    Autofill, AutofillWarning, Encoding, Locale, MessageTemplates, SegmentPolicy, Segments,
    SenderId, TextTemplate, TextTemplateError,
};
use otpost::{Code, Digits};

fn locale(tag: &str) -> Locale {
    Locale::parse(tag).unwrap()
}

#[test]
fn the_nearest_language_is_found() {
    let text = |words: &str| TextTemplate::parse(&format!("{words} {{{{code}}}}")).unwrap();
    let texts = MessageTemplates::new()
        .with_template("login", locale("en"), text("english"))
        .with_template("login", locale("de"), text("deutsch"))
        .with_template("login", locale("de-CH"), text("schweiz"))
        .with_template("login", locale("zh-Hant"), text("hant"))
        .with_template("payment", locale("fr"), text("paiement"));
    let code = Code::parse("123456").unwrap();
    let found = |purpose: &str, tag: Option<&str>| {
        let tag = tag.map(locale);
        let template = texts.find(purpose, tag.as_ref())?;
        let text = template.render(&code, Duration::from_secs(300)).unwrap();
        Some(text.expose().split(' ').next().unwrap().to_owned())
    };
    for (purpose, tag, expected) in [
        ("login", Some("de-CH"), Some("schweiz")),
        ("login", Some("DE-ch"), Some("schweiz")),
        ("login", Some("de-CH-1996"), Some("schweiz")),
        ("login", Some("de-AT"), Some("deutsch")),
        ("login", Some("de"), Some("deutsch")),
        ("login", Some("zh-Hant-TW"), Some("hant")),
        ("login", Some("zh-Hant-x-private"), Some("hant")),
        ("login", Some("zh"), Some("english")),
        ("login", Some("eo"), Some("english")),
        ("login", None, Some("english")),
        ("payment", Some("de"), Some("paiement")),
        ("reset", Some("de"), None),
    ] {
        assert_eq!(found(purpose, tag).as_deref(), expected, "{purpose} {tag:?}");
    }
    let replaced = texts.clone().with_template("login", locale("DE"), text("neu"));
    assert_eq!(replaced.languages().count(), texts.languages().count());
    assert!(!format!("{texts:?}").contains("deutsch"));
}

#[test]
fn each_text_takes_one_part_with_its_last_line() {
    let texts = MessageTemplates::builtin("Acme Bank").unwrap();
    let autofill = Autofill::new("login.acme.example").unwrap();
    assert_eq!(autofill.host().len(), 18, "one more than what is promised");
    let autofill = Autofill::new("sign.acme.example").unwrap();
    assert_eq!(autofill.host().len(), 17);
    let code = Code::parse("123456").unwrap();
    let mut languages = 0;
    let mut gsm = 0;
    for (purpose, tag) in texts.languages() {
        assert_eq!(purpose, MessageTemplates::LOGIN);
        let template = texts.find(purpose, Some(tag)).unwrap();
        for lifetime in [Duration::from_secs(300), Duration::from_secs(600)] {
            let text = template.render(&code, lifetime).unwrap();
            let message = autofill.compose(text.expose(), &code).unwrap();
            let counted = SegmentPolicy::at_most(1).check(message.expose());
            let segments = counted.unwrap_or_else(|error| panic!("{tag}: {error}"));
            assert_eq!(autofill.lint(message.expose(), &code), [], "{tag}");
            assert!(text.expose().starts_with("123456") && text.expose().contains("Acme Bank"));
            gsm += u32::from(segments.encoding == Encoding::Gsm7);
        }
        let longest = template.longest(Digits::Eight, Duration::from_secs(600)).unwrap();
        assert_eq!(Segments::of(longest.expose()).count, 1, "{tag}");
        languages += 1;
    }
    assert!(languages >= 20 && gsm >= 30, "{languages}, {gsm}");
}

/// A variable of this value in a text.
fn with(value: &str) -> Result<TextTemplate, TextTemplateError> {
    TextTemplate::parse("{{code}} for {{name}}").unwrap().with_var("name", value)
}

/// What was asked of a value before.
fn naive_takes(_: &str) -> bool {
    true
}

#[test]
fn values_hold_no_control_direction_or_invisible_characters() {
    let ranges = [
        '\0'..='\u{1f}',
        '\u{7f}'..='\u{9f}',
        '\u{ad}'..='\u{ad}',
        '\u{61c}'..='\u{61c}',
        '\u{115f}'..='\u{1160}',
        '\u{180e}'..='\u{180e}',
        '\u{200b}'..='\u{200b}',
        '\u{200e}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{3164}'..='\u{3164}',
        '\u{feff}'..='\u{feff}',
        '\u{ffa0}'..='\u{ffa0}',
        '\u{fff9}'..='\u{fffb}',
        '\u{e0000}'..='\u{e007f}',
    ];
    for c in ranges.into_iter().flatten() {
        for (value, position) in
            [(format!("Zoë{c}"), 4), (format!("{c}"), 0), (format!("é{c}x"), 2)]
        {
            assert!(naive_takes(&value));
            let error = with(&value).unwrap_err();
            let expected = format!(
                "`name` holds a control, direction or invisible character at byte {position}"
            );
            assert!(error.to_string().contains(&expected), "{c:?}: {error}");
            assert!(!format!("{error}{error:?}").contains("Zo"), "{error:?}");
        }
    }
    // Joiners behind ASCII, at the start, behind a blank or one behind another show nothing and hide a difference.
    for value in ["a\u{200d}b", "\u{200c}a", "م \u{200c}م", "م\u{200c}\u{200c}م"] {
        assert!(with(value).is_err(), "{value:?}");
    }
}

#[test]
fn values_hold_every_script_and_emoji() {
    for value in [
        "",
        "Zoë O'Neill-Müller & Söhne",
        "CHF 1'000.50 → €",
        "می\u{200c}خواهم",
        "ക്ഷ ന്\u{200d}",
        "श्री\u{200c}मान् क्\u{200d}ष",
        "👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}\u{200d}🔥",
        "ירושלים العربية",
        "葛\u{e0100}城 ﾊﾝｶｸ ｆｕｌｌ　ｗｉｄｔｈ",
        "Å a\u{30a} Việt",
        "a\u{a0}b\u{202f}c",
    ] {
        let text = with(value).unwrap_or_else(|error| panic!("{value:?}: {error}"));
        let text = text.render(&Code::parse("123456").unwrap(), Duration::from_secs(300)).unwrap();
        assert_eq!(text.expose(), format!("123456 for {value}"));
    }
}

#[test]
fn values_that_others_give_hold_no_such_characters_either() {
    for c in ['\n', '\u{85}', '\u{2028}', '\u{202e}', '\u{200b}', '\u{200f}', '\u{feff}'] {
        assert!(MessageTemplates::builtin(&format!("Ac{c}me")).is_err(), "{c:?}");
        assert!(SenderId::parse(&format!("Ac{c}me")).is_err(), "{c:?}");
        assert!(SenderId::pool(&format!("Ac{c}me")).is_err(), "{c:?}");
        assert!(Autofill::new(&format!("ac{c}me.example")).is_err(), "{c:?}");
        assert!(Locale::parse(&format!("e{c}n")).is_err(), "{c:?}");
    }
    // The check of what arrives says so, too.
    let arrived = "@evil.example #123456\n\n@acme.example #123456";
    let code = Code::parse("123456").unwrap();
    let warnings = Autofill::new("acme.example").unwrap().lint(arrived, &code);
    assert!(warnings.contains(&AutofillWarning::Host), "{warnings:?}");
}
