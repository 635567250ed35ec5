//! The placeholders of vendor documentation: `{auth_id}`, `<API_KEY>`, `YOUR_KEY` and others.
//!
//! They are replaced by the marks of shell variables before anything else is read, since they
//! stand wherever a variable can: in a host, in a path, or as a number of JSON. A placeholder is
//! recognized by its delimiters, or by a name that means something. Both can occur in a text, so
//! there a placeholder is replaced only if the message needs it.

use otpost::gateway::SpecError;

use crate::error::refuse;
use crate::heuristics::{is_secret, is_user};
use crate::needs::SampleNeeds;
use crate::role::{meaningful_words, role, words};
use crate::sample::Sample;
use crate::variables::Variables;

/// The longest placeholder, in bytes.
const MAX_NAME: usize = 60;
/// Elements of HTML that occur in texts.
const ELEMENTS: [&str; 8] = ["br", "div", "em", "html", "hr", "li", "span", "strong"];
/// Names of fields whose values are words of the gateway, such as `TEXT_MESSAGE`.
const WORDS_OF_GATEWAY: [&str; 11] = [
    "channel", "encoding", "event", "format", "intent", "kind", "method", "mode", "status", "type",
    "types",
];
/// The last words of names that are different for each application.
const OWN: [&str; 16] = [
    "account",
    "app",
    "base",
    "domain",
    "email",
    "host",
    "id",
    "ip",
    "login",
    "password",
    "port",
    "sid",
    "subdomain",
    "url",
    "user",
    "username",
];

/// Replaces the placeholders of documentation in the words of a command.
pub(crate) fn replace(
    words: &[Vec<u8>],
    sample: &Sample,
    needs: SampleNeeds,
    variables: &mut Variables,
) -> Result<Vec<Vec<u8>>, SpecError> {
    let mut replaced = Vec::new();
    let mut is_header = false;
    for word in words {
        let is_option = word.starts_with(b"--") || (word.starts_with(b"-") && word.len() == 2);
        if is_option {
            is_header = matches!(word.as_slice(), b"-H" | b"--header");
            replaced.push(word.clone());
            continue;
        }
        let scan = DocumentedWord {
            bytes: word,
            is_header: is_header || word.starts_with(b"-H"),
            is_markup: word.windows(2).any(|pair| pair == b"</" || pair == b"/>"),
            needs,
        };
        replaced.push(scan.replace(sample, variables)?);
        is_header = false;
    }
    Ok(replaced)
}

/// Returns the name of the variable for a placeholder, or an empty text if it says nothing.
pub(crate) fn variable(name: &str) -> String {
    let words = meaningful_words(name);
    let is_generic = matches!(words.as_slice(), [word]
        if ["string", "integer", "long", "value", "xxx"].contains(&word.as_str()));
    if is_generic { String::new() } else { words.join("_") }
}

struct DocumentedWord<'w> {
    bytes: &'w [u8],
    is_header: bool,
    /// `true` if tags of XML or HTML are in it.
    is_markup: bool,
    needs: SampleNeeds,
}

/// A placeholder that was found.
struct Documented {
    end: usize,
    name: String,
    /// `true` if its delimiters leave no doubt. Otherwise its name has to mean something.
    is_certain: bool,
    /// `true` if only an upper-case name marks it, which can be a word of the gateway as well.
    is_constant: bool,
}

