#[path = "../../../src/provider/retry/budget.rs"]
pub(super) mod budget;
