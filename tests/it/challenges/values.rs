//! Values of the text's variables that must not reach a phone.

use otpost::challenge::{ChallengeErrorKind, Client};
use otpost::message::{Locale, MessageTemplates, OriginBound, TextTemplate};

use super::{PAYMENT, World, swiss, world};

/// A last line of its own, and an order of reading of its own.
const EVIL: [&str; 4] = [
    "Bob\n@evil.example #000000",
    "Bob\u{2028}@evil.example #000000",
    "\u{202e}Bob",
    "Bo\u{200b}b",
];

fn paying() -> World {
    let english = Locale::parse("en").unwrap();
    let payment = TextTemplate::parse("{{code}} confirms the payment to {{payee}}").unwrap();
    let texts =
        MessageTemplates::builtin("Acme").unwrap().with_template("payment", english, payment);
    world(|builder| builder.message_templates(texts))
}

/// What the text was before: each value, put in as it is.
fn naive_text(payee: &str) -> String {
    "012345 confirms the payment to {{payee}}".replace("{{payee}}", payee)
}

#[test]
fn variables_could_name_another_origin() {
    let naive = naive_text(EVIL[0]);
    let read = OriginBound::parse(&naive).unwrap();
    assert_eq!((read.host(), read.expose_code()), ("evil.example", "000000"));
}

#[tokio::test]
async fn variables_with_invisible_characters_open_and_send_nothing() {
    let world = paying();
    for payee in EVIL {
        let refused =
            world.challenges.issue(&swiss(), PAYMENT, Client::Internal).var("payee", payee).await;
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ChallengeErrorKind::Message, "{payee:?}");
        let mut shown = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            shown.push_str(&format!(" {cause} {cause:?}"));
            source = cause.source();
        }
        assert!(shown.contains("payee") && !shown.contains("Bob"), "{shown}");
    }
    assert_eq!((world.phone.messages().len(), world.heard("Issued")), (0, 0));
    // A decoy is refused alike: otherwise the error would tell who is known.
    let like = world.challenges.decoy_number("alice", &swiss());
    let decoy = world.challenges.issue(&like, PAYMENT, Client::Internal).decoy(true);
    let refused = decoy.var("payee", EVIL[0]).await.unwrap_err();
    assert_eq!(refused.kind(), ChallengeErrorKind::Message);
    // Nothing was opened, so there is no cooldown either.
    let issued = world
        .challenges
        .issue(&swiss(), PAYMENT, Client::Internal)
        .var("payee", "Bob")
        .await
        .unwrap();
    assert_eq!(world.phone.messages().len(), 1);
    // A resend with such a value is refused before the store counts it: the permits are all there afterwards.
    world.pass(60);
    for payee in EVIL.into_iter().chain(EVIL) {
        let refused =
            world.challenges.resend(issued.token(), PAYMENT, Client::Internal).var("payee", payee);
        assert_eq!(refused.await.unwrap_err().kind(), ChallengeErrorKind::Message);
    }
    let resent =
        world.challenges.resend(issued.token(), PAYMENT, Client::Internal).var("payee", "Bob");
    let _ = resent.await.unwrap();
    assert_eq!(world.phone.messages().len(), 2);
}

#[test]
fn variables_refuse_such_a_name_of_the_application() {
    for app in EVIL {
        assert!(MessageTemplates::builtin(app).is_err(), "{app:?}");
        let pepper = otpost::challenge::Pepper::new(1, vec![7; 32]).unwrap();
        let built = otpost::challenge::Challenges::builder(pepper)
            .app(app)
            .provider(otpost::testing::RecordingProvider::new())
            .store(otpost::store::MemoryStore::new())
            .regions(["CH"])
            .build();
        assert!(built.unwrap_err().to_string().contains("invalid application name"), "{app:?}");
    }
}
