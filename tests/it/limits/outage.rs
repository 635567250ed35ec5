//! A gateway that is down for ten minutes, while its users try again and again. The limits are the
//! default ones, and nine in ten users have logged in before.

use otpost::challenge::{Challenge, ChallengeError, ChallengeErrorKind, Limits, Step};
use otpost::store::MemoryStore;

use super::{Agenda, By, City, HOUR, LOGIN, MINUTE, SECOND, client, is_whole, mobile, now};
use crate::dice::Dice;

const OUTAGE: u64 = 10 * MINUTE;
/// The places of a region.
const PLACES: u64 = 100;

/// A city whose gateway does not work.
fn city(has_outbox: bool) -> City {
    let city = City::with(MemoryStore::new(), |builder, store, _| {
        let builder = builder.limits(Limits::standard());
        if has_outbox { builder.outbox(store) } else { builder.store(store) }
    });
    city.phones.fail(true);
    let known: Vec<_> = (0..users()).filter(|user| !is_new(*user)).collect();
    let known: Vec<_> = known.into_iter().map(|user| mobile(9, user)).collect();
    now(city.challenges.mark_verified(&known)).unwrap();
    city
}

fn users() -> u64 {
    if is_whole() { 500 } else { 60 }
}

fn is_new(user: u64) -> bool {
    user % 10 == 9
}

/// Returns the number of strangers who still get a message to a new number, at one moment.
fn places(city: &City) -> u64 {
    let (mut places, mut client) = (0, 1 << 30);
    while city.ask(&mobile(8, places), client, By::Stranger).is_ok() {
        (places, client) = (places + 1, client + 1);
    }
    places
}

/// Checks that only these messages to new numbers have places. In an hour, a tenth is refilled.
#[track_caller]
fn check_places(city: &City, sent: u64) {
    let (left, refilled) = (places(city), (PLACES / 10 * city.time()).div_ceil(HOUR));
    let expected = PLACES - sent..=(PLACES - sent + refilled).min(PLACES);
    assert!(expected.contains(&left), "{left} of {PLACES} are left, {sent} were sent");
}

#[test]
fn outage_counts_against_nobody() {
    let (city, mut dice, mut agenda) = (city(false), Dice::new(3), Agenda::new());
    for user in 0..users() {
        agenda.at(dice.below(OUTAGE), user);
    }
    let (mut failed, mut new) = (0, 0);
    while let Some((time, user)) = agenda.next() {
        city.set(time);
        city.phones.fail(time < OUTAGE);
        let asked = city.ask(&mobile(9, user), user, By::Stranger);
        if time >= OUTAGE {
            asked.unwrap();
            new += u64::from(is_new(user));
            continue;
        }
        let refused = asked.unwrap_err();
        // Even during the outage, nothing but the gateway is the reason.
        assert_eq!(refused.kind(), ChallengeErrorKind::Send, "{refused:?}");
        failed += 1;
        agenda.at(time + 20 * SECOND + dice.below(40 * SECOND), user);
    }
    assert!(failed > 5 * users(), "{failed}");
    assert_eq!((city.phones.sent(), new), (users(), users() / 10));
    check_places(&city, new);
}

enum What {
    Ask(u64),
    Step,
}

/// A user presses "send again" on the page, which begins anew if the code expires soon.
fn press(city: &City, user: u64, page: Option<&Challenge>) -> Result<Challenge, ChallengeError> {
    let again = page.map(|page| now(city.challenges.resend(page.token(), LOGIN, client(user))));
    match again {
        Some(Err(gone)) if gone.kind() == ChallengeErrorKind::Gone => {}
        Some(resent) => return resent,
        None => {}
    }
    city.ask(&mobile(9, user), user, By::Stranger)
}

/// A queued message has a place as long as it may be sent. If it is replaced by another one, or if
/// it is too late for it, the place is given back.
#[test]
fn outage_counts_against_nobody_with_an_outbox() {
    let (city, mut dice, mut agenda) = (city(true), Dice::new(4), Agenda::new());
    let worker = city.challenges.worker().unwrap();
    let mut pages: Vec<Option<Challenge>> = (0..users()).map(|_| None).collect();
    for user in 0..users() {
        agenda.at(dice.below(OUTAGE), What::Ask(user));
    }
    agenda.at(0, What::Step);
    let (mut pressed, mut expired) = (0, 0);
    while let Some((time, what)) = agenda.next() {
        city.set(time);
        city.phones.fail(time < OUTAGE);
        match what {
            What::Step => {
                loop {
                    match now(worker.step()).unwrap() {
                        Step::Idle => break,
                        Step::Expired => expired += 1,
                        _ => {}
                    }
                }
                if time < OUTAGE + 10 * MINUTE {
                    agenda.at(time + 10 * SECOND, What::Step);
                }
            }
            What::Ask(user) => {
                let (to, page) = (mobile(9, user), &mut pages[usize::try_from(user).unwrap()]);
                if city.phones.received(&to) > 0 {
                    // New users do not enter the code, because their successes would fill the bucket.
                    if !is_new(user) {
                        city.enter(page.as_ref().unwrap(), &to);
                    }
                    continue;
                }
                match press(&city, user, page.as_ref()) {
                    Ok(challenge) => (*page, pressed) = (Some(challenge), pressed + 1),
                    // No message of another user is the reason.
                    Err(refused) => {
                        assert_eq!(refused.kind(), ChallengeErrorKind::Cooldown, "{refused:?}");
                    }
                }
                assert!(time < OUTAGE + 2 * MINUTE, "a user still waits for a message");
                agenda.at(time + 25 * SECOND + dice.below(25 * SECOND), What::Ask(user));
            }
        }
    }
    for user in 0..users() {
        assert_eq!(city.phones.received(&mobile(9, user)), 1, "however often the user pressed");
    }
    assert!(pressed > 5 * users() && expired > users() / 2, "{pressed} pressed, {expired} expired");
    assert_eq!(city.phones.sent(), users());
    // Every user gets another message.
    for user in 0..users() {
        city.ask(&mobile(9, user), user, By::Stranger).unwrap();
    }
    while now(worker.step()).unwrap() == Step::Sent {}
    let new = (0..users()).filter(|user| is_new(*user));
    let sent = new.map(|user| city.phones.received(&mobile(9, user)) as u64).sum::<u64>();
    assert_eq!(sent, 2 * (users() / 10));
    check_places(&city, sent);
}
