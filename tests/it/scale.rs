//! How much of a long test is run.

/// The number in the environment variable `name`, or `whole` with `OTPOST_WHOLE=1`, or else `part`,
/// which takes some seconds. `.ci/run` runs the whole.
pub(crate) fn cases(name: &str, part: u64, whole: u64) -> u64 {
    let usual = if std::env::var_os("OTPOST_WHOLE").is_some() { whole } else { part };
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}
