//! Finds the values of a request that come from the message, and those that come from the
//! application.

mod mark;
mod masked;
mod template;
mod unknown;

use std::cell::Cell;
use std::ops::Range;

use otpost::gateway::{Charset, SpecError, VarSpec, is_builtin_variable};
use otpost::{Code, SecretString};

use crate::candidate::{Candidate, CodeSearch, NumberForms};
use crate::coding::FieldValue;
use crate::error::refuse;
use crate::heuristics::{is_ambient, is_origin, is_secret, is_user, variable_name};
use crate::note::CurlNote;
use crate::role::{Content, role};
use crate::sample::Sample;
use crate::variables::Variables;

/// The most variables of a spec.
const MAX_VARS: usize = 64;
/// The most variables that are guessed from the pattern of a value. A request with a hundred
/// unusual values is imported all the same.
const MAX_GUESSED: usize = 32;
/// The most places in an error message.
const MAX_SEEN: usize = 24;

/// A piece of a value.
pub(crate) enum ValuePart {
    /// A literal, and its range in the value.
    Text { bytes: Vec<u8>, range: Range<usize> },
    /// A placeholder, such as `{{to|plain}}`.
    Placeholder(String),
}

/// The places of a request that were found so far, and the variables for them.
pub(crate) struct Places<'v> {
    candidates: Vec<Candidate>,
    charset: Charset,
    variables: &'v Variables,
    found: Vec<(Content, String)>,
    pub(crate) vars: Vec<ImportedVar>,
    pub(crate) notes: Vec<CurlNote>,
    /// The places that were searched, for an error that lists them.
    seen: Vec<String>,
    /// The number without its calling code, to find a rest of it.
    national: String,
    calling_code: String,
    /// The code of the sample.
    code: Option<Code>,
    pub(crate) code_search: CodeSearch,
    /// The place of a part of the number for which there is no placeholder.
    pub(crate) leftover: Option<String>,
    /// `true` if all values so far are in the charset.
    // A `Cell`, because `decode` has only a shared reference.
    pub(crate) is_in_charset: Cell<bool>,
}

/// A variable of the spec.
pub(crate) struct ImportedVar {
    pub(crate) name: String,
    pub(crate) spec: VarSpec,
    /// The value, if the command has it.
    pub(crate) value: Option<SecretString>,
    /// The name of the shell variable that it replaces.
    shell: Option<String>,
}

impl<'v> Places<'v> {
    pub(crate) fn new(
        sample: &Sample,
        charset: Charset,
        (forms, code_search): (NumberForms, CodeSearch),
        variables: &'v Variables,
    ) -> Self {
        Self {
            candidates: Candidate::all(sample, charset, forms, code_search),
            charset,
            variables,
            found: Vec::new(),
            vars: Vec::new(),
            notes: Vec::new(),
            seen: Vec::new(),
            national: sample.to.national_number().to_owned(),
            calling_code: sample.to.calling_code().to_owned(),
            code: sample.code.clone(),
            code_search,
            leftover: None,
            is_in_charset: Cell::new(true),
        }
    }

    /// Returns `true` if a value of the message was found.
    pub(crate) fn has(&self, content: Content) -> bool {
        self.found.iter().any(|(found, _)| *found == content)
    }

    /// Returns `true` if a placeholder was used, alone or behind a literal.
    pub(crate) fn has_placed(&self, placeholder: &str) -> bool {
        self.found.iter().any(|(_, found)| found.ends_with(placeholder))
    }

    pub(crate) const fn variables(&self) -> &Variables {
        self.variables
    }

    pub(crate) const fn charset(&self) -> Charset {
        self.charset
    }

    /// Returns the places that were searched, for an error message.
    pub(crate) fn seen(&self) -> String {
        if self.seen.is_empty() { "nothing".to_owned() } else { self.seen.join(", ") }
    }

    /// Returns `true` if a value holds a value of the sample, or a variable.
    pub(crate) fn changes(&self, field: &FieldValue<'_>) -> bool {
        Candidate::find(&self.candidates, field, 0..field.bytes.len()).is_some()
            || self.variables.is_in(field.bytes)
    }

    /// Returns `true` if a value holds the code.
    pub(crate) fn is_code(&self, field: &FieldValue<'_>) -> bool {
        let found = Candidate::find(&self.candidates, field, 0..field.bytes.len());
        found.is_some_and(|(_, candidate)| candidate.content == Content::Code)
    }

    /// Returns `true` if a value begins with the number.
    pub(crate) fn begins_with_number(&self, field: &FieldValue<'_>) -> bool {
        let found = Candidate::find(&self.candidates, field, 0..1);
        found.is_some_and(|(_, candidate)| candidate.content == Content::Number)
    }

