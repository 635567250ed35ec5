use super::scan::{Context, segments};
use super::{check, push_escaped, unescape};
use crate::gateway::error::SpecError;

/// Puts templates into a document, in the place of its texts, attributes and CDATA sections. `template` gets the name of the
/// element or attribute and the value, and says what is to stand there, or `None` if nothing changes.
pub(in crate::gateway) fn rewrite(
    xml: &str,
    mut template: impl FnMut(&str, &str) -> Result<Option<String>, SpecError>,
) -> Result<String, SpecError> {
    check(xml)?;
    let mut rewritten = String::new();
    let mut done = 0_usize;
    for segment in segments(xml) {
        let raw = xml.get(segment.range.clone()).unwrap_or_default();
        let cdata = raw.strip_prefix("<![CDATA[").and_then(|raw| raw.strip_suffix("]]>"));
        let value = match (segment.context, cdata) {
            (Context::Markup, None) => continue,
            (Context::Markup, Some(value)) => value.to_owned(),
            (Context::Attribute | Context::Text, _) => unescape(raw),
        };
        let Some(template) = template(segment.name, &value)? else { continue };
        rewritten.push_str(xml.get(done..segment.range.start).unwrap_or_default());
        push_escaped(&mut rewritten, &template, segment.context == Context::Attribute);
        done = segment.range.end;
    }
    rewritten.push_str(xml.get(done..).unwrap_or_default());
    Ok(rewritten)
}
