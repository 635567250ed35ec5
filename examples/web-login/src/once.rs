//! One message for each form, however often the form is posted.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use crate::flow::{Notice, Pending};

/// The time for which a result is kept, in seconds. A code lives for at most ten minutes.
const KEPT: u64 = 600;
/// The maximum number of results.
const MOST: usize = 10_000;

type Cell = Arc<OnceCell<Pending>>;

/// The results of the forms that have sent a message, so that the same form posted again returns
/// the same result.
///
/// People click twice, and a browser that posts again cancels the first request. So two things are
/// needed. The second request waits for the result of the first one and returns it, because the
/// browser has thrown away the first response with its cookie. And the message is sent in a task of
/// its own, because the server drops the handler of a cancelled request, which would leave a
/// message without a page for its code.
///
/// It is in the memory of this process. If several processes serve the page, a repetition can reach
/// another one. The cooldown of otpost then still prevents a second message, but the person sees a
/// waiting time instead of the page for the code. Keep the results in a shared store to avoid that.
#[derive(Clone, Default)]
pub(crate) struct Once(Arc<Mutex<HashMap<String, (u64, Cell)>>>);

impl Once {
    /// Runs `send` unless the form with this key has sent a message before, and returns the result
    /// of the one time that it ran. A failure is not kept, so the form can be posted again.
    pub(crate) async fn run<F>(&self, key: String, now: u64, send: F) -> Result<Pending, Notice>
    where
        F: Future<Output = Result<Pending, Notice>> + Send + 'static,
    {
        let (cell, once) = (self.cell(&key, now), self.clone());
        let task = tokio::spawn(async move {
            let result = cell.get_or_try_init(|| send).await.cloned();
            if result.is_err() {
                once.forget(&key, cell);
            }
            result
        });
        // The task fails only if it panicked or the server stops.
        task.await.unwrap_or(Err(Notice::Unavailable))
    }

    fn cell(&self, key: &str, now: u64) -> Cell {
        let mut cells = self.lock();
        if cells.len() >= MOST {
            cells.retain(|_, (until, _)| now < *until);
        }
        if cells.len() >= MOST && !cells.contains_key(key) {
            // Without a record, a repetition runs into the cooldown.
            return Cell::default();
        }
        let new = || (now.saturating_add(KEPT), Cell::default());
        let (_, cell) = cells.entry(key.to_owned()).or_insert_with(new);
        cell.clone()
    }

    /// Removes the place of a failure. Otherwise, a stranger could fill the records with forms that
    /// send nothing.
    fn forget(&self, key: &str, cell: Cell) {
        let mut cells = self.lock();
        // Under the lock, so that the last of several calls knows that it is the last one. Until
        // then the place stays, because another call may be sending for it.
        drop(cell);
        let is_unused = |cell: &Cell| Arc::strong_count(cell) == 1 && !cell.initialized();
        if cells.get(key).is_some_and(|(_, cell)| is_unused(cell)) {
            cells.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (u64, Cell)>> {
        // Nothing panics while the lock is held, so the map is always consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
