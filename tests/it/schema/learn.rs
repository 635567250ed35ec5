//! Learns the schema of gateway files from the types that read them.
//!
//! Each place is offered values of all kinds, and the schema says which of them are accepted. So
//! the schema also has what a hand-written `Deserialize` accepts, and which keys exclude each other.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::descriptions::description;
use super::spot::{Learned, Spot, any_of, required};
use super::texts::{text, whole_numbers};
use super::trace::{Asked, Complaint, Doc};

/// A key that no type knows.
const UNKNOWN: &str = "unknown-key";

/// The definitions of types that are known so far.
#[derive(Default)]
pub(super) struct Learner {
    definitions: BTreeMap<String, Value>,
    samples: BTreeMap<String, Doc>,
    /// The labels of keys without a description.
    pub(super) undescribed: Vec<String>,
}

impl Learner {
    pub(super) fn file(&mut self) -> Value {
        let mut schema = self.shape(&Spot::file()).schema;
        schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        schema["title"] = json!("A gateway of otpost");
        schema["description"] = json!(description("GatewaySpec"));
        schema["definitions"] = json!(self.definitions);
        schema
    }

    /// Returns the schema of the type in this place. A type of the library has one definition.
    fn learn(&mut self, spot: &Spot<'_>) -> Learned {
        let log = spot.try_it(Doc::text("x"));
        let seen = log.get(&spot.path).unwrap_or_else(|| panic!("{} is not read", spot.label));
        let Some(name) = name(seen.type_name) else { return self.shape(spot) };
        let schema = json!({ "$ref": format!("#/definitions/{name}") });
        if let Some(sample) = self.samples.get(&name) {
            return Learned { schema, sample: sample.clone() };
        }
        // A type that contains itself needs a sample before its shape is known.
        if let Some(sample) = kinds().into_iter().find(|kind| spot.accepts(kind.clone())) {
            self.samples.insert(name.clone(), sample);
        }
        let Spot { wrap, path, .. } = spot;
        let own = Spot { wrap, path: path.clone(), judge: None, label: name.clone() };
        let Learned { schema: definition, sample } = self.shape(&own);
        self.definitions.insert(name.clone(), definition);
        self.samples.insert(name, sample.clone());
        Learned { schema, sample }
    }

    fn shape(&mut self, spot: &Spot<'_>) -> Learned {
        let log = spot.try_it(Doc::text("x"));
        let asked = log.get(&spot.path).map(|seen| seen.asked).unwrap_or_default();
        match asked.first() {
            Some(Asked::Enum(variants)) => return self.variants(spot, variants),
            Some(Asked::Struct(fields)) => return self.fields(spot, fields),
            None => {}
        }
        let mut kinds = Vec::new();
        let numbers = whole_numbers(spot);
        let is_float = spot.accepts(Doc::Float(1.5));
        kinds.extend(text(spot));
        match (numbers, is_float) {
            (numbers, false) => kinds.extend(numbers),
            (Some(Learned { sample, .. }), true) => {
                kinds.push(Learned { schema: json!({ "type": "number" }), sample });
            }
            (None, true) => panic!("{}: no schema tells 1.0 from 1", spot.label),
        }
        if spot.accepts(Doc::Bool(true)) {
            let schema = json!({ "type": "boolean" });
            kinds.push(Learned { schema, sample: Doc::Bool(true) });
        }
        kinds.extend(self.list(spot));
        kinds.extend(self.table(spot));
        let sample = kinds.first().map(|kind| kind.sample.clone());
        let sample = sample.unwrap_or_else(|| panic!("{} accepts nothing", spot.label));
        Learned { schema: any_of(kinds.into_iter().map(|kind| kind.schema).collect()), sample }
    }

    fn list(&mut self, spot: &Spot<'_>) -> Option<Learned> {
        let wrap = |doc| (spot.wrap)(Doc::List(vec![doc]));
        spot.try_it(Doc::List(vec![Doc::text("x")])).get(&spot.child("0"))?;
        // Some types read every value, and then refuse lists.
        let is_good = |kind| spot.accepts(Doc::List(vec![kind]));
        let is_empty_good = spot.accepts(Doc::List(Vec::new()));
        if !is_empty_good && !kinds().into_iter().any(is_good) {
            return None;
        }
        let item = self.inner(spot, &wrap, "0");
        let mut schema = json!({ "type": "array", "items": item.schema });
        if !is_empty_good {
            schema["minItems"] = json!(1);
        }
        Some(Learned { schema, sample: Doc::List(vec![item.sample]) })
    }

