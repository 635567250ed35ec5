//! What stores have to hold in the numbers of the requirements, and not only in principle.

use std::sync::Arc;
#[cfg(any(feature = "postgres", feature = "redis"))]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use otpost::PhoneNumber;
use otpost::challenge::{Challenges, Client, Limits, Pepper, Policy, Verdict};
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, LimitStore, Mac, NewChallenge, OpenRule,
    Opened, Salt, SendWindow,
};
use otpost::testing::RecordingProvider;
use tokio::task::JoinSet;

use crate::challenges::{LOGIN, PAYMENT, RESET};

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    otpost::otp::fill_random(&mut bytes).unwrap();
    bytes
}

pub(super) fn challenge(attempts: u16) -> NewChallenge {
    challenge_of(random(), attempts)
}

pub(super) fn challenge_of(recipient: [u8; 8], attempts: u16) -> NewChallenge {
    let id = ChallengeId::new(0, recipient, random());
    let (mac, salt) = (Mac::new(random()), Salt::new(random()));
    NewChallenge::new(id, mac, salt, attempts)
}

pub(super) fn free() -> OpenRule {
    let window = SendWindow::new(u16::MAX, DAY);
    OpenRule::new(Duration::from_secs(300), Duration::ZERO, Duration::ZERO, window)
}

pub(super) fn patient() -> AttemptRule {
    AttemptRule::new(u16::MAX, Duration::ZERO, Duration::ZERO, DAY)
}

/// Answers all challenges at once, and kills the server as soon as this many are accepted. Returns
/// those of which the caller has seen the acceptance.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(super) async fn die_under_load<S>(
    store: S,
    opened: &[NewChallenge],
    before: usize,
    kill: impl FnOnce(),
) -> Vec<NewChallenge>
where
    S: ChallengeStore + Clone,
{
    let (count, mut tasks) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
    for new in opened.iter().cloned() {
        let (store, count) = (store.clone(), count.clone());
        tasks.spawn(async move {
            let seen = store.attempt(&new.id, &new.mac, None, &patient()).await;
            let is_accepted = matches!(seen, Ok(Attempt::Accepted { .. }));
            count.fetch_add(usize::from(is_accepted), Ordering::Relaxed);
            is_accepted.then_some(new)
        });
    }
    // In the midst of it. A server that is too slow refuses some before.
    let mut accepted = Vec::new();
    while count.load(Ordering::Relaxed) < before {
        match tasks.try_join_next() {
            Some(task) => accepted.extend(task.unwrap()),
            None if tasks.is_empty() => break,
            None => tokio::task::yield_now().await,
        }
    }
    kill();
    while let Some(task) = tasks.join_next().await {
        accepted.extend(task.unwrap());
    }
    accepted
}

/// Rounds of a race: `part` of them, twice as many in `.ci/run`, and the whole with
/// `OTPOST_WHOLE=1 cargo test -p otpost-tests --all-features -- stores::`.
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
pub(super) fn rounds(part: usize, whole: usize) -> usize {
    if std::env::var_os("OTPOST_WHOLE").is_some() {
        return whole;
    }
    part * usize::try_from(crate::scale::cases("OTPOST_RACES", 1, 1)).unwrap()
}

/// Rounds of [`one_success`]: 100 in `.ci/run`.
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
pub(super) fn races() -> usize {
    usize::try_from(crate::scale::cases("OTPOST_ROUNDS", 10, 100)).unwrap()
}

/// S1: of 1,000 right guesses at once exactly one is accepted; so many rounds.
pub(super) async fn one_success(store: Arc<dyn ChallengeStore>, rounds: usize) {
    for round in 0..rounds {
        let new = challenge(u16::MAX);
        assert!(matches!(store.open(&new, &free()).await.unwrap(), Opened::Created { .. }));
        let mut tasks = JoinSet::new();
        for _ in 0..1_000 {
            let store = store.clone();
            tasks.spawn(async move {
                store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap()
            });
        }
        let mut accepted = 0;
        while let Some(done) = tasks.join_next().await {
            accepted += usize::from(matches!(done.unwrap(), Attempt::Accepted { .. }));
        }
        assert_eq!(accepted, 1, "round {round}");
    }
}