    /// Splits a value into literals and placeholders.
    ///
    /// Three kinds of things are searched from left to right, and the first one found is taken:
    /// values of shell variables, values of the sample, and marks of shell variables without a
    /// value. Where two begin at the same position, a value of the sample precedes one of a
    /// variable.
    pub(crate) fn parts(&mut self, field: &FieldValue<'_>) -> Result<Vec<ValuePart>, SpecError> {
        if self.seen.len() < MAX_SEEN && self.seen.last().is_none_or(|last| last != field.place) {
            self.seen.push(field.place.to_owned());
        }
        let known = self.known(field);
        let mut parts = Vec::new();
        let mut at = 0_usize;
        let mut mark = self.variables.find(field.bytes, at);
        loop {
            // Everything before `at` is done. Nothing may reach over the next mark, because the
            // value of its variable is unknown.
            let limit = mark.as_ref().map_or(field.bytes.len(), |mark| mark.at);
            // A number is whole only if no variable stands in it.
            let found = Candidate::find(&self.candidates, field, at..limit)
                .filter(|(range, _)| range.end <= limit);
            let begins = found.as_ref().map_or(limit, |(range, _)| range.start);
            let known = known.iter().filter_map(|(name, value)| {
                let rest = field.bytes.get(at..limit)?;
                let found = rest.windows(value.len()).position(|window| window == value)?;
                Some((at.saturating_add(found), name, value))
            });
            let known =
                known.filter(|(start, _, _)| *start < begins).min_by_key(|(start, _, _)| *start);
            let (start, end, placeholder) = match (known, found, &mark) {
                (Some((start, name, value)), _, _) => {
                    let text = self.decode(value, false, field)?;
                    let name = self.shell(name, field, Some(text))?;
                    (start, start.saturating_add(value.len()), name)
                }
                (None, Some((range, candidate)), _) => {
                    let placeholder = candidate.placeholder.clone();
                    let content = candidate.content;
                    let value = field.bytes.get(range.clone()).unwrap_or_default();
                    if candidate.is_written_in(value) {
                        let place = field.place.to_owned();
                        self.notes.push(CurlNote::NumberFormat { place });
                    }
                    self.place(content, &placeholder, field);
                    (range.start, range.end, placeholder)
                }
                (None, None, Some(mark)) => {
                    let before = field.bytes.get(..mark.at).unwrap_or_default();
                    (mark.at, mark.end, self.unknown(mark.variable, before, field)?)
                }
                (None, None, None) => break,
            };
            self.push_text(&mut parts, field, at..start);
            parts.push(ValuePart::Placeholder(placeholder));
            at = end;
            if mark.as_ref().is_some_and(|mark| mark.at < at) {
                mark = self.variables.find(field.bytes, at);
            }
        }
        if parts.is_empty() || at < field.bytes.len() {
            self.push_text(&mut parts, field, at..field.bytes.len());
        }
        if parts.is_empty() {
            // An empty value is one empty literal, so that callers always find a part.
            parts.push(ValuePart::Text { bytes: Vec::new(), range: 0..0 });
        }
        Ok(parts)
    }

    /// Returns the names and values of the shell variables, decoded as in this place.
    pub(crate) fn known(&self, field: &FieldValue<'_>) -> Vec<(String, Vec<u8>)> {
        let is_own = |name: &str| is_secret(name, "") || is_user(name);
        let decoded = self.variables.used().iter().take(MAX_VARS).filter_map(|(name, value)| {
            let value = field.coding.decode(value, self.charset)?;
            // A short value can occur elsewhere by chance, so it has to be the whole value.
            let is_all = field.bytes == value && (value.len() >= 3 || is_own(name));
            let is_whole = value.len() >= 6 || is_all;
            let plain = FieldValue { name: "", bytes: &value, ..*field };
            // A value of the message is not a variable of the application.
            let is_message = self.changes(&plain) || role(name).is_some();
            (is_whole && !value.is_empty() && !is_message).then(|| (name.clone(), value))
        });
        decoded.collect()
    }

    fn push_text(&self, parts: &mut Vec<ValuePart>, field: &FieldValue<'_>, range: Range<usize>) {
        let bytes = field.bytes.get(range.clone()).unwrap_or_default().to_vec();
        if !bytes.is_empty() {
            parts.push(ValuePart::Text { bytes, range });
        }
    }

    /// Records a placeholder for a value of the message.
    pub(crate) fn place(&mut self, content: Content, placeholder: &str, field: &FieldValue<'_>) {
        self.found.push((content, placeholder.to_owned()));
        let (place, placeholder) = (field.place.to_owned(), placeholder.to_owned());
        self.notes.push(CurlNote::Placed { place, placeholder });
    }

    /// Returns the placeholder for a shell variable, and declares a variable of the spec for it.
    pub(crate) fn shell(
        &mut self,
        shell: &str,
        field: &FieldValue<'_>,
        value: Option<String>,
    ) -> Result<String, SpecError> {
        let is_public = is_user(shell) && !is_secret(field.name, "");
        let spec = if is_public { VarSpec::required() } else { VarSpec::secret() };
        let name = self.declare_as(shell, Some(shell), field, spec, value)?;
        Ok(format!("{{{{{name}}}}}"))
    }

