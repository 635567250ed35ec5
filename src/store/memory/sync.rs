//! The locks of the store by one name, so that a test runs the same code under a scheduler that tries the orders of threads.

#[cfg(test)]
pub(super) use shuttle::sync::{Mutex, MutexGuard};
#[cfg(not(test))]
pub(super) use std::sync::{Mutex, MutexGuard};
