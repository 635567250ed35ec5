//! Import cycles between files. A name is followed through re-exports to the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use super::{assert_none, files};

type Module = Vec<String>;

/// A builder and its product refer to each other. Nothing else may.
const BUILDERS: [(&str, &str); 2] =
    [("gateway/builder", "gateway/http_gateway"), ("gateway/spec", "gateway/spec/builder")];

struct Sources {
    texts: BTreeMap<Module, String>,
    definitions: BTreeMap<Module, BTreeSet<String>>,
    /// The names that a file re-exports, with the paths they come from.
    exports: BTreeMap<Module, BTreeMap<String, (Module, Vec<String>)>>,
}

fn module(path: &str) -> Module {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Module = path.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| ["mod", "lib"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// The code without comments and without unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The statements `use …;` with the words before them, as (is re-export, paths).
fn uses(text: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    for statement in text.split(';') {
        let Some(at) = statement.rfind("use ") else { continue };
        let before = statement[..at].rsplit('\n').next().unwrap_or_default().trim();
        let is_start = before.is_empty() || before.starts_with("pub");
        if is_start && !before.contains("//") {
            found.push((!before.is_empty(), expand(&statement[at + 4..])));
        }
    }
    found
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<String> {
    let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((before, inner)) = tree.split_once('{') else { return vec![tree] };
    let inner = inner.trim_end().trim_end_matches('}');
    let (mut depth, mut start, mut branches) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                branches.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&inner[start..]);
    let branches = branches.into_iter().map(str::trim).filter(|branch| !branch.is_empty());
    branches.flat_map(|branch| expand(&format!("{}{branch}", before.trim()))).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

impl Sources {
    fn new(files: &[(String, String)]) -> Self {
        let texts: BTreeMap<_, _> =
            files.iter().map(|(path, text)| (module(path), code(text))).collect();
        let mut sources = Self { texts, definitions: BTreeMap::new(), exports: BTreeMap::new() };
        for (module, text) in &sources.texts {
            let kinds = ["struct", "enum", "trait", "type", "fn", "const", "static", "union"];
            let names = text.lines().flat_map(|line| {
                let words: Vec<_> = words(line).collect();
                let pairs = words.windows(2).filter(|pair| kinds.contains(&pair[0]));
                pairs.map(|pair| pair[1].to_owned()).collect::<Vec<_>>()
            });
            sources.definitions.insert(module.clone(), names.collect());
        }
        for (module, text) in &sources.texts {
            let mut names = BTreeMap::new();
            for path in uses(text).into_iter().filter(|(is_pub, _)| *is_pub).flat_map(|u| u.1) {
                if let Some((base, rest)) = sources.resolve(module, &path) {
                    let name = path.rsplit([':', ' ']).next().unwrap_or_default().to_owned();
                    names.insert(name, (base, rest));
                }
            }
            sources.exports.insert(module.clone(), names);
        }
        sources
    }

    /// The module in which a path begins, and the rest of the path; `None` for other crates.
    fn resolve(&self, from: &Module, path: &str) -> Option<(Module, Vec<String>)> {
        let path = path.split(" as ").next()?;
        let parts: Vec<String> = path.split("::").map(|part| part.trim().to_owned()).collect();
        match parts.first()?.as_str() {
            "crate" => Some((Vec::new(), parts[1..].to_vec())),
            "self" => Some((from.clone(), parts[1..].to_vec())),
            "super" => {
                let ups = parts.iter().take_while(|part| *part == "super").count();
                let base = from[..from.len().saturating_sub(ups)].to_vec();
                Some((base, parts[ups..].to_vec()))
            }
            first => {
                let mut child = from.clone();
                child.push(first.to_owned());
                self.texts.contains_key(&child).then(|| (from.clone(), parts))
            }
        }
    }

    /// The file that defines what a path names.
    fn target(&self, base: &Module, rest: &[String], depth: usize) -> Module {
        let mut current = base.clone();
        for part in rest {
            let mut child = current.clone();
            child.push(part.clone());
            if self.texts.contains_key(&child) {
                current = child;
                continue;
            }
            if self.definitions.get(&current).is_some_and(|names| names.contains(part)) {
                return current;
            }
            let export = self.exports.get(&current).and_then(|names| names.get(part));
            if let Some((base, rest)) = export.filter(|_| depth < 8) {
                return self.target(base, rest, depth + 1);
            }
            return current;
        }
        current
    }

    fn imports(&self, module: &Module) -> BTreeSet<Module> {
        let text = &self.texts[module];
        let mut found = BTreeSet::new();
        for path in uses(text).into_iter().filter(|(is_pub, _)| !is_pub).flat_map(|u| u.1) {
            if let Some((base, rest)) = self.resolve(module, &path) {
                found.insert(self.target(&base, &rest, 0));
            }
        }
        // Names that the file re-exports and uses itself.
        let body: String = text.split(';').filter(|s| !s.contains("use ")).collect();
        let used: BTreeSet<_> = words(&body).collect();
        for (name, (base, rest)) in &self.exports[module] {
            if used.contains(name.as_str()) {
                found.insert(self.target(base, rest, 0));
            }
        }
        found.remove(module);
        found.retain(|module| self.texts.contains_key(module));
        found
    }

    /// Pairs of files each of which can be reached from the other one.
    fn cycles(&self) -> Vec<String> {
        let edges: BTreeMap<_, _> = self.texts.keys().map(|m| (m, self.imports(m))).collect();
        let reach = |from: &Module| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![from.clone()]);
            while let Some(module) = open.pop() {
                for next in &edges[&module] {
                    if !is_builder(&module, next) && seen.insert(next.clone()) {
                        open.push(next.clone());
                    }
                }
            }
            seen
        };
        let reached: BTreeMap<_, _> = self.texts.keys().map(|m| (m, reach(m))).collect();
        let mut found = Vec::new();
        for (module, next) in edges.iter().flat_map(|(m, next)| next.iter().map(move |n| (*m, n))) {
            if reached[next].contains(module) && !is_builder(module, next) {
                found.push(format!("{} -> {} -> … -> it", module.join("/"), next.join("/")));
            }
        }
        found
    }
}

fn is_builder(a: &Module, b: &Module) -> bool {
    let (a, b) = (a.join("/"), b.join("/"));
    BUILDERS.iter().any(|(x, y)| (a == *x && b == *y) || (a == *y && b == *x))
}

fn cycles(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<_> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Sources::new(&files).cycles()
}

#[test]
fn imports_have_no_cycles() {
    assert_none(Sources::new(&files("src", ".rs")).cycles());
    for companion in ["cli", "curl", "redis", "sqlx", "testing"] {
        let folder = format!("crates/otpost-{companion}/");
        let mut sources = files(&format!("{folder}src"), ".rs");
        assert!(!sources.is_empty(), "{folder}");
        sources.iter_mut().for_each(|(path, _)| *path = path.replace(&folder, ""));
        assert_none(Sources::new(&sources).cycles());
    }
    let mut page = files("examples/web-login/src", ".rs");
    page.iter_mut().for_each(|(path, _)| *path = path.replace("examples/web-login/", ""));
    assert_none(Sources::new(&page).cycles());
    let direct = [
        ("src/a.rs", "use crate::b::B;\npub struct A;"),
        ("src/b.rs", "use super::a::A;\npub struct B;"),
    ];
    assert_eq!(cycles(&direct).len(), 2);
    // Through a re-export: `b` names a thing of `a` by the door of the folder.
    let hidden = [
        ("src/x/mod.rs", "mod a;\nmod b;\npub use a::A;\npub use b::B;"),
        ("src/x/a.rs", "use super::{A as _, B};\npub struct A;"),
        ("src/x/b.rs", "use crate::x::A;\npub struct B;"),
    ];
    assert_eq!(cycles(&hidden).len(), 2);
    let tree = [
        ("src/a.rs", "use crate::{b::B, c::{self, C}};"),
        ("src/b.rs", "pub struct B;"),
        ("src/c.rs", "pub struct C;\n// use crate::a;"),
    ];
    assert!(cycles(&tree).is_empty());
}
