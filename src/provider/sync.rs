//! The locks and atomics of the wrappers, imported from one place, so that a test can run the same
//! files under a model checker.

pub(super) use std::sync::{Mutex, MutexGuard, atomic};
