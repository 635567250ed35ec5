//! W2: limits over many recipients.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use otpost::PhoneNumber;
use otpost::challenge::{ChallengeErrorKind, Client, Guards, Policy};

use super::{LOGIN, number, swiss, world};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_at_once_get_five_messages() {
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

#[tokio::test]
async fn adjacent_numbers_share_a_window() {
    let world = world(|builder| builder.guards(Guards::standard()));
    let to = |at: usize| number(&format!("+41791230{at:03}"));
    let mut sent = 0;
    for at in 0..1_000 {
        match world.challenges.issue(&to(at), LOGIN, Client::Internal).await {
            Ok(_) => sent += 1,
            Err(error) => assert_eq!(error.kind(), ChallengeErrorKind::Guarded),
        }
    }
    assert_eq!((sent, world.heard("Prefix")), (50, 950));
    // Another range is not this one.
    assert!(world.challenges.issue(&swiss(), LOGIN, Client::Internal).await.is_ok());
    // After an hour there would be more, but nobody has typed a code in.
    world.pass(3_600);
    let refused = world.challenges.issue(&to(1), LOGIN, Client::Internal).await.unwrap_err();
    assert_eq!(refused.kind(), ChallengeErrorKind::Guarded);
    assert!(refused.retry_after().unwrap() > HOUR);
    assert_eq!(world.heard("Conversion"), 1);
}

#[tokio::test]
async fn codes_that_come_back_keep_a_range_open() {
    let guards = Guards::none().with_conversion(50, 10);
    let world = world(|builder| builder.guards(guards));
    for at in 0..200_usize {
        let to = number(&format!("+41791230{at:03}"));
        let challenge = world.challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
        if at % 9 == 0 {
            let code = world.code();
            let verdict = world.challenges.verify(challenge.token(), LOGIN, &code).await.unwrap();
            assert!(verdict.is_accepted());
        }
    }
}

#[tokio::test]
async fn a_region_whose_codes_do_not_come_back_is_closed() {
    let guards = Guards::none().with_region_conversion(20, 50);
    let world = world(|builder| builder.guards(guards));
    // Half of the Swiss type their code in, and nobody else does.
    let (mut swiss, mut german) = (0, 0);
    for at in 0..60 {
        let to = number(&format!("+4179{at:07}"));
        if let Ok(challenge) = world.challenges.issue(&to, LOGIN, Client::Internal).await {
            swiss += 1;
            if at % 2 == 0 {
                let code = world.code();
                let verify = world.challenges.verify(challenge.token(), LOGIN, &code);
                assert!(verify.await.unwrap().is_accepted());
            }
        }
        let to = number(&format!("+49170{at:07}"));
        german += usize::from(world.challenges.issue(&to, LOGIN, Client::Internal).await.is_ok());
    }
    assert_eq!((swiss, german), (60, 20));
    assert_eq!(world.heard("Conversion"), 40);
}

#[tokio::test]
async fn what_is_refused_early_uses_nothing_of_the_others() {
    let guards = Guards::none().with_client(2, HOUR).with_application(5, HOUR);
    let world = world(|builder| builder.guards(guards));
    let greedy: IpAddr = "192.0.2.1".parse().unwrap();
    let issue = |at: usize, client: IpAddr| {
        let challenges = world.challenges.clone();
        async move {
            let to: PhoneNumber = number(&format!("+4179123{at:04}"));
            challenges.issue(&to, LOGIN, client).await.is_ok()
        }
    };
    let mut sent = 0;
    for at in 0..100 {
        sent += usize::from(issue(at, greedy).await);
    }
    assert_eq!(sent, 2);
    for at in 100..110 {
        let other: IpAddr = format!("198.51.100.{at}").parse().unwrap();
        sent += usize::from(issue(at, other).await);
    }
    assert_eq!((sent, world.phone.messages().len()), (5, 5));
    assert_eq!((world.heard("Client"), world.heard("Application")), (98, 7));
}

#[tokio::test]
async fn no_message_goes_elsewhere() {
    let world = world(|builder| builder);
    for to in ["+33612345678", "+12425550123", "+870773111632"] {
        let refused =
            world.challenges.issue(&number(to), LOGIN, Client::Internal).await.unwrap_err();
        assert_eq!(refused.kind(), ChallengeErrorKind::Region);
    }
    assert!(world.phone.messages().is_empty());
    assert_eq!(world.heard("Region"), 3);
}

/// CVE-2026-45364: an address has many spellings, and a customer many addresses.
#[test]
fn ten_thousand_spellings_are_one_client() {
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
