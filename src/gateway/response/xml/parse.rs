use roxmltree::{Document, Node, ParsingOptions};

/// The maximum number of nodes. A response of 64 KiB has fewer.
const MAX_NODES: u32 = 50_000;
/// The maximum depth. It is deeper than any gateway's response, and keeps the paths of all elements
/// together small.
const MAX_DEPTH: usize = 64;

/// The maximum number of namespaces. Responses have two or three. For each element with namespaces,
/// the parser compares each of them with all others.
const MAX_NAMESPACES: usize = 32;
/// The maximum size of all paths together. Nested long names would make them much larger than the
/// response.
const MAX_PATHS: usize = 1_024 * 1_024;

/// Returns the texts of all elements and all attributes, in order, with their paths.
pub(super) fn parse(text: &str) -> Option<Vec<(String, String)>> {
    // Counted before parsing, because the parser itself takes the time. A text that contains the
    // word counts as well, which is harmless at this limit.
    if text.matches("xmlns").count() > MAX_NAMESPACES {
        return None;
    }
    // Reject document types: they declare entities, which grow when they are expanded.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
    let document = Document::parse_with_options(text.trim(), options).ok()?;
    let mut found = Vec::new();
    let mut length = 0_usize;
    for node in document.descendants().filter(Node::is_element) {
        let mut names: Vec<_> =
            node.ancestors().filter(Node::is_element).take(MAX_DEPTH.saturating_add(1)).collect();
        if names.len() > MAX_DEPTH {
            return None;
        }
        names.reverse();
        let path: String = names.iter().flat_map(|node| ["/", node.tag_name().name()]).collect();
        // Each attribute gets a copy of the path. The size is checked before the copies are made.
        let paths = node.attributes().count().saturating_add(1).saturating_mul(path.len());
        length = length.saturating_add(paths);
        if length > MAX_PATHS {
            return None;
        }
        let texts = node.children().filter(Node::is_text).filter_map(|text| text.text());
        let value = texts.collect::<String>().trim().to_owned();
        for attribute in node.attributes() {
            found.push((format!("{path}/@{}", attribute.name()), attribute.value().to_owned()));
        }
        found.push((path, value));
    }
    Some(found)
}
