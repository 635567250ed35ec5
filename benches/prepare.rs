//! Converts a message into the bytes of its request, without a network, and reads and compiles
//! specs. The goals are 1 µs for a form, 60 µs to parse a spec and 40 µs to compile it.

#![expect(clippy::expect_used, reason = "a benchmark without its setup has nothing to measure")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use otpost::gateway::GatewaySpec;
use otpost::testing::ScriptedTransport;
use otpost::{Code, HttpGateway, Message, PhoneNumber, gateways};

fn prepare(criterion: &mut Criterion) {
    let to = PhoneNumber::parse("+41791234567").expect("a number");
    let code = Code::parse("012345").expect("a code");
    let message = Message::new(to, "012345 is your Acme code. It is valid for 5 minutes.")
        .expect("a message")
        .with_code(code);
    let none = ScriptedTransport::new();
    let build = |builder: otpost::gateway::HttpGatewayBuilder| -> HttpGateway {
        builder.build_with(none.clone()).expect("a gateway")
    };
    let gateways = [
        ("form", build(gateways::link_mobility("acme", "hunter2"))),
        ("json", build(gateways::clickatell("hunter2").var("sender", "Acme"))),
        ("text and headers", build(gateways::kannel("http://127.0.0.1:13013", "acme", "hunter2"))),
        ("query", build(gateways::smseagle_v1("https://127.0.0.1", "hunter2"))),
    ];
    let mut group = criterion.benchmark_group("prepare");
    for (name, gateway) in &gateways {
        group.bench_function(*name, |b| b.iter(|| gateway.prepare(black_box(&message))));
    }
    group.finish();

    // The hand-written form is the lower limit.
    let text = message.text().expose().to_owned();
    criterion.bench_function("form by hand", |b| {
        b.iter(|| {
            form_urlencoded::Serializer::new(String::with_capacity(256))
                .append_pair("messageText", black_box(&text))
                .append_pair("destinationAddress", "41791234567")
                .append_pair("username", "acme")
                .append_pair("password", "hunter2")
                .finish()
        });
    });
    // The mean over the catalogue, whose files have 3 kB on average.
    let specs: Vec<GatewaySpec> = gateways::all().collect();
    let mut group = criterion.benchmark_group("all specs of the catalogue");
    group.throughput(Throughput::Elements(specs.len().try_into().expect("few")));
    group.bench_function("parse", |b| {
        b.iter(|| gateways::all().count());
    });
    // Applications compile a spec when they start. That also runs its examples against its rules.
    let bare: Vec<GatewaySpec> = specs.iter().map(without_examples).collect();
    group.bench_function("compile", |b| b.iter(|| bare.iter().all(|spec| spec.check().is_ok())));
    group.bench_function("compile and run the examples", |b| {
        b.iter(|| specs.iter().all(|spec| spec.check().is_ok()));
    });
    group.finish();
}

/// Returns the spec without its examples, which are the last part of each file.
fn without_examples(spec: &GatewaySpec) -> GatewaySpec {
    let text = spec.to_toml().expect("TOML");
    let (rest, examples) = text.split_once("\n[[example]]").expect("every spec has an example");
    assert!(!examples.contains("[[response]]"), "only examples follow");
    GatewaySpec::from_toml(rest).expect("a spec")
}

criterion_group!(benches, prepare);
criterion_main!(benches);
