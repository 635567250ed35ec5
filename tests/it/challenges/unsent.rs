//! Requests that lead to no message: outages of a gateway, refusals, and futures that are dropped.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::task::{Poll, Waker};
use std::time::Duration;

use otpost::challenge::{ChallengeErrorKind, Challenges, Client, Limits, Pepper, Policy};
use otpost::provider::{Fate, SendError, SendErrorKind};
use otpost::store::MemoryStore;
use otpost::testing::RecordingProvider;

use super::{LOGIN, number, swiss, world, wrong};
use crate::hooked::{Hooked, Turns};

fn eager() -> Policy {
    Policy::sms().with_cooldown(Duration::ZERO)
}

fn not_sent() -> SendError {
    SendError::new(SendErrorKind::Unavailable, Fate::NotSent)
}

#[tokio::test]
async fn attempts_and_wrong_codes_count_although_a_resend_was_not_sent() {
    let world = world(|builder| builder.policy(eager().with_lock(2, Duration::from_secs(60))));
    let challenge = world.issue().await.unwrap();
    let typed = wrong(&world.code());
    for left in [4, 3] {
        let verdict = world.challenges.verify(challenge.token(), LOGIN, &typed).await.unwrap();
        assert_eq!(verdict.to_string(), format!("the code is wrong; {left} attempts left"));
        world.phone.fail_next(not_sent());
        let resent = world.challenges.resend(challenge.token(), LOGIN, Client::Internal).await;
        assert!(resent.is_err());
    }
    let verdict = world.challenges.verify(challenge.token(), LOGIN, &typed).await.unwrap();
    assert_eq!(verdict.code(), "locked");
}

#[tokio::test]
async fn retry_after_is_that_of_the_gateway_if_it_is_longer() {
    let world = world(|builder| builder);
    for (said, expected) in [(None, 5), (Some(1), 5), (Some(90), 90)] {
        let mut error = SendError::new(SendErrorKind::Throttled, Fate::NotSent);
        if let Some(said) = said {
            error = error.with_retry_after(Duration::from_secs(said));
        }
        world.phone.fail_next(error);
        let refused = world.issue().await.unwrap_err();
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(expected)));
    }
    // The application itself may try again at once.
    assert!(world.issue().await.is_ok());
}

#[tokio::test]
async fn outage_of_a_gateway_uses_up_nobody_but_the_client() {
    let world = world(|builder| builder.limits(Limits::standard()));
    let client = Client::new("account");
    let to = swiss();
    for at in 0..40 {
        world.phone.fail_next(not_sent());
        let refused = world.challenges.issue(&to, LOGIN, client.clone()).await.unwrap_err();
        let expected = if at < 30 { ChallengeErrorKind::Send } else { ChallengeErrorKind::Limited };
        assert_eq!(refused.kind(), expected);
    }
    // The ten failures that are left are for messages of the application itself.
    let mut failed = 0;
    while world.challenges.issue(&to, LOGIN, Client::Internal).await.is_err() {
        failed += 1;
    }
    assert_eq!((failed, world.phone.messages().len()), (10, 1));
}

/// Limits that all numbers share are after those of the recipient's day, which they give back.
#[tokio::test]
async fn message_refused_by_a_shared_limit_gives_back_what_it_has_reserved() {
    let policy = eager().with_sends(9, 1).with_total(3);
    let limits = Limits::none().with_client_and_recipient(1).with_region(1);
    let world = world(|builder| builder.policy(policy).limits(limits));
    let (to, other, client) = (swiss(), number("+41791234568"), Client::new("one"));
    world.challenges.issue(&other, LOGIN, Client::Internal).await.unwrap();
    for _ in 0..5 {
        let refused = world.challenges.issue(&to, LOGIN, client.clone()).await.unwrap_err();
        assert_eq!(refused.kind(), ChallengeErrorKind::Contested);
    }
    assert_eq!(world.heard("Refused(RegionLimit)"), 5);
    // A place under the region becomes free, and all the others were free all along.
    world.pass(36_000);
    world.challenges.issue(&to, LOGIN, client).await.unwrap();
}

/// Polls a future so many times, and drops it.
fn poll<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = std::task::Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

#[test]
fn dropped_request_leaves_at_most_its_own_places_taken() {
    let (mut dropped, mut free) = (0, 0);
    for polls in 0..40 {
        let store = Hooked::new(MemoryStore::new(), Turns::default());
        let limits = Limits::none().with_region(3);
        let challenges = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
            .app("Acme")
            .provider(RecordingProvider::new())
            .store(store)
            .regions(["CH"])
            .limits(limits)
            .store_timeout(None)
            .build()
            .unwrap();
        let issue = |to: &str, polls: usize| {
            let to = number(to);
            let issue = challenges.issue(&to, LOGIN, Client::Internal);
            poll(issue.into_future(), polls).map(|issued| issued.is_ok())
        };
        let is_dropped = issue("+41791234567", polls).is_none();
        dropped += usize::from(is_dropped);
        let sent = (0..5).filter(|at| issue(&format!("+4179123000{at}"), 1_000) == Some(true));
        let sent = sent.count();
        assert!(sent == 2 || is_dropped && sent == 3, "{polls} polls: {sent} sent");
        free += usize::from(sent == 3);
    }
    // Some were dropped before they had taken anything, and some behind it.
    assert!(free > 0 && dropped > free && dropped < 40, "{free} of {dropped}");
}
