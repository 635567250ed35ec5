use super::error::SpecError;
use super::leaf::Leaf;
use super::lint::names_a_secret;
use super::scope::Scope;
use super::spec::Pairs;

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
        let mut value = Leaf::compile(value, scope, &path)?;
        if names_a_secret(name) {
            value = value.credential(scope)?;
        }
        Ok(Self { name: name.to_owned(), value })
    }
}

pub(super) fn compile_pairs(
    pairs: &Pairs,
    scope: &Scope<'_>,
    within: &str,
) -> Result<Vec<Pair>, SpecError> {
    pairs.iter().map(|(name, value)| Pair::compile(name, value, scope, within)).collect()
}
