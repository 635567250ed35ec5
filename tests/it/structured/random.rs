//! Random structures with random values, read back by another parser.

use otpost::HttpGateway;
use otpost::gateway::{ValueSpec, VarSpec};
use otpost::testing::ScriptedTransport;
use serde_json::{Value, json};

use super::{body, field, message, spec};
use crate::scale::cases;

/// A generator of numbers for reproducible cases.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (usize::try_from(self.0 >> 33).unwrap()) % below
    }

    fn text(&mut self) -> String {
        const PARTS: [&str; 24] = [
            "\"", "\\", "\n", "\r", "\t", "\u{1}", "\u{7f}", "<", ">", "&", "'", "{", "}", "[",
            "]", "{{to}}", "%22", "\\u0022", "&quot;", "\u{2028}", "é", "ж", "😀", "a",
        ];
        (0..self.next(12)).map(|_| PARTS[self.next(PARTS.len())]).collect()
    }

    /// A tree with the variables `a` to `d` in it, four levels deep.
    fn tree(&mut self, depth: usize) -> Value {
        match self.next(if depth == 0 { 2 } else { 6 }) {
            0 => json!(format!("{{{{{}}}}}", ["a", "b", "c", "d"][self.next(4)])),
            1 => json!(format!("x{{{{{}}}}}", ["a", "b", "c", "d"][self.next(4)])),
            2 | 3 => Value::Array((0..=self.next(3)).map(|_| self.tree(depth - 1)).collect()),
            4 => json!({ "$json": [self.tree(depth - 1)] }),
            _ => Value::Object(
                (0..=self.next(3)).map(|at| (format!("k\"{at}\\"), self.tree(depth - 1))).collect(),
            ),
        }
    }
}

/// The value that a reader should see.
fn filled(tree: &Value, values: &[String; 4]) -> Value {
    let fill = |text: &str| {
        ["a", "b", "c", "d"]
            .iter()
            .zip(values)
            .find(|(name, _)| text.ends_with(&format!("{{{{{name}}}}}")))
            .map_or_else(
                || text.to_owned(),
                |(name, value)| {
                    format!("{}{value}", text.strip_suffix(&format!("{{{{{name}}}}}")).unwrap())
                },
            )
    };
    match tree {
        Value::String(text) => json!(fill(text)),
        Value::Array(items) => items.iter().map(|item| filled(item, values)).collect(),
        Value::Object(members) => match members.get("$json") {
            Some(inner) => json!(filled(inner, values).to_string()),
            None => Value::Object(
                members.iter().map(|(key, value)| (key.clone(), filled(value, values))).collect(),
            ),
        },
        other => other.clone(),
    }
}

/// Replaces placeholders in the text of the JSON, as most programs do.
fn careless(tree: &Value, values: &[String; 4]) -> String {
    let text = tree.to_string();
    ["a", "b", "c", "d"]
        .iter()
        .zip(values)
        .fold(text, |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}

#[test]
fn structured_values_come_back_from_another_parser() {
    const VALUES: usize = 50;
    let mut dice = Dice(7);
    let (mut seen, mut wrong) = (0, 0);
    for _ in 0..cases("OTPOST_STRUCTURED", 200, 20_000) {
        let tree = json!({ "t": dice.tree(4) });
        let vars = ["a", "b", "c", "d"];
        let spec = vars
            .iter()
            .fold(spec(), |spec, name| spec.var(*name, VarSpec::message().with_default("-")));
        let spec = spec
            .form("to", "{{to}}")
            .form("text", "{{text}}")
            .form(
                "all",
                ValueSpec::json(json!(vars.map(|name| format!("{{{{{name}}}}}"))).to_string()),
            )
            .form("data", ValueSpec::json(tree.to_string()));
        let gateway =
            HttpGateway::builder(spec.build()).build_with(ScriptedTransport::new()).unwrap();
        for _ in 0..VALUES {
            let values = [dice.text(), dice.text(), dice.text(), dice.text()];
            let filled_message =
                vars.iter().zip(&values).fold(message("x"), |message, (name, value)| {
                    message.with_var(*name, value.as_str())
                });
            let data = field(&body(&gateway, &filled_message), "data").unwrap();
            let read: Value = serde_json::from_str(&data).unwrap();
            assert_eq!(read, filled(&tree, &values), "{tree} {values:?}");
            let read: Option<Value> = serde_json::from_str(&careless(&tree, &values)).ok();
            wrong += usize::from(read != Some(filled(&tree, &values)));
            seen += 1;
        }
    }
    assert!(wrong * 2 > seen, "the careless way fails {wrong} of {seen}");
}
