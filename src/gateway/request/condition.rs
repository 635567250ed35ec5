use super::symbols::Symbols;
use super::values::{Slot, Source, Values};
use crate::gateway::error::{SpecError, nearest};

/// The variables on which the presence of a value depends.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct ValueCondition {
    /// The variables that must have a value.
    pub(in crate::gateway) with: Vec<Slot>,
    /// The variables that must have one of these values.
    pub(in crate::gateway) when: Vec<(Slot, Vec<String>)>,
}

impl ValueCondition {
    pub(in crate::gateway) fn holds(&self, values: &Values<'_>) -> bool {
        self.with.iter().all(|slot| values.get(slot).is_some())
            && self.when.iter().all(|(slot, wanted)| {
                values.get(slot).is_some_and(|value| wanted.iter().any(|wanted| *wanted == value))
            })
    }

    pub(in crate::gateway) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.with.iter().chain(self.when.iter().map(|(slot, _)| slot))
    }

    /// Returns the encodings of the text for which the value is present, if the condition is about
    /// nothing else.
    pub(in crate::gateway) fn encodings(&self) -> Option<&[String]> {
        match (self.with.as_slice(), self.when.as_slice()) {
            ([], [(slot, values)]) if slot.source == Source::Encoding => Some(values),
            _ => None,
        }
    }
}

/// Compiles the condition of a value or of an object.
pub(in crate::gateway) fn compile_condition(
    with: &[String],
    when: &[(String, Vec<String>)],
    scope: &Symbols<'_>,
    path: &str,
) -> Result<Option<ValueCondition>, SpecError> {
    if with.is_empty() && when.is_empty() {
        return Ok(None);
    }
    let mut slots = Vec::new();
    for name in with {
        let slot = scope.condition(name, path)?;
        if !slot.may_be_absent {
            let problem = format!("`{name}` always has a value");
            let hint = "declare it as { optional = true }, or remove `with`";
            return Err(SpecError::new(path, problem, hint));
        }
        slots.push(slot);
    }
    let mut values = Vec::new();
    for (name, wanted) in when {
        if wanted.is_empty() {
            let hint = "write a text or a list of texts";
            return Err(SpecError::new(path, format!("`{name}` has no value in `when`"), hint));
        }
        let slot = scope.condition(name, path)?;
        let known: &[&str] = match slot.source {
            Source::Encoding => &["gsm7", "ucs2"],
            Source::SenderKind => &["alphanumeric", "number", "pool", "short_code"],
            _ => &[],
        };
        let is_unknown = |value: &&String| !known.is_empty() && !known.contains(&value.as_str());
        if let Some(value) = wanted.iter().find(is_unknown) {
            let hint = match nearest(&value.to_lowercase(), known.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("the values are {}", known.join(", ")),
            };
            return Err(SpecError::new(path, format!("`{name}` never has this value"), hint));
        }
        values.push((slot, wanted.clone()));
    }
    Ok(Some(ValueCondition { with: slots, when: values }))
}
