//! 10^5 spellings of 1,000 numbers, and libphonenumber's own example numbers.

use std::collections::{BTreeMap, BTreeSet};

use otpost::PhoneNumber;
use otpost::phone::{Region, RegionPolicy};

use crate::dice::Dice;

/// The texts between two digits.
const GAPS: [&str; 14] = [
    " ", "-", ".", "", "", "", "\u{a0}", "\u{2011}", "\u{202f}", "\u{2013}", "\u{200b}", "\u{ad}",
    "(", ")",
];
/// The texts around a number that was copied.
const EDGES: [&str; 7] = ["", "", " ", "\u{200e}", "\u{202a}", "\u{feff}", "\r\n"];
/// The trunk prefixes that are not a zero, by calling code.
const TRUNKS: [(&str, &[&str]); 11] = [
    ("1", &["1", "(1)"]),
    ("7", &["8", "(8)"]),
    ("36", &["06", "(06)"]),
    ("55", &["0", "(0)", "015", "021"]),
    ("57", &["0", "03", "05"]),
    ("370", &["0", "8", "(8)"]),
    ("375", &["80", "8", "(80)"]),
    ("993", &["8", "(8)"]),
    // Zeros belong to numbers that are others by libphonenumber's metadata too.
    ("39", &[]),
    ("241", &[]),
    ("247", &[]),
];
const ZEROS: [u32; 6] = [0x30, 0x30, 0x660, 0x6f0, 0x966, 0xff10];

/// 1,000 mobiles of all regions.
fn numbers() -> Vec<PhoneNumber> {
    let lines = include_str!("../../fixtures/mobiles.txt").lines().step_by(10);
    let numbers = lines.map(|line| PhoneNumber::parse(line.split(' ').next().unwrap()).unwrap());
    numbers.take(1_000).collect()
}

fn spelling(number: &PhoneNumber, dice: &mut Dice) -> String {
    let zero = dice.one(&ZEROS);
    let mut text = dice.one(&EDGES).to_owned() + dice.one(&["+", "+", "\u{ff0b}"]);
    let own = TRUNKS.iter().find(|(code, _)| *code == number.calling_code());
    let own = own.map_or(&["0", "(0)"][..], |(_, own)| own);
    let trunk = if dice.below(2) == 0 { "" } else { dice.one(&[&[""][..], own].concat()) };
    for part in [number.calling_code(), trunk, number.national_number()] {
        for c in part.chars() {
            match c.to_digit(10) {
                Some(digit) => text.push(char::from_u32(zero + digit).unwrap()),
                None => text.push(c),
            }
            // A parenthesis beside a zero would be another spelling than the one that is meant.
            let gap = if part == trunk { "" } else { dice.one(&GAPS) };
            text += if dice.below(4) == 0 { gap } else { "" };
        }
    }
    text + dice.one(&EDGES)
}

/// Reads numbers as the first version did: it drops what people write between digits.
fn naive(text: &str) -> Option<PhoneNumber> {
    let kept: String = text.chars().filter(|c| !" -.()".contains(*c)).collect();
    PhoneNumber::parse(&kept).ok()
}

