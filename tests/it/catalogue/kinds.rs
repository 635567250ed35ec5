//! The required contents of each file of the catalogue.

use otpost::gateway::{Evidence, GatewaySpec, Outcome};
use otpost::gateways;

use super::constructors::{files, read};

/// The refusals of which a file has an example, unless `[about]` says that they are not documented.
const REFUSALS: [Outcome; 5] = [
    Outcome::Content,
    Outcome::InvalidRecipient,
    Outcome::NoCredit,
    Outcome::Throttled,
    Outcome::Unauthorized,
];

#[test]
fn every_spec_is_read_and_passes_its_own_checks() {
    assert!(gateways::names().eq(files()), "the table has all files, in order");
    for spec in gateways::all() {
        spec.check().unwrap_or_else(|error| panic!("{}: {error}", spec.id()));
        assert!(!spec.docs().is_empty(), "{} names its sources", spec.id());
        // Without its examples, it is the same spec.
        let short = GatewaySpec::builtin(spec.id()).unwrap();
        assert!(short.examples().is_empty(), "{}", spec.id());
        assert_eq!(gateways::with_examples(spec.id()).unwrap(), spec);
        let parts = |spec: &GatewaySpec| -> toml::Table {
            toml::from_str(&spec.to_toml().unwrap()).unwrap()
        };
        let mut whole = parts(&spec);
        whole.remove("example").unwrap();
        if let Some(reports) = whole.get_mut("reports") {
            reports.as_table_mut().unwrap().remove("example");
        }
        assert_eq!(parts(&short), whole, "{}", spec.id());
    }
    assert_eq!(gateways::all().count(), files().len());
    let unknown = GatewaySpec::builtin("nobody").unwrap_err();
    assert!(unknown.hint().contains("kannel"), "{unknown}");
}

#[test]
fn every_file_has_the_required_examples() {
    let mut complaints = Vec::new();
    for name in files() {
        let (text, spec) = read(&name);
        complaints.extend(missing(&spec).into_iter().map(|what| format!("{name}: {what}")));
        complaints.extend(misplaced(&text).map(|what| format!("{name}: {what}")));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The guide says that its file could be a pull request.
#[test]
fn guide_file_has_the_required_examples() {
    let page = include_str!("../../../src/guide/adding_a_gateway.md");
    let (_, file) = page.split_once("```toml\n").unwrap();
    let (file, _) = file.split_once("```").unwrap();
    let spec = GatewaySpec::from_toml(file).unwrap();
    spec.check().unwrap();
    assert_eq!(missing(&spec), Vec::<String>::new());
    assert_eq!(misplaced(file), None);
    let (short, _) = file.split_once("[[example]]").unwrap();
    assert!(!missing(&GatewaySpec::from_toml(short).unwrap()).is_empty());
}

/// The rule finds what is missing.
#[test]
fn a_file_without_required_examples_is_found() {
    let (text, spec) = read("vonage");
    assert_eq!(missing(&spec), Vec::<String>::new());
    let (head, _) = text.split_once("[[example]]").unwrap();
    let (head, _) = head.split_once("[about]").unwrap();
    let bare = GatewaySpec::from_toml(head).unwrap();
    let found = missing(&bare);
    assert!(found.len() >= 5 && found.contains(&"no example of accepted".to_owned()), "{found:?}");
    let all_at_once = format!("{head}\n[about]\nfacts = \"2026-11\"\n");
    let late = format!("{text}\n[about]\nfacts = \"2026-11\"\n");
    assert_eq!(misplaced(&all_at_once), None);
    assert!(misplaced(&late).is_some(), "examples are at the end");
}

fn missing(spec: &GatewaySpec) -> Vec<String> {
    let mut missing = Vec::new();
    let has = |outcome| spec.examples().iter().any(|example| example.expected() == outcome);
    if !has(Outcome::Accepted) {
        missing.push("no example of accepted".to_owned());
    }
    for refusal in REFUSALS {
        let is_undocumented = spec.about().undocumented().any(|other| other == refusal);
        match (has(refusal), is_undocumented) {
            (false, false) => missing.push(format!("no example of {refusal}")),
            (true, true) => missing.push(format!("{refusal} is documented after all")),
            _ => {}
        }
    }
    let unknown = |is: fn(&str) -> bool| {
        spec.examples().iter().any(|example| {
            is(example.response().body().trim()) && example.expected() != Outcome::Throttled
        })
    };
    if !unknown(str::is_empty) {
        missing.push("no example of an empty body".to_owned());
    }
    if !unknown(|body| body.starts_with('<') && body.contains("html")) {
        missing.push("no example of garbage, such as the HTML of a proxy".to_owned());
    }
    if spec.about().facts().is_none() {
        missing.push("no date of the facts in [about]".to_owned());
    }
    let evidence: Vec<_> = spec.about().evidence().collect();
    if evidence.is_empty() {
        missing.push("no evidence in [about]".to_owned());
    }
    if evidence == [Evidence::ThirdParty] && !spec.docs().contains("(unverified)") {
        missing.push("no (unverified) in docs, though all facts are from third parties".to_owned());
    }
    missing
}

/// Examples are at the end of a file: programs contain what is before them.
fn misplaced(text: &str) -> Option<&'static str> {
    let is_example = |line: &str| {
        let name = line.trim_start_matches('[');
        name.len() < line.len()
            && ["example]", "example.", "reports.example]", "reports.example."]
                .iter()
                .any(|start| name.starts_with(start))
    };
    let first = text.lines().position(is_example)?;
    // A line of a JSON body is no section.
    let is_section = |line: &str| line.starts_with('[') && !line.contains(['{', '"']);
    let other = |line: &str| is_section(line) && !is_example(line);
    text.lines().skip(first).any(other).then_some("another section follows the examples")
}
