//! The locks and atomics of the wrappers, by one name, so that a test can run the same files under a model checker.

pub(super) use std::sync::{Mutex, MutexGuard, atomic};
