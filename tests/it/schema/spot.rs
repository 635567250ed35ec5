//! A place in a gateway file, and what it accepts.

use std::marker::PhantomData;

use otpost::gateway::GatewaySpec;
use serde_json::{Value, json};

use super::trace::{Complaint, Doc, Log, Node};

/// A schema, and a document that it accepts.
#[derive(Clone)]
pub(super) struct Learned {
    pub(super) schema: Value,
    pub(super) sample: Doc,
}

/// A place in a gateway file.
pub(super) struct Spot<'s> {
    /// Puts a value into this place of a file that is good otherwise.
    pub(super) wrap: &'s dyn Fn(Doc) -> Doc,
    pub(super) path: String,
    /// The path of the list or table that judges its values, if it accepts fewer than their type.
    pub(super) judge: Option<String>,
    /// The type and the key: `RequestSpec.method`.
    pub(super) label: String,
}

impl Spot<'_> {
    /// The whole file.
    pub(super) fn file() -> Self {
        let label = "GatewaySpec".to_owned();
        Self { wrap: &|doc| doc, path: String::new(), judge: None, label }
    }

    pub(super) fn child(&self, key: &str) -> String {
        format!("{}/{key}", self.path)
    }

    pub(super) fn try_it(&self, doc: Doc) -> Log {
        let log = Log::default();
        let doc = (self.wrap)(doc);
        let root = Node { doc: &doc, log: &log, path: String::new() };
        // The complaints are in the log.
        let _ = root.watch(PhantomData::<GatewaySpec>);
        log
    }

    /// Returns the complaint about a value in this place.
    pub(super) fn complaint(&self, doc: Doc) -> Option<Complaint> {
        let log = self.try_it(doc);
        let seen = log.get(&self.path).unwrap_or_else(|| panic!("{} is not read", self.label));
        let judge = self.judge.as_ref().and_then(|judge| log.get(judge)?.complaint);
        seen.complaint.or(judge)
    }

    pub(super) fn accepts(&self, doc: Doc) -> bool {
        self.complaint(doc).is_none()
    }
}

/// Returns a schema for tables that have all these keys.
pub(super) fn required(names: &[&str]) -> Value {
    json!({ "required": names })
}

/// Returns a schema that accepts what one of these accepts.
pub(super) fn any_of(mut schemas: Vec<Value>) -> Value {
    // Plain types are one list, which editors show better than alternatives.
    let is_plain = |schema: &Value| {
        schema["type"].is_string() && schema.as_object().is_some_and(|parts| parts.len() == 1)
    };
    if schemas.len() > 1 && schemas.iter().all(is_plain) {
        let types: Vec<_> = schemas.iter().map(|schema| schema["type"].clone()).collect();
        return json!({ "type": types });
    }
    if schemas.len() == 1 { schemas.remove(0) } else { json!({ "anyOf": schemas }) }
}
