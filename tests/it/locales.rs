//! `Accept-Language`, as browsers send it and as attackers do.

use otpost::message::Locale;

fn locales(tags: &str) -> Vec<Locale> {
    tags.split(' ').map(|tag| Locale::parse(tag).unwrap()).collect()
}

#[track_caller]
fn check(header: &str, available: &str, expected: &str) {
    let available = locales(available);
    let default = Locale::parse("en").unwrap();
    let best = Locale::from_accept_language(header, &available, &default);
    assert_eq!(best.as_str(), expected, "{header:?}");
}

#[test]
fn locales_are_chosen_by_quality_and_then_by_order() {
    check("de", "de fr", "de");
    check("fr, de", "de fr", "fr");
    check("fr;q=0.5, de", "de fr", "de");
    check("fr;q=0.5,de;q=0.500", "de fr", "fr");
    check("da, fr;q=0.8, de;q=0.7", "de fr", "fr");
    check("FR-ch", "de fr-CH", "fr-CH");
    check(" fr ; q=0.4 ,\tde ;\tQ=0.6 ", "de fr", "de");
    check("fr;q=0.001, de;q=0.002", "de fr", "de");
}

#[test]
fn locales_are_found_by_their_language() {
    check("de-CH-1996", "de fr", "de");
    check("de-CH-1996", "de-CH de", "de-CH");
    check("de", "fr de-AT de-CH", "de-AT");
    // A region is not another region, nor a script another script.
    check("de-CH", "de-AT fr", "en");
    check("zh-Hant-TW", "zh-Hans fr", "en");
    check("de-CH, fr;q=0.1", "de-AT fr", "fr");
    // The beginning of a word is no language.
    check("de", "deu fr", "en");
}

#[test]
fn locales_that_are_refused_are_not_chosen() {
    check("fr;q=0, de;q=0.1", "fr de", "de");
    check("fr, fr-CH;q=0", "fr-CH fr-FR", "fr-FR");
    check("fr-CH, fr;q=0", "fr fr-CH", "fr-CH");
    check("fr;q=0.000", "fr", "en");
    check("*", "fr de", "en");
    check("fr;q=0.5, *;q=0.9", "fr de", "en");
    check("fr;q=0.5, *;q=0", "fr de", "fr");
    check("*;q=0", "fr de", "en");
}

#[test]
fn locales_survive_any_header() {
    for header in [
        "",
        ",",
        ";",
        ";q=1",
        "q=1",
        "fr;q=",
        "fr;q=2",
        "fr;q=1.001",
        "fr;q=0.0001",
        "fr;q=-1",
        "fr;q=0,5",
        "fr;q=.5",
        "fr;x=1",
        "fr;q=1;q=1",
        "f r",
        "fr_CH",
        "français",
        "\u{202e}fr",
        "**",
        "fr*",
        "fr-*",
    ] {
        check(header, "fr de", "en");
    }
    // A malformed language does not hide the ones after it.
    check("fr;q=x, de;q=0.1", "fr de", "de");
    // 32 languages, and 1,024 bytes.
    check(&format!("{}fr", "da,".repeat(31)), "fr", "fr");
    check(&format!("{}fr", "da,".repeat(32)), "fr", "en");
    check(&format!("fr,{}", "a".repeat(1_021)), "fr", "fr");
    check(&format!("fr,{}", "a".repeat(1_022)), "fr", "en");
    check(&"fr,".repeat(1_000_000), "fr", "en");
    assert_eq!(
        Locale::from_accept_language("fr", [], &Locale::parse("en").unwrap()).as_str(),
        "en"
    );
}
