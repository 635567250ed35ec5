use super::error::SpecError;
use super::leaf::Leaf;
use super::lint::{Lint, names_a_secret};
use super::scope::Scope;
use super::spec::Pairs;
use super::values::Sensitivity;

/// A compiled name and value, of a query, a form or a header.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: Leaf,
}

impl Pair {
    pub(super) fn compile(
        name: &str,
        value: &str,
        scope: &Scope<'_>,
        within: &str,
    ) -> Result<Self, SpecError> {
        let path = format!("{within}.{name}");
        if name.is_empty() || name.contains("{{") {
            let hint = "variables stand in values, not in names";
            return Err(SpecError::new(path, "it is not a name", hint));
        }
        let value = Leaf::compile(value, scope, &path)?;
        if names_a_secret(name) && value.as_literal().is_some_and(|text| !text.is_empty()) {
            scope.lint(Lint::LiteralSecret, &path)?;
        }
        Ok(Self { name: name.to_owned(), value })
    }

    /// A literal under a name such as `password` is masked as well, even where a spec insists on it.
    pub(super) fn shown_as(&self) -> Sensitivity {
        if self.value.as_literal().is_some() && names_a_secret(&self.name) {
            return Sensitivity::Secret;
        }
        self.value.sensitivity
    }
}

pub(super) fn compile_pairs(
    pairs: &Pairs,
    scope: &Scope<'_>,
    within: &str,
) -> Result<Vec<Pair>, SpecError> {
    pairs.iter().map(|(name, value)| Pair::compile(name, value, scope, within)).collect()
}
