use crate::gateway::request::charset::{TextEncoding, form_encode};
use crate::gateway::request::masked::{Mark, MaskedBytes};
use crate::gateway::request::pair::CompiledPair;
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::value::ValueTemplate;
use crate::gateway::request::values::Values;

/// A compiled `application/x-www-form-urlencoded` body (WHATWG URL §5). Everything that is the same
/// for each message is already encoded.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct FormPlan {
    fields: Vec<FormField>,
}

#[derive(Clone, Debug)]
enum FormField {
    /// Encoded names and values that are the same for each message, joined by `&`.
    Fixed(MaskedBytes),
    Variable {
        /// The encoded name and `=`.
        name: MaskedBytes,
        value: ValueTemplate,
    },
}

impl FormPlan {
    pub(super) fn compile(
        pairs: Vec<CompiledPair>,
        values: Option<&Values<'_>>,
        encoding: TextEncoding,
    ) -> Result<Self, RenderError> {
        let mut fields: Vec<FormField> = Vec::new();
        for pair in pairs {
            let mut name = MaskedBytes::default();
            name.marked(Mark::PUBLIC, |out| {
                form_encode(out, pair.name.as_bytes());
                out.push(b'=');
            });
            let Some(values) = values.filter(|_| pair.value.is_fixed()) else {
                fields.push(FormField::Variable { name, value: pair.value });
                continue;
            };
            // An optional variable that was not configured never gets a value.
            let mut scratch = Scratch::default();
            let Some(value) = pair.value.render(values, &mut scratch)? else { continue };
            let bytes = encoding.encode(&value, &pair.value)?;
            name.marked(pair.value.mark(), |out| form_encode(out, &bytes));
            match fields.last_mut() {
                Some(FormField::Fixed(before)) => {
                    before.push(b"&");
                    before.append(&name);
                }
                _ => fields.push(FormField::Fixed(name)),
            }
        }
        Ok(Self { fields })
    }

    pub(super) fn render(
        &self,
        values: &Values<'_>,
        encoding: TextEncoding,
        scratch: &mut Scratch,
        body: &mut MaskedBytes,
    ) -> Result<(), RenderError> {
        for field in &self.fields {
            match field {
                FormField::Fixed(fixed) => {
                    separate(body);
                    body.append(fixed);
                }
                FormField::Variable { name, value } => {
                    let Some(text) = value.render(values, scratch)? else { continue };
                    let bytes = encoding.encode(&text, value)?;
                    separate(body);
                    body.append(name);
                    body.marked(value.mark(), |out| form_encode(out, &bytes));
                }
            }
        }
        Ok(())
    }
}

fn separate(body: &mut MaskedBytes) {
    // Fields can be absent, so only the written bytes tell whether a separator is needed.
    if !body.is_empty() {
        body.push(b"&");
    }
}
