//! Any `Retry-After`: never a panic, and never a wait above a day.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::transport::Response;
use otpost::{Message, PhoneNumber, Provider, gateways};

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().unwrap());

fuzz_target!(|input: (u32, &[u8])| {
    let (now, value) = input;
    let Ok(value) = http::HeaderValue::from_bytes(value) else { return };
    let mut answer = Response::default();
    *answer.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
    answer.headers_mut().insert("retry-after", value);
    let transport = ScriptedTransport::new().respond(answer);
    let clock = ManualClock::at(u64::from(now));
    let gateway = gateways::clickatell("key").clock(clock).build_with(transport).unwrap();
    let message = Message::new(PhoneNumber::parse("+41791234567").unwrap(), "x").unwrap();
    let error = RUNTIME.block_on(gateway.send(&message)).unwrap_err();
    assert!(error.retry_after().is_none_or(|wait| wait <= Duration::from_secs(86_400)));
});
