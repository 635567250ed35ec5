use crate::gateway::error::SpecError;
use crate::gateway::request::charset::TextEncoding;
use crate::gateway::request::masked::MaskedBytes;
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::request::value::ValueTemplate;
use crate::gateway::request::values::Values;
use crate::gateway::spec::{RequestSpec, ValueKind};

/// Parts of the names of media types in which values must be escaped.
const STRUCTURED: [&str; 12] = [
    "csv",
    "form-urlencoded",
    "graphql",
    "html",
    "javascript",
    "json",
    "multipart",
    "soap",
    "sql",
    "tab-separated",
    "xml",
    "yaml",
];

/// Compiles a body that is one text, sent as it is.
pub(super) fn compile(
    request: &RequestSpec,
    scope: &Symbols<'_>,
) -> Result<ValueTemplate, SpecError> {
    let path = "request.text";
    let leaf = ValueTemplate::compile(request.text.as_deref().unwrap_or_default(), scope, path)?;
    let types =
        request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    for (_, content_type) in types {
        let Some(name) = leaf.unrestricted() else { continue };
        let ValueKind::Text(content_type) = &content_type.kind else { continue };
        let content_type = content_type.to_ascii_lowercase();
        // The check below needs the type, and a variable may have any value.
        if content_type.contains("{{") {
            let hint = "write the type out, because escaping depends on it";
            let path = "request.headers.Content-Type";
            return Err(SpecError::new(path, "the type of a text body is a variable", hint));
        }
        if let Some(kind) = STRUCTURED.iter().find(|kind| content_type.contains(**kind)) {
            // Nothing is escaped in a text: a quote in a message would end the string that contains
            // it.
            let problem = format!("`{name}` would be unescaped in a body of type {kind}");
            let hint = "use `request.form`, `request.json`, `request.multipart` or `request.xml`";
            return Err(SpecError::new(path, problem, hint));
        }
    }
    if let Some(name) = leaf.optional() {
        let hint = "declare it as required: a text body has no field to leave out";
        return Err(SpecError::new(path, format!("`{name}` may have no value"), hint));
    }
    Ok(leaf)
}

pub(super) fn render(
    leaf: &ValueTemplate,
    values: &Values<'_>,
    encoding: TextEncoding,
    scratch: &mut Scratch,
    body: &mut MaskedBytes,
) -> Result<(), RenderError> {
    let text = leaf.render(values, scratch)?.unwrap_or_default();
    let bytes = encoding.encode(&text, leaf)?;
    body.marked(leaf.mark(), |out| out.extend_from_slice(&bytes));
    Ok(())
}
