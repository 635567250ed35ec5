//! The way of a person who makes no mistake, and who is signed in at its end.

use reqwest::StatusCode;

use crate::world::{https, world, world_with};
use otpost::store::MemoryStore;

const ALICE: &str = "+41 79 123 45 67";
const BOB: &str = "+41 79 123 45 68";

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let world = world().await;
    let mut browser = world.browser();
    assert_eq!(browser.get("/").await, StatusCode::OK);
    assert_eq!(browser.url, "/login");
    browser.submit("", &[("number", ALICE)]).await;
    browser.assert_shows(
        "We have sent a code to <bdi class=\"number\" dir=\"ltr\">+41*****4567</bdi>",
    );
    browser.assert_shows("autocomplete=\"one-time-code\"");
    browser.assert_shows("inputmode=\"numeric\"");
    let (to, text) = world.latest();
    assert_eq!(to, "+41791234567");
    assert!(text.ends_with("is your Acme code. It is valid for 5 minutes. Do not share it."));

    browser.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(browser.url, "/");
    browser.assert_shows("You are signed in");
    browser.assert_shows("+41*****4567");
    // Neither page asks again.
    for path in ["/login", "/"] {
        browser.get(path).await;
        assert_eq!(browser.url, "/");
    }

    let session = browser.cookie("session").unwrap().to_owned();
    browser.submit("/sign-out", &[]).await;
    assert_eq!(browser.url, "/login");
    assert_eq!(browser.cookie("session"), None);
    // A copy of the cookie is worth nothing.
    browser.cookies.insert(("session".into(), "/".into()), session);
    browser.get("/").await;
    assert_eq!(browser.url, "/login");
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours() {
    let world = world().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    browser.submit("/code", &[("code", &world.code())]).await;
    world.advance(12 * 3_600 - 1);
    browser.get("/").await;
    assert_eq!(browser.url, "/");
    world.advance(1);
    browser.get("/").await;
    assert_eq!(browser.url, "/login");
}

/// The number of a form or a cookie must not decide who is signed in.
#[tokio::test]
async fn the_verified_number_is_signed_in_and_no_other() {
    let world = world().await;
    let (mut alice, mut bob) = (world.browser(), world.browser());
    alice.request_code(ALICE).await;
    bob.request_code(BOB).await;
    let code_of_bob = world.code();

    // Bob's browser claims Alice's number: in the form, and in the cookie beside Bob's token.
    let path = bob.url.clone();
    let cookie = bob.cookies.get_mut(&("flow".to_owned(), path)).unwrap();
    let bytes = data_encoding::BASE64URL_NOPAD.decode(cookie.as_bytes()).unwrap();
    let flow = String::from_utf8(bytes).unwrap();
    assert!(flow.contains("+41791234568"));
    let forged = flow.replace("+41791234568", "+41791234567").replace("4568", "4567");
    *cookie = data_encoding::BASE64URL_NOPAD.encode(forged.as_bytes());
    bob.submit("/code", &[("code", &code_of_bob), ("number", "+41791234567")]).await;
    assert_eq!(bob.url, "/");
    bob.assert_shows("+41*****4568");
    assert!(!bob.page.contains("4567"));
}

/// A code is accepted with its own token only.
#[tokio::test]
async fn a_code_belongs_to_its_token() {
    let world = world().await;
    let (mut alice, mut bob) = (world.browser(), world.browser());
    alice.request_code(ALICE).await;
    let code_of_alice = world.code();
    bob.request_code(BOB).await;
    assert_ne!(code_of_alice, world.code());
    bob.submit("/code", &[("code", &code_of_alice)]).await;
    bob.assert_shows("This code is wrong. You have 4 attempts left.");
}

#[tokio::test]
async fn cookies_are_protected() {
    let world = https().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    browser.submit("/code", &[("code", &world.code())]).await;
    browser.get("/login?language=de").await;
    let mut names = Vec::new();
    for cookie in &browser.set_cookies {
        let (name, _) = cookie.split_once('=').unwrap();
        if cookie.contains("Max-Age=0") {
            continue;
        }
        assert!(cookie.contains("; HttpOnly") && cookie.contains("; Secure"), "{name}");
        assert!(cookie.contains("; SameSite=Lax"), "{name}");
        names.push(name);
        let path = cookie.split("; Path=").nth(1).unwrap().split(';').next().unwrap();
        match name {
            "__Host-session" => assert!(cookie.contains("; Max-Age=43200") && path == "/"),
            "__Secure-device" => assert!(cookie.contains("; Max-Age=15552000") && path == "/login"),
            "__Secure-flow" => assert!(path.starts_with("/login/") && path.len() == 29),
            "__Secure-latest" => assert_eq!(path, "/login"),
            _ => assert!(["__Host-browser", "__Host-language"].contains(&name) && path == "/"),
        }
    }
    assert_eq!(names.len(), 7, "{names:?}");
    browser.get("/").await;
    browser.submit("/sign-out", &[]).await;
    assert_eq!((browser.url.as_str(), browser.cookie("__Host-session")), ("/login", None));
    // Over HTTP, a browser would not send them back.
    let world = crate::world::world().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    assert!(browser.set_cookies.iter().all(|cookie| !cookie.contains("Secure")));
}

/// Strangers who use up their share do not keep a person out of a device that is known.
#[tokio::test]
async fn a_known_device_is_not_locked_out_by_strangers() {
    let world = world_with(
        MemoryStore::new(),
        |builder, store| {
            let policy = otpost::challenge::Policy::sms().with_sends(1, 10);
            builder.store(store).policy(policy)
        },
        |page| page,
    )
    .await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    browser.submit("/code", &[("code", &world.code())]).await;
    browser.submit("/sign-out", &[]).await;
    world.advance(300);

    let mut stranger = world.browser();
    stranger.request_code(ALICE).await;
    stranger.assert_shows("We have sent a code");
    world.advance(300);
    let mut stranger = world.browser();
    stranger.request_code(ALICE).await;
    stranger.assert_shows("Please confirm that you are a person.");

    browser.request_code(ALICE).await;
    browser.assert_shows("We have sent a code");
    browser.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(browser.url, "/");
}
