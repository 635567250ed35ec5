//! Everything that is logged.

use std::io::Write;
use std::sync::{Arc, Mutex};

/// A log that remembers.
#[derive(Clone, Default)]
pub(crate) struct Log(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that is logged, where this is a process of its own; else the test is run in one, since the log would hold what other tests log,
/// and a code by chance.
pub(crate) fn all_logs_on(test: &str) -> Option<Log> {
    if !is_alone(test) {
        return None;
    }
    let log = Log::default();
    let writer = log.clone();
    tracing_log::LogTracer::init().unwrap();
    let subscriber = tracing_subscriber::fmt()
        // Microseconds would be six digits by chance.
        .without_time()
        .with_max_level(tracing::Level::TRACE)
        // Escape sequences could divide what is searched for.
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    Some(log)
}

/// Returns `true` in a process that runs only this test. Elsewhere the test is run in such a process first.
pub(crate) fn is_alone(test: &str) -> bool {
    if std::env::var_os("OTPOST_ALONE").is_none() {
        let alone = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env("OTPOST_ALONE", "1")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&alone.stdout);
        assert!(alone.status.success() && told.contains("1 passed"), "{told}");
        return false;
    }
    true
}
