//! Messages that count and messages that do not: a place is given back if the message was not sent.

use std::time::Duration;

use otpost::challenge::{
    Challenge, ChallengeError, ChallengeErrorKind, Client, Limits, Policy, Purpose, Step,
};
use otpost::provider::{Fate, SendError, SendErrorKind};
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;

use super::{LOGIN, PAYMENT, World, number, world, wrong};

/// A limit that allows a number of messages, a request that only this limit can refuse after as many
/// messages to the first number, and the reason that it gives.
struct Case {
    reason: &'static str,
    limits: fn(u16) -> Limits,
    policy: fn(u16) -> Policy,
    to: &'static str,
    purpose: Purpose<'static>,
    client: Client,
    is_human: bool,
    /// `true` if a message counts whatever becomes of it.
    is_kept: bool,
}

const FIRST: &str = "+41791234567";
const NEIGHBOUR: &str = "+41791234568";
/// Strangers get a third of the total per day. Successes let them use up two thirds, and no more.
const TOTAL: u16 = 6;

fn eager(_: u16) -> Policy {
    Policy::sms().with_cooldown(Duration::ZERO)
}

fn no_limits(_: u16) -> Limits {
    Limits::none()
}

fn cases() -> Vec<Case> {
    let case = |reason| Case {
        reason,
        limits: no_limits,
        policy: eager,
        to: FIRST,
        purpose: PAYMENT,
        client: Client::Internal,
        is_human: false,
        is_kept: false,
    };
    let one = || Client::new("one");
    vec![
        Case {
            limits: |most| Limits::none().with_client(most),
            to: NEIGHBOUR,
            client: one(),
            is_kept: true,
            ..case("Client")
        },
        Case {
            limits: |most| Limits::none().with_client_and_recipient(most),
            client: one(),
            ..case("ClientAndRecipient")
        },
        Case { policy: |most| eager(0).with_sends(9, most), ..case("Daily") },
        Case { policy: |most| eager(0).with_sends(most, 9), purpose: LOGIN, ..case("Quota") },
        Case { policy: |_| eager(0).with_total(TOTAL), is_human: true, ..case("Total") },
        Case {
            limits: |most| Limits::none().with_range(most.into()),
            to: NEIGHBOUR,
            ..case("Range")
        },
        Case {
            limits: |most| Limits::none().with_region(most.into()),
            to: NEIGHBOUR,
            ..case("RegionLimit")
        },
        Case {
            limits: |most| Limits::none().with_application(most.into()),
            to: NEIGHBOUR,
            ..case("Application")
        },
        Case { policy: |_| Policy::sms(), purpose: LOGIN, ..case("Cooldown") },
    ]
}

impl Case {
    /// A world in which this limit allows so many more messages.
    async fn world(&self, most: u16, is_queued: bool) -> World {
        self.world_with((self.policy)(most), most, is_queued).await
    }

    async fn world_with(&self, policy: Policy, most: u16, is_queued: bool) -> World {
        let limits = (self.limits)(most);
        let clock = ManualClock::at(1_700_000_000);
        let store = MemoryStore::new().with_clock(clock.clone());
        let mut world = world(|builder| {
            let builder = builder.limits(limits).policy(policy);
            if is_queued { builder.outbox(store) } else { builder.store(store) }
        });
        world.clock = clock;
        let successes = if self.reason == "Total" { TOTAL - TOTAL / 3 - most } else { 0 };
        for _ in 0..successes {
            let challenge = self.first(&world).await.unwrap();
            let code = world.code();
            let verify = world.challenges.verify(challenge.token(), LOGIN, &code).await;
            assert!(verify.unwrap().is_accepted());
        }
        world
    }

    async fn first(&self, world: &World) -> Result<Challenge, ChallengeError> {
        let to = number(FIRST);
        let issued = world.challenges.issue(&to, LOGIN, self.client.clone()).await;
        world.work().await;
        issued
    }

