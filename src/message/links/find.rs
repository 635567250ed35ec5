use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv6Addr;
use core::ops::Range;

use super::kind::LinkKind;
use super::top_level::TOP_LEVEL;
use crate::message::look_alike::{IDEOGRAPHIC_STOP, plain};

/// Schemes of URLs that need no `//`, in the order of their bytes.
const SCHEMES: [&str; 36] = [
    "about",
    "bitcoin",
    "blob",
    "callto",
    "data",
    "ethereum",
    "facetime",
    "facetime-audio",
    "file",
    "ftp",
    "geo",
    "http",
    "https",
    "intent",
    "itms",
    "itms-apps",
    "javascript",
    "magnet",
    "mailto",
    "maps",
    "market",
    "mms",
    "mmsto",
    "otpauth",
    "otpauth-migration",
    "sip",
    "sips",
    "skype",
    "sms",
    "smsto",
    "tel",
    "tg",
    "viber",
    "view-source",
    "whatsapp",
    "xmpp",
];

/// The length of the longest scheme.
const MAX_SCHEME: usize = 17;

/// A link, with its byte positions in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundLink {
    pub(crate) kind: LinkKind,
    pub(crate) range: Range<usize>,
}

/// Returns the links of a text and the signs that can make one, in the order of the text.
pub(crate) fn find(text: &str) -> Vec<FoundLink> {
    let mut found = Vec::new();
    let mut word = LinkWord::default();
    for (start, c) in text.char_indices() {
        // An invisible character hides nothing: the characters around it are one word.
        let Some(folded) = plain(c) else { continue };
        if is_break(folded) {
            word.find(&mut found);
            word.spots.clear();
            continue;
        }
        let end = start.saturating_add(c.len_utf8());
        // Lower case can have several characters, of which only the first is a letter.
        let c = folded.to_lowercase().next().unwrap_or(folded);
        word.spots.push(Spot { start, end, c });
    }
    word.find(&mut found);
    found.sort_by_key(|link| link.range.start);
    found
}

/// Returns `true` for the characters around words. None of them is part of a link.
fn is_break(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '{' | '}' | '"' | '\'')
        || matches!(c, ',' | ';' | '!' | '|')
}

/// Returns `true` for the characters of the labels of domain names, also of emoji domains.
fn is_label(c: char) -> bool {
    match c {
        IDEOGRAPHIC_STOP => false,
        // Punctuation in general and of Chinese and Japanese.
        '\u{2010}'..='\u{205e}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{301f}' => false,
        _ => c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii(),
    }
}

const fn is_dot(c: char) -> bool {
    matches!(c, '.' | IDEOGRAPHIC_STOP)
}

/// Returns `true` for the characters of domain names.
fn is_name(c: char) -> bool {
    is_label(c) || is_dot(c)
}

/// A plain character in lower case, and the bytes of the text that it stands for.
#[derive(Clone, Copy)]
struct Spot {
    start: usize,
    end: usize,
    c: char,
}

/// A piece of the text without white space and brackets.
#[derive(Default)]
struct LinkWord {
    spots: Vec<Spot>,
}

impl LinkWord {
    fn find(&self, found: &mut Vec<FoundLink>) {
        // Most words contain none of these, and no link.
        if !self.spots.iter().any(|spot| is_dot(spot.c) || matches!(spot.c, '#' | ':' | '@')) {
            return;
        }
        let is_url = self.urls(found);
        let emails = self.signs(found);
        // A URL and an e-mail address contain a domain name. It is not reported again.
        if is_url {
            return;
        }
        let mut emails = emails.into_iter().peekable();
        let mut done = 0;
        for dot in self.dots() {
            while emails.next_if(|email| email.end <= dot).is_some() {}
            let is_email = emails.peek().is_some_and(|email| email.contains(&dot));
            // The other dots of a name are skipped, so that a long name is searched once.
            if is_email || dot < done || !self.is_domain(dot, true) {
                continue;
            }
            let name = self.start(dot, is_name)..self.end(dot, is_name);
            done = name.end;
            found.push(FoundLink { kind: LinkKind::Domain, range: self.bytes(name) });
        }
        self.addresses(found);
    }

    fn at(&self, place: usize) -> Option<char> {
        self.spots.get(place).map(|spot| spot.c)
    }

    /// Returns the bytes of the text for a range of characters.
    fn bytes(&self, places: Range<usize>) -> Range<usize> {
        let spots = self.spots.get(places).unwrap_or_default();
        let start = spots.first().map_or(0, |spot| spot.start);
        start..spots.last().map_or(start, |spot| spot.end)
    }

    fn dots(&self) -> impl Iterator<Item = usize> {
        let dots = self.spots.iter().enumerate().filter(|(_, spot)| is_dot(spot.c));
        dots.map(|(place, _)| place)
    }

    /// Returns the end of the characters from `place` on that meet the condition.
    fn end(&self, place: usize, is_part: impl Fn(char) -> bool) -> usize {
        let count = self.spots.iter().skip(place).take_while(|spot| is_part(spot.c)).count();
        place.saturating_add(count)
    }

    /// Returns the start of the characters up to `place` that meet the condition.
    fn start(&self, place: usize, is_part: impl Fn(char) -> bool) -> usize {
        let before = self.spots.get(..place).unwrap_or_default();
        let count = before.iter().rev().take_while(|spot| is_part(spot.c)).count();
        place.saturating_sub(count)
    }

