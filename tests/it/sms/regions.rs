//! Regions of numbers, against libphonenumber's metadata.

use std::process::{Command, Stdio};

use otpost::PhoneNumber;
use otpost::phone::{Region, RegionPolicy};

fn lines(list: &'static str) -> impl Iterator<Item = (PhoneNumber, Vec<&'static str>)> {
    list.lines().map(|line| {
        let (number, regions) = line.split_once(' ').unwrap();
        (PhoneNumber::parse(number).unwrap(), regions.split(',').collect())
    })
}

fn region(number: &PhoneNumber) -> String {
    number.region().map(|region| region.to_string()).unwrap_or_default()
}

#[test]
fn random_mobiles_are_of_their_regions() {
    let list = || lines(include_str!("../../fixtures/mobiles.txt"));
    let count = list().count();
    assert!(count >= 10_000, "{count}");
    // libphonenumber's own answer, and any region in which it calls the number valid.
    let first = list().filter(|(number, regions)| region(number) == regions[0]).count();
    let any = list().filter(|(number, regions)| regions.contains(&region(number).as_str())).count();
    assert!(first * 1_000 >= count * 997, "{first} of {count}");
    assert_eq!(any, count);
    // The naive twin goes by the calling code.
    let main = |number: &PhoneNumber| match number.calling_code() {
        "1" => "US".to_owned(),
        "7" => "RU".to_owned(),
        "44" => "GB".to_owned(),
        _ => region(number),
    };
    let naive = list().filter(|(number, regions)| main(number) == regions[0]).count();
    assert!(naive * 1_000 < count * 930, "{naive} of {count}");
}

#[test]
fn examples_of_shared_codes_are_of_their_regions() {
    let mut checked = 0;
    for (number, regions) in lines(include_str!("../../fixtures/example_mobiles.txt")) {
        if ["1", "7", "44"].contains(&number.calling_code()) {
            assert_eq!(region(&number), regions[0], "{}", number.e164());
            checked += 1;
        }
    }
    assert!(checked >= 30, "{checked}");
}

#[test]
fn numbers_of_no_region_are_refused_unless_allowed() {
    for code in ["800", "808", "870", "878", "881", "882", "883", "888", "979"] {
        let number = PhoneNumber::parse(&format!("+{code}12345678")).unwrap();
        assert_eq!(number.region(), None, "{code}");
        assert!(RegionPolicy::all().check(&number).is_err());
        assert_eq!(RegionPolicy::all().with_non_geographic().check(&number), Ok(None));
    }
    // Codes that nobody has.
    for free in ["+2101234567", "+9991234567", "+9691234567"] {
        assert_eq!(PhoneNumber::parse(free).unwrap().region(), None, "{free}");
    }
}

#[test]
fn a_list_of_the_united_states_is_not_plus_one() {
    let us = Region::parse("us").unwrap();
    let policy = RegionPolicy::only([us]);
    let mut refused = 0;
    for (number, regions) in lines(include_str!("../../fixtures/mobiles.txt")) {
        if number.calling_code() != "1" {
            continue;
        }
        assert_eq!(policy.check(&number).is_ok(), regions[0] == "US", "{}", number.e164());
        refused += u32::from(policy.check(&number).is_err());
    }
    assert!(refused > 300, "{refused}");
    let policy = RegionPolicy::all().without_region(us);
    let number = PhoneNumber::parse("+12025550123").unwrap();
    assert_eq!(policy.check(&number).unwrap_err().region, Some(us));
}

#[test]
fn regions_are_two_letters() {
    assert_eq!(Region::all().count(), 244);
    for bad in ["", "U", "USA", "001", "XX", "ÄÖ", "EU"] {
        assert!(Region::parse(bad).is_err(), "{bad}");
    }
}

/// The table is what its script makes of today's metadata, where Python and the packages are there.
#[test]
fn the_table_is_as_the_script_makes_it() {
    let table = include_str!("../../../src/phone/region/table.rs");
    assert!(table.contains("scripts/regions.py") && table.contains("Apache-2.0"));
    let version = table.split("phonenumbers ").nth(1).unwrap().split_once(". Do not").unwrap().0;
    let python =
        |code: &str| Command::new("python3").args(["-c", code]).stdin(Stdio::null()).output().ok();
    let known = python("import phonenumbers, regex; print(phonenumbers.__version__)");
    let known = known.filter(|output| output.status.success());
    let known = known.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    if known.as_deref() != Some(version) {
        // Other metadata make another table: there is nothing to compare with.
        return;
    }
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/regions.py");
    let made = Command::new("python3").arg(root).output().unwrap();
    assert!(made.status.success());
    assert_eq!(String::from_utf8(made.stdout).unwrap(), table);
}
