//! Regions of numbers, against libphonenumber's metadata.

use std::process::{Command, Stdio};

use otpost::PhoneNumber;
use otpost::phone::{Prefix, Region, RegionPolicy, RegionRefused};

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
    for number in [
        "+80012345678",
        "+80812345678",
        "+870773111632",
        "+878101234567890",
        "+881612345678",
        "+8823421234",
        "+883510012345678",
        "+88812345678901",
        "+979123456789",
    ] {
        let number = PhoneNumber::parse(number).unwrap();
        assert_eq!(number.region(), None, "{}", number.e164());
        let refused = RegionPolicy::all().check(&number);
        assert_eq!(refused, Err(RegionRefused::NonGeographic), "{}", number.e164());
        assert_eq!(RegionPolicy::all().with_non_geographic().check(&number), Ok(None));
    }
    // Codes that nobody has, and numbers that are in no plan.
    for free in ["+2101234567", "+9991234567", "+9691234567", "+870123", "+8701234567890123"] {
        let Ok(number) = PhoneNumber::parse(free) else { continue };
        assert_eq!(number.region(), None, "{free}");
        let policy = RegionPolicy::all().with_non_geographic();
        assert_eq!(policy.check(&number), Err(RegionRefused::Unassigned), "{free}");
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
    assert_eq!(policy.check(&number), Err(RegionRefused::Region(us)));
}

#[test]
fn regions_are_two_letters() {
    assert_eq!(Region::all().count(), 244);
    for bad in ["", "U", "USA", "001", "XX", "ÄÖ", "EU"] {
        assert!(Region::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn numbers_in_no_plan_are_of_no_region() {
    #[track_caller]
    fn check(number: &str, expected: Option<&str>) {
        let number = PhoneNumber::parse(number).unwrap();
        assert_eq!(number.region().map(|region| region.to_string()).as_deref(), expected);
        assert_eq!(number.is_possible(), expected.is_some());
    }
    check("+18765551234", Some("JM"));
    check("+118765551234", None);
    check("+187655512345", None);
    check("+447781123456", Some("GG"));
    check("+4407781123456", None);
    check("+447797732133", Some("JE"));
    check("+4407797732133", None);
    check("+77012345678", Some("KZ"));
    check("+787012345678", None);
    check("+79161234567", Some("RU"));
    check("+789161234567", None);
    check("+4901701234567", None);
    check("+543435155123456", None);
    check("+5215512345678", None);
    check("+12423591234", Some("BS"));
    check("+112423591234", None);
}

#[test]
fn a_range_that_is_new_can_be_added() {
    let number = PhoneNumber::parse("+41201234567").unwrap();
    let swiss = Region::parse("CH").unwrap();
    let policy = RegionPolicy::only([swiss]);
    assert_eq!(policy.check(&number), Err(RegionRefused::Unassigned));
    let added = |region| policy.clone().with_range(Prefix::parse("+4120").unwrap(), region);
    assert_eq!(added(swiss).check(&number), Ok(Some(swiss)));
    // It is of the region that was named, and that has to be allowed.
    let german = Region::parse("DE").unwrap();
    assert_eq!(added(german).check(&number), Err(RegionRefused::Region(german)));
}

#[test]
fn tables_are_as_their_scripts_make_them() {
    table(include_str!("../../../src/phone/region/table.rs"), "scripts/regions.py");
    table(include_str!("../../../src/phone/numbering/table.rs"), "scripts/plans.py");
}

/// A table is what its script makes of today's metadata, where Python and the packages are there.
fn table(table: &str, script: &str) {
    assert!(table.contains(script) && table.contains("Apache-2.0"));
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
    let script = format!("{}/../{script}", env!("CARGO_MANIFEST_DIR"));
    let made = Command::new("python3").arg(script).output().unwrap();
    assert!(made.status.success());
    assert_eq!(String::from_utf8(made.stdout).unwrap(), table);
}
