//! The locks of the store by one name, so that a test runs the same code under a scheduler that
//! tries the orders of threads.

#[cfg(all(test, shuttle))]
pub(super) use shuttle::sync::{Mutex, MutexGuard};
#[cfg(not(all(test, shuttle)))]
pub(super) use std::sync::{Mutex, MutexGuard};
