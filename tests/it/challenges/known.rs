//! Numbers that have verified, and what support staff and users can have erased or replaced.

use std::sync::Arc;
use std::time::Duration;

use otpost::challenge::{
    Challenge, ChallengeErrorKind, ChallengeToken, Challenges, Client, DeviceToken, Limits, Pepper,
    Policy, Purpose, Verdict,
};
use otpost::store::MemoryStore;
use otpost::testing::{ManualClock, RecordingProvider};

use super::{LOGIN, PAYMENT, RESET, World, number, swiss, world, wrong};

const DAY: u64 = 86_400;

/// A bucket of one place for all unknown numbers together.
fn narrow() -> Limits {
    Limits::none().with_region(1)
}

fn eager() -> Policy {
    Policy::sms().with_cooldown(Duration::ZERO)
}

impl World {
    async fn ask(&self, to: &str, purpose: Purpose<'_>) -> Result<Challenge, ChallengeErrorKind> {
        let to = number(to);
        let issue = self.challenges.issue(&to, purpose, Client::Internal);
        issue.await.map_err(|error| error.kind())
    }

    /// Uses up the bucket, and returns `true` if a message to this number needs no place in it.
    async fn is_known(&self, to: &str) -> bool {
        let _ = self.ask("+41781111111", RESET).await;
        let refused = self.ask("+41781111112", RESET).await.unwrap_err();
        assert_eq!(refused, ChallengeErrorKind::Contested);
        self.ask(to, LOGIN).await.is_ok()
    }
}

/// Verifies a number, and returns the token of its device.
async fn verify(challenges: &Challenges, phone: &RecordingProvider) -> DeviceToken {
    let challenge = challenges.issue(&swiss(), LOGIN, Client::Internal).await.unwrap();
    let code = phone.messages().pop().unwrap().code().unwrap().expose().to_owned();
    let verdict = challenges.verify(challenge.token(), LOGIN, &code).await.unwrap();
    let Verdict::Accepted(accepted) = verdict else { panic!("the code is correct") };
    accepted.device_token().unwrap().clone()
}

#[tokio::test]
async fn number_that_has_verified_is_known_for_180_days() {
    let world = world(|builder| builder.limits(narrow()));
    assert!(!world.is_known("+41791234567").await);
    world.pass(36_000);
    verify(&world.challenges, &world.phone).await;
    world.pass(179 * DAY);
    assert!(world.is_known("+41791234567").await);
    // Nobody has entered that code, so nothing was renewed.
    world.pass(DAY);
    assert!(!world.is_known("+41791234567").await);
}

#[tokio::test]
async fn numbers_that_were_imported_are_known() {
    let world = world(|builder| builder.limits(narrow()));
    let users: Vec<_> = (0..1_200).map(|at| number(&format!("+4179123{at:04}"))).collect();
    world.challenges.mark_verified(&users).await.unwrap();
    world.challenges.mark_verified(&[]).await.unwrap();
    for at in [0, 1, 499, 500, 999, 1_000, 1_199] {
        assert!(world.is_known(&format!("+4179123{at:04}")).await, "{at}");
    }
    assert!(!world.is_known("+41791231200").await);
}

#[tokio::test]
async fn number_that_is_known_is_not_trusted_after_five_messages_by_strangers() {
    let world = world(|builder| builder.limits(narrow()).policy(eager().with_sends(10, 10)));
    let to = swiss();
    world.challenges.mark_verified([&to]).await.unwrap();
    assert!(world.is_known("+41791234567").await);
    let mut last = None;
    for _ in 0..4 {
        last = Some((world.ask("+41791234567", PAYMENT).await.unwrap(), world.code()));
    }
    let refused = world.ask("+41791234567", PAYMENT).await.unwrap_err();
    assert_eq!(refused, ChallengeErrorKind::Contested);
    assert!(world.challenges.issue(&to, PAYMENT, Client::Internal).human().await.is_ok());
    // The code of one of them ends it.
    let (challenge, code) = last.unwrap();
    let verdict = world.challenges.verify(challenge.token(), PAYMENT, &code).await.unwrap();
    assert!(verdict.is_accepted());
    assert!(world.ask("+41791234567", PAYMENT).await.is_ok());
}

