//! Limits on requesters, and over many recipients.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use otpost::challenge::{BuildError, ChallengeErrorKind, Challenges, Client, Limits, Policy};

use super::{LOGIN, PAYMENT, RESET, World, number, swiss, world, wrong};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn recipient_gets_five_of_a_thousand_messages_at_once() {
    let policy = Policy::sms().with_cooldown(Duration::ZERO);
    let world = Arc::new(world(|builder| builder.policy(policy)));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let world = world.clone();
        tasks.spawn(async move { world.issue().await.is_ok() });
    }
    let mut issued = 0;
    while let Some(done) = tasks.join_next().await {
        issued += usize::from(done.unwrap());
    }
    assert_eq!((issued, world.phone.messages().len()), (5, 5));
}

/// Requests messages to so many numbers of one range. Returns how many were sent.
async fn pump(world: &World, from: usize, count: usize, verified: impl Fn(usize) -> bool) -> usize {
    let mut sent = 0;
    for at in from..from + count {
        let to = number(&format!("+41791230{at:03}"));
        let Ok(challenge) = world.challenges.issue(&to, LOGIN, Client::Internal).await else {
            continue;
        };
        sent += 1;
        if verified(at) {
            let code = world.code();
            let verdict = world.challenges.verify(challenge.token(), LOGIN, &code).await.unwrap();
            assert!(verdict.is_accepted());
        }
    }
    sent
}

#[tokio::test]
async fn range_of_numbers_shares_a_bucket_that_refills() {
    let world = world(|builder| builder.limits(Limits::standard()));
    assert_eq!(pump(&world, 0, 500, |_| false).await, 50);
    assert_eq!(world.heard("Refused(Range)"), 450);
    // Another range is not this one.
    assert!(world.issue().await.is_ok());
    // The bucket never closes: a message every 72 s.
    let to = number("+41791230999");
    let refused = world.challenges.issue(&to, LOGIN, Client::Internal).await.unwrap_err();
    assert_eq!(refused.kind(), ChallengeErrorKind::Contested);
    assert_eq!(refused.retry_after(), Some(HOUR / 50));
    world.pass(72);
    assert_eq!(pump(&world, 500, 10, |_| false).await, 1);
    world.pass(720);
    assert_eq!(pump(&world, 600, 50, |_| false).await, 10);
}

#[tokio::test]
async fn range_whose_codes_come_back_stays_open() {
    let limits = Limits::none().with_range(5);
    assert_eq!(pump(&world(|builder| builder.limits(limits)), 0, 400, |_| true).await, 400);
    // One in two gives back its own place, and the others use up the bucket.
    let world = world(|builder| builder.limits(limits));
    assert_eq!(pump(&world, 0, 400, |at| at % 2 == 0).await, 10);
}

#[tokio::test]
async fn region_and_application_stay_open_if_half_of_the_codes_come_back() {
    for limits in [Limits::none().with_region(20), Limits::none().with_application(20)] {
        let world = world(|builder| builder.limits(limits));
        // A success gives back two places.
        assert_eq!(pump(&world, 0, 60, |at| at % 2 == 1).await, 60);
        assert_eq!(pump(&world, 100, 60, |_| false).await, 20);
        // A tenth of the capacity is refilled per hour.
        world.pass(3_600);
        assert_eq!(pump(&world, 200, 60, |_| false).await, 2);
        world.pass(36_000);
        assert_eq!(pump(&world, 300, 60, |_| false).await, 20);
    }
}

#[tokio::test]
async fn region_grows_with_the_successes_of_a_day() {
    let world = world(|builder| builder.limits(Limits::none().with_region(20)));
    assert_eq!(pump(&world, 0, 480, |_| true).await, 480);
    // Half of the hourly average, 480 / 24, is 10.
    assert_eq!(pump(&world, 480, 60, |_| false).await, 30);
    // They are forgotten after a day and a slot of four hours.
    world.pass(28 * 3_600);
    assert_eq!(pump(&world, 540, 60, |_| false).await, 20);
}

#[tokio::test]
async fn regions_are_separate_and_so_are_humans() {
    let world = world(|builder| builder.limits(Limits::none().with_region(20)));
    assert_eq!(pump(&world, 0, 60, |_| false).await, 20);
    let german = number("+491701234567");
    assert!(world.challenges.issue(&german, LOGIN, Client::Internal).await.is_ok());
    // Strangers have used up their share only.
    for at in 0..30 {
        let to = number(&format!("+41791231{at:03}"));
        let issued = world.challenges.issue(&to, LOGIN, Client::Internal).human().await;
        assert_eq!(issued.is_ok(), at < 20);
        let Err(refused) = issued else { continue };
        assert_eq!(refused.kind(), ChallengeErrorKind::Limited);
    }
    assert_eq!(world.heard("Refused(RegionLimit)"), 50);
}

