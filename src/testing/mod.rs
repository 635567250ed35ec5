//! Doubles for tests: a clock that stands still, a transport that answers from a script, a provider
//! that remembers, and gateways that run in the test's own process, well-behaved or not. Nothing
//! else in the crate uses them.
//!
//! | you test | use |
//! |---|---|
//! | your own code, above a provider | [`RecordingProvider`] |
//! | what you do with an answer or a fault | [`ScriptedTransport`] |
//! | a spec, or a client, with real bytes on a real socket | [`MockGateway`] |
//! | what becomes of a message when a network or a gateway misbehaves | [`FaultServer`], [`Fault`] |
//! | what depends on time | [`ManualClock`] |
//! | a store of your own | `StoreConformance`, with feature `challenge` |

mod clock;
mod provider;
mod transport;

pub use clock::ManualClock;
pub use provider::RecordingProvider;
pub use transport::ScriptedTransport;

use std::sync::{Mutex, MutexGuard};

/// A test that panicked while it held the lock has failed already; the others may go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
