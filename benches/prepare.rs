//! Converts a message into the bytes of its request, without a network. The goal is 1 µs for a form.

#![expect(clippy::expect_used, reason = "a benchmark without its setup has nothing to measure")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
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
}

criterion_group!(benches, prepare);
criterion_main!(benches);
