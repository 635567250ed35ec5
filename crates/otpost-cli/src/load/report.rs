use std::io::{self, Write};

use otpost::provider::Fate;
use serde_json::{Map, Value, json};

use super::buckets::buckets;
use super::measured::{Measured, approximate};
use super::plan::LoadPlan;
use crate::output::print_json;
use crate::style::{BAD, GOOD, UNKNOWN};

/// The width of the longest bar in characters.
const WIDTH: f64 = 40.0;
/// The percentiles of the report, and their names in JSON.
const PERCENTILES: [(f64, &str); 4] =
    [(50.0, "p50"), (90.0, "p90"), (99.0, "p99"), (99.9, "p99_9")];

/// Prints the fates, the rate, the latencies and their histogram.
pub(super) fn print(measured: &Measured) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    let (sent, seconds) = (measured.sent(), measured.elapsed.as_secs_f64());
    let rate = measured.rate();
    writeln!(stdout, "sent {sent} messages in {seconds:.1} s: {rate:.1} per second")?;
    if measured.missed > 0 {
        let missed = measured.missed;
        writeln!(
            stdout,
            "{BAD}missed {missed} messages{BAD:#}: they were due, and all connections were busy"
        )?;
    }
    writeln!(stdout, "{GOOD}accepted{GOOD:#} {}", measured.fate(None))?;
    for (fate, style) in [(Fate::Refused, BAD), (Fate::NotSent, BAD), (Fate::Unknown, UNKNOWN)] {
        let count = measured.fate(Some(fate));
        if count > 0 {
            writeln!(stdout, "{style}{}{style:#} {count}", fate.as_str())?;
        }
    }
    for (kind, count) in measured.kinds() {
        writeln!(stdout, "  {kind} {count}")?;
    }
    if sent == 0 {
        return Ok(());
    }
    let [least, mean, most] = measured.extent();
    write!(stdout, "latency in ms: least {least:.1}, mean {mean:.1}")?;
    for (percentage, _) in PERCENTILES {
        write!(stdout, ", {percentage} % {:.1}", measured.percentile(percentage))?;
    }
    writeln!(stdout, ", most {most:.1}")?;
    let buckets = buckets(measured);
    let highest = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(1);
    for bucket in &buckets {
        let bar = bar(approximate(bucket.count) / approximate(highest));
        writeln!(stdout, "{:>9}  {bar} {}", bucket.label(), bucket.count)?;
    }
    Ok(())
}

/// Returns a bar of this part of the full width, in eighths of a character.
fn bar(part: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let mut left = part * WIDTH;
    let mut bar = String::new();
    while left >= 1.0 {
        bar.push('█');
        left -= 1.0;
    }
    let last = EIGHTHS
        .iter()
        .enumerate()
        .take_while(|(at, _)| u32::try_from(*at).is_ok_and(|at| f64::from(at) <= left * 8.0));
    bar.push_str(last.last().map_or("", |(_, eighth)| *eighth));
    bar
}

/// Prints the result as one JSON document.
pub(super) fn print_document(
    gateway: &str,
    origin: &str,
    plan: &LoadPlan,
    measured: &Measured,
) -> io::Result<()> {
    let [least, mean, most] = measured.extent();
    let mut latency = Map::new();
    latency.insert("min".to_owned(), json!(least));
    latency.insert("mean".to_owned(), json!(mean));
    for (percentage, name) in PERCENTILES {
        latency.insert(name.to_owned(), json!(measured.percentile(percentage)));
    }
    latency.insert("max".to_owned(), json!(most));
    let histogram = buckets(measured).into_iter().map(
        |bucket| json!({ "up_to_ms": approximate(bucket.end) / 1_000.0, "count": bucket.count }),
    );
    print_json(&json!({
        "gateway": gateway,
        "origin": origin,
        "rate": plan.rate.get(),
        "time_s": plan.time.as_secs_f64(),
        "connections": plan.connections,
        "messages": plan.messages(),
        "sent": measured.sent(),
        "missed": measured.missed,
        "elapsed_s": measured.elapsed.as_secs_f64(),
        "sent_per_s": measured.rate(),
        "fates": {
            "accepted": measured.fate(None),
            "refused": measured.fate(Some(Fate::Refused)),
            "not_sent": measured.fate(Some(Fate::NotSent)),
            "unknown": measured.fate(Some(Fate::Unknown)),
        },
        "kinds": measured.kinds().map(|(kind, count)| (kind.to_owned(), json!(count)))
            .collect::<Map<String, Value>>(),
        "latency_ms": latency,
        "histogram": histogram.collect::<Vec<_>>(),
    }))
}
