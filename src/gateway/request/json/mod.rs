//! JSON with placeholders: a body, or a value that is JSON itself.

mod compile;
mod render;

use std::sync::Arc;

use zeroize::Zeroizing;

use super::condition::ValueCondition;
use super::masked::MaskedBytes;
use super::nested::{NestedDocument, NestedValue};
use super::render_error::RenderError;
use super::scratch::Scratch;
use super::symbols::Symbols;
use super::value::ValueTemplate;
use super::values::{Slot, Values};
use crate::gateway::error::SpecError;
use crate::gateway::spec::{JsonSpec, ValueSpec, quoted};

/// Compiles a value that is marked in a JSON tree. It is passed down, because such a value may be
/// JSON again.
pub(in crate::gateway) type CompileField =
    fn(&ValueSpec, &Symbols<'_>, &str) -> Result<ValueTemplate, SpecError>;

/// A compiled JSON value.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum Node {
    Array(Vec<Node>),
    /// A value whose filter `bool` makes it `true` or `false`.
    Bool(ValueTemplate),
    /// A value without variables, already serialized.
    Literal(String),
    /// A value whose filter `number` makes it a number.
    Number(ValueTemplate),
    Object(ObjectNode),
    Text(ValueTemplate),
}

#[derive(Clone, Debug)]
pub(in crate::gateway) struct ObjectNode {
    members: Vec<Member>,
    /// Without it, the object is left out.
    condition: Option<Box<ValueCondition>>,
    /// Set if the object contains one variable only, which may have no value. Then the object is
    /// left out together with it.
    follows_variable: bool,
}

#[derive(Clone, Debug)]
struct Member {
    /// The name with its quotes.
    key: String,
    node: Node,
}

/// A JSON value that is the text of another value.
#[derive(Debug)]
pub(in crate::gateway) struct JsonDocument(Node);

impl JsonDocument {
    pub(in crate::gateway) fn nested(
        json: &JsonSpec,
        scope: &Symbols<'_>,
        fields: CompileField,
        path: &str,
    ) -> Result<NestedValue, SpecError> {
        let node = Node::compile(json, scope, fields, path)?;
        let (mut slots, mut conditions) = (Vec::new(), Vec::new());
        node.collect(&mut slots, &mut conditions);
        let absent = match &node {
            Node::Bool(leaf) | Node::Number(leaf) | Node::Text(leaf) => {
                leaf.optional().map(str::to_owned)
            }
            Node::Object(object) if object.follows_variable => {
                node.leaves().iter().find_map(|leaf| leaf.optional()).map(str::to_owned)
            }
            _ => None,
        };
        if node.has_condition() {
            let hint = "put the condition beside `json`: { json = …, when = … }";
            return Err(SpecError::new(
                path,
                "a whole document cannot have `$with` or `$when`",
                hint,
            ));
        }
        let has_partial = node.leaves().iter().any(|leaf| leaf.is_partial());
        Ok(NestedValue { document: Arc::new(Self(node)), slots, conditions, absent, has_partial })
    }
}

impl NestedDocument for JsonDocument {
    fn text(&self, values: &Values<'_>) -> Result<Option<Zeroizing<String>>, RenderError> {
        let mut scratch = Scratch::default();
        if !self.0.is_present(values, &mut scratch)? {
            return Ok(None);
        }
        let mut bytes = MaskedBytes::unseen();
        self.0.render(values, &mut scratch, &mut bytes)?;
        // JSON is written as UTF-8, so the default cannot occur.
        let text = std::str::from_utf8(bytes.bytes()).unwrap_or_default();
        Ok(Some(Zeroizing::new(text.to_owned())))
    }
}

impl Node {
    /// Returns whether the value as a whole depends on a condition. A body cannot be left out.
    pub(in crate::gateway) fn has_condition(&self) -> bool {
        match self {
            Self::Array(_) | Self::Literal(_) => false,
            Self::Bool(leaf) | Self::Number(leaf) | Self::Text(leaf) => leaf.is_conditional(),
            Self::Object(object) => object.condition.is_some(),
        }
    }

