//! C9, and what the builder refuses.

use std::time::Duration;

use otpost::Digits;
use otpost::challenge::{BuildError, Challenges, Client, Pepper, PepperError, Policy};
use otpost::message::{Locale, MessageTemplates, TextTemplate};
use otpost::store::MemoryStore;
use otpost::testing::RecordingProvider;

use super::LOGIN;
use super::world;
use crate::scale::cases;

fn pepper() -> Pepper {
    Pepper::new(0, vec![1; 32]).unwrap()
}

#[test]
fn the_chance_of_a_guess_is_computed_and_bounded() {
    let mut refused = 0;
    for (digits, modulus) in [(Digits::Six, 1e6), (Digits::Seven, 1e7), (Digits::Eight, 1e8)] {
        for attempts in [1, 2, 3, 5, 10, 50, 99, 100, 101, 999, 1_001, 10_000, 10_001, 60_000] {
            let policy = Policy::sms().with_digits(digits).with_attempts(attempts);
            let expected = f64::from(attempts) / modulus;
            assert!((policy.guess_probability() - expected).abs() < 1e-12);
            assert!((policy.daily_guess_probability() - expected * 10.0).abs() < 1e-12);
            let build = |policy| {
                Challenges::builder(pepper())
                    .app("Acme")
                    .provider(RecordingProvider::new())
                    .store(MemoryStore::new())
                    .any_region()
                    .policy(policy)
                    .build()
                    .map(|_| ())
            };
            let expected = if expected > 1e-4 { Err(BuildError::Weak) } else { Ok(()) };
            assert_eq!(build(policy), expected, "{attempts} {digits:?}");
            refused += usize::from(expected.is_err());
            assert_eq!(build(policy.with_weak_allowed()), Ok(()));
        }
    }
    assert!((10..20).contains(&refused), "{refused}");
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let whole = || {
        Challenges::builder(pepper())
            .app("Acme")
            .provider(RecordingProvider::new())
            .store(MemoryStore::new())
            .any_region()
    };
    let nothing = || Challenges::builder(pepper());
    let policy = Policy::sms();
    let long = TextTemplate::parse(&format!("{{{{code}}}} {}", "x".repeat(160))).unwrap();
    let long = MessageTemplates::new().with_template("login", Locale::parse("en").unwrap(), long);
    for (builder, expected) in [
        (nothing(), BuildError::NoStore),
        (nothing().store(MemoryStore::new()), BuildError::NoTexts),
        (nothing().store(MemoryStore::new()).app("Acme"), BuildError::NoProvider),
        (
            nothing().store(MemoryStore::new()).app("Acme").provider(RecordingProvider::new()),
            BuildError::NoRegions,
        ),
        (whole().regions(["CH", "UK"]), BuildError::Region("UK".to_owned())),
        (whole().many_processes(), BuildError::NotShared),
        (whole().policy(policy.with_lifetime(Duration::from_secs(601))), BuildError::Lifetime),
        (whole().policy(policy.with_lifetime(Duration::from_secs(59))), BuildError::Lifetime),
        (whole().policy(policy.with_attempts(0)), BuildError::Nothing),
        (whole().policy(policy.with_sends(0, 1)), BuildError::Nothing),
        (whole().policy(policy.with_lock(0, Duration::ZERO)), BuildError::Nothing),
    ] {
        assert_eq!(builder.build().map(|_| ()), Err(expected));
    }
    assert!(matches!(
        whole().message_templates(long).build(),
        Err(BuildError::MessageTemplates(_))
    ));
    assert!(matches!(whole().app("x".repeat(150)).build(), Err(BuildError::MessageTemplates(_))));
    for policy in [Policy::sms(), Policy::psd2(), Policy::nist()] {
        assert!(whole().policy(policy).build().is_ok());
    }
}

#[test]
fn peppers_are_read_and_hide_themselves() {
    let text = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    for good in [text, &format!("{text}="), &format!(" 3: {text}"), &format!("2:{text},1:{text}")] {
        let shown = format!("{:?}", Pepper::parse(good).unwrap());
        assert!(!shown.contains("Bwc") && !shown.contains("7, 7"), "{shown}");
    }
    for (bad, expected) in [
        ("", PepperError::Short),
        ("BwcHBwc", PepperError::Short),
        ("no base64 at all!", PepperError::Text(0)),
        (&format!("{text},2:?"), PepperError::Text(1)),
        (&format!("300:{text}"), PepperError::Text(0)),
        (&format!("1:{text},1:{text}"), PepperError::Twice(1)),
    ] {
        assert_eq!(Pepper::parse(bad).map(|_| ()), Err(expected.clone()), "{bad}");
        assert!(!expected.to_string().contains("Bwc"));
    }
    let many: Vec<_> = (0..9).map(|id| format!("{id}:{text}")).collect();
    assert_eq!(Pepper::parse(&many.join(",")).map(|_| ()), Err(PepperError::Many));
    let unset = Pepper::from_env("OTPOST_NO_SUCH_VARIABLE").map(|_| ());
    assert_eq!(unset, Err(PepperError::Unset("OTPOST_NO_SUCH_VARIABLE".to_owned())));
}

/// Guesses succeed as often as the policy says.
#[tokio::test]
async fn guesses_succeed_as_often_as_computed() {
    let count = cases("OTPOST_CASES", 1_000, 20_000);
    let policy = Policy::sms().with_attempts(50).with_cooldown(Duration::ZERO);
    let world = world(|builder| builder.policy(policy.with_sends(5, 10)));
    let mut hits = 0_u32;
    for at in 0..count {
        let to = super::number(&format!("+4179{:07}", at % 10_000_000));
        let challenge = world.challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
        for guess in 0..50 {
            let typed = format!("{:06}", (at * 7_919 + guess * 20_011) % 1_000_000);
            let verdict = world.challenges.verify(challenge.token(), LOGIN, &typed).await.unwrap();
            hits += u32::from(verdict.is_accepted());
            if verdict.is_accepted() {
                break;
            }
        }
        if at % 1_000 == 0 {
            world.events.lock().unwrap().clear();
            world.pass(600);
        }
    }
    let expected = count as f64 * policy.guess_probability();
    let deviation = (f64::from(hits) - expected).abs() / expected.sqrt();
    assert!(deviation < 6.0, "{hits} hits where {expected} are expected");
    let stats = world.challenges.stats();
    assert!((stats.expected_hits - expected).abs() < 0.05, "{}", stats.expected_hits);
}
