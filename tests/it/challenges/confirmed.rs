//! Regions in which only numbers that have verified get codes.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use otpost::Code;
use otpost::challenge::{
    BuildError, Challenge, ChallengeError, ChallengeErrorKind, Challenges, ChallengesBuilder,
    Client, Delivery, Limits, Pepper, Policy, Step, Verdict,
};
use otpost::phone::{Prefix, Region, RegionPolicy};
use otpost::provider::NullProvider;
use otpost::store::MemoryStore;

use super::{LOGIN, PAYMENT, World, number, swiss, world, wrong};

const DAY: u64 = 86_400;

fn confirmed(builder: ChallengesBuilder) -> ChallengesBuilder {
    builder.only_confirmed_numbers(["CH"])
}

fn kind(result: Result<Challenge, ChallengeError>) -> Option<ChallengeErrorKind> {
    result.err().map(|error| error.kind())
}

impl World {
    async fn mark(&self) {
        self.challenges.mark_verified([&swiss()]).await.unwrap();
    }
}

#[tokio::test]
async fn confirmed_number_gets_codes_and_another_one_is_refused() {
    let world = world(confirmed);
    let error = world.issue().await.unwrap_err();
    assert_eq!(error.kind(), ChallengeErrorKind::Unconfirmed);
    assert_eq!((error.retry_after(), error.fate()), (None, None));
    assert!(error.to_string().contains("only for numbers that have verified before"), "{error}");
    assert_eq!(world.heard("Refused(Unconfirmed)"), 1);
    assert_eq!(world.heard("Issued"), 0);
    assert!(world.phone.messages().is_empty());
    // Another region is not concerned.
    let german = number("+4915112345678");
    world.challenges.issue(&german, LOGIN, Client::Internal).await.unwrap();

    world.mark().await;
    let challenge = world.issue().await.unwrap();
    let code = world.code();
    assert_eq!(world.phone.messages().len(), 2);
    let verdict = world.challenges.verify(challenge.token(), LOGIN, &code).await.unwrap();
    assert!(verdict.is_accepted());
    // The success renewed the marker, for all purposes.
    world.pass(179 * DAY);
    world.challenges.issue(&swiss(), PAYMENT, Client::Internal).await.unwrap();
    world.pass(2 * DAY);
    assert_eq!(kind(world.issue().await), Some(ChallengeErrorKind::Unconfirmed));
}

#[tokio::test]
async fn confirmed_numbers_are_those_that_verified_before_the_rule() {
    let store = Arc::new(MemoryStore::new());
    let with = |builder: ChallengesBuilder| builder.store(store.clone());
    let before = world(with);
    let challenge = before.issue().await.unwrap();
    let code = before.code();
    let after = world(|builder| confirmed(with(builder)));
    let ask =
        async |purpose| kind(after.challenges.issue(&swiss(), purpose, Client::Internal).await);
    assert_eq!(ask(PAYMENT).await, Some(ChallengeErrorKind::Unconfirmed));
    // A wrong code confirms nothing.
    let verdict = after.challenges.verify(challenge.token(), LOGIN, &wrong(&code)).await.unwrap();
    assert!(matches!(verdict, Verdict::Wrong { .. }), "{verdict:?}");
    assert_eq!(ask(PAYMENT).await, Some(ChallengeErrorKind::Unconfirmed));
    // Only new messages are refused: the code that was sent still counts.
    let verdict = after.challenges.verify(challenge.token(), LOGIN, &code).await.unwrap();
    assert!(verdict.is_accepted());
    assert_eq!(ask(PAYMENT).await, None);
}

#[tokio::test]
async fn confirmed_numbers_alone_take_places() {
    let limits = Limits::none().with_client(5).with_application(1);
    let policy = Policy::sms().with_sends(1, 3);
    let world = world(|builder| confirmed(builder).limits(limits).policy(policy));
    let client = || Client::new("203.0.113.7");
    let ask = async |to: &str| kind(world.challenges.issue(&number(to), LOGIN, client()).await);
    for _ in 0..3 {
        assert_eq!(ask("+41791234567").await, Some(ChallengeErrorKind::Unconfirmed));
    }
    // Three refusals have left the place of the application, and the messages of the day.
    world.challenges.mark_verified([&number("+41791234567")]).await.unwrap();
    assert_eq!(ask("+41791234567").await, None);
    assert_eq!(ask("+4915112345678").await, None);
    // The client has paid for all of them.
    assert_eq!(ask("+4915112345679").await, Some(ChallengeErrorKind::Limited));
    assert_eq!(ask("+41791234568").await, Some(ChallengeErrorKind::Limited));
}

