//! The attacks that the first limits did not withstand, in virtual time over the store in memory.

use otpost::PhoneNumber;
use otpost::challenge::{ChallengeErrorKind, DeviceToken, Limits, Step};
use otpost::store::MemoryStore;

use super::{
    Agenda, By, City, DAY, HOUR, LOGIN, MINUTE, SECOND, client, is_contested, mobile, now, number,
    wait,
};

/// A number whose owner has logged in on a device.
fn owner(city: &City) -> (PhoneNumber, DeviceToken) {
    let to = mobile(9, 1);
    let challenge = city.ask(&to, 1 << 40, By::Human).unwrap();
    let device = city.enter(&challenge, &to);
    city.pass(HOUR);
    (to, device)
}

/// Asks on a new device: first as a stranger, and after a CAPTCHA if the limit of strangers is
/// contested. It waits for a cooldown as the page says.
fn ask_on_a_new_device(city: &City, to: &PhoneNumber) -> bool {
    let mut by = By::Stranger;
    for _ in 0..8 {
        match city.ask(to, 1 << 41, by) {
            Ok(challenge) => {
                city.enter(&challenge, to);
                return true;
            }
            Err(refused) if is_contested(&refused) => by = By::Human,
            Err(refused) if refused.kind() == ChallengeErrorKind::Cooldown => {
                city.pass(wait(&refused));
            }
            Err(_) => return false,
        }
    }
    false
}

/// The first limits: a stranger with ten calls a day, and the owner got a code at 0 of 48 times of
/// the day.
#[test]
fn owner_gets_a_code_at_each_time_of_the_day() {
    let city = City::new(Limits::standard());
    let (to, device) = owner(&city);
    let begins = city.time();
    let (mut known, mut new, mut requests) = (0, 0, 0);
    for slot in 0..48 * 48 {
        city.set(begins + slot * DAY / 48);
        requests += 1;
        let _ = city.ask(&to, requests, By::Stranger);
        // At another time each day.
        if slot % 48 == slot / 48 {
            city.pass(7 * MINUTE);
            let asked = city.ask(&to, 1 << 41, By::Device(&device));
            known += u64::from(asked.is_ok());
            new += u64::from(ask_on_a_new_device(&city, &to));
        }
    }
    assert_eq!((known, new), (48, 48));
    assert!(city.phones.most_in_a_day() <= 30);
}

/// The first limits: nothing could unlock the number.
#[test]
fn reset_lets_strangers_ask_again() {
    let city = City::new(Limits::standard());
    let (to, _) = owner(&city);
    let refused = (0..).find_map(|client| {
        let refused = city.ask(&to, client, By::Stranger).err()?;
        city.pass(wait(&refused).min(5 * MINUTE));
        is_contested(&refused).then_some(refused)
    });
    assert!(wait(&refused.unwrap()) > 0);
    now(city.challenges.reset(&to, LOGIN)).unwrap();
    city.ask(&to, 1 << 41, By::Stranger).unwrap();
}

/// The first limits: each refused call used up a permit of the victim, who then got `Quota`.
#[test]
fn client_over_its_limit_uses_up_nothing_of_its_victim() {
    let city = City::new(Limits::standard());
    let to = mobile(9, 1);
    let (mut sent, mut refused) = (0, 0);
    for _ in 0..200 {
        match city.ask(&to, 1, By::Stranger) {
            Ok(_) => sent += 1,
            Err(error) => refused += u64::from(error.kind() == ChallengeErrorKind::Limited),
        }
        city.pass(10 * SECOND);
    }
    assert!(sent <= 3 && refused > 150, "{sent} {refused}");
    assert_eq!(city.phones.received(&to), sent);
    city.pass(5 * MINUTE);
    city.ask(&to, 2, By::Stranger).unwrap();
}

/// The first limits: one message, and a thousand neighbours, the region or the whole application
/// were refused for 1 to 24 hours.
#[test]
fn burst_in_the_outbox_takes_one_place() {
    let city = City::with(MemoryStore::new(), |builder, store, _| builder.outbox(store));
    let neighbour = |at: u64| number(&format!("+41791234{at:03}"));
    let asked = (0..50).map(|client| city.ask(&neighbour(0), client, By::Stranger));
    let (queued, refused): (Vec<_>, Vec<_>) = asked.partition(Result::is_ok);
    assert_eq!((queued.len(), refused.len()), (1, 49));
    for error in refused {
        assert_eq!(error.unwrap_err().kind(), ChallengeErrorKind::Cooldown);
    }
    // 50 of the range, and 100 of the region.
    for at in 1..50 {
        city.ask(&neighbour(at), 100 + at, By::Stranger).unwrap();
    }
    assert!(is_contested(&city.ask(&neighbour(50), 150, By::Stranger).unwrap_err()));
    for at in 50..100 {
        city.ask(&mobile(8, at), 100 + at, By::Stranger).unwrap();
    }
    let worker = city.challenges.worker().unwrap();
    let mut sent = 0;
    while now(worker.step()).unwrap() == Step::Sent {
        sent += 1;
    }
    assert_eq!(sent, 100);
}

/// The first limits: five messages that were not sent used up the hour of each user, and the region
/// stayed closed for a day.
#[test]
fn outage_of_eight_minutes_uses_up_no_quota() {
    let city = City::new(Limits::standard());
    city.phones.fail(true);
    for _ in 0..8 {
        for person in 0..20 {
            let refused = city.ask(&mobile(9, person), person, By::Stranger).unwrap_err();
            assert_eq!(refused.kind(), ChallengeErrorKind::Send);
            assert!(wait(&refused) > 0);
        }
        city.pass(MINUTE);
    }
    city.phones.fail(false);
    for person in 0..20 {
        let to = mobile(9, person);
        let challenge = city.ask(&to, person, By::Stranger).unwrap();
        city.enter(&challenge, &to);
    }
}

/// The first limits: 250 were refused.
#[test]
fn employees_with_consecutive_numbers_all_get_their_codes() {
    let (city, mut agenda) = (City::new(Limits::standard()), Agenda::new());
    for person in 0..300 {
        agenda.at(person * 2 * SECOND, (person, None));
    }
    while let Some((time, (person, challenge))) = agenda.next() {
        city.set(time);
        let to = number(&format!("+41791234{person:03}"));
        match challenge {
            // The whole company has one address.
            None => {
                let challenge = city.ask(&to, 1, By::Stranger).unwrap();
                agenda.at(time + 20 * SECOND, (person, Some(challenge)));
            }
            Some(challenge) => drop(city.enter(&challenge, &to)),
        }
    }
    assert_eq!(city.phones.sent(), 300);
}

/// The first limits: the store was full, and every new user got `Unavailable`, although the limit of
/// the client refused nearly all calls.
#[test]
fn decoys_of_one_client_do_not_fill_the_store() {
    let city =
        City::with(MemoryStore::with_capacity(500), |builder, store, _| builder.store(store));
    // 60 per second, for so long that each refused one would have to be kept in vain.
    let mut issued = 0;
    for at in 0..6_000 {
        let to = mobile(8, at);
        let decoy = city.challenges.issue(&to, LOGIN, client(1)).decoy(true);
        issued += u64::from(now(decoy).is_ok());
        city.pass(SECOND / 60);
    }
    assert_eq!((issued, city.store.len()), (30, 30));
    for person in 0..50 {
        let to = mobile(9, person);
        let challenge = city.ask(&to, 10 + person, By::Stranger).unwrap();
        city.enter(&challenge, &to);
    }
}
