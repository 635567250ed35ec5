#[path = "../../../src/provider/circuit/breaker.rs"]
pub(super) mod breaker;
