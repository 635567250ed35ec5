use super::check;
use super::escape::{push_escaped, unescape};
use super::scan::{Context, segments};
use crate::gateway::error::SpecError;

/// Replaces texts, attribute values and CDATA sections of a document by templates. `template` gets
/// the name of the element or attribute and its value, and returns the replacement, or `None` to
/// keep the value.
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
