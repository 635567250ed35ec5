//! Blocks of a title, a command and what is expected of it.

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
}

pub(super) fn all() -> Vec<Fixture> {
    let files = [
        include_str!("../../fixtures/curl/everyday.txt"),
        include_str!("../../fixtures/curl/postman.txt"),
        include_str!("../../fixtures/curl/chrome.txt"),
        include_str!("../../fixtures/curl/cmd.txt"),
        include_str!("../../fixtures/curl/refused.txt"),
        include_str!("../../fixtures/curl/traps.txt"),
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
                "imports" | "same-as" | "toml" | "var" | "note" | "env" => {}
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
