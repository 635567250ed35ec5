use std::sync::Arc;

use super::Timer;

/// Returns `None`: without the feature `reqwest` this build knows no runtime, and the application
/// brings its timer.
pub(crate) fn default_timer() -> Option<Arc<dyn Timer>> {
    None
}
