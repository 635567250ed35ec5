//! Here-documents and here-strings (POSIX §2.7.4).

use otpost::gateway::SpecError;

use super::Shell;

impl Shell<'_, '_> {
    /// Reads `<<EOF`, `<<-EOF` or `<<< word` with the text that it gives. Returns `false` for
    /// another redirection.
    pub(super) fn here(&mut self) -> Result<bool, SpecError> {
        if self.rest().starts_with("<<<") {
            self.skip(3);
            self.skip_blanks();
            let mut text = self.word()?;
            text.push(b'\n');
            self.stdin = Some(text);
            return Ok(true);
        }
        if !self.rest().starts_with("<<") {
            return Ok(false);
        }
        self.skip(2);
        let strips_tabs = self.rest().starts_with('-');
        self.skip(usize::from(strips_tabs));
        self.skip_blanks();
        let begin = self.at;
        let end = self.word()?;
        let end = String::from_utf8_lossy(&end).into_owned();
        let raw = self.text.get(begin..self.at).unwrap_or_default();
        let is_literal = raw.contains(['\'', '"', '\\']);
        let (text, range) = self.document(&end, strips_tabs).ok_or_else(|| self.unclosed(&end))?;
        self.document = Some(range);
        self.stdin = Some(if is_literal { text.into_bytes() } else { self.expanded(&text)? });
        Ok(true)
    }

    fn skip_blanks(&mut self) {
        while self.rest().starts_with([' ', '\t']) {
            self.skip(1);
        }
    }

    /// Returns the lines of a here-document, and where they begin and end. The last line has only
    /// the word `end`.
    fn document(&self, end: &str, strips_tabs: bool) -> Option<(String, (usize, usize))> {
        // The document begins after the command line, which can be continued.
        let mut ends = self.rest().match_indices('\n');
        let (line_end, _) = ends.find(|(at, _)| {
            let before = self.rest().get(..*at).unwrap_or_default();
            !before.trim_end_matches('\r').ends_with('\\')
        })?;
        let begin = self.at.saturating_add(line_end).saturating_add(1);
        let (mut text, mut at) = (String::new(), begin);
        for line in self.text.get(begin..)?.split_inclusive('\n') {
            at = at.saturating_add(line.len());
            let line = if strips_tabs { line.trim_start_matches('\t') } else { line };
            let bare = line.trim_end_matches(['\r', '\n']);
            if bare == end {
                return Some((text, (begin, at)));
            }
            text.push_str(bare);
            text.push('\n');
        }
        None
    }

    /// Replaces the variables of a here-document. Quotes are literal in it.
    fn expanded(&mut self, text: &str) -> Result<Vec<u8>, SpecError> {
        let mut shell = Shell::new(text, &mut *self.variables, self.is_inner);
        let mut expanded = Vec::new();
        while let Some(c) = shell.peek() {
            match c {
                '\\' => {
                    shell.skip(1);
                    match shell.peek() {
                        Some('\n') => shell.skip(1),
                        Some(c @ ('$' | '`' | '\\')) => {
                            shell.skip(1);
                            super::word::push(&mut expanded, c);
                        }
                        _ => expanded.push(b'\\'),
                    }
                }
                '$' => shell.dollar(&mut expanded, true)?,
                '`' => return Err(self.nested()),
                c => {
                    shell.skip(c.len_utf8());
                    super::word::push(&mut expanded, c);
                }
            }
        }
        let is_nested = shell.inner.is_some();
        if is_nested { Err(self.nested()) } else { Ok(expanded) }
    }

    /// Returns the output of `cat <<EOF` within `$(…)`, or `None` for another command.
    pub(super) fn output_of_cat(&mut self, inner: &str) -> Result<Option<Vec<u8>>, SpecError> {
        let Some(rest) = inner.trim_start().strip_prefix("cat") else { return Ok(None) };
        let rest = rest.trim_start_matches([' ', '\t']);
        let mut shell = Shell::new(rest, &mut *self.variables, self.is_inner);
        if rest.starts_with("<<<") || !shell.here()? {
            return Ok(None);
        }
        let mut output = shell.stdin.take().unwrap_or_default();
        while let Some(c) = shell.peek() {
            if !c.is_whitespace() {
                return Ok(None);
            }
            shell.skip(c.len_utf8());
        }
        // The shell removes the line ends at the end of the output.
        while output.last() == Some(&b'\n') {
            output.pop();
        }
        Ok(Some(output))
    }
}