    /// Returns `true` if there is room for another guessed variable.
    pub(crate) fn has_room(&self) -> bool {
        self.vars.len() < MAX_GUESSED
    }

    /// Records a literal that holds the national number, for which there is no placeholder.
    pub(crate) fn note_leftover(&mut self, text: &str, field: &FieldValue<'_>) {
        let is_own = is_origin(field.name) || is_ambient(field.name) || is_secret(field.name, "");
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        // Shorter numbers occur in other values by chance.
        if !is_own && self.national.len() >= 6 && digits.contains(&self.national) {
            self.leftover.get_or_insert_with(|| field.place.to_owned());
        }
    }

    /// Declares a variable and returns its name. A variable with the same value is reused.
    pub(crate) fn declare(
        &mut self,
        name: &str,
        field: &FieldValue<'_>,
        spec: VarSpec,
        value: Option<String>,
    ) -> Result<String, SpecError> {
        self.declare_as(name, None, field, spec, value)
    }

    fn declare_as(
        &mut self,
        name: &str,
        shell: Option<&str>,
        field: &FieldValue<'_>,
        spec: VarSpec,
        value: Option<String>,
    ) -> Result<String, SpecError> {
        if value
            .as_ref()
            .is_some_and(|value| value.is_empty() || value.contains(['\r', '\n', '\0']))
        {
            let hint = "declare a variable for it in the spec by hand";
            return Err(self.refuse(field, "a credential is empty or has a line break", hint));
        }
        if self.vars.len() >= MAX_VARS {
            let hint = "remove what the gateway does not need";
            return Err(self.refuse(field, "there are more than 64 variables", hint));
        }
        let value = value.map(SecretString::new);
        let base = variable_name(name);
        // otpost writes another encoding of `KEY` as `KEY_2` when it exports a request as a
        // command.
        let plain = base.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        let is_same =
            |var: &&ImportedVar| var.value.is_some() && var.value == value && var.spec == spec;
        if let Some(var) = self.vars.iter().filter(is_same).find(|var| var.name == plain) {
            return Ok(var.name.clone());
        }
        let mut name = base.clone();
        // Finds a free name: `key`, `key_2`, and so on. A variable of that name is reused if it
        // stands for the same thing.
        let mut number = 2_u32;
        loop {
            // A name such as `text` would stand for a value of the message instead.
            let is_builtin = is_builtin_variable(&name);
            match self.vars.iter().find(|var| var.name == name) {
                None if !is_builtin => break,
                Some(var) if is_same(&var) || var.is_of(shell, &spec, value.as_ref()) => {
                    return Ok(name);
                }
                _ => name = format!("{base}_{number}"),
            }
            number = number.saturating_add(1);
        }
        let place = field.place.to_owned();
        self.notes.push(CurlNote::Variable { name: name.clone(), place });
        if spec.is_secret()
            && ["request.url", "request.query"].iter().any(|url| field.place.starts_with(url))
        {
            self.notes.push(CurlNote::SecretInUrl { place: field.place.to_owned() });
        }
        let shell = shell.map(str::to_owned);
        self.vars.push(ImportedVar { name: name.clone(), spec, value, shell });
        Ok(name)
    }

    /// Returns bytes as text.
    pub(crate) fn decode(
        &self,
        bytes: &[u8],
        beside_text: bool,
        field: &FieldValue<'_>,
    ) -> Result<String, SpecError> {
        let text = match self.charset {
            Charset::Latin1 if field.coding.is_charset() => {
                Some(bytes.iter().map(|byte| char::from(*byte)).collect())
            }
            // Beside a text in the GSM alphabet, only characters with the same byte in UTF-8 can be
            // literals.
            Charset::Gsm7 if beside_text => {
                let text = std::str::from_utf8(bytes).ok().map(str::to_owned);
                text.filter(|text| {
                    Charset::Gsm7.encode_text(text).is_some_and(|gsm7| gsm7 == bytes)
                })
            }
            _ => String::from_utf8(bytes.to_vec()).ok(),
        };
        if text.is_none() {
            self.is_in_charset.set(false);
        }
        text.ok_or_else(|| {
            let hint = "use UTF-8, or set the text of the sample to that in the command";
            self.refuse(field, "the value is not in the charset of the request", hint)
        })
    }

    /// Returns an error at the place of a value.
    pub(crate) fn refuse(&self, field: &FieldValue<'_>, problem: &str, hint: &str) -> SpecError {
        refuse(&format!("{}: {problem}", field.place), hint)
    }
}

impl ImportedVar {
    /// Returns `true` if it replaces the same shell variable without a value.
    fn is_of(&self, shell: Option<&str>, spec: &VarSpec, value: Option<&SecretString>) -> bool {
        let is_unknown = self.value.is_none() && value.is_none();
        is_unknown && self.spec == *spec && shell.is_some() && self.shell.as_deref() == shell
    }
}
