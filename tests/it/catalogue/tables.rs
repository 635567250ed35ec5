//! The tables of the guide page "Choosing a gateway" are generated from the files: this test does
//! it, and compares.

use std::fmt::Write;

use otpost::gateway::{Evidence, GatewayKind, GatewaySpec, ReportAuth};

use super::constructors::{assert_generated, files, function, read};

/// The longest text of `[about]` that fits a cell.
const MAX_CELL: usize = 48;

#[test]
fn choosing_page_has_tables_of_all_gateways() {
    assert_generated("tables.md", &tables());
}

#[test]
fn cells_of_the_tables_are_short() {
    for name in files() {
        let (_, spec) = read(&name);
        let about = spec.about();
        for text in [about.sender(), about.reports(), about.price()].into_iter().flatten() {
            assert!(text.chars().count() <= MAX_CELL, "{name}: shorten {text:?} in [about]");
            assert!(!text.contains('|'), "{name}: {text:?} would end the cell");
        }
    }
}

/// A group of gateways, under its own heading.
struct Group {
    heading: &'static str,
    intro: &'static str,
    has_countries: bool,
    contains: fn(&GatewaySpec) -> bool,
}

const GROUPS: [Group; 4] = [
    Group {
        heading: "Services for many countries",
        intro: "An empty cell in the second column means that the countries are unknown.",
        has_countries: true,
        contains: |spec| is_service(spec) && !is_national(spec),
    },
    Group {
        heading: "National and regional services",
        intro: "The countries are those that the vendor is known to serve. Many of them reach others, too.",
        has_countries: true,
        contains: |spec| is_service(spec) && is_national(spec),
    },
    Group {
        heading: "Your own devices",
        intro: "SMS gateways, routers, modems and phones with a SIM card. The sender is its number.",
        has_countries: false,
        contains: |spec| spec.about().kind() == GatewayKind::Device,
    },
    Group {
        heading: "Your own servers",
        intro: "Software that you operate, with a modem, a phone or the contract with a carrier.",
        has_countries: false,
        contains: |spec| spec.about().kind() == GatewayKind::Server,
    },
];

fn is_service(spec: &GatewaySpec) -> bool {
    spec.about().kind() == GatewayKind::Service
}

fn is_national(spec: &GatewaySpec) -> bool {
    spec.about().countries().next().is_some_and(|code| code != "*")
}

fn tables() -> String {
    let specs: Vec<_> = files().into_iter().map(|name| (read(&name).1, name)).collect();
    let mut text = String::new();
    let mut count = 0;
    for group in &GROUPS {
        let mut rows: Vec<_> = specs.iter().filter(|(spec, _)| (group.contains)(spec)).collect();
        // A reader looks for a country, if there is one in the table, and then for a name.
        rows.sort_by_key(|(spec, name)| {
            let countries = if group.has_countries { countries(spec) } else { String::new() };
            (countries.is_empty(), countries, name.as_str())
        });
        count += rows.len();
        let countries = if group.has_countries { " countries |" } else { "" };
        let line = if group.has_countries { "---|" } else { "" };
        write!(
            text,
            "## {}\n\n{}\n\n\
             | gateway |{countries} sender | reports | read | repeat | credit | erase | price | sources |\n\
             |---|{line}---|---|---|---|---|---|---|---|\n",
            group.heading, group.intro
        )
        .unwrap();
        for (spec, name) in rows {
            text.push_str(&row(spec, name, group.has_countries));
        }
        text.push('\n');
    }
    assert_eq!(count, specs.len(), "each gateway is in one group");
    let months: Vec<_> = specs.iter().filter_map(|(spec, _)| spec.about().facts()).collect();
    let (first, last) = (months.iter().min().unwrap(), months.iter().max().unwrap());
    let months = if first == last { format!("in {first}") } else { format!("{first} to {last}") };
    writeln!(text, "The facts of these tables were checked {months}.").unwrap();
    text
}

fn countries(spec: &GatewaySpec) -> String {
    let countries: Vec<_> = spec.about().countries().collect();
    match countries.join(" ") {
        all if all == "*" => "all".to_owned(),
        some => some,
    }
}

fn row(spec: &GatewaySpec, name: &str, has_countries: bool) -> String {
    let about = spec.about();
    let yes = |has: bool| if has { "yes" } else { "" };
    let label = spec.name().replace(['[', ']', '|'], " ");
    let mut cells = vec![format!("[{label}](crate::gateways::{})", function(name))];
    if has_countries {
        cells.push(countries(spec));
    }
    let is_read = match spec.reports().map(|reports| reports.auth()) {
        None => "",
        Some(ReportAuth::None) => "yes",
        Some(_) => "verified",
    };
    let sources: Vec<_> = about.evidence().map(source).collect();
    cells.extend([
        about.sender().unwrap_or_default().to_owned(),
        about.reports().unwrap_or_default().to_owned(),
        is_read.to_owned(),
        yes(spec.has_idempotency()).to_owned(),
        yes(spec.has_account()).to_owned(),
        yes(spec.has_erase()).to_owned(),
        about.price().unwrap_or_default().to_owned(),
        sources.join(", "),
    ]);
    format!("| {} |\n", cells.join(" | "))
}

fn source(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Documents => "documents",
        Evidence::Openapi => "OpenAPI",
        Evidence::Sdk => "SDK",
        Evidence::Server => "server",
        Evidence::ThirdParty => "third party",
        other => panic!("no word for {other}"),
    }
}