    fn text(&self, places: Range<usize>) -> String {
        self.spots.get(places).unwrap_or_default().iter().map(|spot| spot.c).collect()
    }

    /// Adds the URLs with a scheme. Returns `true` if there is one.
    fn urls(&self, found: &mut Vec<FoundLink>) -> bool {
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-');
        for (place, _) in self.spots.iter().enumerate().filter(|(_, spot)| spot.c == ':') {
            let next = place.saturating_add(1);
            let has_slashes =
                self.at(next) == Some('/') && self.at(next.saturating_add(1)) == Some('/');
            let start = self.start(place, is_scheme);
            // `Tel: 044` with a space is no URL.
            let has_scheme = next < self.spots.len()
                && place.saturating_sub(start) <= MAX_SCHEME
                && SCHEMES.binary_search(&&*self.text(start..place)).is_ok();
            if has_slashes || has_scheme {
                let range = self.bytes(start..self.spots.len());
                found.push(FoundLink { kind: LinkKind::Url, range });
                return true;
            }
        }
        false
    }

    /// Adds each `#` and `@`, and e-mail addresses. Returns the places of the latter.
    fn signs(&self, found: &mut Vec<FoundLink>) -> Vec<Range<usize>> {
        let mut emails = Vec::new();
        for (place, spot) in self.spots.iter().enumerate() {
            let range = spot.start..spot.end;
            match spot.c {
                '#' => found.push(FoundLink { kind: LinkKind::NumberSign, range }),
                '@' => match self.email(place) {
                    Some(email) => {
                        let range = self.bytes(email.clone());
                        found.push(FoundLink { kind: LinkKind::Email, range });
                        emails.push(email);
                    }
                    None => found.push(FoundLink { kind: LinkKind::AtSign, range }),
                },
                _ => {}
            }
        }
        emails
    }

    /// Returns the places of the e-mail address around an `@`, if there is one.
    fn email(&self, at: usize) -> Option<Range<usize>> {
        let is_local = |c| is_name(c) || matches!(c, '+' | '%' | '&' | '*' | '=' | '~');
        let start = self.start(at, is_local);
        let next = at.saturating_add(1);
        let end = self.end(next, is_name);
        let is_dot_at = |place: &usize| self.at(*place).is_some_and(is_dot);
        let has_domain = (next..end).filter(is_dot_at).any(|dot| self.is_domain(dot, false));
        (start < at && has_domain).then_some(start..end)
    }

    /// Returns `true` if the dot is between two labels of a domain name, and the second one can be
    /// its last. `is_known` requires a top-level domain that exists.
    fn is_domain(&self, dot: usize, is_known: bool) -> bool {
        let next = dot.saturating_add(1);
        if dot.checked_sub(1).and_then(|before| self.at(before)).is_none_or(|c| !is_label(c)) {
            return false;
        }
        let end = self.end(next, is_label);
        // All names with this prefix are encoded ones, and no other word has it.
        let label = self.text(next..end);
        if label.strip_prefix("xn--").is_some_and(|rest| !rest.is_empty()) {
            return true;
        }
        // `Karl-Marx.com-Str` still begins with a link, because links end before a hyphen.
        let head = label.split(['-', '_']).next().unwrap_or_default();
        if head.chars().nth(1).is_none() || head.contains(char::is_numeric) {
            return false;
        }
        let exists = TOP_LEVEL.binary_search(&head).is_ok();
        if self.at(dot) == Some(IDEOGRAPHIC_STOP) {
            // It ends a sentence, after which the next one may follow without a space.
            return exists && head.is_ascii();
        }
        // There are new top-level domains every year. A path or a port needs no list.
        let has_path = match self.at(end) {
            Some('/' | '?') => true,
            Some(':') => self.at(end.saturating_add(1)).is_some_and(|c| c.is_ascii_digit()),
            _ => false,
        };
        exists || has_path || !is_known
    }

    /// Adds the IP addresses.
    fn addresses(&self, found: &mut Vec<FoundLink>) {
        let mut add = |places| {
            found.push(FoundLink { kind: LinkKind::IpAddress, range: self.bytes(places) });
        };
        let whole = self.text(0..self.spots.len());
        let v6 = whole.split(['/', '%']).next().unwrap_or_default().trim_end_matches('.');
        if v6.contains(|c: char| c.is_ascii_hexdigit()) && v6.parse::<Ipv6Addr>().is_ok() {
            add(0..self.spots.len());
        }
        let mut place = 0;
        while place < self.spots.len() {
            let end = self.end(place, is_name);
            if is_ipv4(self.text(place..end).trim_end_matches('.')) {
                add(place..end);
            }
            place = end.saturating_add(1);
        }
    }
}

/// Returns `true` for four numbers up to 255. An amount such as `1.000.000.000` is not an address:
/// no host has an address that ends in zeros only.
fn is_ipv4(text: &str) -> bool {
    let is_byte = |part: &str| {
        (1..=3).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse::<u16>().is_ok_and(|value| value <= 255)
    };
    text.split('.').count() == 4
        && text.split('.').all(is_byte)
        && !text.split('.').skip(1).all(|part| part == "000")
}
