use roxmltree::{Document, Node, ParsingOptions};

/// An answer of 64 KiB has fewer.
const MAX_NODES: u32 = 50_000;
/// Deeper than any gateway's answer, and shallow enough that the paths of all elements together stay small.
const MAX_DEPTH: usize = 64;

/// The texts of all elements and all attributes, in their order, with their paths.
pub(super) fn parse(text: &str) -> Option<Vec<(String, String)>> {
    // Without a document type: that is where entities are declared, which grow when they are read.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
    let document = Document::parse_with_options(text.trim(), options).ok()?;
    let mut found = Vec::new();
    for node in document.descendants().filter(Node::is_element) {
        let mut names: Vec<_> =
            node.ancestors().filter(Node::is_element).take(MAX_DEPTH.saturating_add(1)).collect();
        if names.len() > MAX_DEPTH {
            return None;
        }
        names.reverse();
        let path: String = names.iter().flat_map(|node| ["/", node.tag_name().name()]).collect();
        let texts = node.children().filter(Node::is_text).filter_map(|text| text.text());
        let value = texts.collect::<String>().trim().to_owned();
        for attribute in node.attributes() {
            found.push((format!("{path}/@{}", attribute.name()), attribute.value().to_owned()));
        }
        found.push((path, value));
    }
    Some(found)
}
