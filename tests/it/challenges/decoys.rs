//! Decoys: challenges for users who do not exist look like those of numbers that have verified.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use otpost::challenge::{
    Challenge, ChallengeError, ChallengeErrorKind, Client, Delivery, Limits, Policy, Step, Verdict,
};
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;
use otpost::{Clock, PhoneNumber};

use super::{LOGIN, PAYMENT, World, number, swiss, world};
use crate::dice::Dice;
use crate::scale::cases;

/// One number.
const SPELLINGS: [&str; 5] = [
    "+41791234567",
    "+41 79 123 45 67",
    "+41 79 1234567",
    "+41 (0)79 123 45 67",
    "+41-79-123-45-67",
];

/// The parts of a challenge that a page can see.
fn shown(result: &Result<Challenge, ChallengeError>) -> String {
    match result {
        Ok(challenge) => {
            let delivery = match challenge.delivery() {
                Delivery::Accepted(receipt) => format!("accepted by {}", receipt.provider()),
                other => format!("{other:?}"),
            };
            format!(
                "{} {:?} {:?} {delivery} {} {:?}",
                challenge.hint(),
                challenge.expires_at(),
                challenge.resend_at(),
                challenge.token().as_str().len(),
                &challenge.id().as_bytes()[..9],
            )
        }
        Err(error) => format!("{error} {error:?}"),
    }
}

/// A world, and the challenges that a page has asked for.
struct Page {
    world: World,
    is_decoy: bool,
    challenges: Vec<Challenge>,
}

impl Page {
    async fn new(is_decoy: bool, is_queued: bool) -> Self {
        let clock = ManualClock::at(1_700_000_000);
        let store = MemoryStore::new().with_clock(clock.clone());
        // A decoy has no marker, so a rule that asks for one before anything else would refuse it.
        let confirmed: &[&str] = if is_queued { &["CH"] } else { &[] };
        let mut world = world(|builder| {
            let builder = builder
                .clock(clock.clone())
                .only_confirmed_numbers(confirmed)
                .limits(Limits::standard())
                .policy(Policy::sms().with_lock(3, std::time::Duration::from_secs(900)));
            if is_queued { builder.outbox(store) } else { builder.store(store) }
        });
        world.clock = clock;
        if !is_decoy {
            world.challenges.mark_verified([&swiss()]).await.unwrap();
        }
        Self { world, is_decoy, challenges: Vec::new() }
    }

    /// A random call, the same for the same dice.
    async fn call(&mut self, dice: &mut Dice, typed: &str) -> String {
        let client = match dice.below(6) {
            0 => Client::Internal,
            at => Client::new(&format!("client {at}")),
        };
        let purpose = dice.one(&[LOGIN, PAYMENT]);
        let binding: &[u8] = dice.one(&[b"".as_slice(), b"", b"", b"tx"]);
        let (challenges, to) = (&self.world.challenges, swiss());
        let is_issue = self.challenges.is_empty() || dice.below(3) == 0;
        // One of the last three: older ones have expired.
        let age = dice.below(self.challenges.len().clamp(1, 3) as u64);
        let is_human = dice.below(3) == 0;
        if is_issue {
            let issue = challenges.issue(&to, purpose, client).bind(binding).decoy(self.is_decoy);
            let issued = if is_human { issue.human().await } else { issue.await };
            let text = shown(&issued);
            self.challenges.extend(issued.ok());
            return text;
        }
        let at = self.challenges.len() - 1 - usize::try_from(age).unwrap();
        let token = self.challenges[at].token().clone();
        match dice.below(3) {
            0 => shown(&challenges.resend(&token, purpose, client).bind(binding).await),
            1 => {
                let verify = challenges.verify(&token, purpose, typed).bind(binding);
                format!("{:?}", verify.nonce(b"n").await)
            }
            _ => format!("{:?}", challenges.verify(&token, purpose, typed).await),
        }
    }
}

async fn check_same(seed: u64, is_queued: bool, seen: &mut Vec<String>) {
    let (mut real, mut decoy) =
        (Page::new(false, is_queued).await, Page::new(true, is_queued).await);
    let mut dice = Dice::new(seed);
    for call in 0..200 {
        let rare = if dice.below(20) == 0 { 40_000 } else { 0 };
        let pass = rare + dice.one(&[0, 0, 0, 0, 0, 1, 1, 1, 10, 10, 30, 30, 60, 60, 300, 3_600]);
        let turn = dice.below(u64::MAX);
        // Every code is wrong, also the one that the real user has got.
        let codes: Vec<_> =
            real.world.phone.messages().iter().filter_map(|m| m.code().cloned()).collect();
        let typed = (0..).map(|at| format!("{at:06}"));
        let typed = typed.into_iter().find(|t| codes.iter().all(|c| c.expose() != t)).unwrap();
        let typed = if dice.below(8) == 0 { "no code".to_owned() } else { typed };
        let mut texts = Vec::new();
        for page in [&mut real, &mut decoy] {
            page.world.pass(pass);
            let text = page.call(&mut Dice::new(turn), &typed).await;
            texts.push(text);
            if let Some(worker) = page.world.challenges.worker() {
                let step = worker.step().await.unwrap();
                assert!(matches!(step, Step::Idle | Step::Sent | Step::Decoy | Step::Expired));
                assert!(step != Step::Decoy || page.is_decoy);
            }
        }
        assert_eq!(texts[0], texts[1], "seed {seed}, call {call}");
        seen.append(&mut texts);
    }
    assert!(decoy.world.phone.messages().is_empty());
    assert!(!real.world.phone.messages().is_empty());
}

