use crate::gateway::charset::{Encoding, form_encode};
use crate::gateway::leaf::{Leaf, RenderError};
use crate::gateway::pair::Pair;
use crate::gateway::scratch::Scratch;
use crate::gateway::sink::{Mark, Sink};
use crate::gateway::values::Values;

/// `application/x-www-form-urlencoded` (WHATWG URL §5), with everything encoded that is known beforehand.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct FormPlan {
    fields: Vec<Field>,
}

#[derive(Clone, Debug)]
enum Field {
    /// Names and values that are the same for each message, joined by `&`.
    Fixed(Sink),
    Variable {
        /// The encoded name and `=`.
        name: Sink,
        value: Leaf,
    },
}

impl FormPlan {
    pub(super) fn compile(
        pairs: &[Pair],
        values: Option<&Values<'_>>,
        encoding: Encoding,
    ) -> Result<Self, RenderError> {
        let mut fields: Vec<Field> = Vec::new();
        for pair in pairs {
            let mut name = Sink::default();
            name.marked(Mark::PUBLIC, |out| {
                form_encode(out, pair.name.as_bytes());
                out.push(b'=');
            });
            let Some(values) = values.filter(|_| pair.value.is_fixed()) else {
                fields.push(Field::Variable { name, value: pair.value.clone() });
                continue;
            };
            // An optional variable that was not configured is absent for good.
            let mut scratch = Scratch::default();
            let Some(value) = pair.value.render(values, &mut scratch)? else { continue };
            let bytes = encoding.encode(&value, &pair.value)?;
            name.marked(pair.value.mark(), |out| form_encode(out, &bytes));
            match fields.last_mut() {
                Some(Field::Fixed(before)) => {
                    before.push(b"&");
                    before.append(&name);
                }
                _ => fields.push(Field::Fixed(name)),
            }
        }
        Ok(Self { fields })
    }

    pub(super) fn render(
        &self,
        values: &Values<'_>,
        encoding: Encoding,
        scratch: &mut Scratch,
        body: &mut Sink,
    ) -> Result<(), RenderError> {
        for field in &self.fields {
            match field {
                Field::Fixed(fixed) => {
                    separate(body);
                    body.append(fixed);
                }
                Field::Variable { name, value } => {
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

fn separate(body: &mut Sink) {
    if !body.is_empty() {
        body.push(b"&");
    }
}
