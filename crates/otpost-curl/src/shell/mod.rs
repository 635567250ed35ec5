//! The commands of a script and their words, as POSIX shells such as bash and zsh read them.

mod here;
mod stdin;
mod word;

use otpost::gateway::SpecError;

use self::stdin::{output, with_stdin};
use crate::error::refuse;
use crate::variables::Variables;

/// The characters between words. The last one is the no-break space of web pages.
const SPACES: [char; 4] = [' ', '\t', '\r', '\u{a0}'];

/// Prompts, keywords, and commands that run another command.
const BEFORE: [&str; 22] = [
    "!", "$", "%", "command", "declare", "do", "else", "env", "exec", "export", "if", "local",
    "nohup", "readonly", "stdbuf", "sudo", "then", "time", "typeset", "until", "while", "{",
];

/// The longest word, in bytes, with the values of variables in it.
const MAX_WORD: usize = 256 * 1_024;

/// Returns the words after the only `curl` of a script. Assignments are recorded in `variables`.
///
/// A script is a sequence of commands, each of which is read to its end. All but one have to be
/// something else than curl: assignments before it, or a pipe such as `| jq` after it.
pub(crate) fn words(text: &str, variables: &mut Variables) -> Result<Vec<Vec<u8>>, SpecError> {
    script(text, variables, false)
}

/// Reads a script, or the command within `$(…)`. There, another command within `$(…)` is refused,
/// so a text of thousands of them cannot exhaust the stack.
fn script(
    text: &str,
    variables: &mut Variables,
    is_inner: bool,
) -> Result<Vec<Vec<u8>>, SpecError> {
    let mut shell = Shell::new(text, variables, is_inner);
    let mut found: Option<Vec<Vec<u8>>> = None;
    // The text from a pipe, if it is known.
    let (mut is_fed, mut fed) = (false, None);
    loop {
        if found.is_none() {
            // Values that commands before curl have used do not belong to its request.
            shell.variables.forget_used();
        }
        let used = shell.variables.used().to_vec();
        let mut command = Vec::new();
        let end = shell.next(&mut command)?;
        let (piped, done) = (end == CommandEnd::Pipe, end == CommandEnd::Text);
        let stdin = shell.stdin.take().or_else(|| fed.take());
        let output = output(&command, stdin.as_deref()).filter(|_| shell.inner.is_none());
        match (shell.curl(command)?, &found) {
            (Some(_), None) if is_fed && stdin.is_none() => {
                let hint = "write the body after --data-raw, between quotes";
                return Err(refuse(
                    "the body comes from a pipe, not from the command (file)",
                    hint,
                ));
            }
            (Some(words), None) => found = Some(with_stdin(words, stdin)),
            (Some(_), Some(_)) => {
                return Err(refuse("there is a second command", "paste a single `curl` command"));
            }
            // The values that later commands use are not in this one.
            (None, Some(_)) => shell.variables.set_used(used),
            (None, None) => {}
        }
        (is_fed, fed) = (piped, output.filter(|_| piped));
        if done {
            let hint = "paste the whole command, beginning with `curl`";
            return found.ok_or_else(|| refuse("the text has no `curl` command", hint));
        }
    }
}

/// The end of a command.
#[derive(PartialEq, Eq)]
enum CommandEnd {
    Command,
    Pipe,
    Text,
}

struct Shell<'t, 'v> {
    text: &'t str,
    at: usize,
    /// The start of the current command.
    begin: usize,
    variables: &'v mut Variables,
    /// The command in `$(…)` whose output is in one of the words.
    inner: Option<String>,
    /// Set while that command is read.
    is_inner: bool,
    /// The text of a here-document for the current command.
    stdin: Option<Vec<u8>>,
    /// The beginning and the end of a here-document on the lines after the command.
    document: Option<(usize, usize)>,
}

