use roxmltree::{Document, Node, ParsingOptions};

/// An answer of 64 KiB has fewer.
const MAX_NODES: u32 = 50_000;
/// Deeper than any gateway's answer, and shallow enough that the paths of all elements together stay small.
const MAX_DEPTH: usize = 64;

/// A gateway's answer has two or three. The parser compares each with all others, for each element that has one.
const MAX_NAMESPACES: usize = 32;
/// Long names below long names would make more of an answer than it was.
const MAX_PATHS: usize = 1_024 * 1_024;

/// The texts of all elements and all attributes, in their order, with their paths.
pub(super) fn parse(text: &str) -> Option<Vec<(String, String)>> {
    if text.matches("xmlns").count() > MAX_NAMESPACES {
        return None;
    }
    // Without a document type: that is where entities are declared, which grow when they are read.
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
