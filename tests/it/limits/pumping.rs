//! Messages to numbers of an attacker's choice, who gets a share of the price of each.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use otpost::PhoneNumber;
use otpost::challenge::{Challenge, Limits};

use super::{
    Agenda, By, City, DAY, HOUR, MINUTE, SECOND, gap, is_contested, is_whole, mobile, number,
    typing, wait,
};
use crate::dice::Dice;

/// The numbers that an attacker uses.
#[derive(Clone, Copy)]
pub(super) enum Numbers {
    /// Random numbers of one country.
    Country,
    /// Random numbers of one range.
    Range,
    /// Random numbers of thirty countries.
    World,
}

/// An attack with 20,000 requests an hour, each from another address.
#[derive(Clone, Copy)]
pub(super) struct Attack {
    pub(super) numbers: Numbers,
    pub(super) begins: u64,
    pub(super) ends: u64,
    /// The longest time that a refused attacker waits. Without other traffic, waiting as long as
    /// the refusal says loses nothing, so a test needs no 20,000 calls.
    pub(super) patience: u64,
}

/// The users of an application.
#[derive(Clone, Copy, Default)]
pub(super) struct Users {
    pub(super) per_hour: u64,
    /// Known users of ten.
    pub(super) known: u64,
    /// Users of a hundred who enter the code.
    pub(super) converting: u64,
}

/// The messages and refusals of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) first_hour: u64,
    pub(super) attack: u64,
    pub(super) known: u64,
    pub(super) known_refused: u64,
    pub(super) new: u64,
    pub(super) new_contested: u64,
    pub(super) new_refused: u64,
}

enum What {
    Attack,
    User,
    Enter(Challenge, PhoneNumber),
}

/// The number of known users.
const KNOWN: u64 = 2_000;
/// Mobile numbers of thirty countries.
static COUNTRIES: LazyLock<Vec<Vec<PhoneNumber>>> = LazyLock::new(|| {
    let mut countries = BTreeMap::<&str, Vec<PhoneNumber>>::new();
    for line in include_str!("../../fixtures/mobiles.txt").lines() {
        let (text, country) = line.split_once(' ').unwrap();
        countries.entry(country).or_default().push(number(text));
    }
    // Of countries all over the alphabet, those with the most numbers.
    let mut countries: Vec<_> = countries.into_values().step_by(3).collect();
    countries.sort_by_key(|numbers| std::cmp::Reverse(numbers.len()));
    countries.truncate(30);
    countries
});

/// Runs an application for some time.
pub(super) fn run(limits: Limits, until: u64, users: Users, attack: Option<Attack>) -> Figures {
    let (city, mut dice, mut agenda) = (City::new(limits), Dice::new(7), Agenda::new());
    let known: Vec<_> = (0..KNOWN).map(|person| mobile(6, person)).collect();
    super::now(city.challenges.mark_verified(&known)).unwrap();
    if users.per_hour > 0 {
        agenda.at(gap(&mut dice, users.per_hour), What::User);
    }
    if let Some(attack) = attack {
        agenda.at(attack.begins, What::Attack);
    }
    let (mut seen, mut requests, mut count) = (Figures::default(), 0, 0);
    while let Some((time, what)) = agenda.next() {
        if time >= until {
            break;
        }
        city.set(time);
        match (what, attack) {
            (What::Attack, Some(attack)) if time < attack.ends => {
                requests += 1;
                let to = target(&mut dice, attack.numbers, requests);
                let pause = match city.ask(&to, requests, By::Stranger) {
                    Ok(_) => {
                        seen.attack += 1;
                        seen.first_hour += u64::from(time - attack.begins < HOUR);
                        0
                    }
                    Err(refused) => wait(&refused).min(attack.patience),
                };
                agenda.at(time + pause.max(HOUR / 20_000), What::Attack);
            }
            (What::Attack, _) => {}
            (What::User, _) => {
                count += 1;
                agenda.at(time + gap(&mut dice, users.per_hour), What::User);
                let is_known = dice.below(10) < users.known;
                // No bucket counts known users. So the hours before the attack need none.
                if is_known && attack.is_some_and(|attack| time + HOUR < attack.begins) {
                    continue;
                }
                let to = if is_known {
                    known[usize::try_from(count % KNOWN).unwrap()].clone()
                } else {
                    mobile(8, count)
                };
                let asked = user(&city, &to, count, is_known, &mut seen);
                if let Some(challenge) = asked
                    && dice.below(100) < users.converting
                {
                    agenda.at(time + typing(&mut dice), What::Enter(challenge, to));
                }
            }
            // Who needs longer than the lifetime of the code has left.
            (What::Enter(challenge, to), _) if city.clock_is_before(&challenge) => {
                city.enter(&challenge, &to);
            }
            (What::Enter(..), _) => {}
        }
    }
    seen
}

