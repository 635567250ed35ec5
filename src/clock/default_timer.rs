use std::sync::Arc;

use super::{Timer, TokioTimer};

/// Returns the timer of the runtime that this build knows.
pub(crate) fn default_timer() -> Option<Arc<dyn Timer>> {
    Some(Arc::new(TokioTimer::new()))
}
