//! Any text as a spec: an error or a gateway, whose dry run is masked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otpost::gateway::{GatewaySpec, HttpGateway};
use otpost::testing::ScriptedTransport;
use otpost::{Message, PhoneNumber};

fuzz_target!(|text: &str| {
    let Ok(spec) = GatewaySpec::from_toml(text) else { return };
    let _ = spec.check();
    let mut builder = HttpGateway::builder(spec.clone());
    for (name, _) in spec.vars() {
        builder = builder.var(name, "https://needle-4711.example");
    }
    let Ok(gateway) = builder.build_with(ScriptedTransport::new()) else { return };
    let to = PhoneNumber::parse("+41791234567").unwrap();
    let message = Message::new(to, "needle-0815 & \"'<>").unwrap();
    if let Ok(prepared) = gateway.prepare(&message) {
        assert!(!prepared.to_string().contains("needle-0815"), "{prepared}");
    }
});
