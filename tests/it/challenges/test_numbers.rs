//! Numbers with a fixed code, for reviewers of an application.

use std::time::{Duration, SystemTime};

use otpost::Code;
use otpost::challenge::{Challenges, Client, Delivery, Limits, Pepper, Verdict};
use otpost::store::MemoryStore;
use otpost::testing::RecordingProvider;

use super::{LOGIN, number, swiss, world};

/// A day after the time at which the clock of the tests begins.
pub(super) fn later() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + 86_400)
}

#[tokio::test]
async fn a_test_number_expires() {
    let code = Code::parse("000000").unwrap();
    let world = world(|builder| builder.test_number(swiss(), code, later()));
    world.pass(86_399);
    let challenge = world.issue().await.unwrap();
    assert!(matches!(challenge.delivery(), Delivery::Unneeded));
    world.pass(1);
    // Its cooldown has not passed, and its message would go out.
    world.pass(60);
    let challenge = world.issue().await.unwrap();
    assert!(matches!(challenge.delivery(), Delivery::Accepted(_)));
    let sent = world.code();
    let verdict = world.challenges.verify(challenge.token(), LOGIN, "000000").await.unwrap();
    assert_eq!(verdict.is_accepted(), sent == "000000");
    let verdict = world.challenges.verify(challenge.token(), LOGIN, &sent).await.unwrap();
    assert_eq!(verdict.is_accepted(), sent != "000000");
}

#[tokio::test]
async fn a_test_number_gets_no_message_and_has_one_code() {
    let code = Code::parse("000000").unwrap();
    let world = world(|builder| builder.test_number(swiss(), code.clone(), later()));
    let challenge = world.issue().await.unwrap();
    assert!(matches!(challenge.delivery(), Delivery::Unneeded));
    assert!(world.phone.messages().is_empty());
    assert!(
        world.challenges.verify(challenge.token(), LOGIN, "000000").await.unwrap().is_accepted()
    );
    // It is used up as any other, and is nobody else's.
    let again = world.challenges.verify(challenge.token(), LOGIN, "000000").await.unwrap();
    assert_eq!(again, Verdict::Gone);
    let other =
        world.challenges.issue(&number("+41791234568"), LOGIN, Client::Internal).await.unwrap();
    let sent = world.code();
    let verdict = world.challenges.verify(other.token(), LOGIN, "000000").await.unwrap();
    assert_eq!(verdict.is_accepted(), sent == "000000");
}

#[tokio::test]
async fn test_number_takes_no_place_of_others() {
    let code = Code::parse("000000").unwrap();
    let limits = Limits::none().with_range(1).with_region(1).with_application(1);
    let world = world(|builder| builder.test_number(swiss(), code, later()).limits(limits));
    for _ in 0..3 {
        world.issue().await.unwrap();
        world.pass(300);
    }
    let neighbours = [number("+41791234568"), number("+41791234569")];
    for (to, is_sent) in neighbours.iter().zip([true, false]) {
        let issued = world.challenges.issue(to, LOGIN, Client::Internal).await;
        assert_eq!(issued.is_ok(), is_sent);
    }
    // Its own limits apply.
    world.issue().await.unwrap();
    assert!(world.issue().await.is_err());
}

#[test]
fn a_code_of_another_length_is_no_code_of_a_test_number() {
    let builder = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(RecordingProvider::new())
        .store(MemoryStore::new())
        .any_region()
        .test_number(swiss(), Code::parse("12345678").unwrap(), later());
    assert!(builder.build().is_err());
}
