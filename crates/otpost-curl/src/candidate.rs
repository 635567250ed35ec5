//! The notations in which a request can hold the number, text, code and sender of a sample.

use std::ops::Range;

use otpost::gateway::Charset;
use otpost::message::Filter;

use crate::coding::FieldValue;
use crate::heuristics::{
    can_be_code, is_ambient, is_country, is_origin, is_secret, is_time, is_user, is_uuid,
};
use crate::number;
use crate::role::Content;
use crate::sample::Sample;

/// A value of the sample in one notation, and the placeholder that renders it.
pub(crate) struct Candidate {
    /// The value in the charset of the request, or `None` if the charset lacks a character.
    bytes: Option<Vec<u8>>,
    /// The value in UTF-8, as parsers return it.
    text: String,
    pub(crate) placeholder: String,
    pub(crate) content: Content,
    /// `true` if it matches only a whole value, and no part of one.
    is_whole: bool,
    /// `true` for a number that can have separators between its digits.
    is_written: bool,
    /// `true` if it is found in fields with the name of a password or key as well.
    is_in_secrets: bool,
}

/// The places in which one pass searches the code.
///
/// The first search that finds the code or the text decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeSearch {
    /// Whole values, except those of passwords and keys.
    Values,
    /// All whole values. Nobody has the sample's code as a password by chance, but 123456 is both
    /// in many examples.
    AllValues,
    /// Parts of values as well. Six digits occur in ids and times by chance.
    Parts,
}

/// The notations of the number in one pass of the search.
///
/// One kind is searched at a time: a national number also occurs inside of an international
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberForms {
    /// The number with its calling code.
    International,
    /// The number without its calling code.
    National,
    /// The national number, beside a separate value for the calling code.
    Split,
}

impl Candidate {
    /// Returns all candidates, the longest first, so that no notation hides a longer one.
    pub(crate) fn all(
        sample: &Sample,
        charset: Charset,
        forms: NumberForms,
        code_search: CodeSearch,
    ) -> Vec<Self> {
        let mut list = CandidateList { charset, candidates: Vec::new() };
        let number = &sample.to;
        let (e164, digits) = (number.e164(), number.e164().trim_start_matches('+'));
        list.derived(Content::Number, "to", e164);
        list.derived(Content::Number, "to|plain", digits);
        list.add(Content::Number, "to|zeros", &format!("00{digits}"), false);
        for exit in number::EXITS {
            list.prefixed(Content::Number, exit, "to|plain", &format!("{exit}{digits}"));
        }
        let national = number.national_number();
        match forms {
            NumberForms::International => {}
            NumberForms::National => {
                let placeholder = format!("to|national:{}", number.calling_code());
                list.add(Content::Number, &placeholder, national, false);
                for trunk in number::trunks(number.calling_code()) {
                    let dialled = format!("{trunk}{national}");
                    list.prefixed(Content::Number, trunk, &placeholder, &dialled);
                }
            }
            NumberForms::Split => {
                list.add(Content::Number, "national_number", national, true);
                for trunk in number::trunks(number.calling_code()) {
                    let dialled = format!("{trunk}{national}");
                    list.prefixed(Content::Number, trunk, "national_number", &dialled);
                }
                list.add(Content::CallingCode, "calling_code", number.calling_code(), true);
                let plus = format!("+{}", number.calling_code());
                list.prefixed(Content::CallingCode, "+", "calling_code", &plus);
            }
        }
        let text = sample.text.expose();
        list.derived(Content::Text, "text", text);
        // The command may hold a text whose unknown characters were replaced before. These are
        // common replacements, and a spec can do the same with a filter.
        for other in ['?', '.', '_', '*', '-', ' '] {
            for (name, filter) in
                [("latin1", Filter::Latin1(Some(other))), ("gsm7", Filter::Gsm7(Some(other)))]
            {
                if let Ok(replaced) = filter.apply(text.into()) {
                    list.add(Content::Text, &format!("text|{name}:{other}"), &replaced, false);
                }
            }
        }
        if let Some(code) = &sample.code {
            list.derived(Content::Code, "code", code.expose());
            for candidate in list.candidates.iter_mut().filter(|c| c.content == Content::Code) {
                candidate.is_whole = code_search != CodeSearch::Parts;
                candidate.is_in_secrets = code_search != CodeSearch::Values;
            }
        }
        if let Some(sender) = &sample.sender {
            list.add(Content::Other, "sender", sender.as_str(), true);
        }
        let mut candidates = list.candidates;
        // The sort is stable: of two candidates of the same length, the simpler one stays first.
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.text.len()));
        candidates
    }

    /// Finds the first candidate in a value that begins within a range.
    ///
    /// Values are long and candidates are many, so positions are first filtered by their first
    /// byte.
    pub(crate) fn find<'c>(
        all: &'c [Self],
        field: &FieldValue<'_>,
        within: Range<usize>,
    ) -> Option<(Range<usize>, &'c Self)> {
        // Credentials and the headers of browsers hold nothing of a message, except for a code that
        // has the name of a credential.
        if is_ambient(field.name) {
            return None;
        }
        let is_secret = is_secret(field.name, "");
        let can_be_code = can_be_code(field.name);
        let (is_user, is_origin) = (is_user(field.name), is_origin(field.name));
        let fits = |candidate: &&Self| match candidate.content {
            Content::Code if is_secret => {
                let is_whole = field.bytes.len() == candidate.text.len();
                let is_named = can_be_code || candidate.is_in_secrets;
                is_named && is_whole && !field.place.starts_with("auth.")
            }
            _ if is_secret => false,
            // 1 and 44 are common numbers, so the name has to confirm them.
            Content::CallingCode => is_country(field.name),
            Content::Other => !is_user,
            _ => !is_origin,
        };
        let in_charset = field.coding.is_charset();
        let fitting = all.iter().filter(fits);
        let candidates: Vec<(&[u8], &Self)> =
            fitting.filter_map(|fitting| Some((fitting.bytes(in_charset)?, fitting))).collect();
        let mut firsts: Vec<u8> =
            candidates.iter().filter_map(|(bytes, _)| bytes.first().copied()).collect();
        // A number can begin with the parenthesis of its area code.
        firsts.push(b'(');
        firsts.sort_unstable();
        firsts.dedup();
        within.into_iter().find_map(|at| {
            field.bytes.get(at).filter(|first| firsts.contains(first))?;
            let found = |(bytes, candidate): &(&[u8], &'c Self)| {
                Some((candidate.at(bytes, field, at)?, *candidate))
            };
            candidates.iter().find_map(found)
        })
    }

    /// Returns `true` if a value has the number with separators, which a spec cannot send.
    pub(crate) fn is_written_in(&self, value: &[u8]) -> bool {
        self.is_written && value.len() > self.text.len()
    }

    fn bytes(&self, in_charset: bool) -> Option<&[u8]> {
        if in_charset { self.bytes.as_deref() } else { Some(self.text.as_bytes()) }
    }

    /// Returns its range if it begins at `at` and is not a part of a longer number or word.
    fn at(&self, bytes: &[u8], field: &FieldValue<'_>, at: usize) -> Option<Range<usize>> {
        let rest = field.bytes.get(at..)?;
        if !rest.starts_with(bytes) {
            let end = number::written_end(field.bytes, at, bytes).filter(|_| self.is_written)?;
            let is_all = (at, end) == (0, field.bytes.len());
            return (is_all || !self.is_whole).then_some(at..end);
        }
        let end = at.saturating_add(bytes.len());
        // A short text, or a single word, occurs in many values by chance.
        let is_word = self.content == Content::Text && (bytes.len() < 6 || !bytes.contains(&b' '));
        // The result of a filter, such as base64, does not occur by chance.
        let is_short = is_word && !self.placeholder.contains('|');
        if (self.is_whole || is_short) && (at, end) != (0, field.bytes.len()) {
            return None;
        }
        let is_part = |byte: Option<&u8>| match self.content {
            Content::Number => byte.is_some_and(u8::is_ascii_digit),
            Content::CallingCode | Content::Code | Content::Other => {
                byte.is_some_and(u8::is_ascii_alphanumeric)
            }
            // A text can stand beside other words, such as a greeting.
            Content::Text => false,
        };
        let before = at.checked_sub(1).and_then(|before| field.bytes.get(before));
        let is_alone = !is_part(before) && !is_part(field.bytes.get(end));
        // The digits of `2026-123456` or of a UUID are not a code.
        let is_id = self.content == Content::Code
            && (number::continues(field.bytes, at, end) || is_constant(field.bytes));
        (is_alone && !is_id).then_some(at..end)
    }
}

