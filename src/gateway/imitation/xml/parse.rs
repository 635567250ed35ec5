use roxmltree::{Document, Node, ParsingOptions};

use super::element::Element;

/// The maximum number of nodes.
const MAX_NODES: u32 = 20_000;
/// The maximum depth. It is deeper than the request of any gateway.
const MAX_DEPTH: usize = 32;
/// The maximum number of namespaces. The parser compares each of them with all others.
const MAX_NAMESPACES: usize = 32;

/// Parses a document without a document type.
pub(super) fn parse(text: &str) -> Option<Element> {
    if text.matches("xmlns").count() > MAX_NAMESPACES {
        return None;
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
    let document = Document::parse_with_options(text.trim(), options).ok()?;
    element(document.root_element(), MAX_DEPTH)
}

fn element(node: Node<'_, '_>, depth: usize) -> Option<Element> {
    let depth = depth.checked_sub(1)?;
    let attributes = node.attributes();
    let attributes = attributes.map(|it| (it.name().to_owned(), it.value().to_owned())).collect();
    let text = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
    let children = node.children().filter(Node::is_element);
    let children = children.map(|child| element(child, depth)).collect::<Option<_>>()?;
    let name = node.tag_name();
    let namespace = name.namespace().unwrap_or_default().to_owned();
    Some(Element { name: name.name().to_owned(), namespace, attributes, text, children })
}
