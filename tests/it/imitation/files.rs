//! Every spec file of the repository: the catalogue, the guide, the examples and those in tests.

use otpost::gateway::imitation::{Imitation, ReceivedRequest, RecognizedCall};
use otpost::gateway::{GatewaySpec, Outcome, VarSpec};
use otpost::provider::{Fate, Provider, SendErrorKind};
use otpost::{HttpGateway, Message};

use super::{CODE, LINTS, Played, TEXT, lines, message, run};
use crate::schema::corpus;

/// Values that suit the filters and the encodings of most variables.
const VALUES: [&str; 3] = ["17", "MTc=", "true"];
const HOSTS: [&str; 3] = ["https://sample.example", "sample", "443"];
const NUMBERS: [&str; 5] =
    ["+41791234567", "+4915112345678", "+12025550123", "+918012345678", "+966501234567"];

/// The values of the variables.
type Values = Vec<(String, String)>;

/// Builds a gateway with values for all variables, and a message that it can send.
fn build(spec: &GatewaySpec, played: &Played) -> Option<(HttpGateway, Message, Values)> {
    for value in VALUES {
        for host in HOSTS {
            let mut builder = HttpGateway::builder(spec.clone());
            builder = LINTS.iter().fold(builder, |builder, lint| builder.allow(*lint));
            let mut sample = message(NUMBERS[0], TEXT);
            let mut values = Values::new();
            for (name, var) in spec.vars() {
                let is_message =
                    *var == VarSpec::message() || *var == VarSpec::message().with_optional();
                if is_message {
                    sample = sample.with_var(name, "value of it");
                } else {
                    let is_host = format!("{var:?}").contains("host: true");
                    let value = if is_host { host } else { value };
                    values.push((name.to_owned(), value.to_owned()));
                    builder = builder.var(name, value);
                }
            }
            let Ok(gateway) = builder.build_with(played.clone()) else { continue };
            for number in NUMBERS {
                let to = otpost::PhoneNumber::parse(number).unwrap();
                let message = spec
                    .vars()
                    .filter(|(name, _)| sample.var(name).is_some())
                    .fold(message(to.e164(), TEXT), |message, (name, _)| {
                        message.with_var(name, "value of it")
                    });
                if gateway.prepare(&message).is_ok() {
                    return Some((gateway, message, values));
                }
            }
        }
    }
    None
}

fn checked() -> Vec<(String, GatewaySpec)> {
    let files = corpus::files().into_iter();
    let specs = files.map(|file| (file.clone(), GatewaySpec::from_toml(&file).unwrap()));
    specs.filter(|(_, spec)| spec.check().is_ok()).collect()
}

#[test]
fn imitation_understands_every_spec_file() {
    let specs = checked();
    let (mut understood, mut refused, mut unbuilt, mut compared) = (0, 0, 0, 0);
    for (file, spec) in &specs {
        if let Err(error) = Imitation::new(spec) {
            assert!(error.to_string().contains("imitation"), "{error}\n{file}");
            refused += 1;
            continue;
        }
        let played = Played::new(spec, Outcome::Accepted);
        let Some((gateway, message, values)) = build(spec, &played) else {
            unbuilt += 1;
            continue;
        };
        let result = run(gateway.send(&message));
        let (request, recognized, response) = played.last();
        assert_eq!(recognized.call(), RecognizedCall::Message, "{file}");
        let none: [String; 0] = [];
        assert_eq!(lines(&recognized), none, "{file}\n{request:?}");
        assert_eq!(recognized.additional().count(), 0, "{file}");
        // With the values of the client, the same request has no mismatch, and with another value it
        // has one.
        let request = ReceivedRequest::from(&request);
        let given = |imitation: Imitation, name: &str, value: &str| {
            imitation.clone().with_var(name, value).map_err(|_| imitation)
        };
        let mut strict = Imitation::new(spec).unwrap();
        for (name, value) in &values {
            strict = given(strict, name, value).unwrap_or_else(|same| same);
        }
        assert_eq!(lines(&strict.receive(&request)), none, "{file}");
        for (name, value) in &values {
            let Ok(other) = given(strict.clone(), name, &format!("{value}x")) else { continue };
            // The variable may be in another request, such as that for a token.
            let is_there = recognized.variable(name).is_some() && file.contains("[auth.hmac]");
            let is_found = !other.receive(&request).mismatches().is_empty();
            assert!(is_found || !is_there, "{name}: {file}");
            compared += usize::from(is_found);
        }
        if let Some(to) = recognized.to() {
            assert_eq!(to, *message.to(), "{file}");
        }
        if let Some(text) = recognized.text() {
            assert_eq!(text.expose(), TEXT, "{file}");
        }
        if let Some(code) = recognized.code() {
            assert_eq!(code.expose(), CODE, "{file}");
        }
        assert!(recognized.text().is_some() || recognized.code().is_some(), "{file}");
        assert_eq!(response.outcome(), Outcome::Accepted, "{response:?}\n{file}");
        let receipt = result.unwrap_or_else(|error| panic!("{error:?}\n{file}"));
        if let Some(id) = response.message_id() {
            assert_eq!(receipt.message_id(), Some(id), "{file}");
        }
        understood += 1;
    }
    assert!(understood > 45, "{understood} understood, {refused} refused, {unbuilt} not built");
    assert!(compared > 40, "{compared} values");
    assert!(refused * 10 < understood && unbuilt * 4 < understood, "{refused} {unbuilt}");
}

#[test]
fn imitation_answers_with_every_example() {
    let mut seen = 0;
    for (file, spec) in checked() {
        if Imitation::new(&spec).is_err() {
            continue;
        }
        for (at, example) in spec.examples().iter().enumerate() {
            let wanted = example.expected();
            for kind in [wanted.into(), super::ResponseKind::Example(at)] {
                let played = Played::new(&spec, kind);
                let Some((gateway, message, _)) = build(&spec, &played) else { continue };
                let result = run(gateway.send(&message));
                let (_, _, response) = played.last();
                assert_eq!(response.outcome(), wanted, "{at}: {file}");
                match (result, wanted) {
                    (Ok(receipt), Outcome::Accepted | Outcome::Duplicate) => {
                        let id = response.message_id();
                        assert!(id.is_none() || receipt.message_id() == id, "{at}: {file}");
                        let old = example.response().body();
                        assert!(id.is_none_or(|id| !old.contains(id)), "{at}: {file}");
                    }
                    (Ok(_), _) => panic!("{at}: accepted\n{file}"),
                    (Err(error), Outcome::Unknown) => assert_eq!(error.fate(), Fate::Unknown),
                    (Err(error), Outcome::Throttled) => {
                        assert_eq!(error.kind(), SendErrorKind::Throttled, "{at}: {file}");
                    }
                    (Err(error), _) => assert_ne!(error.fate(), Fate::Unknown, "{at}: {file}"),
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 150, "{seen} responses");
}