/// Asks for a code, and solves the CAPTCHA that a contested limit asks for.
fn user(
    city: &City,
    to: &PhoneNumber,
    count: u64,
    is_known: bool,
    seen: &mut Figures,
) -> Option<Challenge> {
    let asked = city.ask(to, (1 << 40) + count, By::Stranger);
    if is_known {
        seen.known += 1;
        seen.known_refused += u64::from(asked.is_err());
        return asked.ok();
    }
    seen.new += 1;
    match asked {
        Ok(challenge) => Some(challenge),
        Err(refused) => {
            assert!(is_contested(&refused), "{refused:?}");
            seen.new_contested += 1;
            let asked = city.ask(to, (1 << 40) + count, By::Human);
            seen.new_refused += u64::from(asked.is_err());
            asked.ok()
        }
    }
}

fn target(dice: &mut Dice, numbers: Numbers, request: u64) -> PhoneNumber {
    match numbers {
        Numbers::Country => mobile(9, request),
        Numbers::Range => number(&format!("+41791234{:03}", request % 1_000)),
        Numbers::World => {
            let country = &COUNTRIES[usize::try_from(request % 30).unwrap()];
            dice.one(country)
        }
    }
}

impl City {
    fn clock_is_before(&self, challenge: &Challenge) -> bool {
        use otpost::Clock;
        self.clock.now() < challenge.expires_at()
    }
}

/// An attack from an hour on. A refused attacker waits for at most `patience`, or not at all with
/// the sizes of the whole.
fn attack(numbers: Numbers, first: u64, hours: u64, patience: u64) -> Attack {
    let patience = if is_whole() { 0 } else { patience };
    Attack { numbers, begins: first * HOUR, ends: (first + hours) * HOUR, patience }
}

#[test]
fn pumping_of_one_country_is_bounded() {
    let attack = attack(Numbers::Country, 0, 24, DAY);
    let seen = run(Limits::standard(), DAY, Users::default(), Some(attack));
    println!("one country: {seen:?}");
    assert!(seen.first_hour <= 150 && seen.attack <= 400, "{seen:?}");
}

#[test]
fn pumping_of_one_range_and_of_thirty_countries_is_bounded() {
    for (numbers, most) in [(Numbers::Range, 110), (Numbers::World, 600)] {
        let seen =
            run(Limits::standard(), HOUR, Users::default(), Some(attack(numbers, 0, 1, MINUTE)));
        println!("at most {most}: {seen:?}");
        // The limits are used up, so the attack is not stopped by anything else.
        assert!((90..=most).contains(&seen.first_hour), "{seen:?}");
    }
}

#[test]
fn pumping_beside_honest_users_refuses_none_of_them() {
    for (known, most) in [(9, 250), (0, 650)] {
        let users = Users { per_hour: 1_000, known, converting: 85 };
        // The successes of a day let the limits grow.
        let first = if known > 0 || is_whole() { 24 } else { 1 };
        let attack = attack(Numbers::Country, first, 1, 5 * SECOND);
        let seen = run(Limits::standard(), attack.ends + HOUR / 4, users, Some(attack));
        println!("{known} of ten known, at most {most}: {seen:?}");
        assert!(seen.first_hour <= most, "{seen:?}");
        assert!(known == 0 || seen.known > 1_000, "{seen:?}");
        // Known users notice nothing, and new ones pass with a CAPTCHA.
        assert_eq!((seen.known_refused, seen.new_refused), (0, 0), "{seen:?}");
        assert!(seen.new_contested > 0 && seen.new_contested < seen.new, "{seen:?}");
    }
}

#[test]
fn launch_of_ten_thousand_an_hour_loses_no_user() {
    let users = Users { per_hour: 10_000, known: 0, converting: 66 };
    let hours = if is_whole() { 6 } else { 1 };
    let seen = run(Limits::standard(), hours * HOUR, users, None);
    println!("launch: {seen:?}");
    assert!(seen.new > 9_500 && (seen.new_contested, seen.new_refused) == (0, 0), "{seen:?}");
}
