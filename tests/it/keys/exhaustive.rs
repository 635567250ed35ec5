//! Draws, logins and memory, counted.

use std::ops::RangeInclusive;
use std::sync::{Arc, Barrier, Mutex};

use otpost::otp::{Algorithm, Code, Digits, Hotp, LookAhead, Match, Secret, Totp, Window};
use proptest::prelude::*;

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
        // As within a transaction; the search alone says whether the step is new.
        let mut last = user.0.lock().unwrap();
        let found = verify(*last);
        *last = found.map(|found| found.counter).or(*last);
        found.is_some()
    });
    assert_eq!(once, 1);
    let conditional = logins(|user, verify, barrier| {
        let seen = *user.0.lock().unwrap();
        barrier.wait();
        let Some(found) = verify(seen) else { return false };
        // As an UPDATE with a condition does it: stored only where it grows.
        let mut last = user.0.lock().unwrap();
        let grows = last.is_none_or(|last| found.counter > last);
        if grows {
            *last = Some(found.counter);
        }
        grows
    });
    assert_eq!(conditional, 1);
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

proptest! {
    /// Codes of steps around now, typed in any order while time goes on: each passes just where its step is within the window and
    /// behind the last that passed, so what passes strictly grows.
    #[test]
    fn what_passes_strictly_grows(typed in proptest::collection::vec((-3..=3_i64, 0..45_u64), 1..60)) {
        let totp = Totp::new(&secret()).with_digits(Digits::Eight);
        let (mut unix, mut last) = (1_700_000_000_u64, None);
        for (ahead, passed) in typed {
            unix += passed;
            let step = totp.step_at(unix).saturating_add_signed(ahead);
            let code = totp.generate_at(step * 30);
            let found = totp.verify_at(unix, &code, Window::default(), last);
            let passes = (-1..=1).contains(&ahead) && last.is_none_or(|last| step > last);
            prop_assert_eq!(found.map(|found| found.counter), passes.then_some(step));
            last = found.map(|found| found.counter).or(last);
        }
    }

    #[test]
    fn no_typed_text_makes_it_panic(text in "\\PC{0,40}", digits in "[0-9 -]{0,12}") {
        for typed in [text, digits] {
            let plain: String = typed.chars().filter(|c| !" -".contains(*c)).collect();
            let is_code = (6..=8).contains(&plain.len()) && plain.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert_eq!(Code::parse(&typed).is_ok(), is_code && typed.len() <= 32);
        }
    }
}

#[test]
fn codes_cost_no_memory() {
    let secret = secret();
    let counted = allocation_counter::measure(|| {
        for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
            let totp = Totp::with_algorithm(&secret, algorithm);
            let hotp = Hotp::with_algorithm(&secret, algorithm);
            let code = totp.generate_at(1_700_000_000);
            let typed = Code::parse(code.expose()).unwrap();
            assert!(totp.verify_at(1_700_000_000, &typed, Window::default(), None).is_some());
            assert!(hotp.verify(&typed, 0, LookAhead::new(100)).is_none());
            assert!(hotp.resync(&typed, &code, 0, LookAhead::new(100)).is_none());
        }
        #[cfg(feature = "steam")]
        {
            let steam = otpost::otp::Steam::new(&secret);
            let code = steam.generate_at(0);
            assert!(steam.verify_at(0, &code, Window::default(), None).is_some());
        }
    });
    assert_eq!(counted.count_total, 0);
    assert!(allocation_counter::measure(|| drop(Secret::generate())).count_total > 0);
}