/// S2 and S3: 64 tasks guess so often each, and every other round one of them is right; never more than five guesses are compared, and never is the sixth accepted.
pub(super) async fn five_guesses(store: Arc<dyn ChallengeStore>, rounds: usize, guesses: usize) {
    for round in 0..rounds {
        let new = challenge(5);
        let _ = store.open(&new, &free()).await.unwrap();
        let mut tasks = JoinSet::new();
        for task in 0..64 {
            let store = store.clone();
            tasks.spawn(async move {
                let mut answers = Vec::new();
                for guess in 0..guesses {
                    let is_right = round % 2 == 0 && (task, guess) == (63, 1);
                    let mac = if is_right { new.mac } else { Mac::new(random()) };
                    answers.push(store.attempt(&new.id, &mac, None, &patient()).await.unwrap());
                }
                answers
            });
        }
        let (mut accepted, mut wrong) = (0, Vec::new());
        while let Some(done) = tasks.join_next().await {
            for answer in done.unwrap() {
                match answer {
                    Attempt::Accepted { .. } => accepted += 1,
                    Attempt::Wrong { left, .. } => wrong.push(left),
                    _ => {}
                }
            }
        }
        wrong.sort_unstable();
        assert!(accepted <= 1 && accepted + wrong.len() <= 5, "round {round}: {wrong:?}");
        assert!(accepted == 1 || wrong == [0, 1, 2, 3, 4], "round {round}: {wrong:?}");
        let after = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
        assert!(matches!(after, Attempt::Gone(_)), "round {round}");
    }
}

/// W2: 1,000 concurrent issues with a limit of five are five messages; those that are refused take no place under the limits that numbers share.
pub(super) async fn five_messages(store: impl ChallengeStore + LimitStore + Clone) {
    let phone = RecordingProvider::new();
    let is_shared = store.is_shared();
    let builder = Challenges::builder(Pepper::random().unwrap());
    let builder = if is_shared { builder.many_processes() } else { builder };
    let challenges = builder
        .app("Acme")
        .provider(phone.clone())
        .store(store)
        .any_region()
        // A thousand callers wait for a few connections, for as long as it takes here.
        .store_timeout(None)
        .policy(Policy::sms().with_cooldown(Duration::ZERO))
        .limits(Limits::standard().with_range(20).with_region(1_000).with_application(1_000))
        .build()
        .unwrap();
    let to = PhoneNumber::parse("+41791234567").unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..1_000 {
        let (challenges, to) = (challenges.clone(), to.clone());
        tasks.spawn(async move { challenges.issue(&to, LOGIN, Client::Internal).await.is_ok() });
    }
    let mut issued = 0;
    while let Some(done) = tasks.join_next().await {
        issued += usize::from(done.unwrap());
    }
    assert_eq!((issued, phone.messages().len()), (5, 5));
    // Numbers side by side share a bucket, of which five places are taken.
    let mut sent = 5;
    for at in 0..60 {
        let to = PhoneNumber::parse(&format!("+41791234{at:03}")).unwrap();
        sent += usize::from(challenges.issue(&to, RESET, Client::Internal).await.is_ok());
    }
    assert_eq!(sent, 20);
}

/// S13: neither a code, nor a plain digest of one in bytes, hex or base64, nor a number.
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
pub(super) fn holds_no_code(dump: &[u8], messages: &[otpost::Message]) {
    use sha1::Digest;
    assert!(messages.len() >= 1_000 && dump.len() > 100 * messages.len());
    let six: std::collections::HashSet<&[u8]> = dump.windows(6).collect();
    let twelve: std::collections::HashSet<&[u8]> = dump.windows(12).collect();
    let eleven: std::collections::HashSet<&[u8]> = dump.windows(11).collect();
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    // Digests in base64 have six digits in a row by chance now and then; as many codes as chance gives are no leak.
    let by_chance = six.iter().filter(|window| digits(window)).count();
    let mut hits = 0;
    for message in messages {
        let code = message.code().unwrap().expose();
        hits += usize::from(six.contains(code.as_bytes()));
        let digest = sha1::Sha1::digest(code.as_bytes());
        let hex = data_encoding::HEXLOWER.encode(&digest);
        let base64 = data_encoding::BASE64.encode(&digest);
        for needle in [&digest[..12], &hex.as_bytes()[..12], &base64.as_bytes()[..12]] {
            assert!(!twelve.contains(needle), "a plain digest is stored");
        }
        assert!(!eleven.contains(message.to().plain().as_bytes()), "a number is stored");
    }
    let expected = by_chance as f64 / 1e6 * messages.len() as f64;
    assert!(hits as f64 <= expected + 6.0 * expected.sqrt() + 3.0, "{hits} codes are stored");
}