#[tokio::test]
async fn decoy_has_the_results_of_a_number_that_has_verified() {
    let mut seen = Vec::new();
    for seed in 0..cases("OTPOST_CASES", 20, 200) {
        check_same(seed, seed % 2 == 0, &mut seen).await;
    }
    // The runs have seen what a page can see.
    for text in [
        "accepted by recording",
        "Queued",
        "a rate limit for messages",
        "too many requests by strangers",
        "too many wrong codes",
        "the last message is too recent",
        "the maximum number of messages",
        "the binding differs",
        "has expired",
        "Wrong",
        "Malformed",
        "Gone",
        "Locked",
    ] {
        assert!(seen.iter().any(|seen| seen.contains(text)), "{text} was never seen");
    }
}

/// A clock that counts how often it is read.
#[derive(Clone, Debug)]
struct CountingClock {
    clock: ManualClock,
    reads: Arc<AtomicU64>,
}

impl Clock for CountingClock {
    fn now(&self) -> SystemTime {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.clock.now()
    }
}

/// Returns how often `issue`, `verify` and `resend` read the clock. The store in memory reads it
/// once in each of its calls.
async fn reads(is_decoy: bool, is_queued: bool) -> [u64; 3] {
    let clock = CountingClock { clock: ManualClock::at(1_700_000_000), reads: Arc::default() };
    let store = MemoryStore::new().with_clock(clock.clone());
    let world = world(|builder| {
        let builder = builder.clock(clock.clone()).limits(Limits::standard());
        if is_queued { builder.outbox(store) } else { builder.store(store) }
    });
    if !is_decoy {
        world.challenges.mark_verified([&swiss()]).await.unwrap();
    }
    let since = || clock.reads.swap(0, Ordering::Relaxed);
    since();
    let to = swiss();
    let issue = world.challenges.issue(&to, LOGIN, Client::Internal).decoy(is_decoy);
    let challenge = issue.await.unwrap();
    let issued = since();
    let verdict =
        world.challenges.verify(challenge.token(), LOGIN, "000000").bind(b"other").await.unwrap();
    assert!(matches!(verdict, Verdict::Wrong { .. }), "{verdict:?}");
    let verified = since();
    clock.clock.advance(std::time::Duration::from_secs(31));
    world.challenges.resend(challenge.token(), LOGIN, Client::Internal).await.unwrap();
    [issued, verified, since()]
}

/// Each of these steps takes time, so a decoy must not skip any.
#[tokio::test]
async fn decoy_takes_the_steps_of_a_known_number() {
    for is_queued in [false, true] {
        let known = reads(false, is_queued).await;
        assert_eq!(reads(true, is_queued).await, known);
        assert!(known.iter().all(|reads| *reads > 0), "{known:?}");
    }
}

#[tokio::test]
async fn decoy_is_worth_nothing() {
    let world = world(|builder| builder.policy(Policy::sms().with_attempts(50)));
    let to = swiss();
    let decoy = world.challenges.issue(&to, LOGIN, Client::Internal).decoy(true).await.unwrap();
    for at in 0..50 {
        let typed = format!("{:06}", at * 20_011 % 1_000_000);
        let verdict = world.challenges.verify(decoy.token(), LOGIN, &typed).await.unwrap();
        assert!(matches!(verdict, Verdict::Wrong { .. }), "{verdict:?}");
    }
    let Delivery::Accepted(receipt) = decoy.delivery() else { panic!("{decoy:?}") };
    assert_eq!((receipt.provider(), receipt.message_id()), ("recording", None));
    // The audit log knows of no message.
    assert_eq!(
        (world.heard("Issued"), world.heard("Sent"), world.phone.messages().len()),
        (0, 0, 0)
    );
    assert!(world.events.lock().unwrap().iter().all(|event| !event.contains("+41")));
}

#[tokio::test]
async fn decoy_shares_the_limits_of_its_number_in_every_spelling() {
    let world = world(|builder| builder);
    let mut prefixes = Vec::new();
    for (at, spelling) in SPELLINGS.iter().enumerate() {
        let to = PhoneNumber::normalize(spelling).unwrap();
        assert_eq!(to, swiss(), "{spelling}");
        let issue = world.challenges.issue(&to, LOGIN, Client::Internal);
        let challenge = issue.decoy(at % 2 == 0).await.unwrap();
        prefixes.push(challenge.id().as_bytes()[..9].to_vec());
        for is_decoy in [true, false] {
            let again = world.challenges.issue(&to, LOGIN, Client::Internal).decoy(is_decoy);
            assert_eq!(again.await.unwrap_err().kind(), ChallengeErrorKind::Cooldown);
        }
        world.pass(3_600);
    }
    assert!(prefixes.iter().all(|prefix| *prefix == prefixes[0]));
}