    fn table(&mut self, spot: &Spot<'_>) -> Option<Learned> {
        let log = spot.try_it(Doc::entry(UNKNOWN, Doc::text("x")));
        let seen = log.get(&spot.path)?;
        let keys = match seen.complaint {
            Some(Complaint::UnknownField(fields)) => return Some(self.fields(spot, fields)),
            // The keys are the words of an enum.
            // If the value was read, the complaint is its own.
            Some(Complaint::UnknownVariant(words)) if log.get(&spot.child(UNKNOWN)).is_none() => {
                Some(words)
            }
            _ => None,
        };
        let key = keys.map_or(UNKNOWN, |words| words[0]);
        let wrap = |doc| (spot.wrap)(Doc::entry(key, doc));
        spot.try_it(Doc::entry(key, Doc::text("x"))).get(&spot.child(key))?;
        if !spot.accepts(Doc::Table(Vec::new())) {
            let is_good = |kind| spot.accepts(Doc::entry(key, kind));
            assert!(!kinds().into_iter().any(is_good), "{}: the table is not empty", spot.label);
            return None;
        }
        let value = self.inner(spot, &wrap, key);
        let schema = match keys {
            Some(words) => json!({
                "type": "object",
                "properties": words.iter().map(|word| (*word, &value.schema)).collect::<BTreeMap<_, _>>(),
                "additionalProperties": false,
            }),
            None => json!({ "type": "object", "additionalProperties": value.schema }),
        };
        Some(Learned { schema, sample: Doc::entry(key, value.sample) })
    }

    /// Returns the schema of the values of a list or table, which may accept fewer than their type
    /// does.
    fn inner(&mut self, spot: &Spot<'_>, wrap: &dyn Fn(Doc) -> Doc, key: &str) -> Learned {
        let label = spot.label.clone();
        let own = Spot { wrap, path: spot.child(key), judge: None, label: label.clone() };
        let judged = Spot { judge: Some(spot.path.clone()), path: spot.child(key), wrap, label };
        let is_same = |kind: &Doc| own.accepts(kind.clone()) == judged.accepts(kind.clone());
        if kinds().iter().all(is_same) { self.learn(&own) } else { self.shape(&judged) }
    }

