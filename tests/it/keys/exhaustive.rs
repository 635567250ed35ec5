//! Requirement C1 by counting, and C6 as a race.

use std::ops::RangeInclusive;
use std::sync::{Arc, Barrier, Mutex};

use otpost::otp::{Digits, Match, Totp, Window};

use super::secret;

/// How often each value came, and how many draws were refused.
fn count(digits: Digits, draws: RangeInclusive<u32>) -> (Vec<u16>, u64) {
    let mut counts = vec![0_u16; digits.modulus() as usize];
    let mut refused = 0;
    for draw in draws {
        match digits.reduce(draw) {
            Some(value) => counts[value as usize] += 1,
            None => refused += 1,
        }
    }
    (counts, refused)
}

/// Three rounds of the values, and the last of all draws with those that are refused; and with `OTPOST_WHOLE=1 cargo test --release
/// --no-default-features --test it -- every_draw_is_counted` all 2^32.
#[test]
fn every_draw_is_counted() {
    let whole = std::env::var_os("OTPOST_WHOLE").is_some();
    for (digits, each, refused) in [
        (Digits::Six, 4_294, 967_296),
        (Digits::Seven, 429, 4_967_296),
        (Digits::Eight, 42, 94_967_296),
    ] {
        if whole {
            let (counts, out) = count(digits, 0..=u32::MAX);
            assert!(counts.iter().all(|count| *count == each), "{digits:?}");
            assert_eq!(out, refused, "{digits:?}");
        } else if digits == Digits::Six {
            let modulus = digits.modulus();
            let (counts, out) = count(digits, 0..=3 * modulus - 1);
            assert!(counts.iter().all(|count| *count == 3) && out == 0);
            let last = modulus * u32::from(each);
            let (counts, out) = count(digits, last - 2 * modulus..=u32::MAX);
            assert!(counts.iter().all(|count| *count == 2));
            assert_eq!(out, refused);
        }
    }
}

/// What an application keeps for a user: the step that was used last, by which a code passes once.
struct User(Mutex<Option<u64>>);

/// Looks for the code behind the step that was used last.
type Verify<'a> = &'a dyn Fn(Option<u64>) -> Option<Match>;

/// 1,000 logins at once with one code: how many pass.
fn logins(check: fn(&User, Verify<'_>, &Barrier) -> bool) -> usize {
    let totp = Totp::new(&secret());
    let unix = 1_700_000_000;
    let code = totp.generate_at(unix);
    let (user, barrier) = (Arc::new(User(Mutex::new(None))), Arc::new(Barrier::new(1_000)));
    let threads: Vec<_> = (0..1_000)
        .map(|_| {
            let (user, barrier, totp, code) =
                (user.clone(), barrier.clone(), totp.clone(), code.clone());
            let builder = std::thread::Builder::new().stack_size(128 << 10);
            let verify = move |after| totp.verify_at(unix, &code, Window::default(), after);
            builder.spawn(move || check(&user, &verify, &barrier)).unwrap()
        })
        .collect();
    threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
}

#[test]
fn of_a_thousand_logins_with_one_code_one_passes() {
    let once = logins(|user, verify, barrier| {
        barrier.wait();
        // As an UPDATE with a condition does it: stored only where it grows.
        let seen = *user.0.lock().unwrap();
        let Some(found) = verify(seen) else { return false };
        let mut last = user.0.lock().unwrap();
        let grows = last.is_none_or(|last| found.counter > last);
        if grows {
            *last = Some(found.counter);
        }
        grows
    });
    assert_eq!(once, 1);
    // The naive twin looks, and stores without a condition.
    let naive = logins(|user, verify, barrier| {
        let seen = *user.0.lock().unwrap();
        barrier.wait();
        let found = verify(seen);
        *user.0.lock().unwrap() = found.map(|found| found.counter);
        found.is_some()
    });
    assert_eq!(naive, 1_000);
}