/// Returns `true` for an id or a time that holds digits by chance.
fn is_constant(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|text| is_uuid(text) || is_time("time", text))
}

struct CandidateList {
    charset: Charset,
    candidates: Vec<Candidate>,
}

impl CandidateList {
    /// Adds a value, and the results of filters for it.
    fn derived(&mut self, content: Content, placeholder: &str, value: &str) {
        self.add(content, placeholder, value, false);
        let filters = [
            ("upper", Filter::Upper),
            ("lower", Filter::Lower),
            ("utf16hex", Filter::Utf16Hex),
            ("base64", Filter::Base64),
            ("sha256hex", Filter::Sha256Hex),
        ];
        let hexadecimal = Filter::Utf16Hex.apply(value.into()).map(|hex| hex.to_lowercase());
        if let Ok(hexadecimal) = hexadecimal {
            self.add(content, &format!("{placeholder}|utf16hex|lower"), &hexadecimal, false);
        }
        for (name, filter) in &filters {
            if let Ok(filtered) = filter.apply(value.into())
                && filtered != value
            {
                self.add(content, &format!("{placeholder}|{name}"), &filtered, false);
            }
        }
    }

    /// Adds a value with a literal before the placeholder. It matches only a whole value.
    fn prefixed(&mut self, content: Content, prefix: &str, placeholder: &str, value: &str) {
        self.add(content, placeholder, value, true);
        // `add` drops a value that is known already. The last candidate is then another one.
        if let Some(last) = self.candidates.last_mut().filter(|last| last.text == value) {
            last.placeholder.insert_str(0, prefix);
        }
    }

    fn add(&mut self, content: Content, placeholder: &str, value: &str, is_whole: bool) {
        // The first placeholder for a value wins, so simple ones are added before filtered ones.
        if value.is_empty() || self.candidates.iter().any(|known| known.text == value) {
            return;
        }
        let (bytes, text) = (self.encode(value, content), value.to_owned());
        let placeholder = format!("{{{{{placeholder}}}}}");
        // The results of filters, such as base64, are not digits.
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_written =
            content == Content::Number && is_digits(text.strip_prefix('+').unwrap_or(&text));
        self.candidates.push(Candidate {
            bytes,
            text,
            placeholder,
            content,
            is_whole,
            is_written,
            is_in_secrets: false,
        });
    }

    /// Returns a value in the charset, or `None` if the charset lacks a character.
    fn encode(&self, value: &str, content: Content) -> Option<Vec<u8>> {
        match self.charset {
            // Only the text of a message is in the GSM alphabet. All other values are in UTF-8.
            Charset::Gsm7 if content != Content::Text => Some(value.as_bytes().to_vec()),
            charset => charset.encode_text(value),
        }
    }
}