    /// Checks if the message counts: the next one is refused then.
    async fn check(&self, world: &World, counts: bool) {
        let to = number(self.to);
        let issue = world.challenges.issue(&to, self.purpose, self.client.clone());
        let refused = match self.is_human {
            true => issue.human().await.err(),
            false => issue.await.err(),
        };
        let reason = format!("Refused({})", self.reason);
        match refused {
            Some(refused) => {
                assert!(counts, "{reason}: {refused:?}");
                assert_eq!(world.heard(&reason), 1, "{refused:?}");
            }
            None => assert!(!counts, "{reason}"),
        }
    }
}

/// The fates that a provider returns, each with `true` if the message counts then.
const FATES: [(Option<Fate>, bool); 4] = [
    (None, true),
    (Some(Fate::Unknown), true),
    (Some(Fate::NotSent), false),
    (Some(Fate::Refused), false),
];

impl World {
    /// Sends all queued messages.
    async fn work(&self) {
        let Some(worker) = self.challenges.worker() else { return };
        while worker.step().await.unwrap() != Step::Idle {}
    }

    fn fail(&self, fate: Option<Fate>) {
        if let Some(fate) = fate {
            // No worker tries again after this kind.
            self.phone.fail_next(SendError::new(SendErrorKind::InvalidRecipient, fate));
        }
    }
}

#[tokio::test]
async fn message_counts_if_it_was_or_may_have_been_sent() {
    for case in cases() {
        for (fate, counts) in FATES {
            let world = case.world(1, false).await;
            world.fail(fate);
            let issued = case.first(&world).await;
            assert_eq!(issued.is_ok(), counts, "{} {fate:?}", case.reason);
            if let Err(refused) = issued {
                assert_eq!(refused.kind(), ChallengeErrorKind::Send);
                assert_eq!(refused.retry_after(), Some(Duration::from_secs(5)));
            }
            case.check(&world, counts || case.is_kept).await;
        }
    }
}

#[tokio::test]
async fn queued_message_counts_if_it_was_or_may_have_been_sent() {
    for case in cases() {
        for (fate, counts) in FATES {
            let world = case.world(1, true).await;
            world.fail(fate);
            case.first(&world).await.unwrap();
            case.check(&world, counts || case.is_kept).await;
        }
    }
}

#[tokio::test]
async fn queued_message_counts_until_it_is_known_not_to_be_sent() {
    for case in cases() {
        let world = case.world(1, true).await;
        let to = number(FIRST);
        world.challenges.issue(&to, LOGIN, case.client.clone()).await.unwrap();
        case.check(&world, true).await;
    }
}

#[tokio::test]
async fn queued_message_does_not_count_if_no_worker_was_in_time() {
    for case in cases().into_iter().filter(|case| case.reason != "Cooldown") {
        let world = case.world(1, true).await;
        let to = number(FIRST);
        world.challenges.issue(&to, LOGIN, case.client.clone()).await.unwrap();
        // The code expires within a minute, which is too soon for a message.
        world.pass(240);
        let worker = world.challenges.worker().unwrap();
        assert_eq!(worker.step().await.unwrap(), Step::Expired);
        assert_eq!(worker.step().await.unwrap(), Step::Idle);
        case.check(&world, case.is_kept).await;
    }
}

/// A worker that has stopped may have sent its message, so the next one keeps its places.
#[tokio::test]
async fn queued_message_that_may_have_been_sent_counts() {
    for case in cases().into_iter().filter(|case| case.reason != "Cooldown") {
        let world = case.world(1, true).await;
        let to = number(FIRST);
        world.challenges.issue(&to, LOGIN, case.client.clone()).await.unwrap();
        let worker = world.challenges.worker().unwrap();
        // A gateway that detects duplicates may have got it, and then it is too late.
        let error = SendError::new(SendErrorKind::Transport, Fate::Unknown).with_deduplicated(true);
        world.phone.fail_next(error);
        assert_eq!(worker.step().await.unwrap(), Step::Postponed);
        world.pass(240);
        assert_eq!(worker.step().await.unwrap(), Step::Expired);
        case.check(&world, true).await;
    }
}

