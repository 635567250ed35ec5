//! Finds what of a request comes from the message, and what from the application.

use std::cell::Cell;
use std::ops::Range;

use super::candidate::{Candidate, Forms, What};
use super::coding::Coding;
use super::guess::{is_ambient, is_origin, is_secret, is_user, role, variable_name};
use super::note::CurlNote;
use super::refuse;
use super::sample::Sample;
use super::variables::Variables;
use crate::gateway::error::SpecError;
use crate::gateway::gsm7::gsm7_bytes;
use crate::gateway::spec::{Charset, VarSpec};
use crate::gateway::values::BUILTINS;
use crate::secret::SecretString;

/// No gateway takes as many.
const MAX_VARS: usize = 64;
/// The most variables that are guessed by their looks: a request of a hundred odd values is imported all the same.
const MAX_GUESSED: usize = 32;
/// As many as one reads in an error.
const MAX_SEEN: usize = 24;

/// A value of a request.
pub(super) struct Leaf<'l> {
    /// The key path.
    pub(super) place: &'l str,
    /// The name of the field, header or element.
    pub(super) name: &'l str,
    /// Decoded, with the marks of variables.
    pub(super) bytes: &'l [u8],
    /// How the value of a variable is encoded there.
    pub(super) coding: Coding,
}

/// A piece of a value.
pub(super) enum Part {
    /// As it stands, and where.
    Text { bytes: Vec<u8>, range: Range<usize> },
    /// Such as `{{to|plain}}`.
    Placeholder(String),
}

/// What has been found so far.
pub(super) struct Places<'v> {
    candidates: Vec<Candidate>,
    charset: Charset,
    variables: &'v Variables,
    found: Vec<(What, String)>,
    pub(super) vars: Vec<Var>,
    pub(super) notes: Vec<CurlNote>,
    /// The places of what was looked at, for an error that says where nothing was found.
    seen: Vec<String>,
    /// The number without its calling code, to find what is left of it.
    national: String,
    /// Where a part of the number stands that no placeholder makes.
    pub(super) leftover: Option<String>,
    /// Whether all that was read is in the charset.
    pub(super) is_in_charset: Cell<bool>,
    pub(super) has_code: bool,
}

/// A variable of the spec.
pub(super) struct Var {
    pub(super) name: String,
    pub(super) spec: VarSpec,
    pub(super) value: Option<SecretString>,
    /// The variable of the shell that it was.
    shell: Option<String>,
}

impl<'v> Places<'v> {
    pub(super) fn new(
        sample: &Sample,
        charset: Charset,
        (forms, code_within): (Forms, bool),
        variables: &'v Variables,
    ) -> Self {
        Self {
            candidates: Candidate::all(sample, charset, forms, code_within),
            charset,
            variables,
            found: Vec::new(),
            vars: Vec::new(),
            notes: Vec::new(),
            seen: Vec::new(),
            national: sample.to.national_number().to_owned(),
            leftover: None,
            is_in_charset: Cell::new(true),
            has_code: sample.code.is_some(),
        }
    }

    /// Whether something has its place.
    pub(super) fn has(&self, what: What) -> bool {
        self.found.iter().any(|(found, _)| *found == what)
    }

    pub(super) fn has_placed(&self, placeholder: &str) -> bool {
        self.found.iter().any(|(_, found)| found == placeholder)
    }

    pub(super) const fn variables(&self) -> &Variables {
        self.variables
    }

    pub(super) const fn charset(&self) -> Charset {
        self.charset
    }

    /// The places that were looked at, for a sentence.
    pub(super) fn seen(&self) -> String {
        if self.seen.is_empty() { "nothing".to_owned() } else { self.seen.join(", ") }
    }

    /// Whether a value holds something of the sample, or a variable.
    pub(super) fn changes(&self, leaf: &Leaf<'_>) -> bool {
        Candidate::find(&self.candidates, leaf, 0..leaf.bytes.len()).is_some()
            || self.variables.is_in(leaf.bytes)
    }

    /// Whether a value is the code.
    pub(super) fn is_code(&self, leaf: &Leaf<'_>) -> bool {
        let found = Candidate::find(&self.candidates, leaf, 0..leaf.bytes.len());
        found.is_some_and(|(_, candidate)| candidate.what == What::Code)
    }

    /// Whether a value begins with the number.
    pub(super) fn begins_with_number(&self, leaf: &Leaf<'_>) -> bool {
        let found = Candidate::find(&self.candidates, leaf, 0..1);
        found.is_some_and(|(_, candidate)| candidate.what == What::Number)
    }

