//! Thirty days in which attackers do all they can to keep the owners of some numbers from their
//! codes.

use otpost::PhoneNumber;
use otpost::challenge::{ChallengeErrorKind, DeviceToken, Limits};

use super::{Agenda, By, City, DAY, HOUR, MINUTE, SECOND, is_contested, is_whole, mobile, wait};
use crate::dice::Dice;

/// The time after which an owner on a new device gives up.
const GIVES_UP: u64 = 15 * MINUTE;

/// The attackers of each number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Siege {
    pub(super) addresses: u64,
    /// The CAPTCHAs that the attackers solve per day and number.
    pub(super) captchas: u64,
    pub(super) victims: u64,
    /// The longest time until a refused attacker asks again. Attackers ask at the very millisecond
    /// at which a refusal ends, so they lose nothing by waiting, except after a success of the
    /// owner.
    pub(super) patience: u64,
}

/// The attempts of owners to get a code, and those that had one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    pub(super) asked: u64,
    pub(super) got: u64,
}

impl Share {
    fn add(&mut self, got: bool) {
        self.asked += 1;
        self.got += u64::from(got);
    }

    pub(super) fn per_mille(self) -> f64 {
        self.got as f64 * 1_000.0 / self.asked as f64
    }
}

/// The figures of a month.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Month {
    pub(super) requests: u64,
    pub(super) known: Share,
    pub(super) new: Share,
    pub(super) most_in_a_day: usize,
    /// The messages that attackers caused, per number and day.
    pub(super) flood: f64,
}

struct Victim {
    to: PhoneNumber,
    device: DeviceToken,
    /// The addresses in a row that had reached a limit of their own.
    limited: u64,
}

enum What {
    Stranger(usize),
    Captcha(usize),
    /// A solved CAPTCHA that is used now.
    Solved(usize),
    Known(usize),
    /// An owner on a new device, with or without a CAPTCHA, until the owner gives up.
    New(usize, bool, u64),
}

/// Runs the attack for thirty days.
pub(super) fn siege(siege: Siege) -> Month {
    let (city, mut dice) = (City::new(Limits::standard()), Dice::new(17));
    let (mut agenda, mut month, mut caused) = (Agenda::new(), Month::default(), 0_u64);
    let mut victims: Vec<_> = (0..siege.victims).map(|at| victim(&city, at)).collect();
    city.pass(DAY + HOUR);
    let (begins, ends) = (city.time(), city.time() + 30 * DAY);
    for at in 0..victims.len() {
        agenda.at(begins, What::Stranger(at));
        if siege.captchas > 0 {
            agenda.at(begins, What::Captcha(at));
        }
        agenda.at(begins + dice.below(8 * HOUR), What::Known(at));
        let first = begins + dice.below(2 * DAY);
        agenda.at(first, What::New(at, false, first + GIVES_UP));
    }
    while let Some((time, what)) = agenda.next() {
        if time >= ends {
            break;
        }
        city.set(time);
        match what {
            What::Stranger(at) => {
                month.requests += 1;
                let address = month.requests % siege.addresses;
                let victim = &mut victims[at];
                let pause = match city.ask(&victim.to, address, By::Stranger) {
                    Ok(_) => {
                        (caused, victim.limited) = (caused + 1, 0);
                        1
                    }
                    // Another address is not limited yet.
                    Err(refused)
                        if refused.kind() == ChallengeErrorKind::Limited
                            && victim.limited < siege.addresses.min(50) =>
                    {
                        victim.limited += 1;
                        1
                    }
                    Err(refused) => {
                        victim.limited = 0;
                        wait(&refused).clamp(1, siege.patience)
                    }
                };
                agenda.at(time + pause, What::Stranger(at));
            }
            What::Captcha(at) => {
                agenda.at(time, What::Solved(at));
                agenda.at(time + DAY / siege.captchas, What::Captcha(at));
            }
            What::Solved(at) => {
                month.requests += 1;
                let address = month.requests % siege.addresses;
                match city.ask(&victims[at].to, address, By::Human) {
                    Ok(_) => caused += 1,
                    // A CAPTCHA is valid for some minutes, so it can wait for the cooldown.
                    Err(refused) if wait(&refused) <= 5 * MINUTE => {
                        agenda.at(time + wait(&refused).max(1), What::Solved(at));
                    }
                    Err(_) => {}
                }
            }
            What::Known(at) => {
                let victim = &victims[at];
                let asked = city.ask(&victim.to, home(at), By::Device(&victim.device));
                month.known.add(asked.is_ok());
                if let Ok(challenge) = asked {
                    city.enter(&challenge, &victim.to);
                }
                agenda.at(time + 10 * MINUTE + dice.below(16 * HOUR), What::Known(at));
            }
            What::New(at, is_human, gives_up) => {
                let victim = &victims[at];
                let next = match new_device(&city, &victim.to, home(at), is_human) {
                    Ok(()) => None,
                    Err((is_human, wait)) => Some((time + wait + SECOND, is_human)),
                };
                match next {
                    Some((next, is_human)) if next < gives_up => {
                        agenda.at(next, What::New(at, is_human, gives_up));
                    }
                    next => {
                        month.new.add(next.is_none());
                        let later = time + HOUR + dice.below(4 * DAY);
                        agenda.at(later, What::New(at, false, later + GIVES_UP));
                    }
                }
            }
        }
    }
    month.most_in_a_day = city.phones.most_in_a_day();
    month.flood = caused as f64 / (30 * siege.victims) as f64;
    month
}

/// An owner who has logged in once, before the attack.
fn victim(city: &City, at: u64) -> Victim {
    let to = mobile(9, at);
    let challenge = city.ask(&to, 1 << 40, By::Human).unwrap();
    let device = city.enter(&challenge, &to);
    Victim { to, device, limited: 0 }
}

/// The address of an owner.
fn home(at: usize) -> u64 {
    (1 << 41) + at as u64
}

/// An owner on a new device asks for a code, and enters it. If the limit of strangers is used up, the
/// owner solves a CAPTCHA at once. Otherwise returns the time until the next request.
fn new_device(
    city: &City,
    to: &PhoneNumber,
    address: u64,
    is_human: bool,
) -> Result<(), (bool, u64)> {
    let by = if is_human { By::Human } else { By::Stranger };
    match city.ask(to, address, by) {
        Ok(challenge) => {
            city.enter(&challenge, to);
            Ok(())
        }
        Err(refused) if is_contested(&refused) => new_device(city, to, address, true),
        Err(refused) => Err((is_human, wait(&refused))),
    }
}

#[test]
fn month_under_siege_keeps_no_owner_from_a_code() {
    let (victims, patience) = if is_whole() { (10, 10 * MINUTE) } else { (2, 2 * HOUR) };
    for captchas in [0, 10, 100] {
        for addresses in [1, 10, 1_000] {
            let siege = Siege { addresses, captchas, victims, patience };
            let month = self::siege(siege);
            let (known, new) = (month.known.per_mille(), month.new.per_mille());
            println!(
                "{addresses} addresses, {captchas} CAPTCHAs a day: {} requests, {:.1} messages a \
                 day, at most {}; known devices {known:.1} of 1,000, new ones {new:.1}",
                month.requests, month.flood, month.most_in_a_day,
            );
            assert!(month.most_in_a_day <= 30, "{siege:?}: {month:?}");
            assert!(month.known.asked >= 60 && known >= 999.0, "{siege:?}: {month:?}");
            if captchas == 0 {
                assert!(month.new.asked >= 10 && new >= 990.0, "{siege:?}: {month:?}");
            }
        }
    }
}
