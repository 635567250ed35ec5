//! The literal texts that a spec holds beside its placeholders.

use super::note::CurlNote;
use crate::gateway::body::json::{JsonSpec, Tree};
use crate::gateway::body::rewrite_xml;
use crate::gateway::spec::{Auth, GatewaySpec, Pairs};
use crate::template::{Part, Template};

/// A note for each literal of a finished spec. They are taken from the spec itself and not from the way that it was made, so
/// that none can be forgotten.
pub(super) fn notes(spec: &GatewaySpec) -> Vec<CurlNote> {
    let mut list = List(Vec::new());
    let request = &spec.request;
    list.url(&request.url);
    list.pairs("request.query", &request.query);
    list.pairs("request.headers", &request.headers);
    for (within, pairs) in
        [("request.form", &request.form), ("request.multipart", &request.multipart)]
    {
        pairs.iter().for_each(|pairs| list.pairs(within, pairs));
    }
    match &request.json {
        Some(JsonSpec::Tree(tree)) => list.tree("request.json", tree),
        Some(JsonSpec::Text(text)) => match serde_json::from_str::<Tree>(text) {
            Ok(tree) => list.tree("request.json", &tree),
            Err(_) => list.value("request.json", text),
        },
        None => {}
    }
    request.text.iter().for_each(|text| list.value("request.text", text));
    request.xml.iter().for_each(|xml| list.xml(xml));
    match &spec.auth {
        Auth::Basic { username, password } => {
            list.value("auth.basic.username", username);
            list.value("auth.basic.password", password);
        }
        Auth::Bearer { token } => list.value("auth.bearer.token", token),
        Auth::Header { value, .. } => list.value("auth.header.value", value),
        Auth::Query { value, .. } => list.value("auth.query.value", value),
        // No command is imported as one of these.
        Auth::Hmac(_) | Auth::None | Auth::OAuth2ClientCredentials(_) | Auth::Token(_) => {}
    }
    list.0
}

struct List(Vec<CurlNote>);

impl List {
    fn push(&mut self, place: &str, literal: &str) {
        // Signs alone say nothing.
        if literal.contains(char::is_alphanumeric) {
            let (place, length) = (place.to_owned(), literal.chars().count());
            self.0.push(CurlNote::Literal { place, length });
        }
    }

    /// A template.
    fn value(&mut self, place: &str, value: &str) {
        match Template::parse(value) {
            Ok(template) => {
                for part in template.parts() {
                    if let Part::Literal(literal) = part {
                        self.push(place, literal);
                    }
                }
            }
            Err(_) => self.push(place, value),
        }
    }

    /// Host and segments of the path.
    fn url(&mut self, url: &str) {
        let place = "request.url";
        let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
        behind.split('/').for_each(|segment| self.value(place, segment));
    }

    fn pairs(&mut self, within: &str, pairs: &Pairs) {
        for (name, value) in pairs.iter() {
            let place = format!("{within}.{name:.40}");
            if value.is_empty() {
                // A name without a value may be anything, and stands in the spec as well.
                self.push(within, name);
            }
            self.value(&place, value);
        }
    }

    fn tree(&mut self, place: &str, tree: &Tree) {
        match tree {
            Tree::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.tree(&format!("{place}.{at}"), item);
                }
            }
            Tree::Object(members) => {
                for (key, value) in members {
                    self.tree(&format!("{place}.{key:.40}"), value);
                }
            }
            Tree::Float(number) => self.push(place, &number.to_string()),
            Tree::Int(number) => self.push(place, &number.to_string()),
            Tree::Text(text) => self.value(place, text),
            Tree::Bool(_) | Tree::Null => {}
        }
    }

    fn xml(&mut self, xml: &str) {
        let place = "request.xml";
        // Nothing is rewritten: each text, attribute and CDATA section is looked at.
        let walked = rewrite_xml(xml, |name, value| {
            self.value(&format!("{place}.{name:.40}"), value.trim());
            Ok(None)
        });
        if walked.is_err() {
            self.push(place, xml);
        }
        for comment in xml.split("<!--").skip(1).filter_map(|rest| rest.split("-->").next()) {
            self.push(place, comment.trim());
        }
        let instructions = xml.split("<?").skip(1).filter_map(|rest| rest.split("?>").next());
        for instruction in instructions.filter(|text| !text.starts_with("xml ")) {
            self.push(place, instruction);
        }
    }
}
