//! The words of a command for the Windows command prompt, such as Chrome's "Copy as cURL (cmd)".
//!
//! Two programs read such a line: first the command prompt, which removes carets and replaces
//! `%NAME%`, then the C runtime of curl, which splits the rest into words.

use otpost::gateway::SpecError;

use crate::error::refuse;
use crate::variables::Variables;

/// Returns `true` if a command is for the command prompt: it has carets where POSIX shells have
/// backslashes.
pub(crate) fn is_cmd(text: &str) -> bool {
    text.contains(" ^\"") || text.lines().any(|line| line.trim_end().ends_with(" ^"))
}

/// Returns the words after `curl`.
pub(crate) fn words(text: &str, variables: &mut Variables) -> Result<Vec<Vec<u8>>, SpecError> {
    let line = line(text, variables)?;
    let mut words = split(&line)?.into_iter();
    let first = words.next().unwrap_or_default();
    let name = first.rsplit(['/', '\\']).next().unwrap_or_default();
    if name != "curl" && name != "curl.exe" {
        let hint = "paste the whole command, beginning with `curl`";
        return Err(refuse("the text has no `curl` command", hint));
    }
    Ok(words.map(String::into_bytes).collect())
}

/// Returns the line as the command prompt runs it: without carets, and with marks for variables.
fn line(text: &str, variables: &mut Variables) -> Result<String, SpecError> {
    let mut line = String::new();
    let mut is_quoted = false;
    let text = text.trim().replace("\r\n", "\n");
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '^' if !is_quoted => {
                // A caret at the end of a line joins it with the next one, whose first character is
                // literal.
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                if let Some(next) = rest.chars().next() {
                    line.push(next);
                    rest = rest.get(next.len_utf8()..).unwrap_or_default();
                }
            }
            '"' => {
                is_quoted = !is_quoted;
                line.push('"');
            }
            // The command prompt replaces variables between quotes as well.
            '%' => match variable(rest) {
                Some((name, behind)) => {
                    let mark = variables.mark(name);
                    let problem = "there are too many variables";
                    line.push_str(&mark.ok_or_else(|| refuse(problem, "write their values"))?);
                    rest = behind;
                }
                None => line.push('%'),
            },
            '\n' if rest.contains("curl ") => {
                return Err(refuse("there is a second command", "paste a single `curl` command"));
            }
            '\n' => break,
            '|' | '>' if !is_quoted => break,
            // `&&` and `& ` separate commands. An `&` inside of a word most likely belongs to a URL
            // without quotes, of which the command prompt would send only the beginning.
            '&' if !is_quoted && !rest.starts_with(['&', ' ', '\n']) && !rest.is_empty() => {
                let hint = "put the URL or the value between quotes";
                return Err(refuse("an unquoted `&` ends the command", hint));
            }
            '&' if !is_quoted => break,
            c => line.push(c),
        }
    }
    Ok(line)
}

/// Splits `%NAME%` off, unless it can be percent-encoded bytes, such as `%20is%20`.
fn variable(rest: &str) -> Option<(&str, &str)> {
    let (name, behind) = rest.split_once('%')?;
    let is_name = name.len() >= 3
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let is_encoded = name.bytes().take(2).all(|b| b.is_ascii_hexdigit()) && !name.contains('_');
    (is_name && !is_encoded).then_some((name, behind))
}

/// Splits a command line as the C runtime of Windows does: backslashes escape only before a quote.
fn split(line: &str) -> Result<Vec<String>, SpecError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' if !is_quoted => words.extend(word.take()),
            '\\' => {
                let mut count = 1_usize;
                while chars.next_if_eq(&'\\').is_some() {
                    count = count.saturating_add(1);
                }
                // Before a quote, two backslashes stand for one. If one is left over, the quote is
                // literal.
                let is_before_quote = chars.peek() == Some(&'"');
                let kept = if is_before_quote { count / 2 } else { count };
                let word = word.get_or_insert_default();
                word.extend(std::iter::repeat_n('\\', kept));
                if is_before_quote && count % 2 == 1 {
                    chars.next();
                    word.push('"');
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                // Two quotes inside of quotes are one literal quote, and the quoted part goes on.
                if is_quoted && chars.next_if_eq(&'"').is_some() {
                    word.push('"');
                } else {
                    is_quoted = !is_quoted;
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    if is_quoted {
        return Err(refuse("a quote is not closed: \"", "close it"));
    }
    words.extend(word);
    Ok(words)
}
