//! The commands of a script, and their words, as bash, zsh and every other POSIX shell read them.

mod word;

use super::refuse;
use super::variables::Variables;
use crate::gateway::error::SpecError;

/// Ends of lines, of commands, of words.
const SPACES: [char; 4] = [' ', '\t', '\r', '\u{a0}'];

/// The words behind the one `curl` of a script. Assignments are noted.
pub(super) fn words(text: &str, variables: &mut Variables) -> Result<Vec<Vec<u8>>, SpecError> {
    let mut shell = Shell { text, at: 0, variables, substituted: false };
    let mut found: Option<Vec<Vec<u8>>> = None;
    let mut command: Vec<Vec<u8>> = Vec::new();
    let mut is_fed = false;
    loop {
        let end = shell.next(&mut command)?;
        let (piped, done) = (end == End::Pipe, end == End::Text);
        // What a command is fed with by a pipe is another's answer: `| jq`.
        let words = std::mem::take(&mut command);
        let words = if is_fed { None } else { shell.curl(words)? };
        is_fed = piped;
        match (words, &found) {
            (Some(words), None) => found = Some(words),
            (Some(_), Some(_)) => {
                return Err(refuse("there is a second command", "paste one `curl` alone"));
            }
            (None, _) => {}
        }
        if done {
            let hint = "paste the command that works, from `curl` to its end";
            return found.ok_or_else(|| refuse("there is no `curl` command in it", hint));
        }
    }
}

/// What ends a command.
#[derive(PartialEq, Eq)]
enum End {
    Command,
    Pipe,
    Text,
}

struct Shell<'t, 'v> {
    text: &'t str,
    at: usize,
    variables: &'v mut Variables,
    /// Whether the word that is being read holds the output of another command.
    substituted: bool,
}

impl Shell<'_, '_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    const fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn refuse(&self, problem: &str, hint: &str) -> SpecError {
        let before = self.text.get(..self.at).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        refuse(&format!("line {line}: {problem}"), hint)
    }

    /// The words up to the end of a command.
    fn next(&mut self, command: &mut Vec<Vec<u8>>) -> Result<End, SpecError> {
        loop {
            let Some(c) = self.peek() else { return Ok(End::Text) };
            match c {
                c if SPACES.contains(&c) => self.skip(c.len_utf8()),
                '\n' | ';' => {
                    self.skip(1);
                    return Ok(End::Command);
                }
                '#' => {
                    let length = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.skip(length);
                }
                '|' => {
                    let double = self.rest().starts_with("||");
                    self.skip(if double { 2 } else { 1 });
                    return Ok(if double { End::Command } else { End::Pipe });
                }
                '&' => return self.ampersand(),
                '>' => self.redirect()?,
                '<' => {
                    let hint = "put what it reads behind --data-raw, between quotes";
                    return Err(self.refuse("an unquoted `<` reads a file", hint));
                }
                '(' | ')' => {
                    let hint = "put it between quotes";
                    return Err(self.refuse("an unquoted parenthesis", hint));
                }
                '\\' if self.continues() => {}
                _ => {
                    let word = self.word()?;
                    let digit = word.len() == 1 && word.first().is_some_and(u8::is_ascii_digit);
                    // `2>/dev/null`.
                    if !(digit && self.peek() == Some('>')) {
                        command.push(word);
                    }
                }
            }
        }
    }

    fn ampersand(&mut self) -> Result<End, SpecError> {
        self.skip(1);
        match self.peek() {
            Some('&') => self.skip(1),
            Some('>') => self.redirect()?,
            None | Some('\n' | ' ' | '\r') => {}
            Some(_) => {
                let hint =
                    "put the URL or the value between quotes, as what follows the `&` is lost";
                return Err(self.refuse("an unquoted `&` ends the command", hint));
            }
        }
        Ok(End::Command)
    }

    /// Where the answer goes is none of our business.
    fn redirect(&mut self) -> Result<(), SpecError> {
        while matches!(self.peek(), Some('>' | '&' | '|' | ' ')) {
            self.skip(1);
        }
        self.word().map(drop)
    }

    /// Takes a backslash at the end of a line; blanks behind it come from copying.
    fn continues(&mut self) -> bool {
        let behind = self.rest().get(1..).unwrap_or_default();
        let blanks = behind.len().saturating_sub(behind.trim_start_matches(SPACES).len());
        let line = behind.get(blanks..).unwrap_or_default();
        if self.rest().starts_with('\\') && (line.starts_with('\n') || line.is_empty()) {
            self.skip(blanks.saturating_add(2).min(self.rest().len()));
            return true;
        }
        false
    }

    /// The words behind `curl`, or `None` for another command. Assignments are noted.
    fn curl(&mut self, words: Vec<Vec<u8>>) -> Result<Option<Vec<Vec<u8>>>, SpecError> {
        let substituted = std::mem::take(&mut self.substituted);
        let mut words = words.into_iter().peekable();
        while let Some(word) = words.peek() {
            let text = String::from_utf8_lossy(word);
            if let Some((name, _)) = text.split_once('=')
                && is_name(name)
            {
                let value = word.get(name.len().saturating_add(1)..).unwrap_or_default().to_vec();
                self.variables.assign(name, (!substituted).then_some(value));
            } else if !matches!(
                &*text,
                "$" | "%"
                    | "export"
                    | "set"
                    | "sudo"
                    | "time"
                    | "env"
                    | "command"
                    | "exec"
                    | "nohup"
            ) {
                break;
            }
            words.next();
        }
        let Some(first) = words.next() else { return Ok(None) };
        let first = String::from_utf8_lossy(&first).into_owned();
        let name = first.rsplit('/').next().unwrap_or_default();
        if first.starts_with('-') {
            let hint = "put a backslash at the end of the line before";
            return Err(self.refuse("a line that begins with an option", hint));
        }
        if name != "curl" && name != "curl.exe" {
            return Ok(None);
        }
        if substituted {
            let hint = "run the inner command, and write a variable such as $TOKEN in its place";
            return Err(self.refuse("a command inside of the command (substitution)", hint));
        }
        Ok(Some(words.collect()))
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
