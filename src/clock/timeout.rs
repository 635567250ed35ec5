use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use super::Timer;

/// Waits for `work` until `limit` is over, and returns `None` then.
///
/// `work` is polled before the timer each time, so a result that is ready at the last moment
/// counts.
pub(crate) async fn timeout<F: Future>(
    timer: &dyn Timer,
    limit: Duration,
    work: F,
) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut clock: Option<Pin<Box<dyn Future<Output = ()> + Send + '_>>> = None;
    poll_fn(|context| {
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        // Start the timer only now: work that is ready at once needs none.
        clock.get_or_insert_with(|| timer.sleep(limit)).as_mut().poll(context).map(|()| None)
    })
    .await
}
