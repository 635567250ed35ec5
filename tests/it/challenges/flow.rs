//! Issue, send, verify once; send again; revoke.

use std::time::{Duration, SystemTime};

use otpost::challenge::{ChallengeErrorKind, Client, Delivery, Pepper, Policy, Purpose, Verdict};
use otpost::message::{Autofill, Locale, MessageTemplates, OriginBound, TextTemplate};
use otpost::provider::{Fate, SendError, SendErrorKind};
use otpost::store::{ChallengeId, MemoryStore};
use otpost::{Code, Digits};

use super::{LOGIN, PAYMENT, RESET, number, swiss, world, wrong};

#[tokio::test]
async fn a_code_is_sent_and_accepted_once() {
    let world = world(|builder| builder);
    let challenge = world.issue().await.unwrap();
    assert_eq!(challenge.hint(), "+41*****4567");
    assert!(matches!(challenge.delivery(), Delivery::Accepted(_)));
    let lives = challenge.expires_at().duration_since(otpost::Clock::now(&world.clock)).unwrap();
    assert_eq!(lives, Duration::from_secs(300));
    let code = world.code();
    let message = world.phone.messages().pop().unwrap();
    let text = format!("{code} is your Acme code. It is valid for 5 minutes. Do not share it.");
    assert_eq!(message.text().expose(), text);
    assert_eq!(message.lifetime(), Duration::from_secs(300));

    let verify = |typed: String| {
        let (challenges, id) = (world.challenges.clone(), challenge.token().clone());
        async move { challenges.verify(&id, LOGIN, &typed).await.unwrap() }
    };
    for typed in ["", "12345", "1234567", "12345a", "①２３４５６", &"1".repeat(1 << 20)] {
        assert_eq!(verify(typed.to_owned()).await, Verdict::Malformed);
    }
    assert!(matches!(verify(wrong(&code)).await, Verdict::Wrong { attempts_left: 4, .. }));
    assert!(verify(format!(" {}-{} ", &code[..3], &code[3..])).await.is_accepted());
    assert_eq!(verify(code.clone()).await, Verdict::Gone);
    assert_eq!(world.heard("Replayed"), 1);
    for (event, times) in
        [("Issued", 1), ("Sent", 1), ("Malformed", 6), ("Wrong", 1), ("Accepted", 1)]
    {
        assert_eq!(world.heard(event), times, "{event}");
    }
    let stats = world.challenges.stats();
    assert_eq!((stats.compared, stats.accepted), (2, 1));
    assert_eq!(stats.expected_hits, 1e-6);
    let (region, conversion) = stats.regions.iter().next().unwrap();
    assert_eq!(region.unwrap().as_str(), "CH");
    assert_eq!((conversion.sent, conversion.accepted), (1, 1));
    // Neither code nor number in any event or Debug.
    let events = world.events.lock().unwrap().join("\n");
    let shown = format!("{events}{:?}{challenge:?}", world.challenges);
    assert!(!shown.contains(&code) && !shown.contains("791234567"), "{shown}");
}

/// S7: four challenges, each with something of its own, and each guess at each of them.
#[tokio::test]
async fn a_code_is_for_one_purpose_recipient_and_binding() {
    let cases = [
        (LOGIN, "+41791234567", b"".as_slice()),
        (PAYMENT, "+41791234567", b"CHF 10.00 to CH93".as_slice()),
        (PAYMENT, "+41791234568", b"CHF 10.01 to CH93".as_slice()),
        (RESET, "+41791234568", b"CHF 10.00 to CH93".as_slice()),
    ];
    let world = world(|builder| builder.policy(Policy::sms().with_attempts(50)));
    let mut issued = Vec::new();
    for (purpose, to, binding) in cases {
        let to = number(to);
        let issue = world.challenges.issue(&to, purpose, Client::Internal).bind(binding);
        issued.push((issue.await.unwrap().token().clone(), world.code()));
    }
    for (row, (token, _)) in issued.iter().enumerate() {
        for (column, (purpose, to, binding)) in cases.into_iter().enumerate().rev() {
            let verify = world.challenges.verify(token, purpose, &issued[column].1).bind(binding);
            let verdict = verify.await.unwrap();
            if row == column {
                // The number that was verified is the challenge's, whatever number a form holds.
                let Verdict::Accepted(accepted) = verdict else { panic!("{row}: {verdict:?}") };
                assert_eq!(accepted.recipient(), &number(to));
                break;
            }
            // A token is of one purpose, so there is nothing to guess for another.
            let is_gone = purpose != cases[row].0;
            assert_eq!(verdict == Verdict::Gone, is_gone, "{row} {column}: {verdict:?}");
            assert!(is_gone || matches!(verdict, Verdict::Wrong { .. }), "{row} {column}");
        }
    }
}

