//! Variables of the shell, and how they stand in a command while it is taken apart.

/// The variables of a command. Each use stands in the text as a mark of 18 digits, which come through every decoder as they
/// are, and stand wherever a number can.
pub(super) struct Variables {
    nonce: String,
    all: Vec<Variable>,
}

/// A variable of the shell.
pub(super) struct Variable {
    /// As it is written in the command.
    pub(super) name: String,
    /// What the command assigns to it.
    pub(super) value: Option<Vec<u8>>,
}

/// A mark in a text.
pub(super) struct Mark {
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) variable: usize,
}

/// No command has as many.
const MAX: usize = 999;

impl Variables {
    /// Marks that do not stand in the command by chance.
    pub(super) fn new(command: &str) -> Self {
        let digits: Vec<u8> = command.bytes().filter(u8::is_ascii_digit).collect();
        let mut number = 739_184_562_067_311_u64;
        let mut nonce = number.to_string();
        while digits.windows(nonce.len()).any(|window| window == nonce.as_bytes()) {
            number = number.saturating_add(1);
            nonce = number.to_string();
        }
        Self { nonce, all: Vec::new() }
    }

    /// The mark of a variable; `None` when there are too many of them.
    pub(super) fn mark(&mut self, name: &str) -> Option<String> {
        let known = self.all.iter().position(|variable| variable.name == name);
        let at = known.unwrap_or(self.all.len());
        if at > MAX {
            return None;
        }
        if known.is_none() {
            self.all.push(Variable { name: name.to_owned(), value: None });
        }
        Some(format!("{}{at:03}", self.nonce))
    }

    /// What the command assigns to a variable. Later uses see the latest value; `None` is one that is not known.
    pub(super) fn assign(&mut self, name: &str, value: Option<Vec<u8>>) {
        match self.all.iter_mut().find(|variable| variable.name == name) {
            Some(variable) => variable.value = value,
            None => self.all.push(Variable { name: name.to_owned(), value }),
        }
    }

    pub(super) fn get(&self, variable: usize) -> Option<&Variable> {
        self.all.get(variable)
    }

    /// The first mark at or behind a place.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<Mark> {
        let length = self.nonce.len().saturating_add(3);
        let rest = text.get(from..).filter(|_| !self.all.is_empty())?;
        let found = rest.windows(length).enumerate().find_map(|(at, window)| {
            let index = window.strip_prefix(self.nonce.as_bytes())?;
            let index = std::str::from_utf8(index).ok()?.parse().ok()?;
            self.all.get(index).map(|_| (at, index))
        });
        let (at, variable) = found?;
        let at = from.saturating_add(at);
        Some(Mark { at, end: at.saturating_add(length), variable })
    }

    /// The variable that is all of a text.
    pub(super) fn whole(&self, text: &[u8]) -> Option<usize> {
        let mark = self.find(text, 0)?;
        (mark.at == 0 && mark.end == text.len()).then_some(mark.variable)
    }

    /// A word that is nothing but a variable whose value is known, and is as it has to be there: the value. Else the word.
    pub(super) fn resolve(&self, word: Vec<u8>, fits: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let variable = self.whole(&word).and_then(|variable| self.get(variable));
        let value = variable.and_then(|variable| variable.value.as_ref());
        match value.filter(|value| fits(value)) {
            Some(value) => value.clone(),
            None => word,
        }
    }

    /// Whether there is a mark in it.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.find(text, 0).is_some()
    }
}
