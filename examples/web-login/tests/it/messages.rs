//! Messages that are late, not sent, or sent again.

use otpost::challenge::Policy;
use otpost::gateway::Outcome;
use otpost::store::MemoryStore;
use otpost_testing::MockAnswer;

use crate::world::{world, world_with};

const ALICE: &str = "+41791234567";

#[tokio::test]
async fn a_code_is_sent_again_after_the_cooldown() {
    let world = world().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    let code = world.code();
    browser.assert_shows("data-seconds=\"30\">0:30</bdi>");
    // Without scripts, a person can click too early.
    browser.submit("/resend", &[]).await;
    browser.assert_shows("You can have it sent again in");
    assert_eq!(world.messages(), 1);
    world.advance(29);
    browser.get(&browser.url.clone()).await;
    browser.assert_shows("data-seconds=\"1\">0:01</bdi>");
    world.advance(1);
    browser.get(&browser.url.clone()).await;
    assert!(!browser.page.contains("data-seconds"));
    browser.submit("/resend", &[]).await;
    browser.assert_shows("We have sent the code again.");
    browser.assert_shows("data-seconds=\"60\">1:00</bdi>");
    assert_eq!((world.messages(), world.code()), (2, code.clone()));
    browser.submit("/code", &[("code", &code)]).await;
    assert_eq!(browser.url, "/");
}

#[tokio::test]
async fn a_code_that_expires_soon_is_not_sent_again() {
    let world = world().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    world.advance(241);
    browser.submit("/resend", &[]).await;
    browser.assert_shows("This code has expired or was already used.");
    browser.assert_shows("value=\"+41791234567\"");
    assert_eq!(world.messages(), 1);
    browser.submit("", &[("number", ALICE)]).await;
    assert_eq!(world.messages(), 2);
}

#[tokio::test]
async fn a_message_that_was_not_sent_is_requested_again() {
    let world = world().await;
    let mut browser = world.browser();
    for outcome in [Outcome::Throttled, Outcome::Unauthorized, Outcome::InvalidRecipient] {
        world.mock.answer_example(outcome);
        browser.request_code(ALICE).await;
        browser.assert_shows("The code was not sent. Nothing is lost: please try again.");
        browser.assert_shows("id=\"banner\" role=\"alert\"");
        browser.assert_shows("aria-describedby=\"banner help\"");
        browser.assert_shows("value=\"+41791234567\"");
        // There is no cooldown, and the same form is posted again.
        browser.submit("", &[("number", ALICE)]).await;
        browser.assert_shows("We have sent a code");
        world.advance(300);
    }
}

#[tokio::test]
async fn a_message_that_was_possibly_sent_may_be_late() {
    let world = world().await;
    let mut browser = world.browser();
    world.mock.answer(MockAnswer::Close);
    browser.request_code(ALICE).await;
    browser.assert_shows("may arrive late. You can request it again if it does not come.");
    // It arrives in the end.
    browser.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(browser.url, "/");
}

#[tokio::test]
async fn a_failed_repetition_leaves_the_code_valid() {
    let world = world().await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    world.advance(30);
    world.mock.answer_example(Outcome::Throttled);
    let code = world.code();
    browser.submit("/resend", &[]).await;
    browser.assert_shows("The code was not sent. Nothing is lost: please try again.");
    browser.submit("/resend", &[]).await;
    browser.assert_shows("We have sent the code again.");
    browser.submit("/code", &[("code", &code)]).await;
    assert_eq!(browser.url, "/");
}

#[tokio::test]
async fn a_contested_number_needs_a_human_also_for_a_repetition() {
    let world = world_with(
        MemoryStore::new(),
        |builder, store| builder.store(store).policy(Policy::sms().with_sends(1, 10)),
        |page| page,
    )
    .await;
    let mut browser = world.browser();
    browser.request_code(ALICE).await;
    let old = world.code();
    world.advance(30);
    browser.submit("/resend", &[]).await;
    browser.assert_shows("Please confirm that you are a person.");
    // The code that was sent before can still arrive, and be typed.
    assert!(browser.has_form("/code") && !browser.has_form("/resend"));
    let form = browser.form("/human");
    browser.submit("/human", &[]).await;
    browser.assert_shows("We have sent a code");
    assert_eq!(world.messages(), 2);
    // The form was for one message.
    browser.post(&form, &[]).await;
    assert_eq!(world.messages(), 2);
    // The new code has replaced the old one.
    assert_ne!(world.code(), old);
    browser.submit("/code", &[("code", &old)]).await;
    browser.assert_shows("This code is wrong.");
    browser.submit("/code", &[("code", &world.code())]).await;
    assert_eq!(browser.url, "/");
}

/// The form for humans is worth nothing to a page that did not ask for it.
#[tokio::test]
async fn nobody_is_human_without_being_asked() {
    let world = world().await;
    let mut browser = world.browser();
    browser.get("/login").await;
    let mut form = browser.form("");
    form.action.push_str("/human");
    browser.post(&form, &[("number", ALICE)]).await;
    assert_eq!((browser.url.as_str(), world.messages()), ("/login", 0));
}

#[tokio::test]
async fn a_store_that_fails_loses_nothing() {
    // A store with room for one challenge fails for the second one.
    let full = MemoryStore::with_capacity(1);
    let world = world_with(full, |builder, store| builder.store(store), |page| page).await;
    let mut first = world.browser();
    first.request_code(ALICE).await;
    world.advance(60);
    let mut second = world.browser();
    second.request_code(ALICE).await;
    second.assert_shows("This does not work at the moment. Nothing is lost: please try again.");
    second.assert_shows("value=\"+41791234567\"");
    assert_eq!(world.messages(), 1);
    world.advance(240);
    second.submit("", &[("number", ALICE)]).await;
    second.assert_shows("We have sent a code");
}