#[tokio::test]
async fn another_pepper_knows_no_code_and_an_old_one_does() {
    let store = std::sync::Arc::new(MemoryStore::new());
    // The clock of the system, in the year 36812.
    let never = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    let with = |pepper: Pepper| {
        world(|_| {
            otpost::challenge::Challenges::builder(pepper)
                .app("Acme")
                .provider(otpost::testing::RecordingProvider::new())
                .store(store.clone())
                .any_region()
                .test_number(swiss(), Code::parse("123456").unwrap(), never)
        })
    };
    let old = with(Pepper::new(1, vec![7; 32]).unwrap());
    let to = swiss();
    let issued = old.challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
    let id = issued.token().clone();
    let other = with(Pepper::new(1, vec![8; 32]).unwrap());
    assert!(!other.challenges.verify(&id, LOGIN, "123456").await.unwrap().is_accepted());
    let without = with(Pepper::new(2, vec![8; 32]).unwrap());
    assert_eq!(without.challenges.verify(&id, LOGIN, "123456").await.unwrap(), Verdict::Gone);
    let both = Pepper::new(2, vec![8; 32]).unwrap().with_old(1, vec![7; 32]).unwrap();
    assert!(with(both).challenges.verify(&id, LOGIN, "123456").await.unwrap().is_accepted());
}

/// S6 and I7.
#[tokio::test]
async fn the_same_code_is_sent_again_and_lives_no_longer() {
    let world = world(|builder| builder.policy(Policy::sms().with_sends(20, 20)));
    let challenge = world.issue().await.unwrap();
    let (id, code) = (challenge.token().clone(), world.code());
    let refused = world.challenges.resend(&id, LOGIN, Client::Internal).await.unwrap_err();
    assert_eq!(refused.kind(), ChallengeErrorKind::Cooldown);
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(30)));
    for (pass, left) in [(30, 4), (60, 3), (120, 1)] {
        world.pass(pass);
        let again = world.challenges.resend(&id, LOGIN, Client::Internal).await.unwrap();
        assert_eq!((again.token(), again.id(), world.code()), (&id, challenge.id(), code.clone()));
        assert_eq!(again.expires_at(), challenge.expires_at());
        let text = world.phone.messages().pop().unwrap().text().expose().to_owned();
        assert!(text.contains(&format!("{left} minutes")), "{text}");
    }
    // For another purpose there is nothing to send.
    let refused = world.challenges.resend(&id, PAYMENT, Client::Internal).await.unwrap_err();
    assert_eq!(refused.kind(), ChallengeErrorKind::Gone);
    assert_eq!(world.phone.messages().len(), 4);
    assert!(world.challenges.verify(&id, LOGIN, &code).await.unwrap().is_accepted());
    let refused = world.challenges.resend(&id, LOGIN, Client::Internal).await.unwrap_err();
    assert_eq!(refused.kind(), ChallengeErrorKind::Gone);
}

#[tokio::test]
async fn with_rotation_the_last_code_is_the_right_one() {
    let policy = Policy::sms().with_rotation().with_cooldown(Duration::ZERO).with_attempts(20);
    let world = world(|builder| builder.policy(policy.with_sends(20, 20)));
    let challenge =
        world.challenges.issue(&swiss(), LOGIN, Client::Internal).bind(b"b").await.unwrap();
    let mut codes = vec![world.code()];
    for _ in 0..9 {
        let _ = world
            .challenges
            .resend(challenge.token(), LOGIN, Client::Internal)
            .bind(b"b")
            .await
            .unwrap();
        codes.push(world.code());
    }
    codes.reverse();
    let verify = |code: String| {
        let (challenges, id) = (world.challenges.clone(), challenge.token().clone());
        async move { challenges.verify(&id, LOGIN, &code).bind(b"b").await.unwrap() }
    };
    for code in codes.iter().skip(1).filter(|code| **code != codes[0]) {
        assert!(matches!(verify(code.clone()).await, Verdict::Wrong { .. }));
    }
    assert!(verify(codes[0].clone()).await.is_accepted());
}

#[tokio::test]
async fn a_revoked_challenge_is_gone() {
    let world = world(|builder| builder);
    let challenge = world.issue().await.unwrap();
    assert!(world.challenges.revoke(challenge.token(), LOGIN).await.unwrap());
    assert!(!world.challenges.revoke(challenge.token(), LOGIN).await.unwrap());
    let verdict = world.challenges.verify(challenge.token(), LOGIN, &world.code()).await.unwrap();
    assert_eq!((verdict, world.heard("Revoked")), (Verdict::Gone, 2));
}

