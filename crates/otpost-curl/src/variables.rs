//! Variables of the shell, and how those without a value stand in a command while it is taken apart.

use std::collections::BTreeSet;

/// What marks begin with; what follows is chosen so that no mark stands in the command by chance.
const STEM: &str = "739184562";
/// No command has as many.
const MAX: usize = 999;

/// The variables of a command.
///
/// One with a value is read as the shell reads it: its value stands in the word. One without stands there as a mark of 18
/// digits, which come through every decoder as they are, and stand wherever a number can.
pub(super) struct Variables {
    nonce: String,
    unknown: Vec<String>,
    /// What the script has assigned so far; `None` for what cannot be known.
    assigned: Vec<(String, Option<Vec<u8>>)>,
    /// Names and values of those that stand in the command.
    used: Vec<(String, Vec<u8>)>,
}

/// A mark in a text.
pub(super) struct Mark {
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) variable: usize,
}

impl Variables {
    pub(super) fn new(command: &str) -> Self {
        let digits: Vec<u8> = command.bytes().filter(u8::is_ascii_digit).collect();
        let taken: BTreeSet<&[u8]> =
            digits.windows(15).filter(|window| window.starts_with(STEM.as_bytes())).collect();
        let free = (0..1_000_000).map(|number| format!("{STEM}{number:06}"));
        let nonce = free.into_iter().find(|nonce| !taken.contains(nonce.as_bytes()));
        Self {
            nonce: nonce.unwrap_or_default(),
            unknown: Vec::new(),
            assigned: Vec::new(),
            used: Vec::new(),
        }
    }

    /// What stands in a word for a variable: its value, or a mark; `None` when there are too many of them.
    pub(super) fn read(&mut self, name: &str) -> Option<Vec<u8>> {
        if let Some((_, Some(value))) = self.assigned.iter().find(|(known, _)| known == name) {
            let value = value.clone();
            self.note_used(name, &value);
            return Some(value);
        }
        self.mark(name).map(String::into_bytes)
    }

    /// Notes that a value stands in the command.
    pub(super) fn note_used(&mut self, name: &str, value: &[u8]) {
        if self.used.len() < MAX
            && !self.used.iter().any(|(known, used)| known == name && used == value)
        {
            self.used.push((name.to_owned(), value.to_vec()));
        }
    }

    /// The mark of a variable without a value.
    pub(super) fn mark(&mut self, name: &str) -> Option<String> {
        let known = self.unknown.iter().position(|known| known == name);
        let at = known.unwrap_or(self.unknown.len());
        if at > MAX {
            return None;
        }
        if known.is_none() {
            self.unknown.push(name.to_owned());
        }
        Some(format!("{}{at:03}", self.nonce))
    }

    /// What the script assigns to a variable.
    pub(super) fn assign(&mut self, name: &str, value: Option<Vec<u8>>) {
        self.assigned.retain(|(known, _)| known != name);
        self.assigned.push((name.to_owned(), value));
    }

    /// Whether a variable has a value.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.assigned.iter().any(|(known, value)| known == name && value.is_some())
    }

    /// A variable by which curl goes through a proxy, if the script sets one.
    pub(super) fn proxy(&self) -> Option<&str> {
        let mut names = self.assigned.iter().map(|(name, _)| name.as_str());
        names.find(|name| name.to_ascii_lowercase().ends_with("_proxy"))
    }

    /// Another command begins.
    pub(super) fn forget_used(&mut self) {
        self.used.clear();
    }

    pub(super) fn set_used(&mut self, used: Vec<(String, Vec<u8>)>) {
        self.used = used;
    }

    pub(super) fn used(&self) -> &[(String, Vec<u8>)] {
        &self.used
    }

    /// The name of a variable without a value.
    pub(super) fn name(&self, variable: usize) -> &str {
        self.unknown.get(variable).map_or("", String::as_str)
    }

    /// The first mark at or behind a place.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<Mark> {
        let length = self.nonce.len().saturating_add(3);
        let rest = text.get(from..).filter(|_| !self.unknown.is_empty())?;
        let found = rest.windows(length).enumerate().find_map(|(at, window)| {
            let index = window.strip_prefix(self.nonce.as_bytes())?;
            let index = std::str::from_utf8(index).ok()?.parse().ok()?;
            self.unknown.get(index).map(|_| (at, index))
        });
        let (at, variable) = found?;
        let at = from.saturating_add(at);
        Some(Mark { at, end: at.saturating_add(length), variable })
    }

    /// Whether there is a mark in it.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.find(text, 0).is_some()
    }
}
