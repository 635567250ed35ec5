//! Quotes, escapes and variables.

use super::{SPACES, Shell};
use crate::gateway::error::SpecError;

impl Shell<'_, '_> {
    /// The word that begins here.
    pub(super) fn word(&mut self) -> Result<Vec<u8>, SpecError> {
        let mut word = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')' => break,
                c if SPACES.contains(&c) => break,
                '\\' => {
                    // A line that goes on goes on within the word, unless blanks stand between.
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
                '$' if self.rest().starts_with("$\"") => self.skip(1),
                '$' => self.dollar(&mut word)?,
                '`' => self.substitution("`", "`")?,
                '\u{2018}'..='\u{201f}' => {
                    let hint = "they come from a formatted page: write ' or \"";
                    return Err(self.refuse("typographic quotes", hint));
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
                        Some(c @ ('$' | '`' | '"' | '\\')) => push(word, c),
                        Some(c) => {
                            word.push(b'\\');
                            push(word, c);
                        }
                        None => return Err(self.unclosed("\"")),
                    }
                }
                Some('$') => self.dollar(word)?,
                Some('`') => self.substitution("`", "`")?,
                Some(c) => {
                    self.skip(c.len_utf8());
                    push(word, c);
                }
            }
        }
    }

    /// `$'…'` (POSIX 2024, §2.2.4), and the `\u` of bash and zsh.
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
                            self.at = self.at.saturating_sub(1);
                            // A byte has eight bits, and what `\777` has above them is dropped.
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
        let problem = "an escape that names no character";
        push(word, c.ok_or_else(|| self.refuse(problem, "write the character itself"))?);
        Ok(())
    }

    fn number(&mut self, radix: u32, most: usize) -> u32 {
        let digits: String =
            self.rest().chars().take(most).take_while(|c| c.is_digit(radix)).collect();
        self.skip(digits.len());
        u32::from_str_radix(&digits, radix).unwrap_or_default()
    }

    /// A variable, or a dollar that is none.
    fn dollar(&mut self, word: &mut Vec<u8>) -> Result<(), SpecError> {
        let behind = self.rest().get(1..).unwrap_or_default();
        if behind.starts_with('(') {
            return self.substitution("$(", ")");
        }
        let is_braced = behind.starts_with('{');
        let inside = if is_braced { behind.get(1..).unwrap_or_default() } else { behind };
        let length = inside.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let name = inside.get(..length).unwrap_or_default();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            self.skip(1);
            word.push(b'$');
            return Ok(());
        }
        let name = name.to_owned();
        let mut taken = length.saturating_add(1);
        if is_braced {
            let behind_name = inside.get(length..).unwrap_or_default();
            let problem = "a `${…}` that is more than a name";
            let end = behind_name.find('}').ok_or_else(|| self.unclosed("}"))?;
            let default = behind_name.get(..end).unwrap_or_default();
            let default = [":-", "-", ":=", "="].iter().find_map(|sign| default.strip_prefix(sign));
            match default {
                Some(default) if !default.contains(['$', '{', '`']) => {
                    let default = default.as_bytes().to_vec();
                    let mark = self.mark(&name)?;
                    let known = self.variables.whole(mark.as_bytes());
                    let known = known.and_then(|at| self.variables.get(at)?.value.as_ref());
                    if known.is_none() {
                        self.variables.assign(&name, Some(default));
                    }
                }
                _ if end > 0 => return Err(self.refuse(problem, "write what it stands for")),
                _ => {}
            }
            taken = taken.saturating_add(end).saturating_add(2);
        }
        self.skip(taken);
        word.extend_from_slice(self.mark(&name)?.as_bytes());
        Ok(())
    }

    fn mark(&mut self, name: &str) -> Result<String, SpecError> {
        let mark = self.variables.mark(name);
        mark.ok_or_else(|| self.refuse("there are too many variables", "write their values"))
    }

    /// What another command would print.
    fn substitution(&mut self, open: &str, close: &str) -> Result<(), SpecError> {
        self.substituted = true;
        self.skip(open.len());
        let mut depth = 1_usize;
        while depth > 0 {
            let rest = self.rest();
            if rest.starts_with(close) {
                depth = depth.saturating_sub(1);
            } else if rest.starts_with(open) {
                depth = depth.saturating_add(1);
            }
            if self.bump().is_none() {
                return Err(self.unclosed(close));
            }
        }
        Ok(())
    }

    fn unclosed(&self, quote: &str) -> SpecError {
        self.refuse(&format!("a quote or brace is open: {quote}"), "close it")
    }
}

fn push(word: &mut Vec<u8>, c: char) {
    word.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}