    /// A value in pieces.
    pub(super) fn parts(&mut self, leaf: &Leaf<'_>) -> Result<Vec<Part>, SpecError> {
        if self.seen.len() < MAX_SEEN && self.seen.last().is_none_or(|last| last != leaf.place) {
            self.seen.push(leaf.place.to_owned());
        }
        let known = self.known(leaf);
        let mut parts = Vec::new();
        let mut at = 0_usize;
        let mut mark = self.variables.find(leaf.bytes, at);
        loop {
            let limit = mark.as_ref().map_or(leaf.bytes.len(), |mark| mark.at);
            // A number is whole only if no variable stands in it.
            let found = Candidate::find(&self.candidates, leaf, at..limit)
                .filter(|(range, _)| range.end <= limit);
            let begins = found.as_ref().map_or(limit, |(range, _)| range.start);
            let known = known.iter().filter_map(|(name, value)| {
                let rest = leaf.bytes.get(at..limit)?;
                let found = rest.windows(value.len()).position(|window| window == value)?;
                Some((at.saturating_add(found), name, value))
            });
            let known =
                known.filter(|(start, _, _)| *start < begins).min_by_key(|(start, _, _)| *start);
            let (start, end, placeholder) = match (known, found, &mark) {
                (Some((start, name, value)), _, _) => {
                    let text = self.decode(value, false, leaf)?;
                    let name = self.shell(name, leaf, Some(text))?;
                    (start, start.saturating_add(value.len()), name)
                }
                (None, Some((range, candidate)), _) => {
                    let placeholder = candidate.placeholder.clone();
                    let what = candidate.what;
                    self.place(what, &placeholder, leaf);
                    (range.start, range.end, placeholder)
                }
                (None, None, Some(mark)) => {
                    let before = leaf.bytes.get(..mark.at).unwrap_or_default();
                    (mark.at, mark.end, self.unknown(mark.variable, before, leaf)?)
                }
                (None, None, None) => break,
            };
            self.push_text(&mut parts, leaf, at..start);
            parts.push(Part::Placeholder(placeholder));
            at = end;
            if mark.as_ref().is_some_and(|mark| mark.at < at) {
                mark = self.variables.find(leaf.bytes, at);
            }
        }
        if parts.is_empty() || at < leaf.bytes.len() {
            self.push_text(&mut parts, leaf, at..leaf.bytes.len());
        }
        if parts.is_empty() {
            parts.push(Part::Text { bytes: Vec::new(), range: 0..0 });
        }
        Ok(parts)
    }

    /// The values of the shell's variables, as they are in this place.
    pub(super) fn known(&self, leaf: &Leaf<'_>) -> Vec<(String, Vec<u8>)> {
        let is_own = |name: &str| is_secret(name, "") || is_user(name);
        let decoded = self.variables.used().iter().take(MAX_VARS).filter_map(|(name, value)| {
            let value = leaf.coding.decode(value, self.charset)?;
            // A short value may stand elsewhere by chance: it counts only where it is all there is.
            let is_all = leaf.bytes == value && (value.len() >= 3 || is_own(name));
            let is_whole = value.len() >= 6 || is_all;
            let plain = Leaf { name: "", bytes: &value, ..*leaf };
            // What holds something of the message is no variable of the application.
            let is_message = self.changes(&plain) || role(name).is_some();
            (is_whole && !value.is_empty() && !is_message).then(|| (name.clone(), value))
        });
        decoded.collect()
    }

    fn push_text(&self, parts: &mut Vec<Part>, leaf: &Leaf<'_>, range: Range<usize>) {
        let bytes = leaf.bytes.get(range.clone()).unwrap_or_default().to_vec();
        if !bytes.is_empty() {
            parts.push(Part::Text { bytes, range });
        }
    }

    pub(super) fn place(&mut self, what: What, placeholder: &str, leaf: &Leaf<'_>) {
        self.found.push((what, placeholder.to_owned()));
        let (place, placeholder) = (leaf.place.to_owned(), placeholder.to_owned());
        self.notes.push(CurlNote::Placed { place, placeholder });
    }

    /// A variable of the shell without a value: what its name says, or a variable of the spec.
    fn unknown(
        &mut self,
        index: usize,
        before: &[u8],
        leaf: &Leaf<'_>,
    ) -> Result<String, SpecError> {
        let name = self.variables.name(index).to_owned();
        match role(&name).filter(|_| !is_secret(leaf.name, "")) {
            Some((what, placeholder)) => {
                let has_prefix = before.ends_with(b"+") || before.ends_with(b"00");
                let is_number = placeholder == "{{to}}" && has_prefix;
                let placeholder = if is_number { "{{to|plain}}" } else { placeholder };
                self.place(what, placeholder, leaf);
                Ok(placeholder.to_owned())
            }
            None => self.shell(&name, leaf, None),
        }
    }