#[tokio::test]
async fn client_pays_for_each_request_and_uses_nothing_of_others() {
    let limits = Limits::none().with_client(3).with_application(5);
    let world = world(|builder| builder.limits(limits));
    let issue = async |at: usize, client: &str| {
        let to = number(&format!("+4179123{at:04}"));
        let client: IpAddr = client.parse().unwrap();
        world.challenges.issue(&to, LOGIN, client).await.map_err(|error| error.kind())
    };
    let mut sent = 0;
    for at in 0..100 {
        match issue(at, "192.0.2.1").await {
            Ok(_) => sent += 1,
            Err(kind) => assert_eq!(kind, ChallengeErrorKind::Limited),
        }
    }
    assert_eq!((sent, world.heard("Refused(Client)")), (3, 97));
    for at in 100..110 {
        sent += usize::from(issue(at, &format!("198.51.100.{at}")).await.is_ok());
    }
    assert_eq!((sent, world.phone.messages().len()), (5, 5));
    assert_eq!(world.heard("Refused(Application)"), 8);
    // The application has refused this client twice more, and each request has counted.
    for at in 110..112 {
        assert_eq!(issue(at, "198.51.100.109").await.err(), Some(ChallengeErrorKind::Contested));
    }
    assert_eq!(issue(112, "198.51.100.109").await.err(), Some(ChallengeErrorKind::Limited));
    // A client is counted for an hour, and up to ten minutes longer.
    world.pass(4_200);
    assert_eq!(issue(113, "192.0.2.1").await.err(), Some(ChallengeErrorKind::Contested));
}

#[tokio::test]
async fn client_requests_three_messages_for_a_recipient() {
    let policy = Policy::sms().with_cooldown(Duration::ZERO);
    let limits = Limits::none().with_client_and_recipient(3);
    let world = world(|builder| builder.policy(policy).limits(limits));
    let client = Client::new("account 7");
    let issue = async |to: &str, client: &Client| {
        let to = number(to);
        world.challenges.issue(&to, LOGIN, client.clone()).await.map_err(|error| error.kind())
    };
    let challenge = issue("+41791234567", &client).await.unwrap();
    // A resend is a message as well.
    world.challenges.resend(challenge.token(), LOGIN, client.clone()).await.unwrap();
    issue("+41791234567", &client).await.unwrap();
    let refused = issue("+41791234567", &client).await.unwrap_err();
    assert_eq!(refused, ChallengeErrorKind::Limited);
    let refused = world.challenges.resend(challenge.token(), LOGIN, client.clone()).await;
    assert_eq!(refused.unwrap_err().kind(), ChallengeErrorKind::Limited);
    assert_eq!(world.heard("Refused(ClientAndRecipient)"), 2);
    // Neither another recipient nor another client is concerned.
    issue("+41791234568", &client).await.unwrap();
    issue("+41791234567", &Client::new("account 8")).await.unwrap();
    // Nor is the application itself.
    issue("+41791234567", &Client::Internal).await.unwrap();
}

#[tokio::test]
async fn recipient_gets_a_third_of_its_total_from_strangers_and_from_humans() {
    let policy = Policy::sms().with_cooldown(Duration::ZERO).with_sends(90, 90);
    let world = world(|builder| builder.policy(policy));
    let to = swiss();
    for at in 0..15 {
        let issued = world.challenges.issue(&to, LOGIN, Client::Internal).await;
        assert_eq!(issued.is_ok(), at < 10);
        let human = world.challenges.issue(&to, PAYMENT, Client::Internal).human().await;
        assert_eq!(human.is_ok(), at < 10);
        if at >= 10 {
            // The kind tells the page if a CAPTCHA helps.
            assert_eq!(issued.unwrap_err().kind(), ChallengeErrorKind::Contested);
            assert_eq!(human.unwrap_err().kind(), ChallengeErrorKind::Quota);
        }
    }
    assert_eq!((world.heard("Refused(Daily)"), world.phone.messages().len()), (10, 20));
    // A day is over after 28 hours at the latest.
    world.pass(28 * 3_600);
    assert!(world.issue().await.is_ok());
}

#[tokio::test]
async fn recipient_total_counts_successes_too() {
    let policy = Policy::sms().with_cooldown(Duration::ZERO).with_total(6);
    let world = world(|builder| builder.policy(policy));
    for at in 0..8 {
        let issued = world.issue().await;
        let Ok(challenge) = issued else {
            let refused = issued.unwrap_err();
            assert_eq!((refused.kind(), at >= 4), (ChallengeErrorKind::Quota, true));
            continue;
        };
        let code = world.code();
        assert!(
            world.challenges.verify(challenge.token(), LOGIN, &code).await.unwrap().is_accepted()
        );
    }
    // The last third is left to known devices.
    assert_eq!((world.heard("Refused(Total)"), world.phone.messages().len()), (4, 4));
}

