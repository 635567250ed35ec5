//! The JSON Schema of gateway files. It is made from the types of the loader, and an independent
//! validator has to accept by it the files that the loader accepts, and no others.
//!
//! Two differences remain, because no schema can express them: JSON has no other number than 200 for
//! 200.0, and `"299-200"` has the form of a range. The loader refuses both.

pub(crate) mod corpus;
mod descriptions;
mod forms;
mod key_tables;
mod learn;
mod mutations;
mod spot;
mod texts;
mod trace;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use otpost::gateway::GatewaySpec;
use serde_json::{Value, json};

use self::learn::Learner;
use self::mutations::Mutations;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/gateway.schema.json");

/// Returns the schema of the types, and the keys that have no description.
fn made() -> (Value, Vec<String>) {
    let mut learner = Learner::default();
    let schema = learner.file();
    (schema, learner.undescribed)
}

/// The schema as a file. A feature of `serde_json` decides whether it sorts, so this does.
fn text(schema: &Value) -> String {
    format!("{:#}\n", sorted(schema))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        _ => value.clone(),
    }
}

#[test]
fn schema_file_is_that_of_the_types() {
    let made = text(&made().0);
    if std::env::var_os("OTPOST_BLESS").is_some() {
        fs::create_dir_all(Path::new(SCHEMA).parent().unwrap()).unwrap();
        fs::write(SCHEMA, &made).unwrap();
    }
    let committed = fs::read_to_string(SCHEMA).unwrap_or_default();
    let is_same = made == committed;
    assert!(
        is_same,
        "schema/gateway.schema.json is not that of the types: run this test with OTPOST_BLESS=1"
    );
}

#[test]
fn schema_describes_every_key() {
    let (schema, undescribed) = made();
    assert!(undescribed.is_empty(), "add to descriptions.rs: {undescribed:#?}");
    let text = text(&schema);
    let unused = descriptions::described()
        .filter(|label| {
            let text_of = json!(descriptions::description(label)).to_string();
            !text.contains(&text_of)
        })
        .collect::<Vec<_>>();
    assert!(unused.is_empty(), "remove from descriptions.rs: {unused:?}");
}

/// A Python that has jsonschema: the system's, or the one in use.
fn python() -> &'static str {
    let has = |python: &&str| {
        let mut command = Command::new(python);
        let status =
            command.args(["-c", "import jsonschema, tomllib"]).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(has)
        .unwrap_or_else(|| panic!("install jsonschema: tests/run does it"))
}

/// Returns the verdicts of the validator: `None` for a file that it accepts, or the problem.
fn verdicts(schema: &Value, files: &[String]) -> Vec<Option<String>> {
    let mut child = Command::new(python())
        .args(["-c", include_str!("validate.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: String = files.iter().map(|file| format!("{}\n", json!(file))).collect();
    let lines = format!("{schema}\n{lines}");
    // It answers while it reads, so both ends of the pipe are in use.
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<_> = answers
        .lines()
        .map(|line| (line != "true").then(|| line.trim_start_matches("false ").to_owned()))
        .collect();
    assert_eq!(answers.len(), files.len());
    answers
}

/// Returns the files on which the loader and a schema disagree.
fn disagreements(schema: &Value, files: &[String]) -> Vec<String> {
    let verdicts = verdicts(schema, files);
    let pairs = files.iter().zip(verdicts);
    pairs
        .filter_map(|(file, verdict)| {
            let loader = GatewaySpec::from_toml(file).err();
            (loader.is_some() != verdict.is_some())
                .then(|| format!("loader: {loader:?}\nschema: {verdict:?}\n{file}"))
        })
        .collect()
}

/// Writes files for another validator to the folder of `OTPOST_SCHEMA_FILES`: those that the loader
/// accepts to `good`, the others to `bad`.
fn export(name: &str, files: &[String]) {
    let Some(folder) = std::env::var_os("OTPOST_SCHEMA_FILES") else { return };
    // taplo shows a date to a schema as a text, and misses a table of which a second one with dotted
    // keys has the same name (TOML 1.0, "Keys"). Both are no matter of the schema.
    let is_toml = |file: &str| file.parse::<toml::Table>().is_ok();
    let files = files.iter().filter(|file| !corpus::has_date(file) && is_toml(file));
    for (number, file) in files.enumerate() {
        let verdict = if GatewaySpec::from_toml(file).is_ok() { "good" } else { "bad" };
        let folder = Path::new(&folder).join(verdict);
        fs::create_dir_all(&folder).unwrap();
        // A file that names another schema is judged by that one.
        let lines = file.lines().filter(|line| !line.starts_with("#:schema"));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        fs::write(folder.join(format!("{name}-{number:05}.toml")), text).unwrap();
    }
}

#[track_caller]
fn assert_agree(name: &str, schema: &Value, files: &[String]) {
    export(name, files);
    let found = disagreements(schema, files);
    let shown = found.iter().take(10).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(found.is_empty(), "{} of {} disagree:\n\n{shown}", found.len(), files.len());
}

#[test]
fn schema_and_loader_agree_on_good_files() {
    let files = corpus::files();
    assert!(files.len() >= 40, "{}", files.len());
    for file in &files {
        GatewaySpec::from_toml(file).unwrap();
    }
    assert_agree("corpus", &made().0, &files);
}

#[test]
fn schema_and_loader_agree_on_mutated_specs() {
    let count = crate::scale::cases("OTPOST_MUTATIONS", 400, 10_000);
    let (schema, _) = made();
    let files: Vec<_> =
        Mutations::new(&corpus::files(), 16).take(usize::try_from(count).unwrap()).collect();
    let good = files.iter().filter(|file| GatewaySpec::from_toml(file).is_ok()).count();
    assert!(good * 5 > files.len() && good * 5 < files.len() * 4, "{good} of {count} are good");
    assert_agree("mutated", &schema, &files);
}

/// A schema that allows unknown keys, as a schema does that says nothing about them.
fn open(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(open).collect(),
        Value::Object(members) => members
            .iter()
            .filter(|(name, value)| *name != "additionalProperties" || **value != json!(false))
            .map(|(name, value)| (name.clone(), open(value)))
            .collect(),
        _ => schema.clone(),
    }
}

#[test]
fn schemas_with_a_mistake_disagree() {
    let files: Vec<_> = Mutations::new(&corpus::files(), 17).take(400).collect();
    let (schema, _) = made();
    let mut loose = schema.clone();
    loose["definitions"]["VarSpec"] = json!({});
    let mut strict = schema.clone();
    strict["required"] = json!(["spec", "id", "name", "request", "docs"]);
    for (mistake, naive) in [("open", open(&schema)), ("loose", loose), ("strict", strict)] {
        assert!(!disagreements(&naive, &files).is_empty(), "{mistake}");
    }
}

/// The schema is only as good as the files that it was compared on.
#[test]
fn mutated_specs_have_every_key() {
    let files = Mutations::new(&corpus::files(), 18).take(2_000).chain(corpus::files());
    let good = files.filter(|file| GatewaySpec::from_toml(file).is_ok());
    let there: BTreeSet<String> = good.flat_map(|file| corpus::keys(&file)).collect();
    let missing: Vec<_> =
        descriptions::described().filter_map(|label| label.rsplit_once('.')).collect();
    let missing: Vec<_> = missing.iter().filter(|(_, key)| !there.contains(*key)).collect();
    assert!(missing.is_empty(), "add to specs/every_key.toml: {missing:?}");
}
