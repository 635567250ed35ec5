//! Answers that come twice, bindings that change, and how verdicts read.

use otpost::challenge::{ChallengeErrorKind, Policy, Verdict};

use super::{swiss, world, wrong};

#[test]
fn verdict_counts_attempts_in_plain_english() {
    let left = |attempts: u16| {
        let world = world(|builder| builder.policy(Policy::sms().with_attempts(attempts + 1)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let challenge = world.issue().await.unwrap();
            let typed = wrong(&world.code());
            world.challenges.verify(challenge.id(), "login", &typed).await.unwrap().to_string()
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
            let id = *challenge.id();
            tasks.spawn(async move {
                challenges.verify(&id, "login", &code).nonce(b"session").await.unwrap()
            });
        }
        let (mut first, mut accepted) = (0, 0);
        while let Some(verdict) = tasks.join_next().await {
            let verdict = verdict.unwrap();
            accepted += usize::from(verdict.is_accepted());
            first += usize::from(matches!(verdict, Verdict::Accepted { is_repeated: false, .. }));
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
                let issue = world.challenges.issue(&to, "payment").bind(issued);
                let id = *issue.await.unwrap().id();
                world.pass(60);
                let again = world.challenges.resend(&id, &to, "payment").bind(resent).await;
                let sent = world.phone.messages().len();
                if issued == resent {
                    assert!(again.is_ok() && sent == 2, "{issued:?} {resent:?} {again:?}");
                } else {
                    let error = again.unwrap_err();
                    assert_eq!((error.kind(), sent), (ChallengeErrorKind::Binding, 1));
                    assert_eq!(world.heard("Refused(Binding)"), 1);
                    // Nothing was used up: the right one may be sent at once.
                    let right = world.challenges.resend(&id, &to, "payment").bind(issued);
                    assert!(right.await.is_ok());
                }
                let code = world.code();
                let verify = |binding| world.challenges.verify(&id, "payment", &code).bind(binding);
                if issued != resent {
                    let verdict = verify(resent).await.unwrap();
                    assert!(matches!(verdict, Verdict::Wrong { .. }), "{issued:?} {resent:?}");
                }
                assert!(verify(issued).await.unwrap().is_accepted(), "{issued:?} {resent:?}");
            }
        }
    }
}