/// I11: the answer was lost, and the same attempt comes again.
#[tokio::test]
async fn a_repeated_attempt_gets_the_same_verdict() {
    let world = world(|builder| builder);
    let challenge = world.issue().await.unwrap();
    let (id, code) = (challenge.token().clone(), world.code());
    let mut accepted = Vec::new();
    for (typed, nonce, left) in [(wrong(&code), b"1", Some(4)), (code.clone(), b"2", None)] {
        for _ in 0..3 {
            let verdict = world.challenges.verify(&id, LOGIN, &typed).nonce(nonce).await.unwrap();
            match (left, verdict) {
                (Some(left), Verdict::Wrong { attempts_left, .. }) => {
                    assert_eq!(attempts_left, left)
                }
                (None, Verdict::Accepted(answer)) => accepted.push(answer.is_repeated()),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(accepted, [false, true, true]);
    // With the nonce of a success, another guess is not the same attempt.
    let other = world.challenges.verify(&id, LOGIN, &wrong(&code)).nonce(b"2").await.unwrap();
    assert_eq!(other, Verdict::Gone);
    assert_eq!(world.challenges.stats().accepted, 1);
    world.pass(61);
    let late = world.challenges.verify(&id, LOGIN, &code).nonce(b"2").await.unwrap();
    assert_eq!(late, Verdict::Gone);
}

#[tokio::test]
async fn what_is_not_sent_is_no_challenge_and_what_may_be_is_one() {
    let world = world(|builder| builder);
    for (fate, is_challenge) in
        [(Fate::NotSent, false), (Fate::Refused, false), (Fate::Unknown, true)]
    {
        world.phone.fail_next(SendError::new(SendErrorKind::Unavailable, fate));
        match world.issue().await {
            Ok(challenge) => {
                assert!(is_challenge, "{fate:?}");
                assert!(matches!(challenge.delivery(), Delivery::Unknown(e) if e.fate() == fate));
                let live = world.challenges.revoke(challenge.token(), LOGIN).await.unwrap();
                assert!(live);
            }
            Err(error) => {
                assert_eq!((error.kind(), error.fate()), (ChallengeErrorKind::Send, Some(fate)));
                assert!(!is_challenge, "{fate:?}");
            }
        }
        world.pass(300);
    }
    assert_eq!(world.heard("SendFailed"), 3);
    assert!(world.phone.messages().is_empty());
}

#[tokio::test]
async fn texts_languages_and_last_lines() {
    let payment = TextTemplate::parse("{{code}} confirms {{amount}} to {{payee}}.").unwrap();
    let texts = MessageTemplates::builtin("Acme").unwrap().with_template(
        "payment",
        Locale::parse("en").unwrap(),
        payment,
    );
    let world = world(|builder| {
        builder.message_templates(texts).autofill(Autofill::new("acme.example").unwrap())
    });
    let to = swiss();
    let german = Locale::parse("de-CH").unwrap();
    let _ = world
        .challenges
        .issue(&swiss(), Purpose::new("unknown purpose"), Client::Internal)
        .locale(german)
        .await
        .unwrap();
    let message = world.phone.messages().pop().unwrap();
    assert!(message.text().expose().contains("ist Ihr Acme-Code"));
    let read = OriginBound::parse(message.text().expose()).unwrap();
    assert_eq!((read.host(), read.expose_code()), ("acme.example", world.code().as_str()));
    assert_eq!(message.locale().unwrap().as_str(), "de-CH");

    let paid = world
        .challenges
        .issue(&to, PAYMENT, Client::Internal)
        .var("amount", "CHF 10")
        .var("payee", "Bob");
    let _ = paid.await.unwrap();
    assert!(
        world.phone.messages().pop().unwrap().text().expose().contains("confirms CHF 10 to Bob.")
    );
    // A variable without a value, and one that makes the text too long, are found before anything is opened.
    for payee in [None, Some("x".repeat(200))] {
        let mut issue =
            world.challenges.issue(&to, PAYMENT, Client::Internal).var("amount", "CHF 10");
        if let Some(payee) = payee {
            issue = issue.var("payee", payee);
        }
        assert_eq!(issue.await.unwrap_err().kind(), ChallengeErrorKind::Message);
    }
    assert_eq!(world.heard("Issued"), 2);
}

#[tokio::test]
async fn codes_have_the_digits_of_the_policy_and_differ() {
    let policy = Policy::sms().with_digits(Digits::Eight).with_cooldown(Duration::ZERO);
    let world = world(|builder| builder.policy(policy.with_sends(2_000, 2_000).with_total(6_000)));
    let mut seen = std::collections::HashSet::new();
    for _ in 0..1_000 {
        world.issue().await.unwrap();
        let code = world.code();
        assert_eq!(code.len(), 8);
        seen.insert(code);
    }
    assert!(seen.len() > 995, "{}", seen.len());
}

#[test]
fn identities_are_read_in_one_spelling() {
    let id = ChallengeId::new(9, [1; 8], [2; 16]);
    let text = id.to_string();
    assert_eq!((text.len(), text.parse()), (34, Ok(id)));
    assert!(!format!("{id:?}").contains(&text));
    let mut bad =
        vec![String::new(), format!("{text}="), text.replace('C', "+"), text[1..].to_owned()];
    // The last character has two bits that say nothing.
    let (head, last) = text.split_at(33);
    assert_eq!(last, "g");
    bad.push(format!("{head}h"));
    for bad in bad {
        assert!(ChallengeId::parse(&bad).is_err(), "{bad}");
    }
}