/// The user enters the code of the first message while a second one waits, which is then not sent.
#[tokio::test]
async fn resend_that_waits_while_its_challenge_is_used_does_not_count() {
    for case in cases().into_iter().filter(|case| case.reason != "Cooldown") {
        let world = case.world(2, true).await;
        let challenge = case.first(&world).await.unwrap();
        let (code, sent) = (world.code(), world.phone.messages().len());
        let resend = world.challenges.resend(challenge.token(), LOGIN, case.client.clone());
        resend.await.unwrap();
        let verify = world.challenges.verify(challenge.token(), LOGIN, &code).await;
        assert!(verify.unwrap().is_accepted(), "{}", case.reason);
        let worker = world.challenges.worker().unwrap();
        assert_eq!(worker.step().await.unwrap(), Step::Expired, "{}", case.reason);
        assert_eq!(worker.step().await.unwrap(), Step::Idle);
        assert_eq!(world.phone.messages().len(), sent);
        // A success does not lower the total. Under the other limits, both places are free again, so
        // that one of them can be taken.
        if case.reason != "Total" {
            let to = number(if case.to == FIRST { FIRST } else { "+41791234569" });
            world.challenges.issue(&to, LOGIN, case.client.clone()).await.unwrap();
        }
        case.check(&world, case.is_kept).await;
    }
}

#[tokio::test]
async fn resent_message_counts_if_it_was_or_may_have_been_sent() {
    for case in cases() {
        for (fate, counts) in FATES {
            for is_queued in [false, true] {
                let world = case.world(2, is_queued).await;
                let challenge = case.first(&world).await.unwrap();
                let code = world.code();
                world.pass(30);
                world.fail(fate);
                let resend = world.challenges.resend(challenge.token(), LOGIN, case.client.clone());
                let resent = resend.await;
                world.work().await;
                assert_eq!(resent.is_ok(), counts || is_queued, "{} {fate:?}", case.reason);
                if let Err(refused) = resent {
                    assert_eq!(refused.kind(), ChallengeErrorKind::Send);
                    assert_eq!(refused.retry_after(), Some(Duration::from_secs(5)));
                }
                case.check(&world, counts || case.is_kept).await;
                // The first code stays valid.
                let verify = world.challenges.verify(challenge.token(), LOGIN, &code);
                assert!(verify.await.unwrap().is_accepted(), "{}", case.reason);
            }
        }
    }
}

/// A message that a later limit refuses has no place under the earlier ones afterwards.
#[tokio::test]
async fn refused_message_gives_back_what_it_has_reserved() {
    for case in cases().into_iter().filter(|case| !case.is_kept) {
        // One place is left, and the lock of the recipient refuses the message.
        let policy = (case.policy)(2).with_lock(1, Duration::from_secs(3_600));
        let world = case.world_with(policy, 2, false).await;
        let challenge = case.first(&world).await.unwrap();
        let typed = wrong(&world.code());
        let _ = world.challenges.verify(challenge.token(), LOGIN, &typed).await.unwrap();
        for _ in 0..5 {
            let refused = case.first(&world).await.unwrap_err();
            assert_eq!(refused.kind(), ChallengeErrorKind::Contested, "{}", case.reason);
            let resend = world.challenges.resend(challenge.token(), LOGIN, case.client.clone());
            assert_eq!(resend.await.unwrap_err().kind(), ChallengeErrorKind::Contested);
        }
        assert_eq!(world.heard("Refused(Locked)"), 10, "{}", case.reason);
        if case.purpose != LOGIN {
            case.check(&world, false).await;
        }
    }
}

#[tokio::test]
async fn success_gives_back_its_places_once() {
    for case in cases().into_iter().filter(|case| !matches!(case.reason, "Total" | "Cooldown")) {
        let world = case.world(1, false).await;
        let challenge = case.first(&world).await.unwrap();
        let code = world.code();
        for at in 0..4 {
            let verify = world.challenges.verify(challenge.token(), LOGIN, &code).nonce(b"once");
            assert_eq!(verify.await.unwrap().is_accepted(), at < 4);
        }
        // One more, and then none: a repeated acceptance gives back nothing.
        let to = number("+41791234569");
        if case.to == NEIGHBOUR && case.reason != "Client" {
            world.challenges.issue(&to, LOGIN, case.client.clone()).await.unwrap();
        } else {
            let to = number(case.to);
            world.challenges.issue(&to, case.purpose, case.client.clone()).await.unwrap();
        }
        case.check(&world, true).await;
    }
}
