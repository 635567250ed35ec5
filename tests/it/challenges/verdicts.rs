//! Answers that come twice, bindings that change, and how verdicts read.

use otpost::challenge::{ChallengeErrorKind, ChallengeToken, Client, Policy, Verdict};

use super::{LOGIN, PAYMENT, swiss, world, wrong};

#[test]
fn verdict_counts_attempts_in_plain_english() {
    let left = |attempts: u16| {
        let world = world(|builder| builder.policy(Policy::sms().with_attempts(attempts + 1)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let challenge = world.issue().await.unwrap();
            let typed = wrong(&world.code());
            world.challenges.verify(challenge.token(), LOGIN, &typed).await.unwrap().to_string()
        })
    };
    assert_eq!(left(0), "the code is wrong; 0 attempts left");
    assert_eq!(left(1), "the code is wrong; 1 attempt left");
    assert_eq!(left(2), "the code is wrong; 2 attempts left");
}

/// Of any number of parallel attempts with one nonce, one is the first. Taking every accepted verdict for a new one is what counts them all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_says_which_of_parallel_answers_is_repeated() {
    for _ in 0..50 {
        let world = world(|builder| builder);
        let challenge = world.issue().await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (challenges, code) = (world.challenges.clone(), world.code());
            let id = challenge.token().clone();
            tasks.spawn(async move {
                challenges.verify(&id, LOGIN, &code).nonce(b"session").await.unwrap()
            });
        }
        let (mut first, mut accepted) = (0, 0);
        while let Some(verdict) = tasks.join_next().await {
            let verdict = verdict.unwrap();
            accepted += usize::from(verdict.is_accepted());
            let is_first = |accepted: &otpost::challenge::Accepted| !accepted.is_repeated();
            first += usize::from(matches!(&verdict, Verdict::Accepted(a) if is_first(a)));
        }
        assert_eq!((first, accepted), (1, 16));
    }
}

/// A resend is for what the challenge was issued for, whether its code is a new one or not.
#[tokio::test]
async fn resend_keeps_the_binding() {
    const ISSUED: [&[u8]; 2] = [b"", b"tx A"];
    const RESENT: [&[u8]; 4] = [b"", b"tx A", b"tx B", b"tx A "];
    for policy in [Policy::sms(), Policy::sms().with_rotation()] {
        for issued in ISSUED {
            for resent in RESENT {
                let world = world(|builder| builder.policy(policy));
                let to = swiss();
                let issue = world.challenges.issue(&to, PAYMENT, Client::Internal).bind(issued);
                let id = issue.await.unwrap().token().clone();
                world.pass(60);
                let again =
                    world.challenges.resend(&id, PAYMENT, Client::Internal).bind(resent).await;
                let sent = world.phone.messages().len();
                if issued == resent {
                    assert!(again.is_ok() && sent == 2, "{issued:?} {resent:?} {again:?}");
                } else {
                    let error = again.unwrap_err();
                    assert_eq!((error.kind(), sent), (ChallengeErrorKind::Binding, 1));
                    assert_eq!(world.heard("Refused(Binding)"), 1);
                    // Nothing was used up: the right one may be sent at once.
                    let right =
                        world.challenges.resend(&id, PAYMENT, Client::Internal).bind(issued);
                    assert!(right.await.is_ok());
                }
                let code = world.code();
                let verify = |binding| world.challenges.verify(&id, PAYMENT, &code).bind(binding);
                if issued != resent {
                    let verdict = verify(resent).await.unwrap();
                    assert!(matches!(verdict, Verdict::Wrong { .. }), "{issued:?} {resent:?}");
                }
                assert!(verify(issued).await.unwrap().is_accepted(), "{issued:?} {resent:?}");
            }
        }
    }
}

/// A token is of one application, tenant and purpose, to the last bit; whatever else comes back from a browser is nothing.
#[tokio::test]
async fn token_that_was_changed_is_gone() {
    let world = world(|builder| builder);
    let challenge = world.issue().await.unwrap();
    let (token, code) = (challenge.token().as_str(), world.code());
    assert_eq!(token.len(), 122);
    let bytes = data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
    let mut forged =
        vec![String::new(), "x".repeat(1 << 20), format!("{token}="), token[1..].to_owned()];
    forged.push(challenge.id().to_string());
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        forged.push(data_encoding::BASE64URL_NOPAD.encode(&changed));
    }
    for text in forged {
        let token = ChallengeToken::new(text);
        let verdict = world.challenges.verify(&token, LOGIN, &code).await.unwrap();
        assert_eq!(verdict, Verdict::Gone);
        let resent = world.challenges.resend(&token, LOGIN, Client::Internal).await.unwrap_err();
        assert_eq!(resent.kind(), ChallengeErrorKind::Gone);
        assert!(!world.challenges.revoke(&token, LOGIN).await.unwrap());
    }
    // Neither the number nor the identity can be read in it, and no two tokens are alike.
    let id = challenge.id().as_bytes();
    assert!(!bytes.windows(6).any(|part| id.windows(6).any(|own| own == part)));
    assert!(!bytes.windows(4).any(|part| b"41791234567".windows(4).any(|own| own == part)));
    assert_eq!(world.phone.messages().len(), 1);
    assert!(world.challenges.verify(challenge.token(), LOGIN, &code).await.unwrap().is_accepted());
}
