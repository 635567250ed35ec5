use super::sync;

#[path = "../../../src/provider/throttle/permits.rs"]
pub(super) mod permits;
