use super::{assert_none, files, read, sources};

/// Keep a Changelog, with prose below each heading of a version.
fn changelog_complaints(text: &str, version: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if !text.starts_with("# Changelog\n") {
        complaints.push("it does not begin with `# Changelog`".to_owned());
    }
    let headings: Vec<_> = text.lines().filter(|line| line.starts_with("## ")).collect();
    if headings.first() != Some(&"## [Unreleased]") {
        complaints.push("`## [Unreleased]` does not stand first".to_owned());
    }
    if let Some(latest) = headings.get(1)
        && !latest.starts_with(&format!("## [{version}]"))
    {
        complaints.push(format!("{latest} is not the version of the manifest"));
    }
    for section in text.split("\n## ").skip(1) {
        let mut lines = section.lines().skip(1).filter(|line| !line.trim().is_empty());
        let prose = lines.next().is_some_and(|line| line.starts_with(|c: char| c.is_alphabetic()));
        if !prose {
            complaints
                .push(format!("no prose below {}", section.lines().next().unwrap_or_default()));
        }
        for kind in section.lines().filter_map(|line| line.strip_prefix("### ")) {
            let known = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
            if !known.contains(&kind) {
                complaints.push(format!("unknown kind {kind}"));
            }
        }
    }
    complaints
}

#[test]
fn the_changelog_has_its_shape() {
    assert_none(changelog_complaints(&read("CHANGELOG.md"), env!("CARGO_PKG_VERSION")));
    let bad = "# Changes\n\n## [9.0.0]\n\n- a\n\n### Stuff\n";
    assert_eq!(changelog_complaints(bad, "0.1.0").len(), 4);
}

/// A page begins with a sentence, shows a program, and has its sections in this order.
fn page_complaints(page: &str) -> Vec<String> {
    let page: Vec<_> =
        page.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let at = |heading: &str| page.iter().position(|line| *line == heading);
    let headings = [
        "# Log in by SMS",
        "# Describe a gateway",
        "# Glossary",
        "# Modules",
        "# Security properties",
        "# Features",
    ];
    let mut complaints = Vec::new();
    if !page.first().is_some_and(|line| line.ends_with('.')) {
        complaints.push("it does not begin with a sentence".to_owned());
    }
    let mut last = 0;
    for heading in headings {
        match at(heading) {
            Some(place) if place > last => last = place,
            _ => complaints.push(format!("`{heading}` is missing, or out of order")),
        }
    }
    complaints
}

#[test]
fn the_crate_page_opens_as_it_should() {
    assert_none(page_complaints(&read("src/lib.rs")));
    assert_eq!(page_complaints("//! Sends\n//! # Features\n//! # Glossary\n").len(), 6);
}

#[test]
fn the_readme_has_the_two_commands_and_ci_runs_the_second() {
    let readme = read("README.md");
    assert!(readme.contains("cargo run --example quickstart"));
    assert!(readme.contains("\ntests/run\n"));
    assert!(read(".ci/run").contains("\ntests/run\n"));
}

/// Returns the files whose doc examples `tests/run` would leave out: it skips tests by the names of
/// these modules, and its later steps run no doc examples.
fn skipped_examples(run: &str, sources: &[(String, String)]) -> Vec<String> {
    let skipped: Vec<_> =
        run.split("--skip ").skip(1).filter_map(|it| it.split_once("::")).collect();
    assert!(!skipped.is_empty(), "{run}");
    let is_skipped = |path: &str| {
        skipped.iter().any(|(name, _)| path.split(['/', '.']).any(|folder| folder == *name))
    };
    let of_skipped = sources.iter().filter(|(path, _)| is_skipped(path));
    let with_example =
        of_skipped.filter(|(_, text)| text.contains("/// ```") || text.contains("//! ```"));
    with_example.map(|(path, _)| format!("{path}: `tests/run` skips its doc examples")).collect()
}

#[test]
fn the_steps_of_the_tests_leave_out_no_doc_example() {
    let run = read("tests/run");
    assert_none(skipped_examples(&run, &sources()));
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let bad = file("src/telemetry/span.rs", "/// ```\n/// assert!(true);\n/// ```");
    assert_eq!(skipped_examples(&run, &[bad.clone(), file("src/telemetry.rs", "")]).len(), 1);
    assert!(skipped_examples(&run, &[file("src/clock.rs", &bad.1)]).is_empty());
}

#[test]
fn no_workplace_is_named() {
    let mut texts = files("src", "");
    texts.extend(files("tests", ""));
    texts.extend(files("examples", ""));
    for name in ["README.md", "CHANGELOG.md", "Cargo.toml", ".ci/run"] {
        texts.push((name.to_owned(), read(name)));
    }
    // Put together here, so that this file does not hold them.
    let places = [["/ro", "ot/"], ["/wo", "rk/"], ["/ho", "me/"]].map(|parts| parts.concat());
    let named = texts.iter().filter(|(_, text)| places.iter().any(|place| text.contains(place)));
    assert_none(named.map(|(path, _)| path.clone()).collect());
}
