//! Any answer under the rules of every gateway of the catalogue, and of one that asks for everything: never a panic, and what is
//! called accepted has a status that says so.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use otpost::gateway::{GatewaySpec, HttpGateway, Outcome, Predicate, Rule};
use otpost::testing::ScriptedTransport;
use otpost::transport::Response;

static GATEWAYS: LazyLock<Vec<HttpGateway>> = LazyLock::new(|| {
    let everything = GatewaySpec::builder("everything", "Everything")
        .post("https://acme.example/send")
        .form("to", "{{to}}")
        .form("text", "{{text}}")
        .rule(
            Rule::new(Outcome::Blocked)
                .when_xml("/a/b[2]", Predicate::exists(true))
                .with_code("xml:/a/@c"),
        )
        .rule(Rule::new(Outcome::Regulatory).when_form("id", 1).with_message("form:text"))
        .rule(
            Rule::new(Outcome::Throttled)
                .when_body_regex("^(?P<code>[0-9]{2}):")
                .with_code("group:code"),
        )
        .rule(
            Rule::new(Outcome::Accepted)
                .when_json("/a/0/b", Predicate::between(0, 9))
                .with_message_id("/a/0/id"),
        )
        .build();
    let specs = otpost::gateways::all().chain([everything]);
    let build = |spec: GatewaySpec, value: &str| {
        let names: Vec<_> = spec.vars().map(|(name, _)| name.to_owned()).collect();
        let builder = names.into_iter().fold(HttpGateway::builder(spec), |builder, name| {
            builder.var(&name, if name == "origin" { "https://gw.example" } else { value })
        });
        builder.build_with(ScriptedTransport::new())
    };
    // Some keys have to be Base64.
    let build = |spec: GatewaySpec| build(spec.clone(), "1").or_else(|_| build(spec, "MTIz"));
    specs.map(|spec| build(spec).expect("a gateway")).collect()
});

fuzz_target!(|input: (u16, &str, &[u8])| {
    let (status, header, body) = input;
    let mut answer = Response::new(body.to_vec().into());
    *answer.status_mut() = http::StatusCode::from_u16(100 + status % 900).unwrap();
    if let Ok(value) = http::HeaderValue::from_str(header) {
        answer.headers_mut().insert("x-error", value);
    }
    for gateway in &*GATEWAYS {
        let explanation = gateway.explain(&answer);
        assert!(explanation.outcome() != Outcome::Accepted || answer.status().is_success());
        let _ = explanation.to_string();
    }
});
