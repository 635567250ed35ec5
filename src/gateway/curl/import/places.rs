//! Finds what of a request comes from the message, and what from the application.

use std::ops::Range;

use super::candidate::{Candidate, Forms, What};
use super::coding::Coding;
use super::guess::{is_secret, is_user, role, variable_name};
use super::note::CurlNote;
use super::refuse;
use super::sample::Sample;
use super::variables::Variables;
use crate::gateway::error::SpecError;
use crate::gateway::gsm7::gsm7_bytes;
use crate::gateway::spec::{Charset, VarSpec};
use crate::gateway::values::BUILTINS;
use crate::secret::SecretString;

/// No command uses its variables as often.
const MAX_EXPANDED: usize = 256;
/// No gateway takes as many.
const MAX_VARS: usize = 64;

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
    /// As it stands, and where; nowhere for what a variable's value says.
    Text { bytes: Vec<u8>, range: Option<Range<usize>> },
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
    /// How often the value of a variable was taken apart: values can be made of others.
    expanded: usize,
}

/// A variable of the spec.
pub(super) struct Var {
    pub(super) name: String,
    pub(super) spec: VarSpec,
    pub(super) value: Option<SecretString>,
}

impl<'v> Places<'v> {
    pub(super) fn new(
        sample: &Sample,
        charset: Charset,
        forms: Forms,
        variables: &'v Variables,
    ) -> Self {
        Self {
            candidates: Candidate::all(sample, charset, forms),
            charset,
            variables,
            found: Vec::new(),
            vars: Vec::new(),
            notes: Vec::new(),
            seen: Vec::new(),
            expanded: 0,
        }
    }

    /// Whether something has its place.
    pub(super) fn has(&self, what: What) -> bool {
        self.found.iter().any(|(found, _)| *found == what)
    }

    pub(super) fn count(&self, what: What) -> usize {
        self.found.iter().filter(|(found, _)| *found == what).count()
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
        let mut seen: Vec<&str> = self.seen.iter().map(String::as_str).collect();
        seen.dedup();
        if seen.len() > 24 {
            seen.truncate(24);
            seen.push("…");
        }
        if seen.is_empty() { "nothing".to_owned() } else { seen.join(", ") }
    }

    /// Whether a value holds something of the sample, or a variable.
    pub(super) fn changes(&self, leaf: &Leaf<'_>) -> bool {
        Candidate::find(&self.candidates, leaf, 0..leaf.bytes.len()).is_some()
            || self.variables.is_in(leaf.bytes)
    }

    /// A value in pieces.
    pub(super) fn parts(&mut self, leaf: &Leaf<'_>) -> Result<Vec<Part>, SpecError> {
        self.seen.push(leaf.place.to_owned());
        let mut parts = Vec::new();
        let mut at = 0_usize;
        let mut mark = self.variables.find(leaf.bytes, at);
        loop {
            let limit = mark.as_ref().map_or(leaf.bytes.len(), |mark| mark.at);
            // A number is whole only if no variable stands in it.
            let found = Candidate::find(&self.candidates, leaf, at..limit)
                .filter(|(range, _)| range.end <= limit);
            let (start, end, part) = match (found, &mark) {
                (Some((range, candidate)), _) => {
                    let placeholder = candidate.placeholder.clone();
                    let what = candidate.what;
                    self.place(what, &placeholder, leaf);
                    (range.start, range.end, vec![Part::Placeholder(placeholder)])
                }
                (None, Some(mark)) => (mark.at, mark.end, self.variable(mark.variable, leaf)?),
                (None, None) => break,
            };
            self.push_text(&mut parts, leaf, at..start);
            parts.extend(part);
            at = end;
            if mark.as_ref().is_some_and(|mark| mark.at < at) {
                mark = self.variables.find(leaf.bytes, at);
            }
        }
        if parts.is_empty() || at < leaf.bytes.len() {
            self.push_text(&mut parts, leaf, at..leaf.bytes.len());
        }
        if parts.is_empty() {
            parts.push(Part::Text { bytes: Vec::new(), range: None });
        }
        Ok(parts)
    }