    /// A variable of the spec for one of the shell.
    pub(super) fn shell(
        &mut self,
        shell: &str,
        leaf: &Leaf<'_>,
        value: Option<String>,
    ) -> Result<String, SpecError> {
        let is_public = is_user(shell) && !is_secret(leaf.name, "");
        let spec = if is_public { VarSpec::required() } else { VarSpec::secret() };
        let name = self.declare_as(shell, Some(shell), leaf, spec, value)?;
        Ok(format!("{{{{{name}}}}}"))
    }

    /// Returns `true` if there is room for another guessed variable.
    pub(super) fn has_room(&self) -> bool {
        self.vars.len() < MAX_GUESSED
    }

    /// Notes where a part of the number is left that no placeholder makes.
    pub(super) fn note_leftover(&mut self, text: &str, leaf: &Leaf<'_>) {
        let is_own = is_origin(leaf.name) || is_ambient(leaf.name) || is_secret(leaf.name, "");
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if !is_own && self.national.len() >= 6 && digits.contains(&self.national) {
            self.leftover.get_or_insert_with(|| leaf.place.to_owned());
        }
    }

    /// Declares a variable, or finds the one that is declared with this value.
    pub(super) fn declare(
        &mut self,
        name: &str,
        leaf: &Leaf<'_>,
        spec: VarSpec,
        value: Option<String>,
    ) -> Result<String, SpecError> {
        self.declare_as(name, None, leaf, spec, value)
    }

    fn declare_as(
        &mut self,
        name: &str,
        shell: Option<&str>,
        leaf: &Leaf<'_>,
        spec: VarSpec,
        value: Option<String>,
    ) -> Result<String, SpecError> {
        if value
            .as_ref()
            .is_some_and(|value| value.is_empty() || value.contains(['\r', '\n', '\0']))
        {
            let hint = "write it by hand, and keep it out of the spec";
            return Err(self.refuse(leaf, "a credential that is not one line", hint));
        }
        if self.vars.len() >= MAX_VARS {
            return Err(self.refuse(
                leaf,
                "there are more than 64 variables",
                "no gateway takes so many",
            ));
        }
        let value = value.map(SecretString::new);
        let base = variable_name(name);
        // `KEY_2` is what we call another encoding of `KEY`.
        let plain = base.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        let is_same = |var: &&Var| var.value.is_some() && var.value == value && var.spec == spec;
        if let Some(var) = self.vars.iter().filter(is_same).find(|var| var.name == plain) {
            return Ok(var.name.clone());
        }
        let mut name = base.clone();
        let mut number = 2_u32;
        loop {
            let is_builtin = BUILTINS.iter().any(|(known, _, _)| *known == name);
            match self.vars.iter().find(|var| var.name == name) {
                None if !is_builtin => break,
                Some(var) if is_same(&var) || var.is_of(shell, &spec, value.as_ref()) => {
                    return Ok(name);
                }
                _ => name = format!("{base}_{number}"),
            }
            number = number.saturating_add(1);
        }
        let place = leaf.place.to_owned();
        self.notes.push(CurlNote::Variable { name: name.clone(), place });
        if spec.is_secret()
            && ["request.url", "request.query"].iter().any(|url| leaf.place.starts_with(url))
        {
            self.notes.push(CurlNote::SecretInUrl { place: leaf.place.to_owned() });
        }
        let shell = shell.map(str::to_owned);
        self.vars.push(Var { name: name.clone(), spec, value, shell });
        Ok(name)
    }

    /// Bytes as text.
    pub(super) fn decode(
        &self,
        bytes: &[u8],
        beside_text: bool,
        leaf: &Leaf<'_>,
    ) -> Result<String, SpecError> {
        let text = match self.charset {
            Charset::Latin1 if leaf.coding.is_charset() => {
                Some(bytes.iter().map(|byte| char::from(*byte)).collect())
            }
            // Only the letters and digits are the same in both.
            Charset::Gsm7 if beside_text => {
                let text = std::str::from_utf8(bytes).ok().map(str::to_owned);
                text.filter(|text| {
                    text.chars().filter_map(gsm7_bytes).flatten().eq(bytes.iter().copied())
                })
            }
            _ => String::from_utf8(bytes.to_vec()).ok(),
        };
        if text.is_none() {
            self.is_in_charset.set(false);
        }
        text.ok_or_else(|| {
            let hint = "the text was not found in any charset that is known: does the sample have the same text?";
            self.refuse(leaf, "it is not in the charset of the rest", hint)
        })
    }

    pub(super) fn refuse(&self, leaf: &Leaf<'_>, problem: &str, hint: &str) -> SpecError {
        refuse(&format!("{}: {problem}", leaf.place), hint)
    }
}

impl Var {
    /// Whether it is that of a variable of the shell without a value.
    fn is_of(&self, shell: Option<&str>, spec: &VarSpec, value: Option<&SecretString>) -> bool {
        let is_unknown = self.value.is_none() && value.is_none();
        is_unknown && self.spec == *spec && shell.is_some() && self.shell.as_deref() == shell
    }
}
