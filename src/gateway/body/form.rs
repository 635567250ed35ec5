use crate::gateway::charset::{encode, form_encode};
use crate::gateway::leaf::RenderError;
use crate::gateway::pair::Pair;
use crate::gateway::sink::Sink;
use crate::gateway::spec::Charset;
use crate::gateway::values::Values;

/// `application/x-www-form-urlencoded` (WHATWG URL §5).
pub(super) fn render(
    pairs: &[Pair],
    values: &Values<'_>,
    charset: Charset,
    replacement: Option<char>,
    scratch: &mut String,
    body: &mut Sink,
) -> Result<(), RenderError> {
    let mut separator: &[u8] = b"";
    for pair in pairs {
        if !pair.value.render(values, scratch)? {
            continue;
        }
        let bytes = encode(scratch, charset, replacement).ok_or_else(|| {
            RenderError::new(pair.value.path(), "a character is not in the charset")
        })?;
        body.push(separator);
        separator = b"&";
        body.marked(crate::gateway::values::Sensitivity::Public, |out| {
            form_encode(out, pair.name.as_bytes());
            out.push(b'=');
        });
        body.marked(pair.shown_as(), |out| form_encode(out, &bytes));
    }
    Ok(())
}
