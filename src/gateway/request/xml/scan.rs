use std::ops::Range;

/// A part of a well-formed document: a text, an attribute value, or a piece of markup.
pub(super) struct XmlSegment<'x> {
    pub(super) context: Context,
    pub(super) range: Range<usize>,
    /// The range to remove if the value is absent: the element whose only content it is, or the
    /// attribute.
    pub(super) whole: Option<Range<usize>>,
    /// The name of the element or of the attribute.
    pub(super) name: &'x str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Attribute,
    /// Names, comments, processing instructions and CDATA, where no value can be escaped.
    Markup,
    Text,
}

/// Divides a document into segments. The document has been validated, so each `<` starts a tag and
/// each quote is closed.
pub(super) fn segments(xml: &str) -> Vec<XmlSegment<'_>> {
    let mut scan = Scan { xml, segments: Vec::new(), open: None };
    let mut at = 0_usize;
    while let Some(rest) = xml.get(at..).filter(|rest| !rest.is_empty()) {
        let end = |end: &str| rest.find(end).map_or(rest.len(), |at| at.saturating_add(end.len()));
        let length = if rest.starts_with("<!--") {
            scan.markup(at..at.saturating_add(end("-->")))
        } else if rest.starts_with("<![CDATA[") {
            scan.markup(at..at.saturating_add(end("]]>")))
        } else if rest.starts_with("<?") {
            scan.markup(at..at.saturating_add(end("?>")))
        } else if rest.starts_with('<') {
            scan.tag(at, rest)
        } else {
            let length = rest.find('<').unwrap_or(rest.len());
            scan.text(at..at.saturating_add(length));
            length
        };
        // A length of 0 would repeat the loop forever. It cannot occur in a well-formed document.
        at = at.saturating_add(length.max(1));
    }
    scan.segments
}

struct Scan<'x> {
    xml: &'x str,
    segments: Vec<XmlSegment<'x>>,
    /// The start and the name of the preceding tag, if it opens an element.
    open: Option<(usize, &'x str)>,
}

impl<'x> Scan<'x> {
    fn markup(&mut self, range: Range<usize>) -> usize {
        let length = range.len();
        // A CDATA section belongs to the element that was opened before.
        let name = self.open.take().map_or("", |(_, name)| name);
        self.segments.push(XmlSegment { context: Context::Markup, range, whole: None, name });
        length
    }

    fn text(&mut self, range: Range<usize>) {
        let behind = self.xml.get(range.end..).unwrap_or_default();
        // `open` is the tag directly before this text. If a closing tag follows, the text is the
        // only content, and the whole element can be left out.
        let closing = behind.starts_with("</").then(|| behind.find('>')).flatten();
        let whole = self
            .open
            .zip(closing)
            .map(|((start, _), close)| start..range.end.saturating_add(close).saturating_add(1));
        let name = self.open.map_or("", |(_, name)| name);
        self.segments.push(XmlSegment { context: Context::Text, range, whole, name });
    }

    /// Reads a tag with its attributes, and returns its length.
    fn tag(&mut self, start: usize, rest: &'x str) -> usize {
        let mut at = 0_usize;
        let mut before = start;
        let mut quote = None;
        for (index, byte) in rest.bytes().enumerate() {
            at = index;
            let here = start.saturating_add(index);
            // A `>` between quotes does not end the tag, so the open quote is the state of this
            // loop.
            match (quote, byte) {
                (None, b'"' | b'\'') => {
                    self.push(Context::Markup, before..here, None);
                    quote = Some((byte, here.saturating_add(1)));
                }
                (Some((open, value)), _) if byte == open => {
                    self.attribute(start, value..here);
                    before = here;
                    quote = None;
                }
                (None, b'>') => break,
                _ => {}
            }
        }
        self.push(Context::Markup, before..start.saturating_add(at), None);
        let tag = rest.get(..at).unwrap_or_default();
        // Here `tag` has no `>`, so an empty element ends with a slash.
        let opens = !tag.starts_with("</") && !tag.ends_with('/');
        let name = tag.get(1..).and_then(|tag| tag.split(|c: char| c.is_ascii_whitespace()).next());
        self.open = name.filter(|_| opens).map(|name| (start, name));
        at.saturating_add(1)
    }

    fn attribute(&mut self, tag: usize, value: Range<usize>) {
        // The range to remove includes the name and the white space before it: ` name = "…"`.
        let head = self.xml.get(tag..value.start.saturating_sub(1)).unwrap_or_default();
        let named = head.trim_end().strip_suffix('=').unwrap_or(head).trim_end();
        let name = named.rsplit(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        let tagged = named.len().saturating_sub(name.len());
        let kept = head.get(..tagged).unwrap_or_default().trim_end().len();
        let whole = tag.saturating_add(kept)..value.end.saturating_add(1);
        let context = Context::Attribute;
        self.segments.push(XmlSegment { context, range: value, whole: Some(whole), name });
    }

    fn push(&mut self, context: Context, range: Range<usize>, whole: Option<Range<usize>>) {
        self.segments.push(XmlSegment { context, range, whole, name: "" });
    }
}
