/// Appends text escaped for XML (XML 1.0 §2.4, §3.3.3). Characters that a parser would change
/// become character references.
pub(super) fn push_escaped(xml: &mut String, text: &str, in_attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' if in_attribute => xml.push_str("&quot;"),
            '\'' if in_attribute => xml.push_str("&apos;"),
            '\t' | '\n' if !in_attribute => xml.push(c),
            // A parser turns a carriage return into a line feed, and a line break in an attribute
            // into a space.
            '\t' | '\n' | '\r' => xml.push_str(&format!("&#{};", u32::from(c))),
            c => xml.push(c),
        }
    }
}

/// Decodes the references in a piece of the document. The document is well-formed, so there are no
/// unknown references.
pub(in crate::gateway) fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, behind)) = rest.split_once('&') {
        text.push_str(before);
        // Cannot occur in a well-formed document.
        let Some((name, after)) = behind.split_once(';') else {
            rest = behind;
            continue;
        };
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok();
        let code = match name.strip_prefix('#') {
            Some(hex) if hex.starts_with('x') => number(hex.get(1..).unwrap_or_default(), 16),
            Some(decimal) => number(decimal, 10),
            None => match name {
                "amp" => Some(u32::from(b'&')),
                "lt" => Some(u32::from(b'<')),
                "gt" => Some(u32::from(b'>')),
                "quot" => Some(u32::from(b'"')),
                "apos" => Some(u32::from(b'\'')),
                _ => None,
            },
        };
        text.extend(code.and_then(char::from_u32));
        rest = after;
    }
    text.push_str(rest);
    text
}