    /// Returns the schema of a table whose keys are known.
    fn fields(&mut self, spot: &Spot<'_>, fields: &[&'static str]) -> Learned {
        let mut needed: Vec<(String, Doc)> = Vec::new();
        let mut properties = BTreeMap::new();
        let unknown = Doc::entry(UNKNOWN, Doc::text("x"));
        let is_closed = matches!(spot.complaint(unknown), Some(Complaint::UnknownField(_)));
        assert!(is_closed, "{} accepts unknown keys", spot.label);
        while let Some(Complaint::MissingField(field)) = spot.complaint(Doc::Table(needed.clone()))
        {
            let learned = self.field(spot, &needed, field);
            properties.insert(field.to_owned(), learned.schema);
            needed.push((field.to_owned(), learned.sample));
        }
        let mut optional = Vec::new();
        for field in fields.iter().filter(|field| !properties.contains_key(**field)).copied() {
            optional.push((field.to_owned(), self.field(spot, &needed, field)));
        }
        let with = |fields: &[&(String, Learned)]| {
            let more = fields.iter().map(|(name, field)| (name.clone(), field.sample.clone()));
            Doc::Table(needed.iter().cloned().chain(more).collect())
        };
        // Keys that are refused without another one.
        let (alone, others): (Vec<_>, Vec<_>) =
            optional.iter().partition(|field| spot.accepts(with(&[field])));
        let mut rules = Vec::new();
        let is_enough = spot.accepts(with(&[]));
        if is_enough {
            for field in &others {
                let partners = alone.iter().filter(|one| spot.accepts(with(&[one, field])));
                let partners: Vec<_> = partners.map(|one| required(&[&one.0])).collect();
                assert!(!partners.is_empty(), "{}.{} is never accepted", spot.label, field.0);
                rules.push(json!({ "dependencies": { &field.0: any_of(partners) } }));
            }
        } else {
            assert!(!alone.is_empty(), "{}: no key is enough", spot.label);
            rules.push(any_of(alone.iter().map(|one| required(&[&one.0])).collect()));
        }
        for (at, one) in alone.iter().enumerate() {
            for other in alone.iter().skip(at + 1) {
                if !spot.accepts(with(&[one, other])) {
                    rules.push(json!({ "not": required(&[&one.0, &other.0]) }));
                }
            }
        }
        let sample = if is_enough { with(&[]) } else { with(&[alone[0]]) };
        properties.extend(optional.into_iter().map(|(name, field)| (name, field.schema)));
        let mut schema =
            json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !needed.is_empty() {
            let mut names: Vec<_> = needed.iter().map(|(name, _)| name).collect();
            names.sort();
            schema["required"] = json!(names);
        }
        if !rules.is_empty() {
            schema["allOf"] = json!(rules);
        }
        Learned { schema, sample }
    }

    /// Returns the schema of a key, with its description.
    fn field(&mut self, spot: &Spot<'_>, needed: &[(String, Doc)], name: &str) -> Learned {
        let wrap = |doc| {
            let fields = needed.iter().cloned().chain([(name.to_owned(), doc)]);
            (spot.wrap)(Doc::Table(fields.collect()))
        };
        let label = format!("{}.{name}", spot.label);
        let spot = Spot { wrap: &wrap, path: spot.child(name), judge: None, label };
        let mut learned = self.learn(&spot);
        match description(&spot.label) {
            // In draft 7, everything beside a `$ref` is ignored.
            Some(text) if learned.schema.get("$ref").is_some() => {
                learned.schema = json!({ "description": text, "allOf": [learned.schema] });
            }
            Some(text) => learned.schema["description"] = json!(text),
            None => self.undescribed.push(spot.label),
        }
        learned
    }

    /// Returns the schema of the words and tables of an enum.
    fn variants(&mut self, spot: &Spot<'_>, variants: &[&'static str]) -> Learned {
        let is_word = |name: &&'static str| spot.accepts(Doc::text(name));
        let (words, tables): (Vec<_>, Vec<_>) = variants.iter().copied().partition(is_word);
        let mut schemas = Vec::new();
        let mut samples: Vec<_> = words.iter().map(|word| Doc::text(word)).collect();
        if !words.is_empty() {
            schemas.push(json!({ "type": "string", "enum": words }));
        }
        let mut properties = BTreeMap::new();
        for name in tables {
            let mut learned = self.field(spot, &[], name);
            learned.sample = Doc::entry(name, learned.sample);
            properties.insert(name, learned.schema);
            samples.push(learned.sample);
        }
        if !properties.is_empty() {
            schemas.push(json!({
                "type": "object",
                "properties": properties,
                "additionalProperties": false,
                "minProperties": 1,
                "maxProperties": 1,
            }));
        }
        Learned { schema: any_of(schemas), sample: samples[0].clone() }
    }
}

/// A value of each kind.
fn kinds() -> [Doc; 6] {
    let (list, table) = (Doc::List(Vec::new()), Doc::Table(Vec::new()));
    [Doc::text("x"), Doc::Int(200), Doc::Float(1.5), Doc::Bool(true), list, table]
}

/// Returns the name of a type of the library, or `None` for another type or a field's own reader,
/// which all have the same name.
fn name(type_name: &str) -> Option<String> {
    let mut inner = type_name;
    while let Some((outer, rest)) = inner.split_once('<') {
        if !outer.ends_with("::Option") && !outer.ends_with("::Box") {
            break;
        }
        inner = rest.strip_suffix('>')?;
    }
    let is_ours = inner.starts_with("otpost::") && !inner.contains("__");
    let words = inner.split(['<', '>', ',', ' ']).filter(|word| !word.is_empty());
    let words: Vec<_> = words.filter_map(|word| word.rsplit("::").next()).collect();
    is_ours.then(|| words.join("Of"))
}
