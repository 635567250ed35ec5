//! Sessions: how many there are, and which cookies begin one.

use crate::browser::{Browser, PageForm};
use crate::world::{World, https, world, world_with};
use otpost::challenge::{Limits, Policy};
use otpost::store::MemoryStore;

const ALICE: &str = "+41791234567";
const MALLORY: &str = "+41791234568";

/// Returns a browser on the page after the login, and its copy from before the code was posted.
async fn signed_in(world: &World) -> (Browser, Browser, PageForm, String) {
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    let (before, form, code) = (browser.clone(), browser.form("/code"), world.code());
    browser.post(&form, &[("code", &code)]).await;
    assert_eq!(browser.url, "/");
    (browser, before, form, code)
}

#[tokio::test]
async fn a_code_begins_one_session() {
    let world = world().await;
    let (mut browser, before, form, code) = signed_in(&world).await;
    let session = browser.cookie("session").unwrap().to_owned();
    // With and without the cookie of the session.
    for cookie in [None, Some(&session)] {
        let mut again = before.clone();
        if let Some(cookie) = cookie {
            again.cookies.insert(("session".into(), "/".into()), cookie.clone());
        }
        for _ in 0..3 {
            let pending = again.cookies.clone();
            again.post(&form, &[("code", &code)]).await;
            assert_eq!((again.url.as_str(), again.cookie("session")), ("/", Some(&*session)));
            again.cookies.extend(pending);
        }
    }
    browser.get("/").await;
    browser.assert_shows("You are signed in");
    // So signing out ends all that this code began, and the form cannot begin another.
    browser.submit("/sign-out", &[]).await;
    let mut again = before.clone();
    again.cookies.insert(("session".into(), "/".into()), session);
    again.get("/").await;
    assert_eq!(again.url, "/login");
    let mut again = before;
    again.post(&form, &[("code", &code)]).await;
    again.assert_shows("This code has expired or was already used.");
    assert_eq!(again.cookie("session"), None);
}

#[tokio::test]
async fn the_sixth_session_of_a_number_ends_its_oldest() {
    let policy = Policy::sms().with_sends(20, 20);
    let configure = |builder: otpost::challenge::ChallengesBuilder, store: MemoryStore| {
        builder.store(store).policy(policy).limits(Limits::none())
    };
    let world = world_with(MemoryStore::new(), configure, |page| page).await;
    let mut browsers = Vec::new();
    for _ in 0..6 {
        browsers.push(signed_in(&world).await.0);
        world.advance(60);
    }
    for (at, browser) in browsers.iter_mut().enumerate() {
        browser.get("/").await;
        assert_eq!(browser.url, if at == 0 { "/login" } else { "/" }, "{at}");
    }
    // A login replaces the session of its own browser, and takes the place of no other.
    let browser = &mut browsers[3];
    browser.set_cookies.clear();
    let session = browser.cookies.remove(&("session".into(), "/".into())).unwrap();
    browser.request_code(ALICE).await;
    browser.cookies.insert(("session".into(), "/".into()), session);
    browser.submit("/code", &[("code", &world.code())]).await;
    for browser in &mut browsers[1..] {
        browser.get("/").await;
        assert_eq!(browser.url, "/");
    }
}

/// Another host of the same domain, such as `blog.acme.example`, can set cookies for all hosts. It
/// cannot set one whose name begins with `__Host-`.
#[tokio::test]
async fn a_session_that_another_host_planted_is_ignored() {
    let world = https().await;
    let (mallory, ..) = signed_in(&world).await;
    let mut is_session = mallory.cookies.iter().filter(|((name, _), _)| name.ends_with("session"));
    let (_, planted) = is_session.next().unwrap();
    let mut alice = world.browser();
    alice.cookies.insert(("session".into(), "/".into()), planted.clone());
    alice.get("/").await;
    assert_eq!(alice.url, "/login");
}

#[tokio::test]
async fn a_flow_of_another_browser_is_ignored() {
    let world = world().await;
    let (mut alice, mut mallory) = (world.browser(), world.browser());
    alice.get("/login").await;
    mallory.request_code(MALLORY).await;
    let (path, form, code) = (mallory.url.clone(), mallory.form("/code"), world.code());
    let planted = mallory.cookie("flow").unwrap().to_owned();
    alice.cookies.insert(("flow".into(), path.clone()), planted);
    alice.get(&path).await;
    assert_eq!(alice.url, "/login");
    alice.post(&form, &[("code", &code)]).await;
    assert_eq!((alice.url.as_str(), alice.cookie("session")), ("/login", None));
    mallory.submit("/code", &[("code", &code)]).await;
    assert_eq!(mallory.url, "/");
}
