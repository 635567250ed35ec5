//! The runtime of the commands that use the network.

use std::io;

/// Runs a future to its end on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}

/// Runs futures at the same time, and waits for all of them.
#[cfg(feature = "send")]
pub(crate) async fn join_all<F>(futures: impl IntoIterator<Item = F>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut tasks: tokio::task::JoinSet<()> = futures.into_iter().collect();
    while tasks.join_next().await.is_some() {}
}
