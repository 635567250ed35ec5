use crate::gateway::charset::Encoding;
use crate::gateway::error::SpecError;
use crate::gateway::leaf::{Leaf, RenderError};
use crate::gateway::scope::Scope;
use crate::gateway::scratch::Scratch;
use crate::gateway::sink::Sink;
use crate::gateway::values::Values;

/// A body that is one text, as it is.
pub(super) fn compile(text: &str, scope: &Scope<'_>) -> Result<Leaf, SpecError> {
    let path = "request.text";
    let leaf = Leaf::compile(text, scope, path)?;
    if let Some(name) = leaf.optional() {
        let hint = "declare it as required: there is no pair to leave out";
        return Err(SpecError::new(path, format!("`{name}` can be without a value"), hint));
    }
    Ok(leaf)
}

pub(super) fn render(
    leaf: &Leaf,
    values: &Values<'_>,
    encoding: Encoding,
    scratch: &mut Scratch,
    body: &mut Sink,
) -> Result<(), RenderError> {
    let text = leaf.render(values, scratch)?.unwrap_or_default();
    let bytes = encoding.encode(&text, leaf.path())?;
    body.marked(leaf.sensitivity, |out| out.extend_from_slice(&bytes));
    Ok(())
}
