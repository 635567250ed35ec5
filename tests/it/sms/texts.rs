//! Texts by purpose and language, and those that come with otpost.

use std::time::Duration;

use otpost::message::{Autofill, Encoding, Locale, SegmentPolicy, Segments, TextTemplate, Texts};
use otpost::{Code, Digits};

fn locale(tag: &str) -> Locale {
    Locale::parse(tag).unwrap()
}

#[test]
fn the_nearest_language_is_found() {
    let text = |words: &str| TextTemplate::parse(&format!("{words} {{{{code}}}}")).unwrap();
    let texts = Texts::new()
        .with("login", locale("en"), text("english"))
        .with("login", locale("de"), text("deutsch"))
        .with("login", locale("de-CH"), text("schweiz"))
        .with("login", locale("zh-Hant"), text("hant"))
        .with("payment", locale("fr"), text("paiement"));
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
    let replaced = texts.clone().with("login", locale("DE"), text("neu"));
    assert_eq!(replaced.languages().count(), texts.languages().count());
    assert!(!format!("{texts:?}").contains("deutsch"));
}

#[test]
fn each_text_takes_one_part_with_its_last_line() {
    let texts = Texts::builtin("Acme Bank").unwrap();
    let autofill = Autofill::new("login.acme.example").unwrap();
    assert_eq!(autofill.host().len(), 18, "one more than what is promised");
    let autofill = Autofill::new("sign.acme.example").unwrap();
    assert_eq!(autofill.host().len(), 17);
    let code = Code::parse("123456").unwrap();
    let mut languages = 0;
    let mut gsm = 0;
    for (purpose, tag) in texts.languages() {
        assert_eq!(purpose, Texts::LOGIN);
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
        assert_eq!(Segments::of(longest.expose()).parts, 1, "{tag}");
        languages += 1;
    }
    assert!(languages >= 20 && gsm >= 30, "{languages}, {gsm}");
}
