//! Numbering plans, against libphonenumber's own examples.

use otpost::PhoneNumber;
use otpost::phone::{KindPolicy, NumberKind, PhoneNumberError, Region};
use proptest::prelude::*;

struct Example {
    e164: &'static str,
    kind: &'static str,
    region: &'static str,
    national: &'static str,
}

fn examples() -> impl Iterator<Item = Example> {
    include_str!("../../fixtures/example_numbers.txt").lines().map(|line| {
        let cells: Vec<_> = line.split('|').collect();
        let [e164, kind, region, national] = cells[..] else { panic!("{line}") };
        Example { e164, kind, region, national }
    })
}

fn name(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::FixedLine => "FIXED_LINE",
        NumberKind::FixedLineOrMobile => "FIXED_LINE_OR_MOBILE",
        NumberKind::Mobile => "MOBILE",
        NumberKind::Pager => "PAGER",
        NumberKind::Personal => "PERSONAL_NUMBER",
        NumberKind::PremiumRate => "PREMIUM_RATE",
        NumberKind::SharedCost => "SHARED_COST",
        NumberKind::TollFree => "TOLL_FREE",
        NumberKind::Uan => "UAN",
        NumberKind::Voicemail => "VOICEMAIL",
        NumberKind::Voip => "VOIP",
        other => panic!("{other:?}"),
    }
}

#[test]
fn valid_examples_keep_their_digits_and_have_their_kind() {
    let (mut read, mut national) = (0, 0);
    for example in examples() {
        let number = PhoneNumber::normalize(example.e164);
        // Shorter than seven digits: nothing is sent to those.
        let Ok(number) = number else {
            assert!(example.e164.len() < 8, "{}", example.e164);
            continue;
        };
        assert_eq!(number.e164(), example.e164);
        assert!(number.is_valid(), "{}", example.e164);
        assert_eq!(number.kind().map(name), Some(example.kind), "{}", example.e164);
        read += 1;
        let Ok(region) = Region::parse(example.region) else { continue };
        let same = PhoneNumber::parse_national(example.e164, region).unwrap();
        assert_eq!(same.e164(), example.e164);
        match PhoneNumber::parse_national(example.national, region) {
            Ok(number) => assert_eq!(number.e164(), example.e164, "{}", example.national),
            Err(error) => panic!("{} in {region}: {error}", example.national),
        }
        national += 1;
    }
    assert!(read >= 1_000 && national >= 950, "{read}, {national}");
}

#[test]
fn random_mobiles_are_valid_and_get_messages() {
    let policy = KindPolicy::mobile();
    let (mut count, mut valid) = (0, 0);
    for line in include_str!("../../fixtures/mobiles.txt").lines().step_by(7) {
        let number = PhoneNumber::parse(line.split(' ').next().unwrap()).unwrap();
        valid += usize::from(policy.check(&number).is_ok());
        count += 1;
    }
    // The list was made of metadata that are not of the same month.
    assert!(valid * 1_000 >= count * 990, "{valid} of {count}");
    assert!(count > 1_400, "{count}");
}

#[test]
fn numbers_are_read_as_a_region_writes_them() {
    let read = |text: &str, region: &str| {
        PhoneNumber::parse_national(text, Region::parse(region).unwrap())
            .map(|n| n.e164().to_owned())
    };
    for (text, region, expected) in [
        ("079 123 45 67", "CH", "+41791234567"),
        ("79 123 45 67", "CH", "+41791234567"),
        ("0041 79 123 45 67", "DE", "+41791234567"),
        ("011 41 79 123 45 67", "US", "+41791234567"),
        ("+41 79 123 45 67", "DE", "+41791234567"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("030/123456", "DE", "+4930123456"),
        ("٠٧٩١٢٣٤٥٦٧", "CH", "+41791234567"),
        ("+41 (0)79 123 45 67", "CH", "+41791234567"),
        ("0044 07400 123456", "CH", "+447400123456"),
    ] {
        assert_eq!(read(text, region).as_deref(), Ok(expected), "{text} in {region}");
    }
    let unexpected = |character, position| PhoneNumberError::Character { character, position };
    for (text, region, expected) in [
        ("079 123 45", "CH", PhoneNumberError::Unassigned),
        ("202 555 0123 ext. 5", "US", unexpected('e', 14)),
        ("1-800-FLOWERS", "US", unexpected('F', 7)),
        ("079 123 45 67, 079 123 45 68", "CH", unexpected(',', 14)),
        ("tel:079-123-45-67", "CH", unexpected('t', 1)),
        ("+41 79/123 45 67", "CH", unexpected('/', 7)),
        ("+41 20 123 45 67", "CH", PhoneNumberError::Unassigned),
        ("", "CH", PhoneNumberError::Unassigned),
        (&"0".repeat(65), "CH", PhoneNumberError::Unassigned),
        (&"0".repeat(257), "CH", PhoneNumberError::TooLong),
    ] {
        assert_eq!(read(text, region), Err(expected), "{text} in {region}");
    }
    // All regions of the table have a plan.
    for region in Region::all() {
        assert_eq!(
            PhoneNumber::parse_national("+41791234567", region).map(|n| n.is_valid()),
            Ok(true),
            "{region}"
        );
        let short = PhoneNumber::parse_national("1", region);
        assert_eq!(short, Err(PhoneNumberError::Unassigned), "{region}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_a_number_or_an_error(text in "[-0-9 ./()+a-z\u{660}]{0,70}", at in 0_usize..240) {
        let region = Region::all().nth(at).unwrap();
        if let Ok(number) = PhoneNumber::parse_national(&text, region) {
            prop_assert!(number.is_valid());
        }
    }

    #[test]
    fn any_number_is_of_a_kind_or_of_none(digits in "[1-9][0-9]{6,14}") {
        let number = PhoneNumber::parse(&format!("+{digits}")).unwrap();
        prop_assert_eq!(number.kind().is_some(), number.is_valid());
    }
}
