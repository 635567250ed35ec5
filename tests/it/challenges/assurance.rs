//! The kinds of requesters: strangers, verified humans and known devices, each with limits of its
//! own.

use std::time::{Duration, SystemTime};

use otpost::challenge::{
    Challenge, ChallengeError, ChallengeErrorKind, Client, DeviceToken, Issue, Policy, Purpose,
    Verdict,
};

use super::{LOGIN, PAYMENT, World, number, swiss, world, wrong};

/// A requester, as the application describes it.
#[derive(Clone, Copy, Debug)]
enum By<'a> {
    Stranger,
    Human,
    Device(&'a DeviceToken),
}

impl<'a> By<'a> {
    fn of(self, issue: Issue<'a>) -> Issue<'a> {
        match self {
            Self::Stranger => issue,
            Self::Human => issue.human(),
            Self::Device(token) => issue.device(token),
        }
    }

    /// The kind of a refusal that only concerns this kind of requester.
    fn refusal(self, of_known: ChallengeErrorKind) -> ChallengeErrorKind {
        match self {
            Self::Stranger => ChallengeErrorKind::Contested,
            Self::Human | Self::Device(_) => of_known,
        }
    }
}

impl World {
    async fn by(&self, by: By<'_>, purpose: Purpose<'_>) -> Result<Challenge, ChallengeError> {
        let to = swiss();
        by.of(self.challenges.issue(&to, purpose, Client::Internal)).await
    }

    async fn enter(&self, challenge: &Challenge, typed: &str) -> Verdict {
        self.challenges.verify(challenge.token(), LOGIN, typed).await.unwrap()
    }

    /// The token of a device on which this number was verified.
    async fn device(&self, to: &str) -> DeviceToken {
        let to = number(to);
        let challenge = self.challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
        let Verdict::Accepted(accepted) = self.enter(&challenge, &self.code()).await else {
            panic!("the code is correct")
        };
        accepted.device_token().unwrap().clone()
    }

    /// Uses up the messages of strangers, and returns `true` if this device token is not valid.
    async fn is_ignored(&self, token: &DeviceToken) -> bool {
        while self.by(By::Stranger, LOGIN).await.is_ok() {}
        match self.by(By::Device(token), LOGIN).await {
            Ok(_) => false,
            Err(refused) => {
                assert_eq!(refused.kind(), ChallengeErrorKind::Contested);
                true
            }
        }
    }
}

fn eager() -> Policy {
    Policy::sms().with_cooldown(Duration::ZERO)
}

const SWISS: &str = "+41791234567";

#[tokio::test]
async fn budgets_of_strangers_humans_and_devices_are_separate() {
    let world = world(|builder| builder.policy(eager()));
    let (one, other) = (world.device(SWISS).await, world.device(SWISS).await);
    for by in [By::Stranger, By::Device(&one), By::Human, By::Device(&other)] {
        for _ in 0..5 {
            world.by(by, LOGIN).await.unwrap();
        }
        let refused = world.by(by, LOGIN).await.unwrap_err();
        assert_eq!(refused.kind(), by.refusal(ChallengeErrorKind::Quota), "{by:?}");
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(3_600)));
    }
}

#[tokio::test]
async fn budgets_of_a_day_are_separate() {
    let policy = eager().with_sends(10, 3);
    let world = world(|builder| builder.policy(policy));
    let (one, other) = (world.device(SWISS).await, world.device(SWISS).await);
    for by in [By::Device(&one), By::Human, By::Stranger, By::Device(&other)] {
        for purpose in [LOGIN, PAYMENT, LOGIN] {
            world.by(by, purpose).await.unwrap();
        }
        let refused = world.by(by, PAYMENT).await.unwrap_err();
        assert_eq!(refused.kind(), by.refusal(ChallengeErrorKind::Quota), "{by:?}");
    }
    assert_eq!(world.heard("Refused(Daily)"), 4);
}

#[tokio::test]
async fn budget_of_a_device_includes_its_requests() {
    let limits = otpost::challenge::Limits::none().with_client(4).with_client_and_recipient(1);
    let world = world(|builder| builder.policy(eager()).limits(limits));
    let token = world.device(SWISS).await;
    // The address is used up by others. The device is a client of its own.
    let (address, to) = (Client::new("an office"), swiss());
    for at in 0..6 {
        let to = number(&format!("+4179123{at:04}"));
        let issued = world.challenges.issue(&to, LOGIN, address.clone()).await;
        assert_eq!(issued.is_ok(), at < 4);
    }
    for at in 0..6 {
        let issue = world.challenges.issue(&to, LOGIN, address.clone()).device(&token);
        let Err(refused) = issue.await else {
            assert!(at < 4);
            continue;
        };
        assert_eq!((refused.kind(), at >= 4), (ChallengeErrorKind::Limited, true));
    }
}

#[tokio::test]
async fn cooldowns_of_strangers_humans_and_devices_are_separate() {
    let world = world(|builder| builder);
    let token = world.device(SWISS).await;
    world.pass(30);
    for by in [By::Stranger, By::Human, By::Device(&token)] {
        world.by(by, LOGIN).await.unwrap();
        let refused = world.by(by, LOGIN).await.unwrap_err();
        assert_eq!(refused.kind(), ChallengeErrorKind::Cooldown, "{by:?}");
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(30)));
    }
}