    pub(in crate::gateway) const fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Returns whether the value is an object with a member of this name.
    pub(in crate::gateway) fn has_member(&self, name: &str) -> bool {
        let key = quoted(name);
        matches!(self, Self::Object(object) if object.members.iter().any(|member| member.key == key))
    }

    fn leaves(&self) -> Vec<&ValueTemplate> {
        match self {
            Self::Array(items) => items.iter().flat_map(Self::leaves).collect(),
            Self::Literal(_) => Vec::new(),
            Self::Object(object) => {
                object.members.iter().flat_map(|member| member.node.leaves()).collect()
            }
            Self::Bool(leaf) | Self::Number(leaf) | Self::Text(leaf) => vec![leaf],
        }
    }

    /// Adds the variables of the value, and those of its conditions.
    fn collect(&self, slots: &mut Vec<Slot>, conditions: &mut Vec<Slot>) {
        match self {
            Self::Array(items) => items.iter().for_each(|item| item.collect(slots, conditions)),
            Self::Literal(_) => {}
            Self::Object(object) => {
                let own = object.condition.iter().flat_map(|condition| condition.slots());
                conditions.extend(own.cloned());
                object.members.iter().for_each(|member| member.node.collect(slots, conditions));
            }
            Self::Bool(leaf) | Self::Number(leaf) | Self::Text(leaf) => {
                slots.extend(leaf.slots().into_iter().cloned());
                conditions.extend(leaf.condition_slots().into_iter().cloned());
            }
        }
    }

    /// Returns an error if a value is the same for each message and does not fit its place.
    pub(in crate::gateway) fn check_fixed(&self, values: &Values<'_>) -> Result<(), RenderError> {
        match self {
            Self::Array(items) => items.iter().try_for_each(|item| item.check_fixed(values)),
            Self::Literal(_) => Ok(()),
            Self::Bool(leaf) | Self::Number(leaf) | Self::Text(leaf) if leaf.is_fixed() => {
                self.render(values, &mut Scratch::default(), &mut MaskedBytes::default()).map(drop)
            }
            Self::Bool(_) | Self::Number(_) | Self::Text(_) => Ok(()),
            Self::Object(object) => {
                object.members.iter().try_for_each(|member| member.node.check_fixed(values))
            }
        }
    }

    /// Adds a member to the object at a path of names, which must exist.
    pub(in crate::gateway) fn push_field(
        &mut self,
        added_by: &'static str,
        path: &[String],
        value: ValueTemplate,
    ) -> Result<(), SpecError> {
        let refuse = |problem: &str, hint: &str| Err(SpecError::new(added_by, problem, hint));
        let Some((name, rest)) = path.split_first() else {
            return refuse("the path is empty", "name a member");
        };
        if let Self::Array(items) = self {
            let item = name.parse::<usize>().ok().and_then(|at| items.get_mut(at));
            return match item {
                Some(item) if !rest.is_empty() => item.push_field(added_by, rest, value),
                _ => refuse(
                    "the body has no such list item, or the item is not an object",
                    "write the path as /messages/0/reference, or use a header",
                ),
            };
        }
        let Self::Object(object) = self else {
            return refuse(
                "the body is not an object at this place",
                "write the path of an object, such as /messages/0/reference, or use a header",
            );
        };
        let key = quoted(name);
        if object.condition.is_some() || object.follows_variable {
            return refuse(
                "the object at this place may be left out",
                "name a place in an object that is always sent, or use a header",
            );
        }
        let known = object.members.iter_mut().find(|member| member.key == key);
        match (known, rest) {
            (Some(_), []) => refuse("the body already has this field", "remove one"),
            (Some(member), rest) => member.node.push_field(added_by, rest, value),
            (None, []) => {
                let node = Self::leaf(value)?;
                object.members.push(Member { key, node });
                Ok(())
            }
            (None, _) => refuse(
                "the body has no object at this place",
                "write the object in `request.json`, or name a place in an object that is there",
            ),
        }
    }
}
