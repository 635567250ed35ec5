//! One phone is one recipient: other spellings of its number are refused.

use otpost::PhoneNumber;
use otpost::challenge::{ChallengeErrorKind, Client};
use otpost::store::MemoryStore;

use super::{LOGIN, number, world};

/// Sends one message to each spelling, and returns how many recipients got one.
async fn recipients(region: &str, spellings: &[&str]) -> usize {
    let world = world(|builder| builder.regions([region]).store(MemoryStore::new()));
    for spelling in spellings {
        let to = number(spelling);
        match world.challenges.issue(&to, LOGIN, Client::Internal).await {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ChallengeErrorKind::Region, "{spelling}"),
        }
    }
    let messages = world.phone.messages();
    let mut numbers: Vec<_> = messages.iter().map(|message| message.to().e164()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.len()
}

/// Networks ignore surplus digits and some trunk prefixes, so these are all the first one's phone.
const JAMAICA: [&str; 4] = ["+18765551234", "+118765551234", "+187655512345", "+1187655512345"];
const GUERNSEY: [&str; 4] =
    ["+447781123456", "+4407781123456", "+44007781123456", "+4477811234567"];
const KAZAKHSTAN: [&str; 4] = ["+77012345678", "+787012345678", "+7787012345678", "+770123456789"];
const GERMANY: [&str; 3] = ["+4915112345678", "+49015112345678", "+490015112345678"];

#[tokio::test]
async fn recipients_are_phones_and_not_spellings() {
    for (region, spellings) in
        [("JM", &JAMAICA[..]), ("GG", &GUERNSEY[..]), ("KZ", &KAZAKHSTAN[..]), ("DE", &GERMANY[..])]
    {
        assert_eq!(recipients(region, spellings).await, 1, "{region}");
    }
}

#[tokio::test]
async fn recipients_of_other_regions_are_not_of_the_main_one() {
    // By its first digits, a number with a surplus digit was one of the largest country.
    assert_eq!(recipients("US", &JAMAICA).await, 0);
    assert_eq!(recipients("GB", &GUERNSEY).await, 0);
    assert_eq!(recipients("RU", &KAZAKHSTAN).await, 0);
    // The naive policy goes by the calling code, and takes each spelling for another recipient.
    for (code, spellings) in [("1", &JAMAICA), ("44", &GUERNSEY), ("7", &KAZAKHSTAN)] {
        let of_code = spellings.iter().filter(|text| number(text).calling_code() == code);
        assert_eq!(of_code.count(), 4);
    }
}

#[tokio::test]
async fn recipients_outside_all_plans_get_no_message_in_any_region() {
    let world = world(|builder| {
        builder.region_policy(otpost::phone::RegionPolicy::all().with_non_geographic())
    });
    for spelling in JAMAICA.iter().chain(&GUERNSEY).chain(&KAZAKHSTAN).chain(&GERMANY) {
        let to = number(spelling);
        let issued = world.challenges.issue(&to, LOGIN, Client::Internal).await;
        assert_eq!(issued.is_ok(), to.is_possible(), "{spelling}");
    }
    assert_eq!(world.phone.messages().len(), 4);
    // The person who typed a trunk prefix gets a code all the same.
    let to = PhoneNumber::normalize("+44 (0)7781 123457").unwrap();
    assert!(world.challenges.issue(&to, LOGIN, Client::Internal).await.is_ok());
}
