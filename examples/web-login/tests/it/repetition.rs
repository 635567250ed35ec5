//! Forms that are posted twice, pages from the history, and several tabs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use reqwest::Method;

use crate::browser::{Browser, PageForm};
use crate::world::{World, world};

const ALICE: &str = "+41791234567";
const BOB: &str = "+41791234568";

async fn on_number_page() -> (World, Browser, PageForm) {
    let world = world().await;
    let mut browser = world.browser();
    browser.get("/login").await;
    let form = browser.form("");
    (world, browser, form)
}

#[tokio::test]
async fn reloading_and_going_back_send_nothing() {
    let (world, mut browser, _) = on_number_page().await;
    browser.submit("", &[("number", ALICE)]).await;
    let page = browser.url.clone();
    for path in [&page, "/login", &page, "/", &page] {
        world.advance(20);
        browser.get(path).await;
    }
    browser.assert_shows("We have sent a code");
    assert_eq!(world.messages(), 1);
    assert_eq!(browser.headers["cache-control"], "no-store");
    browser.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(browser.url, "/");
}

#[tokio::test]
async fn a_form_from_the_history_leads_to_its_code() {
    let (world, mut browser, form) = on_number_page().await;
    browser.post(&form, &[("number", ALICE)]).await;
    let page = browser.url.clone();
    // Also after the cooldown, when otpost would send another message.
    for _ in 0..3 {
        world.advance(60);
        browser.post(&form, &[("number", "+41 79 123 45 67")]).await;
        assert_eq!((&browser.url, world.messages()), (&page, 1));
        browser.assert_shows("We have sent a code");
    }
    // Another number is another wish, and replaces the first one.
    let first = world.code();
    browser.post(&form, &[("number", BOB)]).await;
    assert_eq!((world.messages(), world.latest().0), (2, BOB.to_owned()));
    browser.assert_shows("+41*****4568");
    browser.submit("/code", &[("code", &first)]).await;
    browser.assert_shows("This code is wrong.");
    browser.submit("/code", &[("code", &world.code())]).await;
    browser.assert_shows("+41*****4568");
}

#[tokio::test]
async fn a_new_form_for_the_same_number_leads_to_its_code() {
    let (world, mut browser, _) = on_number_page().await;
    browser.submit("", &[("number", ALICE)]).await;
    let page = browser.url.clone();
    browser.request_code(ALICE).await;
    browser.assert_shows("A code was sent to this number a moment ago.");
    browser.assert_shows(&format!("<a href=\"{page}\">Enter the code that you received</a>"));
    assert_eq!(world.messages(), 1);
    browser.get(&page).await;
    browser.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(browser.url, "/");
    // A form that was posted before this login is an old one, and its result is not shown again.
    browser.submit("/sign-out", &[]).await;
    world.advance(60);
    browser.get("/login").await;
    let form = PageForm { action: page.clone(), fields: Vec::new() };
    browser.post(&form, &[("number", ALICE)]).await;
    assert_eq!(world.messages(), 2);
    browser.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(browser.url, "/");
}

/// A double click: the browser drops the first request while its message is on the way, and posts
/// the form again. It has no cookie of the first response.
#[tokio::test]
async fn a_double_click_sends_one_message_and_shows_its_page() {
    let (world, mut browser, form) = on_number_page().await;
    world.gate.close();
    dropped(&world, &browser, &form, ALICE).await;
    // The second post waits for the first message. Others may arrive at the gate as well, if there
    // are two.
    let mut again = browser.clone();
    let posted = form.clone();
    let second = tokio::spawn(async move {
        again.post(&posted, &[("number", ALICE)]).await;
        again
    });
    let third = browser.post(&form, &[("number", ALICE)]);
    world.gate.open();
    third.await;
    let mut second = second.await.unwrap();
    for browser in [&browser, &second] {
        browser.assert_shows("We have sent a code");
    }
    assert_eq!(world.messages(), 1);
    second.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(second.url, "/");
}

/// The same without anything that prevents it: the handler is dropped with its request, so the
/// message has no page, and the second post is refused by the cooldown.
#[tokio::test]
async fn a_naive_page_loses_the_message_of_a_double_click() {
    let world = world().await;
    let to = otpost::PhoneNumber::parse(ALICE).unwrap();
    let purpose = otpost::challenge::Purpose::new("login");
    let issue = || world.challenges.issue(&to, purpose, otpost::challenge::Client::Internal);
    world.gate.close();
    tokio::select! {
        _ = issue().into_future() => panic!("the gate is closed"),
        () = world.gate.arrived() => {}
    }
    world.gate.open();
    let second = issue().await.unwrap_err();
    assert_eq!(second.kind(), otpost::challenge::ChallengeErrorKind::Cooldown);
}

#[tokio::test]
async fn a_double_click_sends_a_code_again_once() {
    let (world, mut browser, _) = on_number_page().await;
    browser.submit("", &[("number", ALICE)]).await;
    world.advance(30);
    let form = browser.form("/resend");
    world.gate.close();
    dropped(&world, &browser, &form, "").await;
    let mut again = browser.clone();
    let second = again.post(&form, &[]);
    world.gate.open();
    second.await;
    again.assert_shows("We have sent the code again.");
    assert_eq!(world.messages(), 2);
    // The form is from the page before the second message, so it does nothing now, however late.
    world.advance(120);
    again.post(&form, &[]).await;
    assert_eq!(world.messages(), 2);
    again.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(again.url, "/");
}

