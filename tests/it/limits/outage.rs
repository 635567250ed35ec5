//! A gateway that is down for ten minutes, while its users try again and again.

use otpost::challenge::{ChallengeErrorKind, Limits, Step};
use otpost::store::MemoryStore;

use super::{Agenda, By, City, HOUR, MINUTE, SECOND, is_contested, is_whole, mobile, now};
use crate::dice::Dice;

const OUTAGE: u64 = 10 * MINUTE;
/// The places of a region with these limits. Users who try again right after the outage are more
/// than the default has at once.
const EXPECTED: u32 = 20_000;
const PLACES: u64 = 2_000;

enum What {
    Ask(u64),
    Step,
}

/// A city whose gateway does not work.
fn city(has_outbox: bool) -> City {
    let city = City::with(MemoryStore::new(), |builder, store, _| {
        let builder = builder.limits(Limits::expecting(EXPECTED));
        if has_outbox { builder.outbox(store) } else { builder.store(store) }
    });
    city.phones.fail(true);
    city
}

fn users() -> u64 {
    if is_whole() { 500 } else { 60 }
}

/// Every other user has logged in before.
fn mark_half(city: &City) {
    let known: Vec<_> = (0..users()).step_by(2).map(|user| mobile(9, user)).collect();
    now(city.challenges.mark_verified(&known)).unwrap();
}

/// Returns the number of strangers who still get a message to a new number, at one moment.
fn places(city: &City) -> u64 {
    let (mut places, mut client) = (0, 1 << 30);
    while city.ask(&mobile(8, places), client, By::Stranger).is_ok() {
        (places, client) = (places + 1, client + 1);
    }
    places
}

#[test]
fn outage_counts_against_nobody() {
    let (city, mut dice, mut agenda) = (city(false), Dice::new(3), Agenda::new());
    mark_half(&city);
    for user in 0..users() {
        agenda.at(dice.below(OUTAGE), What::Ask(user));
    }
    let (mut failed, mut unknown) = (0, 0);
    while let Some((time, What::Ask(user))) = agenda.next() {
        city.set(time);
        city.phones.fail(time < OUTAGE);
        let asked = city.ask(&mobile(9, user), user, By::Stranger);
        if time >= OUTAGE {
            asked.unwrap();
            unknown += user % 2;
            continue;
        }
        let refused = asked.unwrap_err();
        // Even during the outage, nothing but the gateway is the reason.
        assert_eq!(refused.kind(), ChallengeErrorKind::Send, "{refused:?}");
        failed += 1;
        agenda.at(time + 20 * SECOND + dice.below(40 * SECOND), What::Ask(user));
    }
    assert!(failed > 5 * users(), "{failed}");
    assert_eq!(city.phones.sent(), users());
    // Only the messages that were sent have places. Some are refilled while users try again.
    let left = places(&city);
    assert!((PLACES - unknown..=PLACES).contains(&left), "{left} of {PLACES}, {unknown} sent");
}

/// A queued message has a place as long as it may be sent. When it is too late for it, the worker
/// gives the place back.
#[test]
fn outage_counts_against_nobody_with_an_outbox() {
    let (city, mut dice, mut agenda) = (city(true), Dice::new(4), Agenda::new());
    mark_half(&city);
    let worker = city.challenges.worker().unwrap();
    for user in 0..users() {
        agenda.at(dice.below(OUTAGE), What::Ask(user));
    }
    agenda.at(0, What::Step);
    let (mut queued, mut dropped) = (0, 0);
    while let Some((time, what)) = agenda.next() {
        city.set(time);
        city.phones.fail(time < OUTAGE);
        match what {
            What::Step => {
                loop {
                    match now(worker.step()).unwrap() {
                        Step::Idle => break,
                        Step::Expired => dropped += 1,
                        _ => {}
                    }
                }
                // Until every message is sent, or too late.
                if time < OUTAGE + 10 * MINUTE {
                    agenda.at(time + 10 * SECOND, What::Step);
                }
            }
            What::Ask(_) if time >= OUTAGE => {}
            What::Ask(user) => {
                match city.ask(&mobile(9, user), user, By::Stranger) {
                    Ok(_) => queued += 1,
                    // The messages in the queue take places for now.
                    Err(refused) => assert!(
                        is_contested(&refused)
                            || refused.kind() == ChallengeErrorKind::Cooldown
                            || refused.kind() == ChallengeErrorKind::Limited,
                        "{refused:?}"
                    ),
                }
                agenda.at(time + 20 * SECOND + dice.below(40 * SECOND), What::Ask(user));
            }
        }
    }
    let sent = city.phones.sent();
    assert_eq!(sent + dropped, queued);
    assert!(dropped > users() && sent < queued, "{dropped} of {queued}");
    let mut allowed = 0;
    for user in 0..users() {
        let to = mobile(9, user);
        // A client that did get three messages for this number has had its share of the hour.
        match city.ask(&to, user, By::Stranger) {
            Ok(_) => allowed += 1,
            Err(refused) => {
                assert_eq!(refused.kind(), ChallengeErrorKind::Limited);
                assert_eq!(city.phones.received(&to), 3, "{refused:?}");
            }
        }
    }
    assert!(allowed > users() / 2, "{allowed}");
    while now(worker.step()).unwrap() == Step::Sent {}
    // An hour refills a tenth.
    let unknown = (0..users()).filter(|user| user % 2 == 1);
    let sent = unknown.map(|user| city.phones.received(&mobile(9, user)) as u64).sum::<u64>();
    let left = places(&city);
    assert!(
        (PLACES - sent..=PLACES - sent + PLACES / 10 * OUTAGE * 2 / HOUR + 1).contains(&left),
        "{left} of {PLACES}, {sent} sent"
    );
}
