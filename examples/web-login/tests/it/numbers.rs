//! Numbers as people type them.

use crate::world::world;

#[tokio::test]
async fn the_country_is_suggested_and_can_be_changed() {
    let world = world().await;
    for (language, code, example) in [
        ("de-CH", "+41 ", "+41 79 123 45 67"),
        ("de", "+49 ", "+49 1512 3456789"),
        ("en-US", "+1 ", "+1 201 555 0123"),
        ("ar-EG", "+20 ", "+20 100 123 4567"),
    ] {
        let mut browser = world.browser().with_language(language);
        browser.get("/login").await;
        browser.assert_shows(&format!("value=\"{code}\""));
        browser.assert_shows(&format!("<bdi class=\"number\" dir=\"ltr\">{example}</bdi>"));
    }
    let mut browser = world.browser().with_language("de-CH");
    browser.request_code("+41 +44 (0)7400 123-456").await;
    assert_eq!(world.latest().0, "+447400123456");
}

#[tokio::test]
async fn a_national_number_is_completed_and_sent_after_a_look_at_it() {
    let world = world().await;
    let mut browser = world.browser().with_language("en, de-CH;q=0.9");
    browser.language = "de-CH".to_owned();
    browser.request_code("079 123 45 67").await;
    browser.assert_shows("Wir haben <bdi class=\"number\" dir=\"ltr\">+41</bdi> ergänzt.");
    browser.assert_shows("value=\"+41 791234567\"");
    browser.assert_shows("aria-invalid=\"true\"");
    assert_eq!(world.messages(), 0);
    browser.submit("", &[("number", "+41 791234567")]).await;
    assert_eq!(world.latest().0, "+41791234567");
}

#[tokio::test]
async fn wrong_numbers_are_explained() {
    let world = world().await;
    let mut browser = world.browser();
    for (typed, expected) in [
        ("", "Please begin with the country code"),
        ("12345", "Please begin with the country code"),
        ("+44 ", "Please check the number."),
        ("+41 79 123", "Please check the number."),
        ("my number", "Please check the number."),
        ("+7 912 345-67-89", "We cannot send messages to this country yet."),
        ("+870773111632", "We cannot send messages to this country yet."),
    ] {
        browser.request_code(typed).await;
        browser.assert_shows(expected);
        browser.assert_shows("<title>Error: Sign in · Acme</title>");
        browser.assert_shows("aria-describedby=\"message\"");
        browser.assert_shows("<p class=\"error\" id=\"message\">");
    }
    assert_eq!(world.messages(), 0);
}
