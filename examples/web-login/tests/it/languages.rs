//! The page and the message in three languages.

use otpost_testing::MockAnswer;

use crate::world::world;

const ALICE: &str = "+41791234567";

#[tokio::test]
async fn page_and_message_are_in_the_language_of_the_browser() {
    let world = world().await;
    for (at, (header, html, title, text)) in [
        ("en-GB", "<html lang=\"en\" dir=\"ltr\">", "Enter your code", "is your Acme code"),
        ("de-CH", "<html lang=\"de\" dir=\"ltr\">", "Code eingeben", "ist Ihr Acme-Code"),
        ("ar-EG", "<html lang=\"ar\" dir=\"rtl\">", "أدخل الرمز", "هو رمز Acme"),
        ("ja", "<html lang=\"en\" dir=\"ltr\">", "Enter your code", "is your Acme code"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut browser = world.browser().with_language(header);
        browser.request_code(&format!("+4179123456{at}")).await;
        browser.assert_shows(html);
        browser.assert_shows(&format!("<h1>{title}</h1>"));
        // Numbers and codes are read from left to right also in Arabic.
        browser.assert_shows(&format!("<bdi class=\"number\" dir=\"ltr\">+41*****456{at}</bdi>"));
        assert!(world.latest().1.contains(text), "{}", world.latest().1);
        browser.submit("/code", &[("code", &world.code())]).await;
        browser.assert_shows(html);
    }
}

#[tokio::test]
async fn a_language_is_chosen_on_the_page_and_kept() {
    let world = world().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    let page = browser.url.clone();
    browser.assert_shows(&format!("href=\"{page}?language=ar\" lang=\"ar\""));
    browser.get(&format!("{page}?language=ar")).await;
    assert_eq!(browser.url, page);
    browser.assert_shows("<html lang=\"ar\" dir=\"rtl\">");
    browser.assert_shows("aria-current=\"true\">العربية</a>");
    // Nothing was sent, and the state is the same.
    assert_eq!(world.messages(), 1);
    world.advance(30);
    browser.submit("/resend", &[]).await;
    browser.assert_shows("أرسلنا الرمز مرة أخرى.");
    assert!(world.latest().1.contains("هو رمز Acme"));
    browser.get(&format!("{page}?language=xx")).await;
    browser.assert_shows("<html lang=\"ar\" dir=\"rtl\">");
}

#[tokio::test]
async fn attempts_are_counted_as_the_language_counts() {
    let world = world().await;
    let mut browser = world.browser().with_language("ar");
    browser.request_code(ALICE).await;
    let code = world.code();
    let guesses = (0..).map(|guess| format!("{guess:06}")).filter(|guess| *guess != code);
    let expected = ["بقيت 4 محاولات.", "بقيت 3 محاولات.", "بقيت محاولتان.", "بقيت محاولة واحدة."];
    for (guess, expected) in guesses.zip(expected) {
        browser.submit("/code", &[("code", &guess)]).await;
        browser.assert_shows(expected);
    }
    // Arabic digits are digits.
    let arabic: String =
        code.bytes().map(|b| char::from_u32(0x660 + u32::from(b - b'0')).unwrap()).collect();
    browser.submit("/code", &[("code", &arabic)]).await;
    assert_eq!(browser.url, "/");
}

#[tokio::test]
async fn failures_are_in_the_language_of_the_browser() {
    let world = world().await;
    for (header, expected) in [
        ("de", "Der Code wurde nicht gesendet. Nichts ist verloren"),
        ("ar", "لم يُرسل الرمز. لم تفقد شيئًا"),
    ] {
        world.mock.answer(MockAnswer::new(429, "{}"));
        let mut browser = world.browser().with_language(header);
        browser.request_code(ALICE).await;
        browser.assert_shows(expected);
    }
}
