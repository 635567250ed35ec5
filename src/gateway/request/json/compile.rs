use super::super::condition::compile_condition;
use super::{CompileField, Member, Node, ObjectNode};
use crate::gateway::error::SpecError;
use crate::gateway::lint::names_a_secret;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::request::value::ValueTemplate;
use crate::gateway::spec::{JsonSpec, Tree, ValueSpec, conditions, quoted};
use crate::template::Filter;

impl Node {
    pub(in crate::gateway) fn compile(
        json: &JsonSpec,
        scope: &Symbols<'_>,
        fields: CompileField,
        path: &str,
    ) -> Result<Self, SpecError> {
        match json {
            JsonSpec::Tree(tree) => Self::of(tree, scope, fields, path),
            JsonSpec::Text(text) => {
                let tree: Tree = serde_json::from_str(text).map_err(|error| {
                    // The parser's own words quote nothing of the text, and end with the position.
                    let words = error.to_string();
                    let words = words.split(" at line ").next().unwrap_or_default().to_owned();
                    let (line, column) = (error.line(), error.column());
                    let problem = format!("invalid JSON at line {line}, column {column}: {words}");
                    let hint = match words.as_str() {
                        "trailing comma" => "remove the last comma",
                        _ if error.is_data() => "write each member once",
                        _ => {
                            "write placeholders inside strings: \"{{to|plain|number}}\" is a number"
                        }
                    };
                    SpecError::new(path, problem, hint)
                })?;
                Self::of(&tree, scope, fields, path)
            }
        }
    }

    fn of(
        tree: &Tree,
        scope: &Symbols<'_>,
        fields: CompileField,
        path: &str,
    ) -> Result<Self, SpecError> {
        Ok(match tree {
            Tree::Array(items) => Self::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| Self::of(item, scope, fields, &format!("{path}.{at}")))
                    .collect::<Result<_, _>>()?,
            ),
            Tree::Bool(value) => Self::Literal(value.to_string()),
            Tree::Float(value) => match serde_json::Number::from_f64(*value) {
                Some(number) => Self::Literal(number.to_string()),
                None => {
                    let hint = "JSON has neither infinity nor NaN";
                    return Err(SpecError::new(path, "it is not a JSON number", hint));
                }
            },
            Tree::Int(value) => Self::Literal(value.to_string()),
            Tree::Null => Self::Literal("null".to_owned()),
            Tree::Object(members) => Self::object(members, scope, fields, path)?,
            Tree::Text(text) => Self::leaf(ValueTemplate::compile(text, scope, path)?)?,
        })
    }

    /// Creates the node of a value: a string, unless its filter makes it another type.
    pub(super) fn leaf(value: ValueTemplate) -> Result<Self, SpecError> {
        match value.last_filter() {
            Some(Filter::Bool) => Ok(Self::Bool(value)),
            Some(Filter::Number) if value.may_be_number() => Ok(Self::Number(value)),
            Some(Filter::Number) => {
                let hint = "remove the filter `number`, so that it is a string";
                Err(SpecError::new(value.path(), "it is not always a JSON number", hint))
            }
            _ => Ok(Self::Text(value)),
        }
    }

    fn object(
        members: &[(String, Tree)],
        scope: &Symbols<'_>,
        fields: CompileField,
        path: &str,
    ) -> Result<Self, SpecError> {
        let hint = "the markers are $value, $json, $xml, $base64, $with and $when";
        let refuse = |problem: &str| SpecError::new(path, problem, hint);
        if let Some(marked) = ValueSpec::in_tree(members) {
            let marked = marked.map_err(refuse)?;
            return Self::leaf(fields(&marked, scope, path)?);
        }
        let (with, when) = conditions(members).map_err(refuse)?;
        let condition = compile_condition(&with, &when, scope, path)?;
        let is_member = |(key, _): &&(String, Tree)| key != "$with" && key != "$when";
        let members = members
            .iter()
            .filter(is_member)
            .map(|(key, tree)| Member::compile(key, tree, scope, fields, path))
            .collect::<Result<Vec<_>, _>>()?;
        let leaves: Vec<&ValueTemplate> =
            members.iter().flat_map(|member| member.node.leaves()).collect();
        if condition.is_some() {
            let mut slots = leaves.iter().flat_map(|leaf| leaf.slots());
            if let Some(essential) = slots.find(|slot| slot.source.is_essential()) {
                let name = &essential.name;
                let problem =
                    format!("`{name}` would be left out where the condition does not hold");
                let hint = "put it outside of the object with `$with` or `$when`";
                return Err(SpecError::new(path, problem, hint));
            }
        }
        let mut variables = leaves.iter().filter(|leaf| leaf.as_literal().is_none());
        let follows_variable = match (variables.next(), variables.next()) {
            (Some(only), None) => only.optional().is_some(),
            _ => false,
        };
        let condition = condition.map(Box::new);
        Ok(Self::Object(ObjectNode { members, condition, follows_variable }))
    }

    /// Marks the node as a credential. The members of an object are judged by their own names.
    fn credential(self, scope: &Symbols<'_>, path: &str) -> Result<Self, SpecError> {
        Ok(match self {
            Self::Array(items) => Self::Array(
                items
                    .into_iter()
                    .map(|item| item.credential(scope, path))
                    .collect::<Result<_, _>>()?,
            ),
            // A number can be a password or a PIN. The other literals (`true`, `false`, `null`)
            // cannot.
            Self::Literal(text) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                Self::Number(ValueTemplate::literal(&text, path).credential(scope)?)
            }
            Self::Number(leaf) => Self::Number(leaf.credential(scope)?),
            Self::Text(leaf) => Self::Text(leaf.credential(scope)?),
            other => other,
        })
    }
}

impl Member {
    fn compile(
        key: &str,
        tree: &Tree,
        scope: &Symbols<'_>,
        fields: CompileField,
        within: &str,
    ) -> Result<Self, SpecError> {
        let path = format!("{within}.{key}");
        if key.contains("{{") {
            let hint = "use variables in values, not in names";
            return Err(SpecError::new(path, "the name contains a variable", hint));
        }
        let mut node = Node::of(tree, scope, fields, &path)?;
        if names_a_secret(key) {
            node = node.credential(scope, &path)?;
        }
        Ok(Self { key: quoted(key), node })
    }
}
