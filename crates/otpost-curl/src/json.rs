//! A JSON body, leaf by leaf.

use super::candidate::What;
use super::coding::Coding;
use super::guess::{is_secret, role};
use super::places::{Leaf, Places};
use crate::gateway::body::json::{JsonSpec, Tree};
use crate::gateway::error::SpecError;

/// The body as a spec has it: JSON text, or a tree where a number is a placeholder, which text cannot say.
pub(super) fn json(tree: Tree, places: &mut Places<'_>) -> Result<JsonSpec, SpecError> {
    let mut walk = Walk { places, has_numbers: false, depth: 0, problem: None };
    let mapped = walk.map(tree, "request.json", "")?;
    if !walk.has_numbers {
        return Ok(JsonSpec::Text(mapped.to_json()));
    }
    match walk.problem {
        Some(place) => {
            let leaf = Leaf { place: &place, name: "", bytes: b"", coding: Coding::Unicode };
            let problem = "this cannot be said beside a number that is a placeholder";
            Err(walk.places.refuse(&leaf, problem, "leave the member out, if it is `null`"))
        }
        None => Ok(JsonSpec::Tree(mapped)),
    }
}

/// What a parser of TOML takes.
const MAX_DEPTH: usize = 32;
/// As many as a form may have.
const MAX_ENTRIES: usize = 512;

struct Walk<'p, 'v> {
    places: &'p mut Places<'v>,
    has_numbers: bool,
    depth: usize,
    /// Where something stands that only JSON text can say.
    problem: Option<String>,
}

impl Walk<'_, '_> {
    fn map(&mut self, tree: Tree, place: &str, name: &str) -> Result<Tree, SpecError> {
        let is_long = match &tree {
            Tree::Array(items) => items.len() > MAX_ENTRIES,
            Tree::Object(members) => members.len() > MAX_ENTRIES,
            _ => false,
        };
        if self.depth > MAX_DEPTH || is_long {
            let leaf = Leaf { place, name: "", bytes: b"", coding: Coding::Unicode };
            let hint = "no gateway wants that";
            return Err(self.places.refuse(
                &leaf,
                "the values are nested too deeply, or too many",
                hint,
            ));
        }
        self.depth = self.depth.saturating_add(1);
        let mapped = self.node(tree, place, name);
        self.depth = self.depth.saturating_sub(1);
        mapped
    }

    fn node(&mut self, tree: Tree, place: &str, name: &str) -> Result<Tree, SpecError> {
        Ok(match tree {
            Tree::Array(items) => Tree::Array(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(at, item)| self.map(item, &format!("{place}.{at}"), name))
                    .collect::<Result<_, _>>()?,
            ),
            Tree::Int(number) => self.number(number, place, name)?,
            Tree::Null => {
                self.problem.get_or_insert_with(|| place.to_owned());
                Tree::Null
            }
            Tree::Object(members) => {
                let mut mapped = Vec::new();
                // `{"name": "password", "value": "…"}`: the value is what the name says.
                let named = members.iter().find_map(|(key, value)| match value {
                    Tree::Text(text)
                        if matches!(key.as_str(), "key" | "name") && is_secret(text, "") =>
                    {
                        Some(text.clone())
                    }
                    _ => None,
                });
                for (key, value) in members {
                    // As much of a key as one reads.
                    let within = format!("{place}.{key:.40}");
                    let leaf =
                        Leaf { place, name: "", bytes: key.as_bytes(), coding: Coding::Unicode };
                    if key.contains("{{") || self.places.changes(&leaf) {
                        let hint = "variables stand in values, not in names";
                        return Err(self.places.refuse(&leaf, "a variable in a name", hint));
                    }
                    let is_value = named.is_some() && matches!(key.as_str(), "content" | "value");
                    // What belongs to a credential is one, unless it has a name that says so itself.
                    let name = match &named {
                        Some(named) if is_value => named.as_str(),
                        _ if is_secret(name, "") && matches!(value, Tree::Text(_)) => name,
                        _ => key.as_str(),
                    };
                    let value = self.map(value, &within, name)?;
                    mapped.push((key, value));
                }
                // A tree has this shape for a number.
                if let [(key, Tree::Text(text))] = mapped.as_slice()
                    && key == "number"
                    && text.contains("{{")
                {
                    self.problem.get_or_insert_with(|| place.to_owned());
                }
                Tree::Object(mapped)
            }
            Tree::Text(text) => {
                let leaf = Leaf { place, name, bytes: text.as_bytes(), coding: Coding::Json };
                Tree::Text(self.places.template(&leaf)?)
            }
            other => other,
        })
    }

    /// A number stays one.
    fn number(&mut self, number: i64, place: &str, name: &str) -> Result<Tree, SpecError> {
        let text = number.to_string();
        let leaf = Leaf { place, name, bytes: text.as_bytes(), coding: Coding::Json };
        if !self.places.changes(&leaf) && !is_secret(name, "") {
            self.places.note_leftover(&text, &leaf);
            return Ok(Tree::Int(number));
        }
        // A number that happens to be the code, where nothing says that it is one.
        let is_code = matches!(role(name), Some((What::Code, _)));
        if !is_code && self.places.is_code(&leaf) {
            return Ok(Tree::Int(number));
        }
        let template = self.places.template(&leaf)?;
        // A number has no plus.
        let template = if template == "{{to}}" { "{{to|plain}}".to_owned() } else { template };
        if template == text {
            return Ok(Tree::Int(number));
        }
        if template == "{{code}}" {
            let hint = "such a gateway loses the zero of 012345; ask it for a text";
            return Err(self.places.refuse(&leaf, "the code is a JSON number", hint));
        }
        self.has_numbers = true;
        Ok(Tree::Object(vec![("number".to_owned(), Tree::Text(template))]))
    }
}
