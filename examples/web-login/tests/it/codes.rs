//! Codes that are wrong, late or used, and what the page then offers.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use otpost::challenge::{Limits, Policy};
use otpost::store::MemoryStore;

use crate::browser::Browser;
use crate::world::{World, world, world_with};

const ALICE: &str = "+41791234567";
const BOB: &str = "+41791234568";

/// A page that locks a number after five wrong codes, and sends two messages to it in an hour.
async fn strict() -> World {
    world_with(
        MemoryStore::new(),
        |builder, store| {
            let policy = Policy::sms().with_lock(5, Duration::from_secs(900)).with_sends(3, 10);
            builder.store(store).policy(policy).limits(Limits::none())
        },
        |page| page,
    )
    .await
}

#[tokio::test]
async fn five_wrong_codes_end_the_code() {
    let world = world().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    let code = world.code();
    let guesses = ["000001", "000002", "000003", "000004", "000005", "000006"];
    let guesses: Vec<_> = guesses.into_iter().filter(|guess| *guess != code).collect();
    for (left, guess) in (1..=4).rev().zip(&guesses) {
        browser.submit("/code", &[("code", guess)]).await;
        let s = if left == 1 { "" } else { "s" };
        browser.assert_shows(&format!("You have {left} attempt{s} left."));
        browser.assert_shows("aria-invalid=\"true\"");
        browser.assert_shows("aria-describedby=\"message\"");
    }
    browser.submit("/code", &[("code", guesses[4])]).await;
    browser.assert_shows("Too many wrong codes. Please request a new code.");
    // The number is kept, and the code is not accepted any more.
    browser.assert_shows("value=\"+41791234567\"");
    assert!(!browser.has_form("/code"));

    world.advance(30);
    browser.submit("", &[("number", ALICE)]).await;
    browser.assert_shows("We have sent a code");
    assert_eq!(world.messages(), 2);
    browser.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(browser.url, "/");
}

#[tokio::test]
async fn a_number_is_locked_for_strangers_and_then_for_humans() {
    let world = strict().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    world.advance(60);
    let mut other = world.browser();
    other.request_code(ALICE).await;
    let code = world.code();
    guess_wrong(&mut browser, &code).await;
    browser.assert_shows("Too many wrong codes. Please request a new code.");

    // A code of the same number is not compared while the lock lasts.
    other.submit("/code", &[("code", &code)]).await;
    other.assert_shows("Too many wrong codes. You can try again in");
    other.assert_shows("data-seconds=\"900\">15:00</bdi>");
    world.advance(60);
    other.get(&other.url.clone()).await;
    other.assert_shows("data-seconds=\"840\">14:00</bdi>");

    // Strangers have used up their share. A person who proves to be one has another.
    browser.submit("", &[("number", ALICE)]).await;
    browser.assert_shows("Please confirm that you are a person.");
    browser.assert_shows("Placeholder: your CAPTCHA belongs here.");
    assert_eq!(world.messages(), 2);
    browser.submit("/human", &[]).await;
    browser.assert_shows("We have sent a code");
    assert_eq!(world.messages(), 3);
    guess_wrong(&mut browser, &world.code()).await;
    browser.submit("", &[("number", ALICE)]).await;
    browser.assert_shows("Please confirm that you are a person.");
    browser.submit("/human", &[]).await;
    browser.assert_shows("Too many wrong codes. You can try again in");
    browser.assert_shows("15:00");
    assert_eq!(world.messages(), 3);

    // A waiting time that is over is not shown.
    world.advance(900);
    browser.get(&browser.url.clone()).await;
    assert!(!browser.page.contains("You can try again"), "{}", browser.page);
}

async fn guess_wrong(browser: &mut Browser, code: &str) {
    let guesses = (0..).map(|guess| format!("{guess:06}")).filter(|guess| guess != code);
    for guess in guesses.take(5) {
        browser.submit("/code", &[("code", &guess)]).await;
    }
}

#[tokio::test]
async fn what_is_no_code_uses_no_attempt() {
    let world = world().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    for typed in ["", "12345", "1234567", "hello!", "+41791234567"] {
        browser.submit("/code", &[("code", typed)]).await;
        browser.assert_shows("Please enter the 6 digits of the code.");
        browser.assert_shows("id=\"message\"");
    }
    // Pasted with spaces, as phones show it.
    let code = world.code();
    let pasted = format!(" {}\u{a0}{} ", &code[..3], &code[3..]);
    browser.submit("/code", &[("code", &pasted)]).await;
    assert_eq!(browser.url, "/");
}

#[tokio::test]
async fn an_expired_code_is_replaced_and_the_number_is_kept() {
    let world = world().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    let old = world.code();
    world.advance(300);
    // The page says so on a reload, and after the code was typed.
    let mut typed = browser.clone();
    browser.get(&browser.url.clone()).await;
    typed.submit("/code", &[("code", &old)]).await;
    for browser in [&mut browser, &mut typed] {
        browser.assert_shows("This code has expired or was already used.");
        browser.assert_shows("value=\"+41791234567\"");
        assert!(!browser.has_form("/code"));
    }
    browser.submit("", &[("number", ALICE)]).await;
    browser.assert_shows("We have sent a code");
    assert_eq!(world.messages(), 2);
    browser.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(browser.url, "/");
}

#[tokio::test]
async fn a_used_code_signs_in_nobody_else() {
    let world = world().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    let (mut thief, code) = (browser.clone(), world.code());
    browser.submit("/code", &[("code", &code)]).await;
    assert_eq!(browser.url, "/");
    // A thief has the URL, the code and the cookies of the flow, and not the browser's secret.
    let mut own = world.browser();
    own.request_code(BOB).await;
    let form = thief.form("/code");
    let secret = own.cookie("browser").unwrap().to_owned();
    thief.cookies.insert(("browser".into(), "/".into()), secret);
    let mut forged = thief.clone();
    thief.post(&form, &[("code", &code)]).await;
    assert_eq!((thief.url.as_str(), thief.cookie("session")), ("/login", None));
    // Also if the cookie names the browser of the thief.
    let text = |browser: &Browser| {
        let cookie = browser.cookie("flow").unwrap();
        String::from_utf8(BASE64URL_NOPAD.decode(cookie.as_bytes()).unwrap()).unwrap()
    };
    let (stolen, own) = (text(&forged), text(&own));
    let (_, state) = stolen.split_once(",{").unwrap();
    let (owner, _) = own.split_once(",{").unwrap();
    let cookie = BASE64URL_NOPAD.encode(format!("{owner},{{{state}").as_bytes());
    let key = ("flow".to_owned(), forged.url.clone());
    assert!(forged.cookies.insert(key, cookie).is_some());
    forged.post(&form, &[("code", &code)]).await;
    forged.assert_shows("This code has expired or was already used.");
    assert_eq!(forged.cookie("session"), None);
}
