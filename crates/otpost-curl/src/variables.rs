//! Shell variables, and the marks that replace those without a value during the import.

use std::collections::BTreeSet;

use crate::needs::SampleNeeds;

/// The beginning of every mark. The rest is chosen so that the command holds no mark by chance.
const STEM: &str = "739184562";
/// The most variables of a command.
const MAX: usize = 999;

/// The shell variables of a command.
///
/// A variable with a value is replaced by its value, as in the shell. A variable without a value,
/// such as `$TOKEN` from the environment, is replaced by a mark of 18 digits. Every decoder
/// (percent, JSON, XML) leaves digits as they are, and digits are valid wherever JSON has a number,
/// so the mark is found again after all of them.
pub(crate) struct Variables {
    nonce: String,
    unknown: Vec<UnknownVariable>,
    needs: SampleNeeds,
    /// The assignments so far. The value is `None` if it is unknown, such as the output of a
    /// command.
    assigned: Vec<(String, Option<Vec<u8>>)>,
    /// The names and values of the variables in the command.
    used: Vec<(String, Vec<u8>)>,
}

/// A variable without a value.
#[derive(PartialEq)]
struct UnknownVariable {
    name: String,
    /// `true` for a placeholder of documentation, which no shell replaces.
    is_documented: bool,
}

/// The position of a mark in a text, and the index of its variable.
pub(crate) struct VariableMark {
    pub(crate) at: usize,
    pub(crate) end: usize,
    pub(crate) variable: usize,
}

impl Variables {
    pub(crate) fn new(command: &str) -> Self {
        // All digits in a row, whatever stands between them: the shell joins `73"91"`, for example.
        let digits: Vec<u8> = command.bytes().filter(u8::is_ascii_digit).collect();
        let taken: BTreeSet<&[u8]> =
            digits.windows(15).filter(|window| window.starts_with(STEM.as_bytes())).collect();
        let free = (0..1_000_000).map(|number| format!("{STEM}{number:06}"));
        let nonce = free.into_iter().find(|nonce| !taken.contains(nonce.as_bytes()));
        Self {
            // A command of 64 KiB cannot hold all of the million numbers, so one is always free.
            nonce: nonce.unwrap_or_default(),
            unknown: Vec::new(),
            needs: SampleNeeds::ALL,
            assigned: Vec::new(),
            used: Vec::new(),
        }
    }

    /// Returns the value of a variable, or a mark. Returns `None` if there are too many variables.
    pub(crate) fn read(&mut self, name: &str) -> Option<Vec<u8>> {
        if let Some((_, Some(value))) = self.assigned.iter().find(|(known, _)| known == name) {
            let value = value.clone();
            self.note_used(name, &value);
            return Some(value);
        }
        self.mark(name).map(String::into_bytes)
    }

    /// Records that a value is in the command.
    pub(crate) fn note_used(&mut self, name: &str, value: &[u8]) {
        if self.used.len() < MAX
            && !self.used.iter().any(|(known, used)| known == name && used == value)
        {
            self.used.push((name.to_owned(), value.to_vec()));
        }
    }

    /// Returns the mark of a variable without a value, or `None` if there are too many variables.
    pub(crate) fn mark(&mut self, name: &str) -> Option<String> {
        self.mark_of(UnknownVariable { name: name.to_owned(), is_documented: false })
    }

    /// Returns the mark of a placeholder of documentation. The name is empty if it says nothing.
    pub(crate) fn mark_documented(&mut self, name: &str) -> Option<String> {
        self.mark_of(UnknownVariable { name: name.to_owned(), is_documented: true })
    }

    fn mark_of(&mut self, variable: UnknownVariable) -> Option<String> {
        let known = self.unknown.iter().position(|known| *known == variable);
        let at = known.unwrap_or(self.unknown.len());
        if at > MAX {
            return None;
        }
        if known.is_none() {
            self.unknown.push(variable);
        }
        // Always three digits, so that all marks have the same length.
        Some(format!("{}{at:03}", self.nonce))
    }

    /// Records an assignment.
    pub(crate) fn assign(&mut self, name: &str, value: Option<Vec<u8>>) {
        self.assigned.retain(|(known, _)| known != name);
        self.assigned.push((name.to_owned(), value));
    }

    /// Returns `true` if a variable has a value.
    pub(crate) fn is_known(&self, name: &str) -> bool {
        self.assigned.iter().any(|(known, value)| known == name && value.is_some())
    }

    /// Returns an assigned variable that sets a proxy for curl, such as `https_proxy`.
    pub(crate) fn proxy(&self) -> Option<&str> {
        let mut names = self.assigned.iter().map(|(name, _)| name.as_str());
        names.find(|name| name.to_ascii_lowercase().ends_with("_proxy"))
    }

    /// Drops the recorded values when another command begins.
    pub(crate) fn forget_used(&mut self) {
        self.used.clear();
    }

    pub(crate) fn set_used(&mut self, used: Vec<(String, Vec<u8>)>) {
        self.used = used;
    }

    pub(crate) fn used(&self) -> &[(String, Vec<u8>)] {
        &self.used
    }

    /// Returns the name of a variable without a value.
    pub(crate) fn name(&self, variable: usize) -> &str {
        self.unknown.get(variable).map_or("", |unknown| &unknown.name)
    }

    /// Returns `true` if a variable is a placeholder of documentation.
    pub(crate) fn is_documented(&self, variable: usize) -> bool {
        self.unknown.get(variable).is_some_and(|unknown| unknown.is_documented)
    }

    /// Returns `true` if the command has placeholders of documentation.
    pub(crate) fn has_documented(&self) -> bool {
        self.unknown.iter().any(|unknown| unknown.is_documented)
    }

    /// Sets the values that placeholders of documentation can stand for.
    pub(crate) const fn set_needs(&mut self, needs: SampleNeeds) {
        self.needs = needs;
    }

    pub(crate) const fn needs(&self) -> SampleNeeds {
        self.needs
    }

    /// Finds the first mark at or after a position.
    pub(crate) fn find(&self, text: &[u8], from: usize) -> Option<VariableMark> {
        let length = self.nonce.len().saturating_add(3);
        let rest = text.get(from..).filter(|_| !self.unknown.is_empty())?;
        let found = rest.windows(length).enumerate().find_map(|(at, window)| {
            let index = window.strip_prefix(self.nonce.as_bytes())?;
            let index = std::str::from_utf8(index).ok()?.parse().ok()?;
            // The same digits with an unknown index are no mark.
            self.unknown.get(index).map(|_| (at, index))
        });
        let (at, variable) = found?;
        let at = from.saturating_add(at);
        Some(VariableMark { at, end: at.saturating_add(length), variable })
    }

    /// Returns `true` if a text holds a mark.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        self.find(text, 0).is_some()
    }
}
