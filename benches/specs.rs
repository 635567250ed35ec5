//! Parses and compiles every spec of the catalogue, and creates its gateway. The goals are, for each
//! gateway, 60 µs to parse its spec, 40 µs to compile it, and 150 µs to create the gateway, without
//! its HTTP client.
//!
//! A program parses a spec without its comments and examples, so this text has the goal. The whole
//! file, with its examples, is parsed by those who play or check them. It takes up to 85 µs, of which
//! the TOML parser takes 64 µs.
//!
//! Each figure is the minimum of many rounds, so that other work on the machine changes it little. A
//! criterion benchmark would show one figure for all specs together.

#![expect(clippy::expect_used, reason = "a benchmark without its setup has nothing to measure")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use otpost::HttpGateway;
use otpost::gateway::{GatewaySpec, HttpGatewayBuilder, VarSpec};
use otpost::gateways;
use otpost::testing::ScriptedTransport;
use toml::de::DeTable;

const CATALOGUE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/gateways");
const PARSE_GOAL: f64 = 60.0;
const COMPILE_GOAL: f64 = 40.0;
const CREATE_GOAL: f64 = 150.0;
const ROUNDS: usize = 300;
const CALLS: u32 = 10;

/// The times of one spec, in microseconds.
struct SpecTimes {
    /// The TOML parser alone for the whole file, below which parsing cannot be.
    toml: f64,
    /// Parsing the whole file.
    whole: f64,
    /// Parsing the text that a program contains, without comments and examples.
    parse: f64,
    compile: f64,
    /// Compiling, and running the examples against the rules.
    check: f64,
    /// Parsing the spec without its examples, setting the variables and compiling, as constructors
    /// do.
    create: f64,
}

fn main() {
    let mut all = Vec::new();
    println!(
        "{:18} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "µs", "bytes", "TOML", "whole", "parse", "compile", "check", "create"
    );
    for spec in gateways::all() {
        let text = fs::read_to_string(format!("{CATALOGUE}/{}.toml", spec.id())).expect("a file");
        // Without examples.
        let bare = GatewaySpec::builtin(spec.id()).expect("a spec");
        let times = SpecTimes {
            toml: best(|| DeTable::parse(black_box(&text)).is_ok()),
            whole: best(|| GatewaySpec::from_toml(black_box(&text)).is_ok()),
            parse: best(|| GatewaySpec::builtin(black_box(spec.id())).is_ok()),
            compile: best(|| black_box(&bare).check().is_ok()),
            check: best(|| black_box(&spec).check().is_ok()),
            create: create(&spec),
        };
        row(spec.id(), &text.len().to_string(), &times);
        all.push(times);
    }
    let median = summary(&all, |sorted| sorted.get(sorted.len() / 2).copied().unwrap_or_default());
    row("median", "", &median);
    let maximum = summary(&all, |sorted| sorted.last().copied().unwrap_or_default());
    row("maximum", "", &maximum);
    for (what, time, goal) in [
        ("parse, maximum", maximum.parse, PARSE_GOAL),
        ("compile, maximum", maximum.compile, COMPILE_GOAL),
        ("create, maximum", maximum.create, CREATE_GOAL),
    ] {
        let verdict = if time <= goal { "reached" } else { "missed" };
        println!("{what}: {time:.1} µs, the goal of {goal} µs is {verdict}");
    }
}

fn row(name: &str, bytes: &str, times: &SpecTimes) {
    let SpecTimes { toml, whole, parse, compile, check, create } = times;
    println!(
        "{name:18} {bytes:>6} {toml:9.1} {whole:9.1} {parse:9.1} {compile:9.1} {check:9.1} \
         {create:9.1}"
    );
}

/// Returns the least time to create a gateway by its name. The transport is ready, because an HTTP
/// client reads the certificates of the operating system.
fn create(spec: &GatewaySpec) -> f64 {
    let values = values(spec);
    let transport = ScriptedTransport::new();
    let create = |origin: Option<&str>| {
        let spec = GatewaySpec::builtin(black_box(spec.id())).expect("a spec");
        let set = |builder: HttpGatewayBuilder, (name, value): &(String, &str)| {
            builder.var(name.as_str(), *value)
        };
        let builder = values.iter().fold(HttpGateway::builder(spec), set);
        let builder = match origin {
            Some(origin) => builder.origin(origin).token_origin(origin),
            None => builder,
        };
        builder.build_with(transport.clone()).is_ok()
    };
    // Some variables are hosts with a form of their own.
    let origin = if create(None) { None } else { Some("https://sms.example") };
    best(|| create(origin))
}

/// Returns values of the required variables.
fn values(spec: &GatewaySpec) -> Vec<(String, &'static str)> {
    let is_required = |var: &VarSpec| !var.is_optional() && var.default_value().is_none();
    let vars = spec.vars().filter(|(_, var)| is_required(var) && !var.is_message());
    let value = |name: &str| match name {
        "origin" => "https://sms.example",
        name if name.ends_with("_url") => "https://app.example/reports",
        name if name.ends_with("_key") || name.ends_with("secret") => "a2V5IG9mIHRlc3Rz",
        _ => "12345678",
    };
    vars.map(|(name, _)| (name.to_owned(), value(name))).collect()
}

/// Returns the least time of a call, in microseconds.
fn best(call: impl Fn() -> bool) -> f64 {
    let round = || {
        let start = Instant::now();
        let is_ok = (0..CALLS).all(|_| black_box(call()));
        assert!(is_ok, "every spec of the catalogue is valid");
        start.elapsed()
    };
    let least = (0..ROUNDS).map(|_| round()).min().unwrap_or(Duration::MAX);
    least.as_secs_f64() * 1e6 / f64::from(CALLS)
}

/// Reduces the sorted times of all specs to one.
fn summary(all: &[SpecTimes], reduce: impl Fn(&[f64]) -> f64) -> SpecTimes {
    let of = |time: fn(&SpecTimes) -> f64| {
        let mut times: Vec<f64> = all.iter().map(time).collect();
        times.sort_by(f64::total_cmp);
        reduce(&times)
    };
    SpecTimes {
        toml: of(|times| times.toml),
        whole: of(|times| times.whole),
        parse: of(|times| times.parse),
        compile: of(|times| times.compile),
        check: of(|times| times.check),
        create: of(|times| times.create),
    }
}