#[tokio::test]
async fn refusals_are_in_the_documented_order() {
    let policy = Policy::sms().with_sends(1, 2).with_lock(1, HOUR);
    let limits = Limits::standard().with_client(6).with_client_and_recipient(3).with_region(3);
    let world = world(|builder| builder.policy(policy).limits(limits));
    let client = Client::new("one");
    let refused = async |to: &str, purpose, last: &str| {
        let to = number(to);
        let refused = world.challenges.issue(&to, purpose, client.clone()).await.unwrap_err();
        let event = world.events.lock().unwrap().last().unwrap().clone();
        assert!(event.contains(last), "{event}");
        refused.kind()
    };
    let first = world.challenges.issue(&swiss(), LOGIN, client.clone()).await.unwrap();
    // The hour comes before the cooldown, and a lock before the hour.
    let swiss = "+41791234567";
    assert_eq!(refused(swiss, LOGIN, "Refused(Quota)").await, ChallengeErrorKind::Contested);
    let typed = wrong(&world.code());
    let _ = world.challenges.verify(first.token(), LOGIN, &typed).await.unwrap();
    assert_eq!(refused(swiss, LOGIN, "Refused(Locked)").await, ChallengeErrorKind::Contested);
    // The day comes before the lock, and regardless of the purpose.
    let to = number(swiss);
    world.challenges.issue(&to, PAYMENT, client.clone()).await.unwrap();
    assert_eq!(refused(swiss, LOGIN, "Refused(Daily)").await, ChallengeErrorKind::Contested);
    assert_eq!(refused(swiss, RESET, "Refused(Daily)").await, ChallengeErrorKind::Contested);
    // The client comes before everything but the region policy.
    assert_eq!(refused(swiss, LOGIN, "Refused(Client)").await, ChallengeErrorKind::Limited);
    assert_eq!(refused("+33612345678", LOGIN, "Refused(Region)").await, ChallengeErrorKind::Region);
}

#[test]
fn limits_of_zero_are_refused() {
    let zero = [
        Limits::none().with_client(0),
        Limits::none().with_client_and_recipient(0),
        Limits::none().with_range(0),
        Limits::none().with_region(0),
        Limits::none().with_application(0),
    ];
    for limits in zero {
        let built = Challenges::builder(otpost::challenge::Pepper::random().unwrap())
            .app("Acme")
            .provider(otpost::testing::RecordingProvider::new())
            .store(otpost::store::MemoryStore::new())
            .any_region()
            .limits(limits)
            .build();
        assert_eq!(built.err(), Some(BuildError::NoMessages), "{limits:?}");
    }
}

#[tokio::test]
async fn limits_for_a_launch_allow_a_tenth_to_a_region() {
    assert_eq!(Limits::expecting(0), Limits::standard());
    let standard = Limits::standard();
    assert_eq!(Limits::expecting(20_000), standard.with_region(2_000).with_application(10_000));
}

#[tokio::test]
async fn region_policy_lets_no_message_go_elsewhere() {
    let world = world(|builder| builder);
    for to in ["+33612345678", "+12425550123", "+870773111632"] {
        let refused =
            world.challenges.issue(&number(to), LOGIN, Client::Internal).await.unwrap_err();
        assert_eq!(refused.kind(), ChallengeErrorKind::Region);
    }
    assert!(world.phone.messages().is_empty());
    assert_eq!(world.heard("Refused(Region)"), 3);
}

/// CVE-2026-45364: an address has many spellings, and a customer many addresses.
#[test]
fn client_is_one_in_ten_thousand_spellings() {
    let expected = Client::from("2001:db8:1:2::".parse::<IpAddr>().unwrap());
    let mut random = 1_u64;
    for _ in 0..10_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let low: [u16; 4] = [48, 32, 16, 0].map(|shift| (random >> shift) as u16);
        let address = Ipv6Addr::new(0x2001, 0xdb8, 1, 2, low[0], low[1], low[2], low[3]);
        let spelled = match random % 3 {
            0 => address.to_string().to_uppercase(),
            1 => address.segments().map(|part| format!("{part:04x}")).join(":"),
            _ => address.to_string(),
        };
        assert_eq!(Client::from(spelled.parse::<IpAddr>().unwrap()), expected, "{spelled}");
    }
    assert!(!format!("{expected:?}").contains("2001"));
    assert_ne!(Client::new("a"), Client::new("b"));
}