/// I2, I5, I7, I8 and I11 by the whole flow, as an application sees it.
pub(super) async fn whole_flow(store: impl ChallengeStore + LimitStore + Clone) {
    let phone = RecordingProvider::new();
    let policy = Policy::sms().with_cooldown(Duration::ZERO).with_sends(100, 100);
    let challenges = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(phone.clone())
        .store(store)
        .store_timeout(None)
        .any_region()
        .policy(policy)
        .build()
        .unwrap();
    let code = || phone.messages().last().unwrap().code().unwrap().expose().to_owned();
    let number = |text: &str| PhoneNumber::parse(text).unwrap();
    let (to, other) = (number("+41791234567"), number("+41791234568"));

    // For one purpose, binding and recipient, and used once, with its answer again for the same attempt.
    let issued = challenges.issue(&to, PAYMENT, Client::Internal).bind(b"CHF 10").await.unwrap();
    let (id, right) = (issued.token().clone(), code());
    let verify = || challenges.verify(&id, PAYMENT, &right);
    for wrong in [verify(), verify().bind(b"CHF 11")] {
        assert!(matches!(wrong.await.unwrap(), Verdict::Wrong { .. }));
    }
    let elsewhere = challenges.verify(&id, LOGIN, &right).bind(b"CHF 10");
    assert_eq!(elsewhere.await.unwrap(), Verdict::Gone);
    for _ in 0..3 {
        let verdict = verify().bind(b"CHF 10").nonce(b"one attempt").await.unwrap();
        assert!(matches!(verdict, Verdict::Accepted(accepted) if *accepted.recipient() == to));
    }
    assert_eq!(verify().bind(b"CHF 10").nonce(b"another").await.unwrap(), Verdict::Gone);

    // Sent again it is the same code, with the guesses that were left; for another purpose it is not sent.
    let issued = challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
    let (id, right) = (issued.token().clone(), code());
    let typed = if right == "000000" { "000001" } else { "000000" };
    let wrong = challenges.verify(&id, LOGIN, typed).await.unwrap();
    assert!(matches!(wrong, Verdict::Wrong { attempts_left: 4, .. }));
    challenges.resend(&id, LOGIN, Client::Internal).await.unwrap();
    assert_eq!(code(), right);
    assert!(challenges.resend(&id, PAYMENT, Client::Internal).await.is_err());
    let wrong = challenges.verify(&id, LOGIN, typed).await.unwrap();
    assert!(matches!(wrong, Verdict::Wrong { attempts_left: 3, .. }));
    assert!(challenges.revoke(&id, LOGIN).await.unwrap());
    assert_eq!(challenges.verify(&id, LOGIN, &right).await.unwrap(), Verdict::Gone);

    // Nobody's challenge is as anybody's, to the last guess.
    let sent = phone.messages().len();
    let nobody = challenges.decoy_number("alice", &to);
    let decoy = challenges.issue(&nobody, LOGIN, Client::Internal).decoy(true).await.unwrap();
    let real = challenges.issue(&other, LOGIN, Client::Internal).await.unwrap();
    assert_eq!((decoy.hint().len(), phone.messages().len()), (real.hint().len(), sent + 1));
    let typed = if code() == "000000" { "000001" } else { "000000" };
    for _ in 0..6 {
        let seen = challenges.verify(decoy.token(), LOGIN, typed).await.unwrap();
        assert_eq!(seen, challenges.verify(real.token(), LOGIN, typed).await.unwrap());
    }
    challenges.resend(decoy.token(), LOGIN, Client::Internal).await.unwrap_err();
    challenges.resend(real.token(), LOGIN, Client::Internal).await.unwrap_err();
}
