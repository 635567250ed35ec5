#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[expect(clippy::arithmetic_side_effects, reason = "spans of seconds, and their halves")]
mod conformance;
mod fault;
mod mock;
#[cfg(feature = "sandbox")]
mod sandbox;

pub use conformance::{OutboxConformance, ReportConformance, StoreConformance, Violation};
pub use fault::{Fault, FaultClass, FaultProtocol, FaultServer, Script};
#[cfg(feature = "tls")]
pub use fault::{TestAuthority, TestCertificate};
pub use mock::{MockAnswer, MockGateway, MockReports, RecordedRequest, ReportFault, SentReport};
#[cfg(feature = "sandbox")]
pub use sandbox::{
    SandboxAnswer, SandboxClient, SandboxError, SandboxFault, SandboxMessage, SandboxReport,
};

use std::sync::{Mutex, MutexGuard};

/// Locks a mutex, even if it is poisoned: a test that panicked while it held the lock has failed
/// already, and others may go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
