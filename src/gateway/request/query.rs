use super::pair::CompiledPair;
use super::symbols::Symbols;
use super::value::ValueTemplate;
use crate::gateway::error::SpecError;
use crate::gateway::lint::names_a_secret;
use crate::percent::{RESERVED, percent_encode};

/// A compiled parameter of a query.
#[derive(Clone, Debug)]
pub(super) struct QueryParameter {
    pub(super) name: String,
    /// The encoded name with its equal sign, and literal text that stays as it is written.
    pub(super) head: String,
    pub(super) value: ValueTemplate,
}

impl QueryParameter {
    /// Compiles a parameter of the query in the URL of a spec.
    ///
    /// The first equal sign ends the name. Further ones before the first placeholder stay as they
    /// are written, because some devices do not decode them, as in
    /// `?1500101=account={{username}}`.
    pub(super) fn compile_written(
        written: &str,
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<Self, SpecError> {
        let (name, value) = written.split_once('=').unwrap_or((written, ""));
        // The whole value is checked, also the text that stays as it is.
        let mut parameter = Self::from(CompiledPair::compile(name, &value.into(), scope, path)?);
        let literal = value.split("{{").next().unwrap_or_default();
        // The head is shown in logs, so it contains no part of a secret.
        let kept = literal.rsplit_once('=').filter(|_| !names_a_secret(name));
        if let Some((kept, _)) = kept {
            for part in kept.split('=') {
                parameter.head.extend(percent_encode(part.as_bytes(), RESERVED));
                parameter.head.push('=');
            }
            let rest = value.get(kept.len().saturating_add(1)..).unwrap_or_default();
            // A token is checked when it is known, against the structure of the whole value.
            let structure = parameter.value.structure;
            parameter.value = CompiledPair::compile(name, &rest.into(), scope, path)?.value;
            parameter.value.structure = structure;
        }
        Ok(parameter)
    }
}

impl From<CompiledPair> for QueryParameter {
    fn from(CompiledPair { name, value }: CompiledPair) -> Self {
        let mut head: String = percent_encode(name.as_bytes(), RESERVED).collect();
        head.push('=');
        Self { name, head, value }
    }
}