#[tokio::test]
async fn numbers_and_devices_stay_known_after_a_rotation_of_the_pepper() {
    let (clock, phone) = (ManualClock::at(1_700_000_000), RecordingProvider::new());
    let store = Arc::new(MemoryStore::new().with_clock(clock.clone()));
    let with = |pepper: Pepper| {
        Challenges::builder(pepper)
            .app("Acme")
            .provider(phone.clone())
            .store(store.clone())
            .regions(["CH"])
            .limits(narrow())
            .clock(clock.clone())
            .build()
            .unwrap()
    };
    let old = with(Pepper::new(1, vec![7; 32]).unwrap());
    let token = verify(&old, &phone).await;
    let both = Pepper::new(2, vec![8; 32]).unwrap().with_old(1, vec![7; 32]).unwrap();
    for (pepper, is_known) in [(both, true), (Pepper::new(3, vec![9; 32]).unwrap(), false)] {
        let new = with(pepper);
        // The counts start anew, and so does the bucket.
        let (other, to) = (number("+41781111111"), swiss());
        new.issue(&other, LOGIN, Client::Internal).await.unwrap();
        assert!(new.issue(&other, RESET, Client::Internal).await.is_err());
        assert_eq!(new.issue(&to, LOGIN, Client::Internal).await.is_ok(), is_known);
        // The cooldown of strangers is not that of the device.
        let device = new.issue(&to, LOGIN, Client::Internal).device(&token).await;
        assert_eq!(device.is_ok(), is_known);
    }
}

#[tokio::test]
async fn replaced_challenge_is_gone_and_its_limits_remain() {
    let world = world(|builder| builder);
    let (to, first) = (swiss(), world.issue().await.unwrap());
    let code = world.code();
    let replace = |token| world.challenges.issue(&to, LOGIN, Client::Internal).replaces(token);
    // It is refused like any other request, and then replaces nothing.
    let refused = replace(first.token()).await.unwrap_err();
    assert_eq!(refused.kind(), ChallengeErrorKind::Cooldown);
    world.pass(30);
    let second = replace(first.token()).await.unwrap();
    assert_eq!(world.heard("kind: Revoked"), 1);
    let verify = |challenge: &Challenge, code: String| {
        let (challenges, token) = (world.challenges.clone(), challenge.token().clone());
        async move { challenges.verify(&token, LOGIN, &code).await.unwrap() }
    };
    assert_eq!(verify(&first, code).await, Verdict::Gone);
    assert!(verify(&second, world.code()).await.is_accepted());
    // A token of another purpose, or of nobody, is ignored.
    world.pass(120);
    let payment = world.ask("+41791234567", PAYMENT).await.unwrap();
    let payment_code = world.code();
    let tokens = [payment.token().clone(), ChallengeToken::new(""), ChallengeToken::new("x")];
    for token in &tokens {
        replace(token).await.unwrap();
        world.pass(240);
    }
    assert_eq!(world.heard("kind: Revoked"), 1);
    let verify = world.challenges.verify(payment.token(), PAYMENT, &payment_code);
    assert_eq!(verify.await.unwrap(), Verdict::Gone, "it has expired by now");
    assert_eq!(world.heard("Gone(Absent)"), 1);
}

#[tokio::test]
async fn replaced_challenge_that_is_queued_is_not_sent() {
    use otpost::challenge::Step;
    let clock = ManualClock::at(1_700_000_000);
    let store = MemoryStore::new().with_clock(clock.clone());
    let world = world(|builder| builder.outbox(store).policy(eager()));
    let worker = world.challenges.worker().unwrap();
    let (to, first) = (swiss(), world.issue().await.unwrap());
    let issue = world.challenges.issue(&to, LOGIN, Client::Internal).replaces(first.token());
    issue.await.unwrap();
    let mut steps = Vec::new();
    for _ in 0..3 {
        steps.push(worker.step().await.unwrap());
    }
    steps.sort_by_key(|step| step.as_str());
    assert_eq!(steps, [Step::Expired, Step::Idle, Step::Sent]);
    assert_eq!(world.phone.messages().len(), 1);
}