impl DocumentedWord<'_> {
    fn replace(&self, sample: &Sample, variables: &mut Variables) -> Result<Vec<u8>, SpecError> {
        let mut replaced = Vec::new();
        let mut at = 0_usize;
        while let Some(byte) = self.bytes.get(at) {
            let found = self.find(at).filter(|found| self.is_placeholder(at, found));
            let found = found.filter(|found| {
                let literal = self.bytes.get(at..found.end).unwrap_or_default();
                let literal = String::from_utf8_lossy(literal);
                !sample.text.expose().contains(&*literal)
            });
            match found {
                Some(found) => {
                    let mark = variables.mark_documented(&variable(&found.name));
                    let problem = "there are too many placeholders";
                    let mark = mark.ok_or_else(|| refuse(problem, "write their values"))?;
                    replaced.extend_from_slice(mark.as_bytes());
                    at = found.end;
                }
                None => {
                    replaced.push(*byte);
                    at = at.saturating_add(1);
                }
            }
        }
        Ok(replaced)
    }

    fn rest(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    fn before(&self, at: usize) -> Option<u8> {
        at.checked_sub(1).and_then(|before| self.bytes.get(before)).copied()
    }

    /// Returns the placeholder that begins here, by its form alone.
    fn find(&self, at: usize) -> Option<Documented> {
        let rest = self.rest(at);
        let certain = |open: &[u8], close: &[u8]| {
            let inside = strip(rest, open)?;
            let (name, length) = name_until(inside, close)?;
            let end = at.saturating_add(open.len()).saturating_add(length);
            Some(Documented { end, name, is_certain: true, is_constant: false })
        };
        match rest.first()? {
            b'$' if rest.starts_with(b"${") => certain(b"${", b"}"),
            b'$' if self.begins(at) => self.after_sign(at, None),
            b'%' if self.is_double(at) => None,
            b'%' => certain(b"%7b", b"%7d")
                .or_else(|| certain(b"%3c", b"%3e"))
                .or_else(|| self.after_sign(at, Some(b'%')).filter(|_| self.begins(at))),
            b'#' if rest.starts_with(b"#{") => certain(b"#{", b"}"),
            // `{{name}}` is a placeholder of other tools, which is read later.
            b'{' if self.is_double(at) => None,
            b'{' => certain(b"{", b"}").filter(|found| !self.rest(found.end).starts_with(b"}")),
            b'<' if !self.is_markup => {
                certain(b"<", b">").filter(|found| !ELEMENTS.contains(&found.name.as_str()))
            }
            b'[' if self.begins(at) => {
                let found = certain(b"[", b"]").filter(|found| self.ends(found.end))?;
                Some(Documented { is_certain: false, ..found })
            }
            byte if byte.is_ascii_alphabetic() && self.begins(at) => self.bare(at),
            _ => None,
        }
    }

    /// Returns `true` for the second of two braces, encoded or not.
    fn is_double(&self, at: usize) -> bool {
        let rest = self.rest(at);
        let encoded = at.checked_sub(3).and_then(|from| self.bytes.get(from..at));
        self.before(at) == Some(b'{')
            || rest.starts_with(b"{{")
            || encoded.is_some_and(|before| before.eq_ignore_ascii_case(b"%7b"))
    }

    /// Returns `$NAME`, or `%NAME%` if a sign closes it.
    fn after_sign(&self, at: usize, close: Option<u8>) -> Option<Documented> {
        let inside = self.rest(at.saturating_add(1));
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = inside.iter().take_while(|byte| is_name(byte)).count();
        let name = inside.get(..length).filter(|name| name.len() >= 2)?;
        let name = String::from_utf8_lossy(name).into_owned();
        let end = at.saturating_add(1).saturating_add(length);
        let end = match close {
            Some(close) if inside.get(length) != Some(&close) => return None,
            Some(_) => end.saturating_add(1),
            None => end,
        };
        let is_begun = name.starts_with(|c: char| c.is_ascii_alphabetic());
        is_begun.then_some(Documented { end, name, is_certain: false, is_constant: false })
    }

    /// Returns `YOUR_API_KEY`, `your-api-key`, `yourApiKey`, `Your API Key` or `API_KEY`.
    fn bare(&self, at: usize) -> Option<Documented> {
        let rest = self.rest(at);
        let lower = rest.get(..MAX_NAME.min(rest.len()))?.to_ascii_lowercase();
        let is_your = lower.starts_with(b"your")
            && rest.get(4).is_some_and(|next| b"_- +%".contains(next) || next.is_ascii_uppercase());
        let is_my = [&b"my_"[..], b"my-"].iter().any(|my| lower.starts_with(my));
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
        let length = match is_your {
            // Spaces as well, encoded or not.
            true => rest.iter().take_while(|byte| is_word(byte) || b" +%".contains(byte)).count(),
            false => rest.iter().take_while(|byte| is_word(byte)).count(),
        };
        let raw = rest.get(..length).filter(|raw| raw.len() <= MAX_NAME)?;
        let name = String::from_utf8_lossy(raw).replace("%20", " ").replace('+', " ");
        let letters = !name.contains('%')
            && name
                .split([' ', '_', '-'])
                .all(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
        // `Your code: 123456` is a text.
        let is_text =
            name.contains(' ') && rest.get(length).is_some_and(|next| !b"&\"'<\\/".contains(next));
        let is_upper = name.contains('_')
            && !name.contains([' ', '-'])
            && !name.bytes().any(|byte| byte.is_ascii_lowercase());
        let end = at.saturating_add(length);
        let is_name = letters && !is_text && name.split(' ').count() <= 5 && self.ends(end);
        let is_found = is_name && (is_your || is_my || (is_upper && !self.is_word_of_gateway(at)));
        let is_constant = !is_your && !is_my;
        is_found.then_some(Documented { end, name, is_certain: is_your, is_constant })
    }

    /// Returns `true` if a name or a value can begin here.
    fn begins(&self, at: usize) -> bool {
        match self.before(at) {
            None => true,
            Some(b' ') => {
                let before = self.bytes.get(..at).unwrap_or_default().trim_ascii_end();
                self.is_header || before.ends_with(b":")
            }
            Some(before) => b"=:\"'/,@(>".contains(&before),
        }
    }

    /// Returns `true` if a value can end here.
    fn ends(&self, at: usize) -> bool {
        match self.rest(at).first() {
            None => true,
            Some(next) => b"&\"'\\/,:@)<?\r\n};#".contains(next) && !self.is_name(at),
        }
    }

    /// Returns `true` if what ends here is the name of a member of JSON or of a header.
    fn is_name(&self, at: usize) -> bool {
        let rest = self.rest(at);
        let closed = rest.strip_prefix(b"\\").unwrap_or(rest);
        let behind = closed.strip_prefix(b"\"").map(<[u8]>::trim_ascii_start);
        behind.is_some_and(|behind| behind.starts_with(b":")) || rest.starts_with(b": ")
    }

    /// Returns `true` if the field before a value holds words of the gateway.
    fn is_word_of_gateway(&self, at: usize) -> bool {
        let before = self.bytes.get(..at).unwrap_or_default();
        let end = before
            .iter()
            .rposition(|byte| byte.is_ascii_alphanumeric())
            .map_or(0, |last| last.saturating_add(1));
        let name = before.get(..end).unwrap_or_default();
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
        let length = name.iter().rev().take_while(is_name).count();
        let name = name.get(name.len().saturating_sub(length)..).unwrap_or_default();
        let words = words(&String::from_utf8_lossy(name));
        words.last().is_some_and(|last| WORDS_OF_GATEWAY.contains(&last.as_str()))
    }

    /// Returns `true` if a find is a placeholder, by its name and by what stands beside it.
    fn is_placeholder(&self, at: usize, found: &Documented) -> bool {
        let role = role(&found.name).map(|(content, _)| content);
        if self.is_in_text(at, found.end) {
            // A gateway can have placeholders of its own in a text.
            return role.is_some_and(|content| self.needs.requires(content));
        }
        if found.is_certain {
            return true;
        }
        let is_own = words(&found.name).last().is_some_and(|last| OWN.contains(&last.as_str()));
        let is_secret = is_secret(&found.name, "");
        match role {
            Some(content) if found.is_constant => self.needs.requires(content),
            Some(_) => true,
            None => is_secret || is_user(&found.name) || is_own,
        }
    }

    /// Returns `true` if a find stands among the words of a text.
    fn is_in_text(&self, at: usize, end: usize) -> bool {
        if self.is_header {
            return false;
        }
        let before = self.bytes.get(..at).unwrap_or_default();
        let is_space = |bytes: &[u8]| {
            bytes.first().is_some_and(|byte| b" +".contains(byte)) || bytes.starts_with(b"%20")
        };
        let last = before.len().saturating_sub(1);
        let escape = before.len().saturating_sub(3);
        let is_behind_space = is_space(before.get(last..).unwrap_or_default())
            || before.get(escape..).is_some_and(|tail| tail == b"%20");
        // In JSON, spaces stand between a colon and a value.
        let left = before.trim_ascii_end();
        let is_member = left.last().is_none_or(|byte| b":,[{=\"".contains(byte));
        let rest = self.rest(end);
        let right = rest.trim_ascii_start();
        let is_over = right.first().is_none_or(|byte| b",}])\"".contains(byte));
        (is_behind_space && !is_member) || (is_space(rest) && !is_over)
    }
}

/// Strips a beginning in any case.
fn strip<'b>(bytes: &'b [u8], begin: &[u8]) -> Option<&'b [u8]> {
    let (start, rest) = bytes.split_at_checked(begin.len())?;
    start.eq_ignore_ascii_case(begin).then_some(rest)
}

/// Returns the name up to a closing delimiter, and the length of both.
fn name_until(inside: &[u8], close: &[u8]) -> Option<(String, usize)> {
    let head = inside.get(..MAX_NAME.min(inside.len()))?;
    let at = head.windows(close.len()).position(|window| window.eq_ignore_ascii_case(close))?;
    let name = std::str::from_utf8(head.get(..at)?).ok()?;
    let name = name.replace("%20", " ").replace('+', " ");
    let is_part = |c: char| c.is_ascii_alphanumeric() || " _-.".contains(c);
    // One letter, as in `{x}`, is more often a literal.
    let is_name = name.len() >= 2
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().all(is_part);
    is_name.then_some((name, at.saturating_add(close.len())))
}