/// Posts a form, and closes the connection when its message has arrived at the closed gate.
async fn dropped(world: &World, browser: &Browser, form: &PageForm, number: &str) {
    let mut browser = browser.clone();
    let mut fields = form.fields.clone();
    fields.push(("number".to_owned(), number.to_owned()));
    tokio::select! {
        _ = browser.send(Method::POST, &form.action, &fields) => panic!("the gate is closed"),
        () = world.gate.arrived() => {}
    }
}

/// Forms without a message take no place from those that sent one.
#[tokio::test]
async fn a_double_click_sends_one_message_after_many_failures() {
    let (world, mut browser, form) = on_number_page().await;
    let address = world.address();
    tokio::task::spawn_blocking(move || post_for_no_region(address, 10_000)).await.unwrap();
    world.gate.close();
    dropped(&world, &browser, &form, ALICE).await;
    let second = browser.post(&form, &[("number", ALICE)]);
    world.gate.open();
    second.await;
    browser.assert_shows("We have sent a code");
    assert_eq!(world.messages(), 1);
}

/// Posts so many forms, each of another flow, with a number whose region gets no messages.
fn post_for_no_region(address: SocketAddr, count: usize) {
    let stream = TcpStream::connect(address).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || {
        let browser = "B".repeat(22);
        for at in 1..=count {
            let close = if at == count { "connection: close\r\n" } else { "" };
            let request = format!(
                "POST /login/{at:022} HTTP/1.1\r\nhost: {address}\r\n\
                 origin: http://{address}\r\ncookie: browser={browser}\r\n{close}\
                 content-type: application/x-www-form-urlencoded\r\n\
                 content-length: 22\r\n\r\nnumber=%2B819012345678"
            );
            writer.write_all(request.as_bytes()).unwrap();
        }
    });
    let mut received = String::new();
    { stream }.read_to_string(&mut received).unwrap();
    writing.join().unwrap();
    assert_eq!(received.matches("HTTP/1.1 303").count(), count, "{}", received.get(..300).unwrap());
}

#[tokio::test]
async fn a_code_that_is_posted_twice_signs_in() {
    let (world, mut browser, _) = on_number_page().await;
    browser.submit("", &[("number", ALICE)]).await;
    let (form, code) = (browser.form("/code"), world.code());
    let mut again = browser.clone();
    // The browser has dropped the first response with its cookies.
    browser.post(&form, &[("code", &code)]).await;
    again.post(&form, &[("code", &code)]).await;
    for browser in [&browser, &again] {
        assert_eq!(browser.url, "/");
        browser.assert_shows("+41*****4567");
    }
}

#[tokio::test]
async fn a_wrong_code_that_is_posted_twice_counts_once() {
    let (world, mut browser, _) = on_number_page().await;
    browser.submit("", &[("number", ALICE)]).await;
    let (form, code) = (browser.form("/code"), crate::world::wrong(&world.code()));
    for _ in 0..10 {
        browser.post(&form, &[("code", &code)]).await;
        browser.assert_shows("You have 4 attempts left.");
    }
}

#[tokio::test]
async fn two_tabs_do_not_interfere() {
    let world = world().await;
    // One browser: the tabs share their cookies. Two logins are interleaved in all steps.
    let mut browser = world.browser();
    browser.get("/login").await;
    let first = browser.form("");
    browser.get("/login").await;
    let second = browser.form("");
    assert_ne!(first.action, second.action);
    browser.post(&first, &[("number", ALICE)]).await;
    let (page_of_alice, code_of_alice) = (browser.url.clone(), world.code());
    browser.post(&second, &[("number", BOB)]).await;
    let (page_of_bob, code_of_bob) = (browser.url.clone(), world.code());

    browser.get(&page_of_alice).await;
    browser.assert_shows("+41*****4567");
    browser.submit("/code", &[("code", &code_of_bob)]).await;
    browser.assert_shows("You have 4 attempts left.");
    browser.get(&page_of_bob).await;
    browser.assert_shows("+41*****4568");
    assert!(!browser.page.contains("attempts left"));
    browser.submit("/code", &[("code", &code_of_bob)]).await;
    browser.assert_shows("+41*****4568");

    // The other tab can still be finished. It replaces the session, whose cookie is then worthless.
    let session_of_bob = browser.cookie("session").unwrap().to_owned();
    browser.get(&page_of_alice).await;
    browser.submit("/code", &[("code", &code_of_alice)]).await;
    browser.assert_shows("+41*****4567");
    browser.cookies.insert(("session".into(), "/".into()), session_of_bob);
    browser.get("/").await;
    assert_eq!(browser.url, "/login");
}

/// The cookies of many tabs do not make requests too large.
#[tokio::test]
async fn a_request_has_the_cookies_of_its_own_tab_only() {
    let world = world().await;
    let mut browser = world.browser();
    for at in 0..30 {
        world.clock.advance(Duration::from_secs(3_600));
        browser.request_code(&format!("+4179123{at:04}")).await;
        browser.assert_shows("We have sent a code");
    }
    let page = browser.url.clone();
    let sent = browser.cookies.iter().filter(|((_, path), _)| page.starts_with(path.as_str()));
    let length: usize = sent.map(|((name, _), value)| name.len() + value.len() + 3).sum();
    assert!(length < 1_000, "{length}");
}