#[tokio::test]
async fn reset_clears_the_counts_of_strangers_and_humans() {
    let policy = eager().with_lock(1, Duration::from_secs(3_600)).with_sends(2, 4);
    let world = world(|builder| builder.policy(policy));
    let to = swiss();
    let token = verify(&world.challenges, &world.phone).await;
    let ask = async |kind: usize, purpose| {
        let issue = world.challenges.issue(&to, purpose, Client::Internal);
        let issued = match kind {
            0 => issue.await,
            1 => issue.human().await,
            _ => issue.device(&token).await,
        };
        issued.map_err(|error| error.kind())
    };
    let mut open = Vec::new();
    for kind in 0..3 {
        let challenge = ask(kind, LOGIN).await.unwrap();
        let code = world.code();
        // A day of four messages, two of them for each purpose; and a lock.
        ask(kind, LOGIN).await.unwrap();
        ask(kind, PAYMENT).await.unwrap();
        ask(kind, PAYMENT).await.unwrap();
        let _ = world.challenges.verify(challenge.token(), LOGIN, &wrong(&code)).await.unwrap();
        assert!(ask(kind, LOGIN).await.is_err());
        open.push((challenge, code));
    }
    world.challenges.reset(&to, LOGIN).await.unwrap();
    for (kind, (challenge, code)) in open.iter().enumerate() {
        let is_reset = kind < 2;
        // The pending challenges stay as they are.
        let verdict = world.challenges.verify(challenge.token(), LOGIN, &wrong(code)).await;
        let is_compared = matches!(verdict, Ok(Verdict::Wrong { attempts_left: 3, .. }));
        assert_eq!(is_compared, is_reset, "{kind}: {verdict:?}");
        // The other purpose keeps the count of its hour.
        assert!(ask(kind, PAYMENT).await.is_err(), "{kind}");
    }
    world.challenges.reset(&to, LOGIN).await.unwrap();
    for kind in 0..3 {
        assert_eq!(ask(kind, LOGIN).await.is_ok(), kind < 2, "{kind}");
    }
}

#[tokio::test]
async fn reset_keeps_the_total_the_cooldown_of_others_and_the_client() {
    let limits = Limits::none().with_client(5);
    let world = world(|builder| builder.policy(Policy::sms().with_total(4)).limits(limits));
    let (to, client) = (swiss(), Client::new("account"));
    let issue = async || {
        let issue = world.challenges.issue(&to, LOGIN, client.clone()).human();
        issue.await.map_err(|error| error.kind()).err()
    };
    for expected in [None, None, None, Some(ChallengeErrorKind::Quota)] {
        assert_eq!(issue().await, expected);
        // It ends the cooldown as well.
        world.challenges.reset(&to, LOGIN).await.unwrap();
    }
    assert_eq!(world.heard("Refused(Total)"), 1);
    // The client has asked four times, and may once more.
    assert_eq!(issue().await, Some(ChallengeErrorKind::Quota));
    assert_eq!(issue().await, Some(ChallengeErrorKind::Limited));
    // Another number is not concerned.
    let world = super::world(|builder| builder);
    world.issue().await.unwrap();
    world.challenges.reset(&number("+41791234568"), LOGIN).await.unwrap();
    world.challenges.reset(&to, PAYMENT).await.unwrap();
    assert_eq!(world.issue().await.unwrap_err().kind(), ChallengeErrorKind::Cooldown);
}

#[tokio::test]
async fn forgotten_number_is_unknown_and_has_no_counts() {
    let world = world(|builder| builder.limits(narrow()));
    verify(&world.challenges, &world.phone).await;
    assert_eq!(world.ask("+41791234567", LOGIN).await.err(), Some(ChallengeErrorKind::Cooldown));
    world.challenges.mark_verified([&number("+41791234568")]).await.unwrap();
    world.challenges.forget(&swiss(), &[LOGIN, PAYMENT]).await.unwrap();
    assert!(!world.is_known("+41791234567").await);
    assert!(world.is_known("+41791234568").await);
    // No cooldown is left, as the refusal shows once there is a place.
    world.pass(36_000);
    assert!(world.ask("+41791234567", LOGIN).await.is_ok());
}
