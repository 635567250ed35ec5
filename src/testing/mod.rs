//! Test doubles: a clock that stands still, a transport with scripted responses, and a provider
//! that records messages.
//!
//! Mock gateways and fault servers with real sockets are in
//! [`otpost-testing`](https://docs.rs/otpost-testing).
//!
//! | to test | use |
//! |---|---|
//! | your own code above a provider | [`RecordingProvider`] |
//! | the handling of a response or an error | [`ScriptedTransport`] |
//! | code that depends on time | [`ManualClock`] |
//! | a spec or a client with real bytes on a real socket | `MockGateway` of `otpost-testing` |
//! | the fate of a message when a network or a gateway misbehaves | `FaultServer` of `otpost-testing` |
//! | your own store | `StoreConformance` of `otpost-testing` |

mod clock;
mod provider;
#[cfg(feature = "gateway")]
mod transport;

pub use clock::ManualClock;
pub use provider::RecordingProvider;
#[cfg(feature = "gateway")]
pub use transport::ScriptedTransport;

use std::sync::{Mutex, MutexGuard};

/// Locks a mutex, even if it is poisoned: a test that panicked while it held the lock has failed
/// already, and others may go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
