//! Random specs with random texts: what a gateway sends is understood.

use otpost::HttpGateway;
use otpost::gateway::imitation::Imitation;
use otpost::gateway::{Charset, Outcome};
use otpost::provider::Provider;

use super::{LINTS, Played, lines, message, run};
use crate::dice::Dice;
use crate::from_curl::random::Random;
use crate::scale::cases;

/// Pieces that break what is careless.
const NASTY: [&str; 22] = [
    "012345", "null", "{{to}}", "}}", "\"", "'", "\\", "&", "=", "%", "+", ";", "]]>", "<b>", "\n",
    "\t", "é", "€", "%00", "../", " ", "x",
];

fn text(dice: &mut Dice, is_ascii: bool) -> String {
    let mut text = String::from("a");
    for _ in 0..dice.below(10) {
        let piece = dice.one(&NASTY);
        // A tab is not in the GSM alphabet, and is replaced.
        if !is_ascii || (piece.is_ascii() && piece != "\t") {
            text.push_str(piece);
        }
    }
    text
}

#[test]
fn imitation_understands_random_specs() {
    let mut understood = 0;
    let cases = cases("OTPOST_IMITATIONS", 500, 10_000);
    for case in 0..cases {
        let spec = Random::new(case).spec().build();
        // Some are invalid, for example JSON in another charset.
        if let Err(error) = Imitation::new(&spec) {
            assert!(spec.check().is_err(), "{error}");
            continue;
        }
        let Ok(file) = spec.to_toml() else { continue };
        let played = Played::new(&spec, Outcome::Accepted);
        let mut builder = HttpGateway::builder(spec.clone());
        for lint in LINTS {
            builder = builder.allow(lint);
        }
        for (name, value) in [("key", "k3y"), ("account", "acc"), ("region", "eu")] {
            if spec.vars().any(|(known, _)| known == name) {
                builder = builder.var(name, value);
            }
        }
        let Ok(gateway) = builder.build_with(played.clone()) else { continue };
        let mut dice = Dice::new(case);
        let is_ascii =
            [Charset::Gsm7, Charset::Latin1].iter().any(|charset| file.contains(charset.as_str()));
        let text = text(&mut dice, is_ascii);
        let message = message("+12025550123", &text);
        if gateway.prepare(&message).is_err() {
            continue;
        }
        let receipt =
            run(gateway.send(&message)).unwrap_or_else(|e| panic!("{case}: {e:?}\n{file}"));
        let (request, recognized, response) = played.last();
        let none: [String; 0] = [];
        let shown = || format!("{case}: {file}\n{} {:?}", request.uri(), request.body());
        assert_eq!(lines(&recognized), none, "{}", shown());
        assert_eq!(recognized.additional().count(), 0, "{}", shown());
        assert_eq!(recognized.to().as_ref(), Some(message.to()), "{}", shown());
        let found = recognized.text().unwrap().expose();
        // This filter loses the case.
        match file.contains("{{text|upper}}") {
            true => assert_eq!(found, text.to_uppercase(), "{}", shown()),
            false => assert_eq!(found, text, "{}", shown()),
        }
        assert_eq!(receipt.message_id(), response.message_id(), "{}", shown());
        understood += 1;
    }
    assert!(understood * 2 > cases, "{understood} of {cases}");
}
