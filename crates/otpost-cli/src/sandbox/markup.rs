//! Credentials in XML and multipart bodies.

/// Masks the elements and attributes of XML whose name `is_secret` accepts.
///
/// It is no parser: the XML can be broken, and then what follows a secret is masked as well. All
/// that is inside such an element is masked, whatever its own name.
pub(super) fn mask_xml(xml: &str, mask: &str, is_secret: impl Fn(&str) -> bool) -> String {
    let mut masked = String::new();
    let mut rest = xml;
    while let Some((before, after)) = rest.split_once('<') {
        masked.push_str(before);
        masked.push('<');
        let (tag, inside) = split_tag(after);
        masked.push_str(&mask_attributes(tag, mask, &is_secret));
        if tag.len() == after.len() {
            return masked;
        }
        masked.push('>');
        rest = inside;
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        let has_content = !name.is_empty() && !tag.ends_with('/') && !name.starts_with(['!', '?']);
        if has_content && is_secret(local(name)) {
            let end = inside.find(&format!("</{name}")).unwrap_or(inside.len());
            masked.push_str(mask);
            rest = inside.get(end..).unwrap_or_default();
        }
    }
    masked.push_str(rest);
    masked
}

/// Splits at the end of a tag. A `>` between quotes does not end it.
fn split_tag(text: &str) -> (&str, &str) {
    let mut quote = None;
    let end = text.find(|c: char| {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => return c == '>',
        }
        false
    });
    let parts = end.and_then(|end| Some((text.get(..end)?, text.get(end.saturating_add(1)..)?)));
    // A quote without an end is no quote.
    parts.or_else(|| text.split_once('>')).unwrap_or((text, ""))
}

/// Masks the quoted values of secret attributes in a tag.
fn mask_attributes(tag: &str, mask: &str, is_secret: impl Fn(&str) -> bool) -> String {
    let mut masked = String::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        masked.push_str(before);
        masked.push('=');
        rest = after;
        let value = after.trim_start();
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            continue;
        };
        let inside = value.get(1..).unwrap_or_default();
        let (text, after) = inside.split_once(quote).unwrap_or((inside, ""));
        let name = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
        let shown = if is_secret(local(name)) { mask } else { text };
        masked.push_str(&format!("{quote}{shown}{quote}"));
        rest = after;
    }
    masked.push_str(rest);
    masked
}

/// Returns a name without the prefix of its namespace.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default()
}

/// Masks the parts of a multipart form whose name `is_secret` accepts.
pub(super) fn mask_multipart(
    body: &str,
    boundary: &str,
    mask: &str,
    is_secret: impl Fn(&str) -> bool,
) -> String {
    let delimiter = format!("--{boundary}");
    let mask_part = |part: &str| {
        let head = ["\r\n\r\n", "\n\n"].into_iter().find_map(|blank| {
            part.find(blank).and_then(|at| part.get(..at.saturating_add(blank.len())))
        });
        match head {
            Some(head) if is_secret(part_name(head)) => format!("{head}{mask}\r\n"),
            _ => part.to_owned(),
        }
    };
    body.split(&delimiter).map(mask_part).collect::<Vec<_>>().join(&delimiter)
}

/// Returns the value of `name` in the head of a part.
fn part_name(head: &str) -> &str {
    let parameters = head.split([';', '\r', '\n']).map(str::trim);
    let mut names = parameters.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim_end().eq_ignore_ascii_case("name").then(|| value.trim().trim_matches('"'))
    });
    names.next().unwrap_or_default()
}

/// Returns the boundary of a multipart type.
pub(super) fn boundary(media_type: &str) -> Option<&str> {
    let parameters = media_type.split(';').skip(1);
    let mut boundaries = parameters.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && !value.is_empty()).then_some(value)
    });
    boundaries.next()
}
