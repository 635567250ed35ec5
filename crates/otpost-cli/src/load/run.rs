//! The schedule of a run, and the workers that follow it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use otpost::clock::{Timer, TokioTimer};
use otpost::provider::Provider;

use super::measured::Measured;
use super::plan::LoadPlan;
use super::progress::LoadProgress;
use crate::runtime::join_all;

/// A wait ends at the next tick of the runtime's timer, which is a millisecond. This is as late as
/// a worker can be without any load.
const TICK: Duration = Duration::from_millis(2);

/// The state that the workers of a run share.
struct Shared<P> {
    provider: P,
    plan: LoadPlan,
    timer: TokioTimer,
    next: AtomicU64,
    measured: Mutex<Measured>,
    progress: LoadProgress,
}

/// Sends the messages of a plan at the moments at which they are due.
///
/// The schedule does not wait for responses (an open loop). If all connections are busy, the next
/// message is late, and its latency counts from the moment at which it was due. Otherwise a slow
/// gateway would lower the rate and hide its own delays ("coordinated omission").
pub(super) async fn run(
    provider: impl Provider,
    plan: &LoadPlan,
    progress: &LoadProgress,
) -> io::Result<Measured> {
    let measured = Measured::new().map_err(io::Error::other)?;
    let shared = Arc::new(Shared {
        provider,
        plan: plan.clone(),
        timer: TokioTimer::new(),
        next: AtomicU64::new(0),
        measured: Mutex::new(measured),
        progress: progress.clone(),
    });
    join_all((0..plan.connections).map(|_| worker(shared.clone()))).await;
    let shared = Arc::into_inner(shared).ok_or_else(|| io::Error::other("a worker is left"))?;
    let mut measured = shared.measured.into_inner().unwrap_or_else(PoisonError::into_inner);
    measured.elapsed = shared.timer.elapsed();
    measured.missed = plan.messages().saturating_sub(measured.sent());
    Ok(measured)
}

/// Sends one message after the other, until none is left or the time of the run is over.
async fn worker<P: Provider>(shared: Arc<Shared<P>>) {
    loop {
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let now = shared.timer.elapsed();
        if number >= shared.plan.messages() || now >= shared.plan.time {
            return;
        }
        let due = shared.plan.due(number);
        let mut begin = due;
        if let Some(wait) = due.checked_sub(now).filter(|wait| !wait.is_zero()) {
            shared.timer.sleep(wait).await;
            // The lateness of the timer is not the gateway's. A longer one comes from the load.
            let woken = shared.timer.elapsed();
            if woken.saturating_sub(due) <= TICK {
                begin = woken;
            }
        }
        let Some(message) = shared.plan.message(number) else { return };
        let sent = shared.provider.send(&message).await;
        let latency = shared.timer.elapsed().saturating_sub(begin);
        shared.measured.lock().unwrap_or_else(PoisonError::into_inner).record(&sent, latency);
        shared.progress.step();
    }
}
