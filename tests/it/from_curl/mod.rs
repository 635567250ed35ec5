//! Curl commands as people write them: that they import, that what is sent then is what a real curl sends, and that what
//! cannot be imported is refused with the reason.

mod equals;
mod fixtures;
mod literals;
mod needles;
mod placeholders;
pub(crate) mod random;
mod round_trip;
mod sent;

use fixtures::{Expected, Fixture, all};
use otpost::gateway::{GatewaySpec, SpecError};
use otpost::message::SenderId;
use otpost::{Code, Message, PhoneNumber};
use otpost_curl::{CurlImport, Sample};

fn sample() -> Sample {
    Sample::new(PhoneNumber::parse("+12025550123").unwrap(), "123456 is your code")
        .with_code(Code::parse("123456").unwrap())
        .with_sender(SenderId::parse("Acme").unwrap())
}

fn message() -> Message {
    Message::new(PhoneNumber::parse("+12025550123").unwrap(), "123456 is your code")
        .unwrap()
        .with_code(Code::parse("123456").unwrap())
        .with_sender(SenderId::parse("Acme").unwrap())
}

fn import(fixture: &Fixture) -> Result<CurlImport, SpecError> {
    otpost_curl::import(&fixture.command, &fixture.sample())
}

/// What of a fixture's expectations does not hold.
fn complaints(fixture: &Fixture, all: &[Fixture]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut complain = |what: String| complaints.push(format!("{}: {what}", fixture.title));
    let import = match (import(fixture), fixture.expected) {
        (Ok(import), Expected::Error) => {
            complain(format!("it imports: {import}"));
            return complaints;
        }
        (Err(error), Expected::Error) => {
            let said = error.to_string().to_lowercase();
            for part in fixture.lines("error").filter(|part| !said.contains(&part.to_lowercase())) {
                complain(format!("`{part}` is not in `{said}`"));
            }
            return complaints;
        }
        (Err(error), _) => {
            complain(error.to_string());
            return complaints;
        }
        (Ok(import), _) => import,
    };
    let toml = import.spec().to_toml().unwrap();
    for part in fixture.lines("toml").filter(|part| !toml.contains(part)) {
        complain(format!("`{part}` is not in\n{toml}"));
    }
    for name in
        fixture.lines("var").filter(|name| !import.spec().vars().any(|(var, _)| var == *name))
    {
        complain(format!("there is no variable `{name}` in\n{toml}"));
    }
    for kind in
        fixture.lines("note").filter(|kind| import.notes().iter().all(|note| note.kind() != *kind))
    {
        complain(format!("there is no note `{kind}` in\n{import}"));
    }
    for kind in
        fixture.lines("no-note").filter(|kind| import.notes().iter().any(|n| n.kind() == *kind))
    {
        complain(format!("there is a note `{kind}` in\n{import}"));
    }
    for line in fixture.lines("says").filter(|line| !import.to_string().contains(line)) {
        complain(format!("`{line}` is not in\n{import}"));
    }
    for (_, value) in import.expose_values().filter(|(_, value)| value.expose().len() > 3) {
        let secret = value.expose();
        // An account's name is no secret, and may be a part of the host's.
        if format!("{import}{import:?}").contains(secret) {
            complain("a value stands in the report".to_owned());
        }
    }
    if GatewaySpec::from_toml(&toml).unwrap() != *import.spec() {
        complain(format!("the TOML is another spec:\n{toml}"));
    }
    if let Some(title) = fixture.lines("same-as").next() {
        let other = all.iter().find(|other| other.title == title).expect(title);
        let other = self::import(other).unwrap();
        if other.spec() != import.spec() {
            complain(format!("it is not\n{}\nbut\n{toml}", other.spec().to_toml().unwrap()));
        }
    }
    complaints
}

#[test]
fn everyday_commands_are_read_or_refused_with_the_reason() {
    let all = all();
    let imported = all.iter().filter(|fixture| fixture.expected != Expected::Error).count();
    assert!(all.len() >= 420 && imported >= 290, "{imported} of {}", all.len());
    let documented = all.iter().filter(|fixture| fixture.fills().next().is_some());
    let vendors = documented.filter(|fixture| fixture.title.starts_with("vendor: ")).count();
    assert!(vendors >= 40, "{vendors} commands of vendors have placeholders");
    let complaints: Vec<String> =
        all.iter().flat_map(|fixture| complaints(fixture, &all)).collect();
    assert!(complaints.is_empty(), "{}: {}", complaints.len(), complaints.join("\n"));
}
