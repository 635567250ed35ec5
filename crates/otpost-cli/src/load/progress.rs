use std::fmt::Write;
use std::io::Write as _;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::plan::LoadPlan;

/// The progress of a run on standard error. The bar is drawn only on a terminal.
#[derive(Clone)]
pub(super) struct LoadProgress(ProgressBar);

impl LoadProgress {
    /// Prints the plan, and begins to draw.
    pub(super) fn start(plan: &LoadPlan, origin: &str) -> Self {
        // Standard error can be closed. The messages are sent all the same.
        let _ = writeln!(
            std::io::stderr(),
            "sending {} messages to {origin}: {} per second, at most {} at the same time",
            plan.messages(),
            plan.rate,
            plan.connections
        );
        let bar = ProgressBar::new(plan.messages());
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {rate} {eta}") {
            bar.set_style(style.with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
                // A text in memory takes everything.
                let _ = write!(text, "{:.0} per second", state.per_sec());
            }));
        }
        Self(bar)
    }

    /// Counts a message.
    pub(super) fn step(&self) {
        self.0.inc(1);
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
