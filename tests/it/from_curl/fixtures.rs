//! Blocks of a title, a command and what is expected of it.

use otpost::message::SenderId;
use otpost::{Code, Message, PhoneNumber};
use otpost_curl::Sample;

/// A command and what it is expected to become.
pub(super) struct Fixture {
    pub(super) title: String,
    pub(super) command: String,
    pub(super) expected: Expected,
    expectations: Vec<(String, String)>,
}

/// What becomes of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Error,
    /// It imports, and no POSIX shell and real curl can send the same.
    Import,
    /// It imports, and sends what a real curl sends.
    Same,
}

impl Fixture {
    /// The expectations of a kind.
    pub(super) fn lines<'f>(&'f self, kind: &'f str) -> impl Iterator<Item = &'f str> {
        let lines = self.expectations.iter().filter(move |(known, _)| known == kind);
        lines.map(|(_, text)| text.as_str())
    }

    fn first<'f>(&'f self, kind: &'f str, default: &'f str) -> &'f str {
        self.lines(kind).next().unwrap_or(default)
    }

    fn code(&self) -> Code {
        Code::parse(self.first("code", "123456")).unwrap()
    }

    fn to(&self) -> PhoneNumber {
        PhoneNumber::parse(self.first("to", "+12025550123")).unwrap()
    }

    fn text(&self) -> String {
        format!("{} is your code", self.code().expose())
    }

    /// The message that the command sends.
    pub(super) fn sample(&self) -> Sample {
        Sample::new(self.to(), self.text()).with_code(self.code()).with_sender(sender())
    }

    pub(super) fn message(&self) -> Message {
        Message::new(self.to(), self.text()).unwrap().with_code(self.code()).with_sender(sender())
    }

    /// The command with values for its placeholders: what a reader of the documentation runs.
    pub(super) fn filled(&self) -> String {
        self.fills().fold(self.command.clone(), |command, (placeholder, _, value)| {
            assert!(command.contains(placeholder), "{}: {placeholder}", self.title);
            command.replace(placeholder, value)
        })
    }

    /// The placeholders of the command, each with the name of its variable (`-` for a value of the
    /// message) and its value.
    pub(super) fn fills(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.lines("fill").map(move |line| {
            let mut parts = line.split(" | ");
            let mut part = || parts.next().unwrap_or_else(|| panic!("{}: {line}", self.title));
            (part(), part(), part())
        })
    }

    /// The values that the application sets.
    pub(super) fn values(&self) -> Vec<(String, &str)> {
        let pairs = |kind| self.lines(kind).filter_map(|line| line.split_once('='));
        let env = pairs("env").map(|(name, value)| (name.to_lowercase(), value));
        let set = pairs("set").map(|(name, value)| (name.to_owned(), value));
        let fills = self.fills().filter(|(_, name, _)| *name != "-");
        env.chain(set).chain(fills.map(|(_, name, value)| (name.to_owned(), value))).collect()
    }
}

fn sender() -> SenderId {
    SenderId::parse("Acme").unwrap()
}

pub(super) fn all() -> Vec<Fixture> {
    let files = [
        include_str!("../../fixtures/curl/everyday.txt"),
        include_str!("../../fixtures/curl/postman.txt"),
        include_str!("../../fixtures/curl/chrome.txt"),
        include_str!("../../fixtures/curl/cmd.txt"),
        include_str!("../../fixtures/curl/refused.txt"),
        include_str!("../../fixtures/curl/traps.txt"),
        include_str!("../../fixtures/curl/codes.txt"),
        include_str!("../../fixtures/curl/numbers.txt"),
        include_str!("../../fixtures/curl/vendors.txt"),
        include_str!("../../fixtures/curl/addresses.txt"),
        include_str!("../../fixtures/curl/frozen.txt"),
        include_str!("../../fixtures/curl/structured.txt"),
    ];
    let mut fixtures: Vec<Fixture> = Vec::new();
    for file in files {
        // Not `lines`: a carriage return belongs to the command.
        for line in file.split('\n') {
            if let Some(title) = line.strip_prefix("## ") {
                fixtures.push(Fixture {
                    title: title.to_owned(),
                    command: String::new(),
                    expected: Expected::Import,
                    expectations: Vec::new(),
                });
                continue;
            }
            let Some(fixture) = fixtures.last_mut() else { continue };
            let Some(expectation) = line.strip_prefix("=> ") else {
                // What follows the expectations is the space between blocks.
                if fixture.expectations.is_empty() {
                    fixture.command.push_str(line);
                    fixture.command.push('\n');
                }
                continue;
            };
            let (kind, text) = expectation.split_once(": ").unwrap_or((expectation, ""));
            match kind {
                "ok" => fixture.expected = Expected::Same,
                "error" => fixture.expected = Expected::Error,
                "imports" | "same-as" | "toml" | "var" | "note" | "no-note" | "says" | "env"
                | "set" | "fill" | "to" | "code" => {}
                other => panic!("{}: {other}", fixture.title),
            }
            fixture.expectations.push((kind.to_owned(), text.to_owned()));
        }
    }
    let titles: std::collections::HashSet<_> = fixtures.iter().map(|f| &f.title).collect();
    assert_eq!(titles.len(), fixtures.len(), "each title is there once");
    assert!(fixtures.iter().all(|fixture| !fixture.expectations.is_empty()));
    fixtures
}
