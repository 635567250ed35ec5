//! Texts that a regular expression matches.

use std::iter::Peekable;
use std::str::Chars;

/// Returns a text that the regular expression matches, with these texts in its named groups.
///
/// It knows literal characters, anchors, classes such as `[^<]+` and `\s`, optional groups, and
/// alternatives, of which it takes the first. Returns `None` for anything else, and for a named
/// group without a text. The caller verifies the result, because a text of the caller may not be
/// one that the group matches.
pub(super) fn matching(regex: &str, groups: &[(String, String)]) -> Option<String> {
    let mut text = String::new();
    let mut rest = regex.chars().peekable();
    while let Some(next) = rest.next() {
        let part = match next {
            '^' | '$' => continue,
            '(' => group(&mut rest, groups)?,
            '[' => {
                let is_negated = rest.next_if_eq(&'^').is_some();
                let first = rest.peek().copied()?;
                while rest.next()? != ']' {}
                // A letter is rarely one of the characters that a class excludes.
                if is_negated { "x".to_owned() } else { first.to_string() }
            }
            '\\' => match rest.next()? {
                's' => " ".to_owned(),
                'd' => "1".to_owned(),
                'w' => "x".to_owned(),
                'b' => continue,
                escaped if escaped.is_ascii_punctuation() => escaped.to_string(),
                _ => return None,
            },
            '.' => "x".to_owned(),
            '|' => break,
            '*' | '+' | '?' | '{' | '}' | ')' | ']' => return None,
            literal => literal.to_string(),
        };
        // Without what is optional.
        if rest.next_if(|next| matches!(next, '*' | '?')).is_none() {
            rest.next_if_eq(&'+');
            text.push_str(&part);
        }
    }
    Some(text)
}

/// Returns the text of a group, whose opening parenthesis was read.
fn group(rest: &mut Peekable<Chars<'_>>, groups: &[(String, String)]) -> Option<String> {
    let (mut inner, mut depth) = (String::new(), 1_usize);
    while depth > 0 {
        let next = rest.next()?;
        inner.push(next);
        match next {
            '\\' => inner.push(rest.next()?),
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let inner = inner.strip_suffix(')')?;
    if let Some((name, _)) = inner.strip_prefix("?P<").and_then(|named| named.split_once('>')) {
        return groups.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone());
    }
    matching(inner.strip_prefix("?:").unwrap_or(inner), groups)
}

#[cfg(test)]
mod tests {
    use super::matching;

    #[test]
    fn texts_match_their_expressions() {
        let groups = [("key".to_owned(), "K1".to_owned()), ("token".to_owned(), "T2".to_owned())];
        for (regex, expected) in [
            (r"^(?P<key>[^;\s]+);(?P<token>[^;\s]+)$", "K1;T2"),
            (r"<A>(?:B=)?(?P<key>[^<]+)</A>\s*<C>(?P<token>[^<]+)</C>", "<A>K1</A><C>T2</C>"),
            (r"OK\.\d+[0-9]\s(?:a[b]+c)", "OK.10 abc"),
            (r"^(?P<key>K[0-9])(\||$)", "K1|"),
            ("a|b", "a"),
        ] {
            assert_eq!(matching(regex, &groups).as_deref(), Some(expected), "{regex}");
            assert!(
                regex_lite::Regex::new(regex).is_ok_and(|regex| regex.is_match(expected)),
                "{regex}"
            );
        }
        for unknown in ["a{2}", "(?P<other>x)", r"\p{L}", "(a", "["] {
            assert_eq!(matching(unknown, &groups), None, "{unknown}");
        }
    }
}
