//! Any text as a curl command: each spec that is imported can be written, read and compiled.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otpost::gateway::GatewaySpec;
use otpost::message::SenderId;
use otpost::{Code, PhoneNumber};
use otpost_curl::Sample;

fuzz_target!(|command: &str| {
    let sample = Sample::new(PhoneNumber::parse("+12025550123").unwrap(), "123456 is your code")
        .with_code(Code::parse("123456").unwrap())
        .with_sender(SenderId::parse("Acme").unwrap());
    match otpost_curl::import(command, &sample) {
        Ok(import) => {
            let spec = import.spec();
            let toml = spec.to_toml().unwrap();
            assert_eq!(GatewaySpec::from_toml(&toml).as_ref(), Ok(spec), "{toml}");
            spec.check().unwrap();
            assert!(!import.to_string().is_empty());
        }
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
});
