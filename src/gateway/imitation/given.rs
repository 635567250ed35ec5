//! Templates whose variables the caller has given.

use zeroize::Zeroizing;

use crate::secret::SecretString;
use crate::template::Template;

/// Renders a template. Returns `None` if one of its variables is not given.
pub(super) fn render_given(
    text: &str,
    given: &[(String, SecretString)],
) -> Option<Zeroizing<String>> {
    let value = |name: &str| {
        let found = given.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.expose().into())
    };
    Template::parse(text).ok()?.render(value).ok().map(Zeroizing::new)
}

/// Returns whether a template contains the variable.
pub(super) fn names_given(text: &str, name: &str) -> bool {
    let template = Template::parse(text);
    template.is_ok_and(|template| template.placeholders().any(|it| it.name == name))
}
