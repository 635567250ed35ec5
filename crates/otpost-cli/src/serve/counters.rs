//! The metrics, in Prometheus' text format.

use std::time::Duration;

use metrics::{counter, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::reply::ServeReply;
use crate::error::CommandError;

/// The upper limits of the durations in seconds. The last one is the longest deadline.
const BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 15.0, 60.0];

/// The recorder of this process.
pub(super) struct Counters(PrometheusHandle);

impl Counters {
    /// Installs the recorder, which counts the requests and all that otpost itself reports.
    pub(super) fn install() -> Result<Self, CommandError> {
        let refused = |error: &dyn std::fmt::Display| CommandError::Refused(error.to_string());
        let builder = PrometheusBuilder::new().with_recommended_naming(true);
        let builder = builder.set_buckets(&BUCKETS).map_err(|error| refused(&error))?;
        Ok(Self(builder.install_recorder().map_err(|error| refused(&error))?))
    }

    /// Counts a request.
    pub(super) fn count(&self, path: &'static str, reply: &ServeReply, elapsed: Duration) {
        let status = reply.status().as_u16().to_string();
        let labels = [
            ("endpoint", path.to_owned()),
            ("status", status),
            ("outcome", reply.outcome().to_owned()),
        ];
        counter!("otpost.serve.requests", &labels).increment(1);
        histogram!("otpost.serve.request.duration", "endpoint" => path).record(elapsed);
    }

    /// Returns all metrics as text.
    pub(super) fn render(&self) -> String {
        self.0.render()
    }

    /// Moves the recorded durations into their buckets. Call it from time to time: otherwise they
    /// are kept one by one until the metrics are read.
    pub(super) fn upkeep(&self) {
        self.0.run_upkeep();
    }
}