#[test]
fn spellings_of_a_number_are_one_recipient_or_refused() {
    let seed = 17;
    let mut dice = Dice::new(seed);
    let (mut read, mut wrong, mut naive_wrong) = (0_usize, Vec::new(), 0_usize);
    let mut recipients: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for number in numbers() {
        for _ in 0..100 {
            let text = spelling(&number, &mut dice);
            if naive(&text).is_some_and(|found| found != number) {
                naive_wrong += 1;
            }
            let Ok(found) = PhoneNumber::normalize(&text) else { continue };
            read += 1;
            recipients.entry(number.e164().to_owned()).or_default().insert(found.e164().to_owned());
            if found != number {
                wrong.push(format!("{text:?} of {} is {}", number.e164(), found.e164()));
            }
        }
    }
    assert!(wrong.is_empty(), "seed {seed}: {}\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(recipients.len(), 1_000, "each number is read in some spelling");
    assert!(recipients.values().all(|found| found.len() == 1));
    // Half of the spellings have a trunk prefix, which is not of each country.
    assert!(read >= 50_000, "{read}");
    assert!(naive_wrong >= 300, "{naive_wrong}");
}

#[test]
fn spellings_without_a_trunk_prefix_are_all_read() {
    let mut dice = Dice::new(18);
    for number in numbers() {
        let gaps = ["", " ", "\u{a0}", "-", "\u{2010}", "\u{200e}", "."];
        let text: String =
            number.e164().chars().map(|c| format!("{}{c}", dice.one(&gaps))).collect();
        assert_eq!(PhoneNumber::normalize(&text).as_ref(), Ok(&number), "{text:?}");
    }
}

#[test]
fn spellings_in_e164_of_libphonenumbers_examples_stay_as_they_are() {
    let (mut kept, mut of_region) = (0, 0);
    for line in include_str!("../../fixtures/example_numbers.txt").lines() {
        let cells: Vec<_> = line.split('|').collect();
        // Nothing is sent to numbers that are shorter than seven digits.
        let Ok(number) = PhoneNumber::parse(cells[0]) else {
            assert!(cells[0].len() < 8, "{line}");
            continue;
        };
        assert_eq!(PhoneNumber::normalize(cells[0]).as_ref(), Ok(&number), "{line}");
        assert!(number.is_possible(), "{line}");
        kept += 1;
        let region = number.region();
        assert_eq!(region.is_none(), cells[2] == "001", "{line}");
        let Some(region) = region else { continue };
        assert_eq!(RegionPolicy::all().check(&number), Ok(Some(region)));
        // Numbers of services belong to all regions that share their calling code.
        of_region += usize::from(Region::parse(cells[2]) == Ok(region));
    }
    assert!(kept >= 1_000 && of_region >= kept * 9 / 10, "{kept}, {of_region}");
    // The numbers of libphonenumber's own tests, as far as today's plans contain them.
    for number in [
        "+16502530000",
        "+12423651234",
        "+390236618300",
        "+39345678901",
        "+442070313000",
        "+447912345678",
        "+5491187654321",
        "+541187654321",
        "+61236618300",
        "+4930123456",
        "+6433316005",
        "+6565218000",
        "+80012345678",
        "+819012345678",
    ] {
        assert_eq!(PhoneNumber::normalize(number).as_ref().map(PhoneNumber::e164), Ok(number));
    }
}

/// The reference is libphonenumber: what it reads as a valid number is read as the same, or refused.
#[test]
fn spellings_with_a_trunk_prefix_are_read_as_libphonenumber_does() {
    let (mut same, mut stripped, mut refused) = (0, 0, Vec::new());
    for line in include_str!("../../fixtures/trunk_numbers.txt").lines() {
        let (text, expected) = line.split_once(' ').unwrap();
        if expected.len() < 8 {
            continue;
        }
        match PhoneNumber::normalize(text) {
            Ok(number) => {
                assert_eq!(number.e164(), expected, "{text}");
                same += 1;
                stripped += usize::from(text != expected);
            }
            Err(_) => refused.push(text),
        }
    }
    assert!(same >= 900 && stripped >= 250, "{same}, {stripped}");
    assert!(refused.len() * 100 <= same, "{refused:?}");
    // The naive twin takes a zero away wherever there is one, also from Italy's fixed lines.
    let naive = |text: &str| {
        let number = PhoneNumber::parse(text).ok()?;
        let national = number.national_number().trim_start_matches('0');
        Some(format!("+{}{national}", number.calling_code()))
    };
    let lines = include_str!("../../fixtures/trunk_numbers.txt").lines();
    let wrong = lines
        .filter_map(|line| line.split_once(' '))
        .filter(|(text, expected)| naive(text).is_some_and(|found| found != *expected));
    assert!(wrong.count() >= 100);
}
