use super::field::compile_field;
use super::symbols::Symbols;
use super::value::ValueTemplate;
use crate::gateway::error::SpecError;
use crate::gateway::lint::names_a_secret;
use crate::gateway::spec::{Pairs, ValueSpec};

/// A compiled name and value of a query, a form or a header.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct CompiledPair {
    pub(in crate::gateway) name: String,
    pub(in crate::gateway) value: ValueTemplate,
}

impl CompiledPair {
    pub(in crate::gateway) fn compile(
        name: &str,
        value: &ValueSpec,
        scope: &Symbols<'_>,
        within: &str,
    ) -> Result<Self, SpecError> {
        let path = format!("{within}.{name}");
        if name.is_empty() || name.contains("{{") {
            let hint = "use variables in values, not in names";
            return Err(SpecError::new(path, "it is not a name", hint));
        }
        let mut value = compile_field(value, scope, &path)?;
        // The name of the field counts as well: `password = "{{x}}"` is a credential even if `x` is
        // not declared as a secret.
        if names_a_secret(name) {
            value = value.credential(scope)?;
        }
        Ok(Self { name: name.to_owned(), value })
    }
}

pub(in crate::gateway) fn compile_pairs(
    pairs: &Pairs<ValueSpec>,
    scope: &Symbols<'_>,
    within: &str,
) -> Result<Vec<CompiledPair>, SpecError> {
    pairs.iter().map(|(name, value)| CompiledPair::compile(name, value, scope, within)).collect()
}