    fn push_text(&self, parts: &mut Vec<Part>, leaf: &Leaf<'_>, range: Range<usize>) {
        let bytes = leaf.bytes.get(range.clone()).unwrap_or_default().to_vec();
        if !bytes.is_empty() {
            parts.push(Part::Text { bytes, range: Some(range) });
        }
    }

    pub(super) fn place(&mut self, what: What, placeholder: &str, leaf: &Leaf<'_>) {
        self.found.push((what, placeholder.to_owned()));
        let (place, placeholder) = (leaf.place.to_owned(), placeholder.to_owned());
        self.notes.push(CurlNote::Placed { place, placeholder });
    }

    /// A variable of the shell: its value if that is the sample's, what its name says, or a variable of the spec.
    fn variable(&mut self, index: usize, leaf: &Leaf<'_>) -> Result<Vec<Part>, SpecError> {
        let variables = self.variables;
        let Some(variable) = variables.get(index) else { return Ok(Vec::new()) };
        let value = match &variable.value {
            Some(value) => Some(leaf.coding.decode(value, self.charset).ok_or_else(|| {
                let problem =
                    format!("the value of ${} is not encoded for its place", variable.name);
                self.refuse(leaf, &problem, "write the value itself in its place")
            })?),
            None => None,
        };
        if let Some(value) = &value {
            // A value that is made of others is taken apart as well, unless there is no end to it.
            self.expanded = self.expanded.saturating_add(1);
            let coding = if leaf.coding.is_charset() { Coding::Raw } else { Coding::Unicode };
            let inner = Leaf { bytes: value, coding, ..*leaf };
            if self.expanded < MAX_EXPANDED
                && self.changes(&inner)
                && !refers_to(variables, value, index)
            {
                let parts = self.parts(&inner)?;
                return Ok(parts
                    .into_iter()
                    .map(|part| match part {
                        Part::Text { bytes, .. } => Part::Text { bytes, range: None },
                        placeholder => placeholder,
                    })
                    .collect());
            }
        } else if let Some((what, placeholder)) = role(&variable.name) {
            self.place(what, placeholder, leaf);
            return Ok(vec![Part::Placeholder(placeholder.to_owned())]);
        }
        let value = match &value {
            Some(value) if value.is_empty() => return Ok(Vec::new()),
            Some(value) => Some(self.decode(value, false, leaf)?),
            None => None,
        };
        let is_public = is_user(&variable.name) && !is_secret(leaf.name, "");
        let spec = if is_public { VarSpec::required() } else { VarSpec::secret() };
        let name = self.declare(&variable.name, leaf, spec, value)?;
        Ok(vec![Part::Placeholder(format!("{{{{{name}}}}}"))])
    }

    /// Declares a variable, or finds the one that is declared with this value.
    pub(super) fn declare(
        &mut self,
        name: &str,
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
                Some(var) if var.value == value && var.spec == spec => return Ok(name),
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
        self.vars.push(Var { name: name.clone(), spec, value });
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
        text.ok_or_else(|| {
            let hint = "the text was not found in any charset that is known: does the sample have the same text?";
            self.refuse(leaf, "it is not in the charset of the rest", hint)
        })
    }

    pub(super) fn refuse(&self, leaf: &Leaf<'_>, problem: &str, hint: &str) -> SpecError {
        refuse(&format!("{}: {problem}", leaf.place), hint)
    }
}

/// Whether the value of a variable uses the variable itself.
fn refers_to(variables: &Variables, value: &[u8], index: usize) -> bool {
    let mut at = 0;
    while let Some(mark) = variables.find(value, at) {
        if mark.variable >= index {
            return true;
        }
        at = mark.end;
    }
    false
}
