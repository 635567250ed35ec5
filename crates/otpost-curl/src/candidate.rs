//! How number, text, code and sender of a sample can stand in a request.

use std::ops::Range;

use super::guess::{is_ambient, is_country, is_origin, is_secret, is_user};
use super::places::Leaf;
use super::sample::Sample;
use crate::gateway::gsm7::gsm7_bytes;
use crate::gateway::spec::Charset;
use crate::template::Filter;

/// Something of the sample, as bytes, and the placeholder that makes the same.
pub(super) struct Candidate {
    /// In the charset of the request; `None` when that does not have it.
    bytes: Option<Vec<u8>>,
    /// In UTF-8, as parsers give it.
    text: String,
    pub(super) placeholder: String,
    pub(super) what: What,
    /// Whether it counts only where it is all of a value.
    is_whole: bool,
}

/// What a placeholder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// It counts only where the name says so.
    CallingCode,
    Code,
    /// The number, or a part of it that is enough with the rest.
    Number,
    Other,
    Text,
}

/// Which forms of the number are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forms {
    International,
    /// The calling code in a value of its own.
    Split,
    National,
}

impl Candidate {
    /// All candidates, the longest first.
    pub(super) fn all(
        sample: &Sample,
        charset: Charset,
        forms: Forms,
        code_within: bool,
    ) -> Vec<Self> {
        let mut list = List { charset, candidates: Vec::new() };
        let number = &sample.to;
        let (e164, digits) = (number.e164(), number.e164().trim_start_matches('+'));
        list.derived(What::Number, "to", e164);
        list.derived(What::Number, "to|plain", digits);
        list.add(What::Number, "to|zeros", &format!("00{digits}"), false);
        match forms {
            Forms::International => {}
            Forms::National => {
                let placeholder = format!("to|national:{}", number.calling_code());
                list.add(What::Number, &placeholder, number.national_number(), false);
                // As it is dialled within most countries.
                let dialled = format!("0{}", number.national_number());
                list.prefixed(What::Number, "0", &placeholder, &dialled);
            }
            Forms::Split => {
                list.add(What::Number, "national_number", number.national_number(), true);
                list.add(What::CallingCode, "calling_code", number.calling_code(), true);
                let plus = format!("+{}", number.calling_code());
                list.prefixed(What::CallingCode, "+", "calling_code", &plus);
            }
        }
        let text = sample.text.expose();
        list.derived(What::Text, "text", text);
        for other in ['?', '.', '_', '*', '-', ' '] {
            for (name, filter) in
                [("latin1", Filter::Latin1(Some(other))), ("gsm7", Filter::Gsm7(Some(other)))]
            {
                if let Ok(replaced) = filter.apply(text.into()) {
                    list.add(What::Text, &format!("text|{name}:{other}"), &replaced, false);
                }
            }
        }
        if let Some(code) = &sample.code {
            list.derived(What::Code, "code", code.expose());
            for candidate in list.candidates.iter_mut().filter(|c| c.what == What::Code) {
                candidate.is_whole = !code_within;
            }
        }
        if let Some(sender) = &sample.sender {
            list.add(What::Other, "sender", sender.as_str(), true);
        }
        let mut candidates = list.candidates;
        // A stable sort: of two that are the same, the first and simpler one stays in front.
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.text.len()));
        candidates
    }

    /// The first candidate in a value that begins within a range.
    pub(super) fn find<'c>(
        all: &'c [Self],
        leaf: &Leaf<'_>,
        within: Range<usize>,
    ) -> Option<(Range<usize>, &'c Self)> {
        // Nothing of a message is a credential, or a word of the tool that sends it.
        if is_ambient(leaf.name) || is_secret(leaf.name, "") {
            return None;
        }
        let (is_user, is_origin) = (is_user(leaf.name), is_origin(leaf.name));
        let fits = |candidate: &&Self| match candidate.what {
            // A 1 or a 44 is many things.
            What::CallingCode => is_country(leaf.name),
            What::Other => !is_user,
            _ => !is_origin,
        };
        let in_charset = leaf.coding.is_charset();
        let fitting = all.iter().filter(fits);
        let candidates: Vec<(&[u8], &Self)> =
            fitting.filter_map(|fitting| Some((fitting.bytes(in_charset)?, fitting))).collect();
        let mut firsts: Vec<u8> =
            candidates.iter().filter_map(|(bytes, _)| bytes.first().copied()).collect();
        firsts.sort_unstable();
        firsts.dedup();
        within.into_iter().find_map(|at| {
            leaf.bytes.get(at).filter(|first| firsts.contains(first))?;
            let found = |(bytes, candidate): &(&[u8], &'c Self)| {
                Some((candidate.at(bytes, leaf, at)?, *candidate))
            };
            candidates.iter().find_map(found)
        })
    }

    fn bytes(&self, in_charset: bool) -> Option<&[u8]> {
        if in_charset { self.bytes.as_deref() } else { Some(self.text.as_bytes()) }
    }

    /// Where it stands, if it begins here, and is more than a part of a longer number or word.
    fn at(&self, bytes: &[u8], leaf: &Leaf<'_>, at: usize) -> Option<Range<usize>> {
        leaf.bytes.get(at..).filter(|rest| rest.starts_with(bytes))?;
        let end = at.saturating_add(bytes.len());
        // A short text, or one word, is a part of many values.
        let is_word = self.what == What::Text && (bytes.len() < 6 || !bytes.contains(&b' '));
        let is_short = is_word && !self.placeholder.contains('|');
        if (self.is_whole || is_short) && (at, end) != (0, leaf.bytes.len()) {
            return None;
        }
        let is_part = |byte: Option<&u8>| match self.what {
            What::Number => byte.is_some_and(u8::is_ascii_digit),
            What::CallingCode | What::Code | What::Other => {
                byte.is_some_and(u8::is_ascii_alphanumeric)
            }
            What::Text => false,
        };
        let before = at.checked_sub(1).and_then(|before| leaf.bytes.get(before));
        let is_alone = !is_part(before) && !is_part(leaf.bytes.get(end));
        is_alone.then_some(at..end)
    }
}

