//! I4 and S13: no code, number, binding or key in anything that can be printed, nor in what a store is given.

use std::error::Error;
use std::fmt::Debug;

use otpost::challenge::{Challenges, Client, Event, Limits, Pepper};
use otpost::store::{
    Binding, ChallengeId, CounterTag, GiveKind, Limit, Mac, MemoryStore, NewChallenge, Nonce,
    QueueTag, ResendRule, Reserved, Salt, Settlement, StoreError, StoreErrorKind,
};
use otpost::testing::RecordingProvider;
use otpost_testing::StoreConformance;

use super::{LOGIN, number, world};
use crate::hooked::{Given, Hooked};

const NUMBER: &str = "+41798877665";
const BINDING: &[u8] = b"Rumpelstilzchen";

#[track_caller]
fn search(shown: &str, needles: &[&str]) {
    for needle in needles {
        assert!(!shown.contains(needle), "{needle}:\n{shown}");
    }
}

fn both(value: &impl Debug) -> String {
    format!("{value:?}{value:#?}")
}

#[tokio::test]
async fn nothing_of_the_flow_shows_itself() {
    let world = world(|builder| builder.limits(Limits::standard()));
    let to = number(NUMBER);
    let client = Client::new("Rumpelstilzchen's address");
    let issue = world.challenges.issue(&to, LOGIN, client.clone()).bind(BINDING);
    let mut shown = both(&issue) + &both(&client);
    let challenge = issue.await.unwrap();
    let code = world.code();
    shown += &both(&challenge);
    shown += &both(challenge.token());
    assert!(!shown.contains(challenge.token().as_str()));
    let refused = world.challenges.issue(&to, LOGIN, Client::Internal).await.unwrap_err();
    shown += &format!("{refused}{}", both(&refused));
    shown +=
        &both(&world.challenges.resend(challenge.token(), LOGIN, Client::Internal).bind(BINDING));
    let verify = world.challenges.verify(challenge.token(), LOGIN, &code).bind(BINDING);
    shown += &both(&verify.nonce(BINDING));
    shown += &both(&world.challenges);
    shown += &both(&world.challenges.stats());
    let verdict = world.challenges.verify(challenge.token(), LOGIN, &code).bind(BINDING).await;
    shown += &format!("{}{verdict:?}", verdict.as_ref().unwrap());
    let otpost::challenge::Verdict::Accepted(accepted) = verdict.unwrap() else { panic!() };
    let device = accepted.device_token().unwrap();
    shown += &both(device);
    for token in [challenge.token().as_str(), device.as_str()] {
        assert!(!shown.contains(token));
    }
    let issue = world.challenges.issue(&to, LOGIN, client).device(device).human();
    shown += &both(&issue.replaces(challenge.token()).decoy(true));
    shown += &both(&Limits::standard());
    shown += &refusals(&world).await;
    shown += &world.events.lock().unwrap().join("");
    let decimal = BINDING.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    search(&shown, &[&code, NUMBER, &NUMBER[3..], "Rumpel", "address", &decimal, "7, 7, 7"]);
    // The number is there, with its stars.
    assert!(shown.contains("+41*****7665"));

    let builder = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .provider(RecordingProvider::new())
        .store(MemoryStore::new())
        .observer(|_: &Event<'_>| {})
        .test_number(to, otpost::Code::parse(&code).unwrap(), std::time::SystemTime::UNIX_EPOCH);
    search(&both(&builder), &[&code, NUMBER, "7, 7, 7"]);
}

/// Refuses a message of this number for every reason, and shows the errors.
async fn refusals(world: &super::World) -> String {
    let (to, mut kinds, mut shown) =
        (number(NUMBER), std::collections::HashSet::new(), String::new());
    for at in 0..60 {
        let client = Client::new("Rumpelstilzchen");
        let issue = world.challenges.issue(&to, LOGIN, client).decoy(at % 7 == 0);
        let issued = if at % 3 == 0 { issue.human().await } else { issue.await };
        if let Err(refused) = issued {
            kinds.insert(refused.kind());
            shown += &format!("{refused}{}", both(&refused));
        }
        world.pass(if at < 10 { 20 } else { 300 });
    }
    assert!(kinds.len() > 1, "{kinds:?}");
    shown
}

#[test]
fn nothing_that_a_store_is_given_shows_itself() {
    let id = ChallengeId::new(1, [77; 8], [78; 16]);
    let (mac, salt) = (Mac::new([79; 16]), Salt::new([80; 16]));
    let new = NewChallenge::new(id, mac, salt, 5).with_binding(Binding::new([85; 8]));
    let tag = CounterTag::new([82; 8]);
    let limit = Limit::window(tag, 1, std::time::Duration::ZERO);
    let gives = vec![limit.give(GiveKind::Success)];
    let settlement = Settlement::new(gives, vec![(tag, std::time::Duration::ZERO)]);
    let rule = otpost::challenge::Policy::sms();
    let mut shown = both(&new)
        + &both(&limit)
        + &both(&settlement)
        + &both(&Reserved::granted(true, vec![1]))
        + &both(&Nonce::new([83; 8]))
        + &both(&QueueTag::new([84; 8]))
        + &both(&rule);
    shown += &both(&StoreConformance::new(MemoryStore::new()));
    let source = std::io::Error::other("refused");
    let error = StoreError::new(StoreErrorKind::Unavailable).with_source(source);
    shown += &format!("{}{}{error}", both(&error), error.source().unwrap());
    search(&shown, &["77", "78", "79", "80", "82", "83", "84", "85"]);
    assert!(!id.to_string().is_empty() && !both(&id).contains(&id.to_string()));
    let _ = ResendRule::new;
}

/// What a store keeps of 10,000 challenges, against their codes and all plain digests of them.
#[tokio::test]
async fn what_is_stored_holds_no_code() {
    use sha1::Digest;
    let pepper = Pepper::new(1, vec![7; 32]).unwrap();
    let mut kept: Vec<u8> = Vec::new();
    let store = Hooked::new(MemoryStore::new(), Given::default());
    let seen = store.hook.clone();
    let phone = RecordingProvider::new();
    let challenges = Challenges::builder(pepper)
        .app("Acme")
        .provider(phone.clone())
        .store(store)
        .any_region()
        .limits(Limits::none())
        .build()
        .unwrap();
    for at in 0..10_000 {
        let to = number(&format!("+4179{at:07}"));
        challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
    }
    let mut macs = std::collections::HashSet::new();
    for new in seen.0.lock().unwrap().iter() {
        assert!(macs.insert(*new.mac.as_bytes()), "equal codes have different digests");
        kept.extend(new.id.as_bytes());
        kept.extend(new.mac.as_bytes());
        kept.extend(new.salt.as_bytes());
        kept.extend(new.binding.as_bytes());
    }
    assert_eq!(kept.len(), 10_000 * (25 + 16 + 16 + 8));
    let codes: Vec<_> =
        phone.messages().iter().map(|m| m.code().unwrap().expose().to_owned()).collect();
    assert!(codes.len() == 10_000);
    // Six bytes in 650,000 are digits by chance once in 10^8 times; so are those of a digest.
    let windows: std::collections::HashSet<&[u8]> =
        kept.windows(6).chain(kept.windows(16)).collect();
    for code in &codes {
        assert!(!windows.contains(code.as_bytes()), "a code is stored");
        let digest = sha1::Sha1::digest(code.as_bytes());
        assert!(!windows.contains(&digest[..16]), "a plain digest is stored");
    }
    // The needle is found where it is.
    assert!(windows.contains(&kept[100..106]));
}