#[tokio::test]
async fn decoy_takes_no_place_of_others() {
    let limits = Limits::none().with_range(1).with_region(1).with_application(1);
    let world = world(|builder| builder.limits(limits));
    for at in 0..50 {
        let to = number(&format!("+41791230{at:03}"));
        let issue = world.challenges.issue(&to, LOGIN, Client::Internal);
        assert!(issue.decoy(true).await.is_ok());
    }
    let real = number("+41791230999");
    assert!(world.challenges.issue(&real, LOGIN, Client::Internal).await.is_ok());
    // The buckets are empty now. Decoys are like known numbers, so they go on.
    let next = number("+41791230998");
    let refused = world.challenges.issue(&next, LOGIN, Client::Internal).await.unwrap_err();
    assert_eq!(refused.kind(), ChallengeErrorKind::Contested);
    assert!(world.challenges.issue(&next, LOGIN, Client::Internal).decoy(true).await.is_ok());
}

#[tokio::test]
async fn decoy_obeys_the_region_rule() {
    let world = world(|builder| builder);
    let french = number("+33612345678");
    let decoy = world.challenges.issue(&french, LOGIN, Client::Internal).decoy(true);
    let decoy = decoy.await.unwrap_err();
    let real = world.challenges.issue(&french, LOGIN, Client::Internal).await.unwrap_err();
    assert_eq!(decoy.kind(), ChallengeErrorKind::Region);
    assert_eq!(format!("{decoy} {decoy:?}"), format!("{real} {real:?}"));
    let events = world.events.lock().unwrap();
    assert!(!events[0].contains("+33") && events[1].contains("+33*"), "{events:?}");
}

#[tokio::test]
async fn decoy_numbers_depend_on_the_subject() {
    let challenges = world(|builder| builder).challenges;
    let like = number("+41790000000");
    let mut seen = std::collections::HashSet::new();
    for at in 0..1_000 {
        let subject = format!("user {at}");
        let to = challenges.decoy_number(&subject, &like);
        assert_eq!(to, challenges.decoy_number(&subject, &like));
        assert_eq!((to.e164().len(), &to.e164()[..5]), (12, "+4179"));
        assert_eq!(to.region(), like.region());
        seen.insert(to.e164().to_owned());
    }
    assert!(seen.len() > 990, "{}", seen.len());
    let other = world(|builder| builder.tenant("other")).challenges;
    assert_ne!(challenges.decoy_number("alice", &like), other.decoy_number("alice", &like));
    for short in ["+2901234", "+6831234"] {
        let short = number(short);
        assert_eq!(challenges.decoy_number("alice", &short).e164().len(), short.e164().len());
    }
}

#[tokio::test]
async fn decoy_that_is_queued_is_taken_from_the_outbox() {
    let world = world(|builder| builder.outbox(MemoryStore::new()));
    let to = swiss();
    let decoy = world.challenges.issue(&to, LOGIN, Client::Internal).decoy(true).await.unwrap();
    assert!(matches!(decoy.delivery(), Delivery::Queued));
    let worker = world.challenges.worker().unwrap();
    assert_eq!(worker.step().await.unwrap(), Step::Decoy);
    assert_eq!(worker.step().await.unwrap(), Step::Idle);
    // A resend says the same as that of a real message.
    let resend = world.challenges.resend(decoy.token(), LOGIN, Client::Internal).await;
    assert_eq!(resend.unwrap_err().kind(), ChallengeErrorKind::Cooldown);
    assert!(world.phone.messages().is_empty());
    assert_eq!((world.heard("Sent"), world.heard("SendFailed")), (0, 0));
}

#[tokio::test]
async fn decoys_that_are_refused_keep_no_memory() {
    // There is room for 80 counters, and each of these numbers would need two.
    let store = MemoryStore::with_capacity(10);
    let kept = store.clone();
    let limits = Limits::none().with_client(2);
    let world = world(|builder| builder.store(store).limits(limits));
    let issue = async |at: u64, client: &str| {
        let to = number(&format!("+4178{at:07}"));
        let issue = world.challenges.issue(&to, LOGIN, Client::new(client)).decoy(true);
        issue.await.map_err(|error| error.kind())
    };
    for at in 0..2 {
        issue(at, "one").await.unwrap();
    }
    for at in 0..cases("OTPOST_DECOYS", 10_000, 100_000) {
        assert_eq!(issue(at, "one").await.err(), Some(ChallengeErrorKind::Limited));
        if at % 1_000 == 0 {
            world.events.lock().unwrap().clear();
        }
    }
    assert_eq!(kept.len(), 2);
    issue(9_999_999, "other").await.unwrap();
}
