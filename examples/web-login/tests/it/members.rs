//! A page for members only: other numbers look the same, and get no message.

use std::time::Duration;

use otpost::PhoneNumber;
use otpost::challenge::{ChallengesBuilder, Policy, Step};
use otpost::store::MemoryStore;

use crate::browser::Browser;
use crate::world::{World, world_with};

const MEMBER: &str = "+41791234567";
const STRANGER: &str = "+41791234568";

async fn members(
    configure: impl FnOnce(ChallengesBuilder, MemoryStore) -> ChallengesBuilder,
) -> World {
    let member = PhoneNumber::parse(MEMBER).unwrap();
    let listed = member.clone();
    let world = world_with(MemoryStore::new(), configure, |page| page.with_members([listed])).await;
    world.challenges.mark_verified([&member]).await.unwrap();
    world
}

/// The page without what differs between two members as well: the id of the flow and the number.
fn comparable(browser: &Browser, number: &str) -> String {
    let id = browser.url.rsplit('/').next().unwrap().split('?').next().unwrap();
    assert_eq!(id.len(), 22, "{}", browser.url);
    let hint = format!("+41*****{}", &number[8..]);
    browser.page.replace(id, "ID").replace(&hint, "HINT").replace(number, "NUMBER")
}

#[tokio::test]
async fn unknown_numbers_look_like_known_ones_in_all_steps() {
    let policy = Policy::sms().with_lock(5, Duration::from_secs(900)).with_sends(3, 10);
    let world = members(|builder, store| builder.outbox(store).policy(policy)).await;
    let mut pages = Vec::new();
    for number in [MEMBER, STRANGER] {
        let mut browser = world.browser();
        let mut seen = Vec::new();
        let mut see = |browser: &Browser| seen.push(comparable(browser, number));
        browser.request_code(number).await;
        see(&browser);
        // Repeated, too early, at the right time, and wrong.
        browser.submit("/resend", &[]).await;
        see(&browser);
        world.advance(30);
        browser.submit("/resend", &[]).await;
        see(&browser);
        for guess in ["000000", "12", "000001", "000002", "000003", "000004"] {
            browser.submit("/code", &[("code", guess)]).await;
            see(&browser);
        }
        browser.submit("", &[("number", number)]).await;
        see(&browser);
        world.advance(300);
        browser.submit("/human", &[]).await;
        see(&browser);
        world.advance(300);
        browser.get(&browser.url.clone()).await;
        see(&browser);
        pages.push(seen);
    }
    let (strangers, members) = (pages.pop().unwrap(), pages.pop().unwrap());
    for (at, (member, stranger)) in members.iter().zip(&strangers).enumerate() {
        assert_eq!(member, stranger, "step {at}");
    }
    assert_eq!(members.len(), 12);
    let kinds = ["attempts left", "Too many wrong codes", "a person", "We are sending", "expired"];
    for kind in kinds {
        assert!(members.iter().any(|page| page.contains(kind)), "no page shows {kind:?}");
    }
}

#[tokio::test]
async fn only_members_get_messages_and_sign_in() {
    let world = members(ChallengesBuilder::outbox).await;
    let worker = world.challenges.worker().unwrap();
    let (mut member, mut stranger) = (world.browser(), world.browser());
    stranger.request_code(STRANGER).await;
    stranger.assert_shows("We are sending a code to");
    member.request_code(MEMBER).await;
    member.assert_shows("We are sending a code to");
    let mut steps = [worker.step().await.unwrap(), worker.step().await.unwrap()];
    steps.sort_by_key(|step| *step == Step::Sent);
    assert_eq!(steps, [Step::Decoy, Step::Sent]);
    assert_eq!((world.messages(), world.latest().0), (1, MEMBER.to_owned()));
    let code = world.code();
    stranger.submit("/code", &[("code", &code)]).await;
    stranger.assert_shows("This code is wrong.");
    member.submit("/code", &[("code", &code)]).await;
    assert_eq!(member.url, "/");
}

/// A gateway that takes long does not make the page of a member late.
#[tokio::test]
async fn the_time_does_not_show_who_is_a_member() {
    let world = members(ChallengesBuilder::outbox).await;
    world.gate.close();
    let worker = world.challenges.worker().unwrap();
    let (mut member, mut stranger) = (world.browser(), world.browser());
    member.request_code(MEMBER).await;
    let sending = tokio::spawn(async move { worker.step().await });
    world.gate.arrived().await;
    stranger.request_code(STRANGER).await;
    for browser in [&member, &stranger] {
        browser.assert_shows("We are sending a code to");
    }
    assert!(!sending.is_finished());
    world.gate.open();
    assert_eq!(sending.await.unwrap().unwrap(), Step::Sent);
}

/// Without an outbox it does.
#[tokio::test]
async fn a_naive_page_is_late_for_members_only() {
    let world = members(ChallengesBuilder::store).await;
    world.gate.close();
    let (mut member, mut stranger) = (world.browser(), world.browser());
    let late = tokio::spawn(async move { member.request_code(MEMBER).await });
    world.gate.arrived().await;
    stranger.request_code(STRANGER).await;
    stranger.assert_shows("We have sent a code to");
    assert!(!late.is_finished());
    world.gate.open();
    late.await.unwrap();
}