/// The parts of a result that a page can see.
fn shown(result: Result<Challenge, ChallengeError>) -> String {
    match result {
        Ok(challenge) => {
            format!("{} {:?}", challenge.hint(), challenge.resend_at())
        }
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn confirmed_number_and_decoy_look_the_same() {
    // The naive rule asks for the marker first, and so refuses a decoy, which has none.
    let (real, decoy) = (world(confirmed), world(confirmed));
    real.mark().await;
    let to = swiss();
    for pass in [0, 1, 29, 31, 300, 10, 3_600, 40_000] {
        let mut seen = Vec::new();
        for (world, is_decoy) in [(&real, false), (&decoy, true)] {
            world.pass(pass);
            let issue = world.challenges.issue(&to, LOGIN, Client::new("c"));
            seen.push(shown(issue.decoy(is_decoy).await));
        }
        assert_eq!(seen[0], seen[1], "{pass}");
    }
    assert!(real.phone.messages().len() > 2 && decoy.phone.messages().is_empty());
    assert_eq!(decoy.heard("Unconfirmed"), 0);
    // A decoy proves nothing about its number, and confirms nothing.
    let issued = decoy.challenges.issue(&to, PAYMENT, Client::new("c")).await;
    assert_eq!(kind(issued), Some(ChallengeErrorKind::Unconfirmed));
}

#[tokio::test]
async fn confirmed_numbers_are_required_of_humans_and_devices() {
    let world = world(confirmed);
    world.mark().await;
    let (to, challenge) = (swiss(), world.issue().await.unwrap());
    let verdict = world.challenges.verify(challenge.token(), LOGIN, &world.code()).await.unwrap();
    let Verdict::Accepted(accepted) = verdict else { panic!("the code is correct") };
    let device = accepted.device_token().unwrap().clone();
    let issue = || world.challenges.issue(&to, PAYMENT, Client::Internal);
    issue().device(&device).await.unwrap();
    world.challenges.forget(&to, &[LOGIN, PAYMENT]).await.unwrap();
    let unconfirmed = Some(ChallengeErrorKind::Unconfirmed);
    assert_eq!(kind(issue().await), unconfirmed);
    assert_eq!(kind(issue().human().await), unconfirmed);
    // The token proves an earlier success, but the application has had the number forgotten.
    assert_eq!(kind(issue().device(&device).await), unconfirmed);
}

#[tokio::test]
async fn confirmed_number_that_is_forgotten_gets_no_resend() {
    let world = world(confirmed);
    world.mark().await;
    let challenge = world.issue().await.unwrap();
    let code = world.code();
    world.challenges.forget(&swiss(), &[]).await.unwrap();
    world.pass(60);
    let again = world.challenges.resend(challenge.token(), LOGIN, Client::Internal);
    assert_eq!(kind(again.await), Some(ChallengeErrorKind::Unconfirmed));
    assert_eq!(world.phone.messages().len(), 1);
    let verdict = world.challenges.verify(challenge.token(), LOGIN, &code).await.unwrap();
    assert!(verdict.is_accepted(), "the code that was sent stays valid");
}

#[tokio::test]
async fn confirmed_numbers_are_checked_before_a_message_is_queued() {
    let clock = otpost::testing::ManualClock::at(1_700_000_000);
    let store = MemoryStore::new().with_clock(clock);
    let world = world(|builder| confirmed(builder).outbox(store));
    let worker = world.challenges.worker().unwrap();
    assert_eq!(kind(world.issue().await), Some(ChallengeErrorKind::Unconfirmed));
    assert_eq!(worker.step().await.unwrap(), Step::Idle);
    world.mark().await;
    let challenge = world.issue().await.unwrap();
    assert!(matches!(challenge.delivery(), Delivery::Queued));
    assert_eq!(worker.step().await.unwrap(), Step::Sent);
}

#[tokio::test]
async fn test_number_needs_no_confirmation() {
    let code = Code::parse("246810").unwrap();
    let ends = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let world = world(|builder| confirmed(builder).test_number(swiss(), code, ends));
    let challenge = world.issue().await.unwrap();
    assert!(matches!(challenge.delivery(), Delivery::Unneeded));
    let other = number("+41791234568");
    let other = world.challenges.issue(&other, LOGIN, Client::Internal).await;
    assert_eq!(kind(other), Some(ChallengeErrorKind::Unconfirmed));
}

#[tokio::test]
async fn confirmed_numbers_of_a_range_that_was_added() {
    let region = |code| Region::parse(code).unwrap();
    let policy = RegionPolicy::only([region("CH")])
        .with_range(Prefix::parse("+4120").unwrap(), region("CH"));
    let world = world(|builder| confirmed(builder).region_policy(policy));
    let new = number("+41201234567");
    let issued = world.challenges.issue(&new, LOGIN, Client::Internal).await;
    assert_eq!(kind(issued), Some(ChallengeErrorKind::Unconfirmed));
}

#[test]
fn confirmed_regions_must_exist() {
    let build = |with: fn(ChallengesBuilder) -> ChallengesBuilder| {
        let builder = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
            .app("Acme")
            .provider(NullProvider)
            .store(MemoryStore::new())
            .regions(["CH"]);
        with(builder).build().map(drop)
    };
    assert_eq!(build(|builder| builder.only_confirmed_numbers(["AE", "ch"])), Ok(()));
    let unknown = Err(BuildError::Region("UK".to_owned()));
    assert_eq!(build(|builder| builder.only_confirmed_numbers(["UK", "CH"])), unknown);
    assert_eq!(build(|builder| builder.without_region_warnings(["UK"])), unknown);
}
