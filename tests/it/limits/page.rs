//! The table of attacks in the guide, from the figures of runs that are always the same.

use std::fmt::Write;
use std::fs;

use otpost::challenge::Limits;

use super::month::{Month, Siege, siege};
use super::pumping::{Attack, Figures, Numbers, Users, run};
use super::{DAY, HOUR, SECOND};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/guide/limits.md");
const BEGIN: &str = "<!-- attacks:begin -->\n";
const END: &str = "<!-- attacks:end -->";

/// A number with commas.
fn many(number: u64) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", many(thousands)),
    }
}

/// The share of owners who got a code, rounded down.
fn share(got: u64, asked: u64) -> String {
    match got * 1_000 / asked {
        1_000 => "all".to_owned(),
        per_mille => format!("{}.{} %", per_mille / 10, per_mille % 10),
    }
}

fn share_refused(refused: u64) -> String {
    if refused == 0 { "none".to_owned() } else { many(refused) }
}

fn pump(numbers: Numbers, hours: u64) -> Figures {
    let attack = Attack { numbers, begins: 0, ends: hours * HOUR, patience: DAY };
    run(Limits::standard(), attack.ends, Users::default(), Some(attack))
}

fn beside() -> Figures {
    let (begins, patience) = (24 * HOUR, 5 * SECOND);
    let attack = Attack { numbers: Numbers::Country, begins, ends: begins + HOUR, patience };
    run(
        Limits::standard(),
        attack.ends,
        Users { per_hour: 1_000, known: 9, converting: 85 },
        Some(attack),
    )
}

fn month(captchas: u64) -> Month {
    siege(Siege { addresses: 1_000, captchas, victims: 2, patience: 4 * HOUR })
}

fn table() -> String {
    let mut rows: Vec<[String; 4]> = Vec::new();
    let mut row = |attack: &str, without: &str, with: String, notices: String| {
        rows.push([attack.to_owned(), without.to_owned(), with, notices]);
    };
    let nothing = || "known users nothing; new ones solve a CAPTCHA".to_owned();
    let seen = pump(Numbers::Country, 24);
    row(
        "20,000 requests an hour for random numbers of one country, for a day",
        "480,000",
        format!("{}, {} of them in the first hour", seen.attack, seen.first_hour),
        nothing(),
    );
    let seen = pump(Numbers::Range, 1);
    let range = "the same for one range of 1,000 numbers, for an hour";
    row(range, "20,000", seen.attack.to_string(), nothing());
    let seen = pump(Numbers::World, 1);
    let world = "the same for thirty countries, for an hour";
    row(world, "20,000", seen.attack.to_string(), nothing());
    let seen = beside();
    row(
        "the same for one country for an hour, with 1,000 users an hour of whom nine in ten are known",
        "20,000",
        seen.attack.to_string(),
        format!(
            "{} of {} known users are refused; {} new ones solve a CAPTCHA, and then {} are refused",
            share_refused(seen.known_refused),
            many(seen.known),
            many(seen.new_contested),
            share_refused(seen.new_refused),
        ),
    );
    for captchas in [0, 10, 100] {
        let seen = month(captchas);
        let [known, new] = [seen.known, seen.new].map(|share| self::share(share.got, share.asked));
        let solved = match captchas {
            0 => String::new(),
            captchas => format!(" and {captchas} solved CAPTCHAs a day"),
        };
        row(
            &format!("requests for one number, from 1,000 addresses{solved}, for 30 days"),
            "one for each request",
            format!("{:.0} a day", seen.flood),
            format!("of owners, {known} get a code on known devices and {new} on new ones"),
        );
    }
    let mut table =
        "| attack | without limits | with the defaults | effect on owners and honest users |\n\
                     |---|---|---|---|\n"
            .to_owned();
    for row in rows {
        writeln!(table, "| {} |", row.join(" | ")).unwrap();
    }
    table
}

#[test]
fn guide_has_the_figures_of_the_attacks() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let current = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("OTPOST_BLESS").is_some() {
        fs::write(PAGE, &current).unwrap();
        return;
    }
    assert!(
        page == current,
        "the table of attacks in src/guide/limits.md is out of date: run this test with OTPOST_BLESS=1"
    );
}
