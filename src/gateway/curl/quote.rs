//! Words of a POSIX shell.

/// A word under construction: quoted text, and variables between.
#[derive(Default)]
pub(super) struct ShellWord(String);

impl ShellWord {
    pub(super) fn of(text: &str) -> Self {
        let mut word = Self::default();
        word.push(text.as_bytes());
        word
    }

    /// Text as it is. What is no UTF-8, and controls, need the quotes of bash, zsh and POSIX 2024.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let plain = std::str::from_utf8(bytes).ok();
        match plain
            .filter(|text| !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')))
        {
            Some(text) => {
                self.0.push('\'');
                // A quote ends the word, stands escaped, and begins the word anew.
                self.0.push_str(&text.replace('\'', r"'\''"));
                self.0.push('\'');
            }
            None => {
                self.0.push_str("$'");
                for byte in bytes {
                    match byte {
                        b'\'' | b'\\' => self.0.extend(['\\', char::from(*byte)]),
                        b' '..=b'~' => self.0.push(char::from(*byte)),
                        // Octal, since a digit that follows would be read as a part of `\x`.
                        byte => self.0.push_str(&format!("\\{byte:03o}")),
                    }
                }
                self.0.push('\'');
            }
        }
    }

    /// The value of a variable.
    pub(super) fn push_variable(&mut self, name: &str) {
        self.0.push_str(&format!("\"${name}\""));
    }

    pub(super) fn into_text(self) -> String {
        if self.0.is_empty() { "''".to_owned() } else { self.0 }
    }
}

/// A name as shells have them: `api_key` becomes `API_KEY`, and what begins with a digit gets a letter.
pub(super) fn variable(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("V_{name}") }
}
