use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{GatewayArguments, OutputArguments};

/// The longest run.
const LONGEST: Duration = Duration::from_secs(3_600);

/// A run of many messages.
#[derive(Args)]
pub(crate) struct LoadArguments {
    #[command(flatten)]
    pub(crate) gateway: GatewayArguments,
    /// The number of messages per second, from 1 to 100000.
    #[arg(long, value_name = "COUNT", default_value = "100",
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rate: u32,
    /// The duration of the run, such as `500ms`, `10s` or `2m`. At most one hour.
    #[arg(long = "for", value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) time: Duration,
    /// The number of messages that can be on their way at the same time.
    #[arg(long, value_name = "COUNT", default_value = "64",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) connections: u32,
    /// The phone number of the recipient. Defaults to the fictional numbers from `+12025550100` to
    /// `+12025550199`.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) to: Option<String>,
    /// The number of retries of a message that was not sent.
    #[arg(long, value_name = "COUNT", default_value_t = 0,
        value_parser = clap::value_parser!(u32).range(..=10))]
    pub(crate) retry: u32,
    /// Write the latency histogram to a file, as an SVG image.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

impl LoadArguments {
    /// Returns the rate. The parser accepts no zero.
    pub(crate) fn rate(&self) -> NonZeroU32 {
        NonZeroU32::new(self.rate).unwrap_or(NonZeroU32::MIN)
    }
}

/// Parses a whole number with the unit `ms`, `s` or `m`.
fn duration(text: &str) -> Result<Duration, String> {
    let form = || "expected a number with ms, s or m, such as 10s".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(form)?;
    let (number, unit) = text.split_at_checked(digits).ok_or_else(form)?;
    let number: u32 = number.parse().map_err(|_| form())?;
    let time = match unit {
        "ms" => Duration::from_millis(number.into()),
        "s" => Duration::from_secs(number.into()),
        "m" => Duration::from_secs(u64::from(number).saturating_mul(60)),
        _ => return Err(form()),
    };
    if time.is_zero() || time > LONGEST {
        return Err("expected a time from 1ms to 60m".to_owned());
    }
    Ok(time)
}
