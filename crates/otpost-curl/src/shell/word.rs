//! Words: quotes, escapes and variables.

use otpost::gateway::SpecError;

use super::{MAX_WORD, SPACES, Shell};

impl Shell<'_, '_> {
    /// Reads the word that begins here.
    pub(crate) fn word(&mut self) -> Result<Vec<u8>, SpecError> {
        let mut word = Vec::new();
        while let Some(c) = self.peek() {
            if word.len() > MAX_WORD {
                return Err(self.refuse("a value is longer than 256 KiB", "paste one command"));
            }
            if let Some(length) = self.documented() {
                word.extend_from_slice(self.rest().get(..length).unwrap_or_default().as_bytes());
                self.skip(length);
                continue;
            }
            match c {
                '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')' => break,
                c if SPACES.contains(&c) => break,
                '\\' => {
                    // The word continues on the next line, unless spaces follow the backslash.
                    let tight = self.rest().starts_with("\\\n");
                    if self.continues() {
                        if tight {
                            continue;
                        }
                        break;
                    }
                    self.skip(1);
                    if let Some(c) = self.bump() {
                        push(&mut word, c);
                    }
                }
                '\'' => {
                    self.skip(1);
                    self.single(&mut word)?;
                }
                '"' => {
                    self.skip(1);
                    self.double(&mut word)?;
                }
                '$' if self.rest().starts_with("$'") => {
                    self.skip(2);
                    self.ansi(&mut word)?;
                }
                // `$"…"` is a text to translate. Without a translation it is `"…"`.
                '$' if self.rest().starts_with("$\"") => self.skip(1),
                '$' => self.dollar(&mut word, false)?,
                '`' => self.substitution(&mut word, "`", "`")?,
                '\u{2018}'..='\u{201f}' => {
                    let hint = "write ' or \" where the page shows other quotes";
                    return Err(self.refuse("typographic quotes do not quote", hint));
                }
                c => {
                    self.skip(c.len_utf8());
                    push(&mut word, c);
                }
            }
        }
        Ok(word)
    }

    fn single(&mut self, word: &mut Vec<u8>) -> Result<(), SpecError> {
        let Some(end) = self.rest().find('\'') else { return Err(self.unclosed("'")) };
        word.extend_from_slice(self.rest().get(..end).unwrap_or_default().as_bytes());
        self.skip(end.saturating_add(1));
        Ok(())
    }

    fn double(&mut self, word: &mut Vec<u8>) -> Result<(), SpecError> {
        loop {
            match self.peek() {
                None => return Err(self.unclosed("\"")),
                Some('"') => {
                    self.skip(1);
                    return Ok(());
                }
                Some('\\') => {
                    self.skip(1);
                    match self.bump() {
                        Some('\n') => {}
                        // Between double quotes, a backslash escapes only these (POSIX §2.2.3).
                        Some(c @ ('$' | '`' | '"' | '\\')) => push(word, c),
                        Some(c) => {
                            word.push(b'\\');
                            push(word, c);
                        }
                        None => return Err(self.unclosed("\"")),
                    }
                }
                Some('$') => self.dollar(word, true)?,
                Some('`') => self.substitution(word, "`", "`")?,
                Some(c) => {
                    self.skip(c.len_utf8());
                    push(word, c);
                }
            }
        }
    }

    /// Reads `$'…'` (POSIX 2024, §2.2.4), with the `\u` of bash and zsh.
    fn ansi(&mut self, word: &mut Vec<u8>) -> Result<(), SpecError> {
        loop {
            let Some(c) = self.bump() else { return Err(self.unclosed("'")) };
            match c {
                '\'' => return Ok(()),
                '\\' => {
                    let Some(escape) = self.bump() else { return Err(self.unclosed("'")) };
                    match escape {
                        'a' => word.push(7),
                        'b' => word.push(8),
                        'e' | 'E' => word.push(27),
                        'f' => word.push(12),
                        'n' => word.push(b'\n'),
                        'r' => word.push(b'\r'),
                        't' => word.push(b'\t'),
                        'v' => word.push(11),
                        '0'..='7' => {
                            // Back to the first digit, which `bump` has skipped.
                            self.at = self.at.saturating_sub(1);
                            // Shells keep the low 8 bits of a number such as `\777`.
                            word.push(u8::try_from(self.number(8, 3) & 0xff).unwrap_or_default());
                        }
                        'x' => {
                            word.push(u8::try_from(self.number(16, 2) & 0xff).unwrap_or_default())
                        }
                        'u' => self.unicode(word, 4)?,
                        'U' => self.unicode(word, 8)?,
                        '\'' | '"' | '\\' | '?' => push(word, escape),
                        other => {
                            word.push(b'\\');
                            push(word, other);
                        }
                    }
                }
                c => push(word, c),
            }
        }
    }

    fn unicode(&mut self, word: &mut Vec<u8>, digits: usize) -> Result<(), SpecError> {
        let code = self.number(16, digits);
        let c = char::from_u32(code);
        let problem = "an escape is not a character";
        push(word, c.ok_or_else(|| self.refuse(problem, "write the character itself"))?);
        Ok(())
    }

    fn number(&mut self, radix: u32, most: usize) -> u32 {
        let digits: String =
            self.rest().chars().take(most).take_while(|c| c.is_digit(radix)).collect();
        self.skip(digits.len());
        u32::from_str_radix(&digits, radix).unwrap_or_default()
    }

    /// Reads a variable, or a literal dollar sign.
    pub(super) fn dollar(&mut self, word: &mut Vec<u8>, is_quoted: bool) -> Result<(), SpecError> {
        let behind = self.rest().get(1..).unwrap_or_default();
        if behind.starts_with('(') {
            return self.substitution(word, "$(", ")");
        }
        let is_braced = behind.starts_with('{');
        let inside = if is_braced { behind.get(1..).unwrap_or_default() } else { behind };
        let length = inside.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let name = inside.get(..length).unwrap_or_default();
        if name.starts_with(|c: char| c.is_ascii_digit())
            || behind.starts_with(['$', '@', '*', '#', '?', '!', '-'])
        {
            let hint = "write its value";
            return Err(self.refuse("a parameter of the shell, such as $1 or $@", hint));
        }
        if name.is_empty() {
            self.skip(1);
            word.push(b'$');
            return Ok(());
        }
        let name = name.to_owned();
        let mut taken = length.saturating_add(1);
        let mut default = None;
        if is_braced {
            // `${NAME}`, `${NAME:?message}`, or a default as in `${NAME:-value}`. Other operators
            // change the value in ways that the import does not follow.
            let behind_name = inside.get(length..).unwrap_or_default();
            let end = behind_name.find('}').ok_or_else(|| self.unclosed("}"))?;
            let more = behind_name.get(..end).unwrap_or_default();
            let given = [":-", "-", ":=", "="].iter().find_map(|sign| more.strip_prefix(sign));
            match given {
                Some(given) if !given.contains(['$', '{', '`', '"', '\'', '\\']) => {
                    default = Some(given.as_bytes().to_vec());
                }
                _ if more.is_empty() || more.starts_with('?') || more.starts_with(":?") => {}
                _ => {
                    let problem = "a `${…}` with more than a name is not supported";
                    return Err(self.refuse(problem, "write its value"));
                }
            }
            taken = taken.saturating_add(end).saturating_add(2);
        }
        self.skip(taken);
        let value = match default
            .filter(|default| !default.is_empty() && !self.variables.is_known(&name))
        {
            Some(default) => {
                self.variables.note_used(&name, &default);
                default
            }
            None => {
                let value = self.variables.read(&name);
                let problem = "there are too many variables";
                value.ok_or_else(|| self.refuse(problem, "write their values"))?
            }
        };
        if !is_quoted && value.iter().any(u8::is_ascii_whitespace) && !self.is_assignment(word) {
            let hint = "write \"$NAME\", else the shell splits the value into words";
            return Err(self.refuse("a variable with spaces is without quotes", hint));
        }
        word.extend_from_slice(&value);
        Ok(())
    }

    /// Returns `true` if a word is an assignment, in which the shell splits no values.
    fn is_assignment(&self, word: &[u8]) -> bool {
        let text = String::from_utf8_lossy(word);
        text.split_once('=').is_some_and(|(name, _)| super::is_name(name))
            && self
                .text
                .get(self.begin..)
                .is_some_and(|command| !command.contains("curl") || command.starts_with(&*text))
    }

    /// Reads `$(…)`, whose output is unknown unless it is that of `cat <<EOF`.
    fn substitution(
        &mut self,
        word: &mut Vec<u8>,
        open: &str,
        close: &str,
    ) -> Result<(), SpecError> {
        self.skip(open.len());
        let begin = self.at;
        let mut depth = 1_usize;
        loop {
            let rest = self.rest();
            // A backquote opens and closes alike. Parentheses are counted, also those of a subshell
            // or a pattern.
            if rest.starts_with(close) {
                depth = depth.saturating_sub(1);
            } else if open == "$(" && rest.starts_with('(') {
                depth = depth.saturating_add(1);
            }
            if depth == 0 {
                let inner = self.text.get(begin..self.at).unwrap_or_default().to_owned();
                self.skip(close.len());
                match self.output_of_cat(&inner)? {
                    Some(output) => word.extend(output),
                    None => self.inner = Some(inner),
                }
                return Ok(());
            }
            match self.bump() {
                None => return Err(self.unclosed(close)),
                Some('\\') => drop(self.bump()),
                // A parenthesis between quotes is text, as in `jq "(.a)"`.
                Some(quote @ ('"' | '\'')) if open == "$(" => self.skip_quoted(quote)?,
                Some(_) => {}
            }
        }
    }

    /// Skips the rest of a text between quotes.
    fn skip_quoted(&mut self, quote: char) -> Result<(), SpecError> {
        loop {
            match self.bump() {
                None => return Err(self.unclosed(&quote.to_string())),
                Some('\\') if quote == '"' => drop(self.bump()),
                Some(c) if c == quote => return Ok(()),
                Some(_) => {}
            }
        }
    }

    pub(super) fn unclosed(&self, quote: &str) -> SpecError {
        self.refuse(&format!("a quote or brace is not closed: {quote}"), "close it")
    }
}

pub(super) fn push(word: &mut Vec<u8>, c: char) {
    word.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}