#[tokio::test]
async fn guesses_and_locks_of_strangers_humans_and_devices_are_separate() {
    let policy = eager().with_lock(3, Duration::from_secs(600));
    let world = world(|builder| builder.policy(policy));
    let (one, other) = (world.device(SWISS).await, world.device(SWISS).await);
    let all = [By::Stranger, By::Device(&one), By::Human, By::Device(&other)];
    let mut open = Vec::new();
    for by in all {
        open.push((by, world.by(by, LOGIN).await.unwrap(), world.code()));
    }
    for (by, challenge, code) in &open {
        for left in (2..5).rev() {
            let verdict = world.enter(challenge, &wrong(code)).await;
            assert!(
                matches!(verdict, Verdict::Wrong { attempts_left, .. } if attempts_left == left),
                "{by:?}: {verdict:?}"
            );
        }
        let verdict = world.enter(challenge, code).await;
        assert_eq!(verdict.retry_after(), Some(Duration::from_secs(600)), "{by:?}");
        for refused in [
            world.by(*by, LOGIN).await.unwrap_err(),
            world.challenges.resend(challenge.token(), LOGIN, Client::Internal).await.unwrap_err(),
        ] {
            assert_eq!(refused.kind(), by.refusal(ChallengeErrorKind::Locked), "{by:?}");
        }
        // The lock is for one purpose.
        assert!(world.by(*by, PAYMENT).await.is_ok());
    }
}

#[tokio::test]
async fn budget_of_a_resend_is_that_of_its_issue() {
    let world = world(|builder| builder.policy(eager()));
    let token = world.device(SWISS).await;
    let mut open = Vec::new();
    for by in [By::Stranger, By::Human, By::Device(&token)] {
        open.push((by, world.by(by, LOGIN).await.unwrap()));
    }
    for (by, challenge) in open {
        for at in 0..6 {
            let resend = world.challenges.resend(challenge.token(), LOGIN, Client::Internal);
            let Err(refused) = resend.await else {
                assert!(at < 4, "{by:?}");
                continue;
            };
            assert_eq!(refused.kind(), by.refusal(ChallengeErrorKind::Quota), "{by:?}");
        }
    }
}

#[tokio::test]
async fn device_token_that_is_not_valid_for_the_number_is_ignored() {
    let world = world(|builder| builder.policy(eager()));
    let token = world.device(SWISS).await;
    let foreign = world.device("+41791234568").await;
    let other_tenant = world_of("other").device(SWISS).await;
    assert_eq!(token.as_str().len(), 39);
    let bytes = data_encoding::BASE64URL_NOPAD.decode(token.as_str().as_bytes()).unwrap();
    let mut forged = vec![
        String::new(),
        "x".repeat(39),
        "x".repeat(1 << 20),
        "ä".repeat(39),
        format!("{token}="),
        token.as_str()[1..].to_owned(),
        foreign.as_str().to_owned(),
        other_tenant.as_str().to_owned(),
        world.by(By::Stranger, LOGIN).await.unwrap().token().as_str().to_owned(),
    ];
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        forged.push(data_encoding::BASE64URL_NOPAD.encode(&changed));
    }
    for text in forged {
        assert!(world.is_ignored(&DeviceToken::new(text.clone())).await, "{text:.80}");
    }
    assert!(!world.is_ignored(&token).await);
    // It names a device, and logs nobody in: it reveals no part of the number either.
    assert!(!bytes.windows(4).any(|part| b"41791234567".windows(4).any(|own| own == part)));
    assert!(!format!("{token:?}{token:#?}").contains(token.as_str()));
}

fn world_of(tenant: &str) -> World {
    world(|builder| builder.tenant(tenant))
}

#[tokio::test]
async fn device_token_lasts_180_days() {
    const DAY: u64 = 86_400;
    let world = world(|builder| builder.policy(eager()));
    let token = world.device(SWISS).await;
    world.pass(179 * DAY);
    assert!(!world.is_ignored(&token).await);
    world.pass(2 * DAY);
    assert!(world.is_ignored(&token).await);
    // Not before it was made: the clock of this process may have been wrong.
    let early = super::world(|builder| builder.policy(eager()));
    assert!(!early.is_ignored(&token).await);
    early.clock.set(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - 2 * DAY));
    assert!(early.is_ignored(&token).await);
}

#[tokio::test]
async fn device_tokens_are_another_one_for_each_success() {
    let world = world(|builder| builder.policy(eager()));
    let (one, other) = (world.device(SWISS).await, world.device(SWISS).await);
    assert_ne!(one, other);
    for token in [&one, &other] {
        assert!(!world.is_ignored(token).await, "an older one stays valid");
    }
}

#[tokio::test]
async fn device_token_is_not_part_of_a_repeated_acceptance() {
    let world = world(|builder| builder);
    let challenge = world.issue().await.unwrap();
    let code = world.code();
    for is_repeated in [false, true, true] {
        let verify = world.challenges.verify(challenge.token(), LOGIN, &code).nonce(b"session");
        let Verdict::Accepted(accepted) = verify.await.unwrap() else { panic!("it is correct") };
        assert_eq!(accepted.is_repeated(), is_repeated);
        assert_eq!(accepted.device_token().is_none(), is_repeated);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn device_token_is_given_to_one_of_parallel_verifications() {
    for _ in 0..50 {
        let world = world(|builder| builder);
        let challenge = world.issue().await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (challenges, code) = (world.challenges.clone(), world.code());
            let token = challenge.token().clone();
            tasks.spawn(async move {
                challenges.verify(&token, LOGIN, &code).nonce(b"session").await.unwrap()
            });
        }
        let (mut first, mut tokens) = (0, 0);
        while let Some(verdict) = tasks.join_next().await {
            let Verdict::Accepted(accepted) = verdict.unwrap() else { panic!("it is correct") };
            first += usize::from(!accepted.is_repeated());
            tokens += usize::from(accepted.device_token().is_some());
            assert_eq!(accepted.is_repeated(), accepted.device_token().is_none());
        }
        assert_eq!((first, tokens), (1, 1));
    }
}