struct List {
    charset: Charset,
    candidates: Vec<Candidate>,
}

impl List {
    /// A value, and what filters make of it.
    fn derived(&mut self, what: What, placeholder: &str, value: &str) {
        self.add(what, placeholder, value, false);
        let filters = [
            ("upper", Filter::Upper),
            ("lower", Filter::Lower),
            ("utf16hex", Filter::Utf16Hex),
            ("base64", Filter::Base64),
            ("sha256hex", Filter::Sha256Hex),
        ];
        let hexadecimal = Filter::Utf16Hex.apply(value.into()).map(|hex| hex.to_lowercase());
        if let Ok(hexadecimal) = hexadecimal {
            self.add(what, &format!("{placeholder}|utf16hex|lower"), &hexadecimal, false);
        }
        for (name, filter) in &filters {
            if let Ok(filtered) = filter.apply(value.into())
                && filtered != value
            {
                self.add(what, &format!("{placeholder}|{name}"), &filtered, false);
            }
        }
    }

    /// With a text before the placeholder; it counts only where it is all of a value.
    fn prefixed(&mut self, what: What, prefix: &str, placeholder: &str, value: &str) {
        self.add(what, placeholder, value, true);
        if let Some(last) = self.candidates.last_mut().filter(|last| last.text == value) {
            last.placeholder.insert_str(0, prefix);
        }
    }

    fn add(&mut self, what: What, placeholder: &str, value: &str, is_whole: bool) {
        if value.is_empty() || self.candidates.iter().any(|known| known.text == value) {
            return;
        }
        let (bytes, text) = (self.encode(value, what), value.to_owned());
        let placeholder = format!("{{{{{placeholder}}}}}");
        self.candidates.push(Candidate { bytes, text, placeholder, what, is_whole });
    }

    /// A value in the charset; `None` when it has no such characters.
    fn encode(&self, value: &str, what: What) -> Option<Vec<u8>> {
        match self.charset {
            Charset::Latin1 => value.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
            Charset::Gsm7 if what == What::Text => {
                let mut bytes = Vec::new();
                for c in value.chars() {
                    bytes.extend(gsm7_bytes(c)?);
                }
                Some(bytes)
            }
            _ => Some(value.as_bytes().to_vec()),
        }
    }
}