impl<'t, 'v> Shell<'t, 'v> {
    const fn new(text: &'t str, variables: &'v mut Variables, is_inner: bool) -> Self {
        let (inner, stdin, document) = (None, None, None);
        Self { text, at: 0, begin: 0, variables, inner, is_inner, stdin, document }
    }
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

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
        // A here-document was read with its operator.
        if let Some((_, end)) = self.document.filter(|(begin, _)| *begin == self.at) {
            self.at = end;
        }
    }

    fn refuse(&self, problem: &str, hint: &str) -> SpecError {
        // The error names the line and never shows the command, which can hold secrets.
        let before = self.text.get(..self.begin).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        refuse(&format!("line {line}: {problem}"), hint)
    }

    fn nested(&self) -> SpecError {
        let hint = "replace the inner command by a variable such as $TOKEN";
        self.refuse("a command inside of the command (substitution)", hint)
    }

    /// Reads words up to the end of a command.
    fn next(&mut self, command: &mut Vec<Vec<u8>>) -> Result<CommandEnd, SpecError> {
        while matches!(self.peek(), Some(c) if c == '\n' || SPACES.contains(&c)) {
            self.bump();
        }
        self.begin = self.at;
        loop {
            let Some(c) = self.peek() else { return Ok(CommandEnd::Text) };
            match c {
                c if SPACES.contains(&c) => self.skip(c.len_utf8()),
                '\n' | ';' => {
                    self.skip(1);
                    return Ok(CommandEnd::Command);
                }
                // Only here: inside of a word, a `#` is an ordinary character.
                '#' => {
                    let length = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.skip(length);
                }
                '|' => {
                    // After `||` comes an alternative command, which does not read the output of
                    // this one.
                    let double = self.rest().starts_with("||");
                    self.skip(if double { 2 } else { 1 });
                    return Ok(if double { CommandEnd::Command } else { CommandEnd::Pipe });
                }
                '&' => return self.ampersand(),
                '>' => self.redirect()?,
                '<' if self.documented().is_none() => {
                    if self.here()? {
                        continue;
                    }
                    let hint = "put what it reads behind --data-raw, between quotes";
                    return Err(self.refuse("an unquoted `<` reads a file", hint));
                }
                '(' | ')' => {
                    let hint = "put it between quotes";
                    return Err(self.refuse("an unquoted parenthesis", hint));
                }
                '\\' | '`' if self.continues() => {}
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

    fn ampersand(&mut self) -> Result<CommandEnd, SpecError> {
        self.skip(1);
        match self.peek() {
            Some('&') => self.skip(1),
            Some('>') => self.redirect()?,
            None | Some('\n' | ' ' | '\r') => {}
            Some(_) => {
                let hint = "put the URL or the value between quotes: the shell drops the rest";
                return Err(self.refuse("an unquoted `&` ends the command", hint));
            }
        }
        Ok(CommandEnd::Command)
    }

    /// Returns the length of a placeholder such as `<API_KEY>`. A shell would read one file there
    /// and write another.
    fn documented(&self) -> Option<usize> {
        let (name, _) = self.rest().strip_prefix('<')?.split_once('>')?;
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.ends_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || " _-".contains(c));
        is_name.then(|| name.len().saturating_add(2))
    }

    /// Skips a redirection of the output.
    fn redirect(&mut self) -> Result<(), SpecError> {
        while matches!(self.peek(), Some('>' | '&' | '|' | ' ')) {
            self.skip(1);
        }
        self.word().map(drop)
    }

    /// Skips a backslash at the end of a line, or the backquote of PowerShell, and trailing spaces,
    /// which come from copying.
    fn continues(&mut self) -> bool {
        let behind = self.rest().get(1..).unwrap_or_default();
        let blanks = behind.len().saturating_sub(behind.trim_start_matches(SPACES).len());
        let line = behind.get(blanks..).unwrap_or_default();
        let is_end = match self.peek() {
            Some('\\') => line.starts_with('\n') || line.is_empty(),
            Some('`') => line.starts_with('\n'),
            _ => false,
        };
        if is_end {
            self.skip(blanks.saturating_add(2).min(self.rest().len()));
            // The second prompt of a terminal (`> `, or `>> ` in PowerShell) can be copied along.
            for prompt in ["> -", ">> -"] {
                if self.rest().starts_with(prompt) {
                    self.skip(prompt.len().saturating_sub(1));
                }
            }
        }
        is_end
    }

    /// Returns the words after `curl`, or `None` for another command. Assignments are recorded.
    fn curl(&mut self, words: Vec<Vec<u8>>) -> Result<Option<Vec<Vec<u8>>>, SpecError> {
        let inner = self.inner.take();
        let mut words = words.into_iter().peekable();
        let (mut assigned, mut is_wrapped) = (false, false);
        while let Some(word) = words.peek() {
            let text = String::from_utf8_lossy(word);
            match text.split_once('=') {
                Some((name, _)) if is_name(name.trim_end_matches('+')) => {
                    let value = word.get(name.len().saturating_add(1)..).unwrap_or_default();
                    // The results of `+=` and of `$(…)` are unknown.
                    let known = inner.is_none() && !name.ends_with('+');
                    let value = known.then(|| value.to_vec());
                    self.variables.assign(name.trim_end_matches('+'), value);
                    assigned = true;
                }
                _ if BEFORE.contains(&&*text) => is_wrapped = true,
                _ => break,
            }
            words.next();
        }
        let words: Vec<_> = words.collect();
        if words.is_empty() {
            // `ANSWER=$(curl …)`.
            return match inner.filter(|inner| assigned && inner.trim_start().starts_with("curl")) {
                Some(_) if self.is_inner => Err(self.nested()),
                Some(inner) => script(&inner, self.variables, true).map(Some),
                None => Ok(None),
            };
        }
        if words.first().is_some_and(|word| word.starts_with(b"-") && !assigned && !is_wrapped) {
            let hint = "put a backslash at the end of the previous line";
            return Err(self.refuse("a line begins with an option", hint));
        }
        // After a prompt, or after options of `sudo` and similar commands.
        let is_curl = |word: &Vec<u8>| {
            let name = word.rsplit(|byte| matches!(byte, b'/' | b'\\')).next();
            matches!(name, Some(b"curl" | b"curl.exe"))
        };
        let is_before = |word: &Vec<u8>| {
            word.starts_with(b"-") || matches!(word.last(), Some(b'$' | b'#' | b'%' | b'>'))
        };
        let at = words.iter().position(is_curl);
        let Some(at) = at.filter(|at| is_wrapped || words.iter().take(*at).all(is_before)) else {
            return Ok(None);
        };
        if inner.is_some() {
            return Err(self.nested());
        }
        Ok(Some(words.into_iter().skip(at.saturating_add(1)).collect()))
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
