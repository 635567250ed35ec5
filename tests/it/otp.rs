//! Codes against the RFCs' own values, and against what users of other libraries ran into.

use std::time::Duration;

use otpost::otp::{
    Algorithm, Code, CodeError, Digits, Hotp, LookAhead, RandomError, Secret, SecretError, Totp,
    Window,
};

fn secret(bytes: &[u8]) -> Secret {
    Secret::from_bytes(bytes).unwrap()
}

fn rfc_secret(algorithm: Algorithm) -> Secret {
    let digits = b"1234567890".iter().cycle();
    let length = match algorithm {
        Algorithm::Sha256 => 32,
        Algorithm::Sha512 => 64,
        _ => 20,
    };
    secret(&digits.take(length).copied().collect::<Vec<_>>())
}

#[test]
fn rfc_4226_appendix_d() {
    let hotp = Hotp::new(&rfc_secret(Algorithm::Sha1));
    let expected = [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
        "520489",
    ];
    for (counter, expected) in (0..).zip(expected) {
        assert_eq!(hotp.generate(counter).expose(), expected, "counter {counter}");
        let code = Code::parse(expected).unwrap();
        assert!(hotp.verify(&code, counter, LookAhead::NONE).is_some());
    }
    // The table's truncated values have more digits than six.
    let seven = Hotp::new(&rfc_secret(Algorithm::Sha1)).with_digits(Digits::Seven);
    assert_eq!(seven.generate(0).expose(), "4755224");
    assert_eq!(seven.with_digits(Digits::Eight).generate(0).expose(), "84755224");
}

#[test]
fn rfc_6238_appendix_b() {
    let table = [
        (59, "94287082", "46119246", "90693936"),
        (1_111_111_109, "07081804", "68084774", "25091201"),
        (1_111_111_111, "14050471", "67062674", "99943326"),
        (1_234_567_890, "89005924", "91819424", "93441116"),
        (2_000_000_000, "69279037", "90698825", "38618901"),
        (20_000_000_000, "65353130", "77737706", "47863826"),
    ];
    for (unix, sha1, sha256, sha512) in table {
        for (algorithm, expected) in
            [(Algorithm::Sha1, sha1), (Algorithm::Sha256, sha256), (Algorithm::Sha512, sha512)]
        {
            let totp =
                Totp::with_algorithm(&rfc_secret(algorithm), algorithm).with_digits(Digits::Eight);
            assert_eq!(totp.generate_at(unix).expose(), expected, "{algorithm} at {unix}");
            let code = Code::parse(expected).unwrap();
            assert!(totp.verify_at(unix, &code, Window::NONE, None).is_some());
        }
    }
}

#[test]
fn keys_longer_than_a_block_are_hashed_first() {
    // RFC 2104 §2: a key above the block is its hash, padded; one of exactly the block is itself.
    use hmac_by_hand::code;
    for length in [16, 20, 63, 64, 65, 127, 128, 129, 1_024] {
        let key: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let hotp = Hotp::new(&secret(&key));
        assert_eq!(hotp.generate(7).expose(), code(&key, 7), "{length} bytes");
    }
}

/// HMAC-SHA-1 and its truncation, written down again from the RFCs.
mod hmac_by_hand {
    use sha1::{Digest, Sha1};

    pub(crate) fn code(key: &[u8], counter: u64) -> String {
        let hashed = Sha1::digest(key);
        let key: &[u8] = if key.len() > 64 { &hashed } else { key };
        let pad = |byte: u8| -> Vec<u8> {
            (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ byte).collect()
        };
        let inner = Sha1::digest([pad(0x36), counter.to_be_bytes().to_vec()].concat());
        let mac = Sha1::digest([pad(0x5c), inner.to_vec()].concat());
        let offset = usize::from(mac[19] & 15);
        let word = u32::from_be_bytes(mac[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", word % 1_000_000)
    }
}

#[test]
fn truncation_takes_every_offset_and_agrees_with_the_rfc() {
    let key = [7_u8; 20];
    let hotp = Hotp::new(&secret(&key));
    for counter in 0..2_000 {
        assert_eq!(hotp.generate(counter).expose(), hmac_by_hand::code(&key, counter));
    }
}

#[test]
fn every_draw_is_mapped_evenly() {
    // C1 in closed form: the limit is a multiple of the modulus, below it draws map evenly, above they are refused.
    for (digits, each, refused) in [
        (Digits::Six, 4_294_u64, 967_296_u64),
        (Digits::Seven, 429, 4_967_296),
        (Digits::Eight, 42, 94_967_296),
    ] {
        let modulus = u64::from(digits.modulus());
        let limit = modulus * each;
        assert_eq!((1_u64 << 32) - limit, refused);
        assert!(refused < modulus, "no more is refused than has to be");
        let draw = |at: u64| digits.reduce(u32::try_from(at).unwrap());
        assert_eq!(draw(limit - 1), Some(digits.modulus() - 1));
        assert_eq!(draw(limit), None);
        assert_eq!(digits.reduce(u32::MAX), None);
        for at in (0..limit).step_by(999_983) {
            assert_eq!(draw(at), Some(u32::try_from(at % modulus).unwrap()));
        }
    }
}

#[test]
fn all_six_digit_codes_are_there_and_keep_their_zeros() {
    let mut zeros = 0;
    for value in 0..1_000_000_u32 {
        let code = Code::random_with(Digits::Six, |bytes| {
            bytes.copy_from_slice(&value.to_le_bytes());
            Ok(())
        })
        .unwrap();
        assert_eq!(code.expose().parse(), Ok(value));
        assert_eq!(code.expose().len(), 6);
        zeros += u32::from(code.expose().starts_with('0'));
    }
    assert_eq!(zeros, 100_000);
}

#[test]
fn random_codes_are_uniform_end_to_end() {
    // A smoke test: the even mapping is proven above, this sees a generator that is not asked at all.
    const CELLS: usize = 1_000;
    const DRAWS: usize = 200_000;
    let mut counts = vec![0_f64; CELLS];
    for _ in 0..DRAWS {
        let code = Code::random(Digits::Six).unwrap();
        counts[code.expose()[..3].parse::<usize>().unwrap()] += 1.0;
    }
    let expected = DRAWS as f64 / CELLS as f64;
    let chi: f64 = counts.iter().map(|seen| (seen - expected).powi(2) / expected).sum();
    let freedom = (CELLS - 1) as f64;
    let z = (chi - freedom) / (2.0 * freedom).sqrt();
    assert!(z.abs() < 6.0, "z = {z}");
}

#[test]
fn a_generator_that_fails_issues_nothing() {
    for fails_at in 1..=1_000 {
        let mut calls = 0;
        let result = (0..1_000).try_for_each(|_| {
            let code = Code::random_with(Digits::Eight, |bytes| {
                calls += 1;
                if calls == fails_at {
                    return Err(RandomError);
                }
                bytes.fill(1);
                Ok(())
            });
            code.map(drop)
        });
        assert_eq!(result, Err(RandomError));
        assert_eq!(calls, fails_at, "nobody asked again");
    }
    // One that only gives what is refused is broken, and does not hang.
    let stuck = Code::random_with(Digits::Six, |bytes| {
        bytes.fill(0xff);
        Ok(())
    });
    assert!(stuck.is_err());
}

#[test]
fn only_digits_are_codes() {
    #[track_caller]
    fn check(typed: &str, expected: Result<&str, CodeError>) {
        let parsed = Code::parse(typed);
        assert_eq!(parsed.as_ref().map(Code::expose).map_err(|e| *e), expected, "{typed:?}");
    }
    check("012345", Ok("012345"));
    check(" 012-345 ", Ok("012345"));
    check("01 23 45 67", Ok("01234567"));
    check("1234567", Ok("1234567"));
    check("12345", Err(CodeError::Length));
    check("123456789", Err(CodeError::Length));
    check("", Err(CodeError::Length));
    let unexpected = |character, position| Err(CodeError::Character { character, position });
    check("12345a", unexpected('a', 6));
    check("1e5", unexpected('e', 2));
    check("+12345", unexpected('+', 1));
    // The letter is the cause, and not the number of digits.
    check("123456789a", unexpected('a', 10));
    check("12 \u{435}456", unexpected('\u{435}', 4));
    // A line that was read from a terminal or pasted.
    check("012345\r\n", Ok("012345"));
    check("\t012345\n", Ok("012345"));
    check("12345\n", Err(CodeError::Length));
    check("12345\0", unexpected('\0', 6));
    check("\u{ff10}\u{ff11}\u{ff12}345", Ok("012345")); // full-width
    check("\u{660}\u{661}\u{662}345", Ok("012345")); // Arabic-Indic
    // Numerals that are no decimal digits.
    check("\u{2460}23456", unexpected('\u{2460}', 1));
    check("12345\u{b2}", unexpected('\u{b2}', 6));
    check(&"1".repeat(1 << 20), Err(CodeError::TooLong));
    check(&" ".repeat(128), Err(CodeError::Length));
    check(&" ".repeat(129), Err(CodeError::TooLong));
}

#[test]
fn codes_of_other_lengths_are_other_codes() {
    let hotp = Hotp::new(&rfc_secret(Algorithm::Sha1));
    let longer = hotp.clone().with_digits(Digits::Eight).generate(0);
    assert!(longer.expose().ends_with(hotp.generate(0).expose()));
    assert!(hotp.verify(&longer, 0, LookAhead::NONE).is_none());
    assert_ne!(Code::parse("012345").unwrap(), Code::parse("0123450").unwrap());
}

#[test]
fn look_ahead_accepts_exactly_its_counters() {
    let hotp = Hotp::new(&rfc_secret(Algorithm::Sha256)).with_digits(Digits::Eight);
    for ahead in [0_u16, 1, 3, 10] {
        let accepted: Vec<u64> = (90..130)
            .filter(|counter| {
                assert_eq!(LookAhead::new(ahead).steps(), ahead);
                hotp.verify(&hotp.generate(*counter), 100, LookAhead::new(ahead)).is_some()
            })
            .collect();
        assert_eq!(accepted, (100..=100 + u64::from(ahead)).collect::<Vec<_>>());
    }
    let matched = hotp.verify(&hotp.generate(102), 100, LookAhead::default()).unwrap();
    assert_eq!((matched.counter, matched.drift, matched.next_counter), (102, 2, 103));
    assert!(hotp.verify(&hotp.generate(102), matched.next_counter, LookAhead::default()).is_none());
}

#[test]
fn nothing_overflows_at_the_ends() {
    let hotp = Hotp::new(&rfc_secret(Algorithm::Sha1));
    let last = hotp.generate(u64::MAX);
    let matched = hotp.verify(&last, u64::MAX, LookAhead::new(u16::MAX)).unwrap();
    assert_eq!((matched.counter, matched.next_counter), (u64::MAX, u64::MAX));
    // Counters behind the last are left out and not taken from the beginning.
    assert!(hotp.verify(&hotp.generate(0), u64::MAX - 1, LookAhead::new(5)).is_none());
    assert!(hotp.resync(&last, &hotp.generate(0), u64::MAX, LookAhead::new(5)).is_none());

    let totp = Totp::new(&rfc_secret(Algorithm::Sha1));
    for unix in [0, 1 << 31, 1 << 32, u64::MAX / 30, u64::MAX] {
        let code = totp.generate_at(unix);
        assert!(totp.verify_at(unix, &code, Window::new(9, 9), None).is_some(), "{unix}");
    }
    let extreme = totp.clone().with_step(Duration::ZERO).with_t0(u64::MAX);
    assert_eq!(extreme.step_at(5), 0, "a step of nothing is a second; before T0 is step 0");
    for (unix, left) in [(0, 30), (29, 1), (30, 30), (u64::MAX, 15)] {
        assert_eq!(totp.time_left_at(unix), Duration::from_secs(left), "{unix}");
    }
    let late = totp.clone().with_t0(100).with_step(Duration::from_secs(60));
    assert_eq!((late.step(), late.t0()), (Duration::from_secs(60), 100));
    assert_eq!(late.time_left_at(99), Duration::from_secs(61));
    assert_eq!(late.time_left_at(219), Duration::from_secs(1));
    let every_second = totp.with_step(Duration::ZERO);
    assert!(
        every_second
            .verify_at(u64::MAX, &every_second.generate_at(u64::MAX), Window::new(2, 2), None)
            .is_some()
    );
}

#[test]
fn resync_needs_two_codes_in_a_row() {
    let hotp = Hotp::new(&rfc_secret(Algorithm::Sha1));
    let (a, b, c) = (hotp.generate(150), hotp.generate(151), hotp.generate(153));
    let matched = hotp.resync(&a, &b, 100, LookAhead::new(100)).unwrap();
    assert_eq!((matched.counter, matched.next_counter), (151, 152));
    assert!(hotp.resync(&a, &c, 100, LookAhead::new(100)).is_none());
    assert!(hotp.resync(&b, &a, 100, LookAhead::new(100)).is_none());
    assert!(hotp.resync(&a, &b, 100, LookAhead::new(49)).is_none());
}

#[test]
fn a_window_accepts_exactly_its_steps() {
    let mut state = 0x1234_5678_9abc_def0_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..100_000 {
        let key: Vec<u8> = (0..20).map(|_| u8::try_from(random() & 0xff).unwrap()).collect();
        let totp = Totp::new(&secret(&key)).with_digits(Digits::Eight);
        let unix = random() % 4_000_000_000 + 300;
        let accepted: Vec<i64> = (-3..=3_i64)
            .filter(|steps| {
                let code = totp.generate_at(unix.saturating_add_signed(steps * 30));
                let found = totp.verify_at(unix, &code, Window::default(), None);
                assert!(found.is_none_or(|found| found.drift == *steps));
                found.is_some()
            })
            .collect();
        assert_eq!(accepted, [-1, 0, 1]);
    }
    let totp = Totp::new(&rfc_secret(Algorithm::Sha1));
    let past = totp.generate_at(3_000);
    assert!(totp.verify_at(3_060, &past, Window::new(2, 0), None).is_some());
    assert!(totp.verify_at(3_060, &past, Window::new(0, 2), None).is_none());
}

#[test]
fn a_used_step_does_not_pass_again() {
    let totp = Totp::new(&rfc_secret(Algorithm::Sha1));
    let unix = 1_700_000_000;
    let used = totp.verify_at(unix, &totp.generate_at(unix), Window::default(), None).unwrap();
    let after = Some(used.counter);
    assert!(totp.verify_at(unix, &totp.generate_at(unix), Window::default(), after).is_none());
    assert!(totp.verify_at(unix, &totp.generate_at(unix - 30), Window::default(), after).is_none());
    assert!(totp.verify_at(unix, &totp.generate_at(unix + 30), Window::default(), after).is_some());
    assert!(
        totp.verify_at(unix, &totp.generate_at(unix), Window::default(), Some(u64::MAX)).is_none()
    );
}

#[test]
fn the_bound_is_within_the_search() {
    // Two steps with one code: a first match that is thrown away afterwards would hide the second. Such a pair is
    // found by looking, since six digits repeat soon.
    let totp = Totp::new(&rfc_secret(Algorithm::Sha1));
    let mut seen = std::collections::HashMap::new();
    let (early, late) = (0_u64..)
        .find_map(|step| {
            let code = totp.generate_at(step * 30).expose().to_owned();
            seen.insert(code, step).map(|early| (early, step))
        })
        .unwrap();
    let window = Window::new(u16::try_from(late - early).unwrap(), 0);
    let code = totp.generate_at(late * 30);
    let first = totp.verify_at(late * 30, &code, window, None).unwrap();
    assert_eq!(first.counter, early);
    let second = totp.verify_at(late * 30, &code, window, Some(early)).unwrap();
    assert_eq!(second.counter, late, "the used step does not hide the unused one");
}

#[test]
fn base32_is_lenient_where_that_is_safe() {
    #[track_caller]
    fn check(text: &str, expected: Result<&[u8], SecretError>) {
        let parsed = Secret::from_base32(text);
        assert_eq!(parsed.as_ref().map(Secret::expose).map_err(|e| *e), expected, "{text:?}");
    }
    let bytes = b"12345678901234567890";
    let canonical = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    check(canonical, Ok(bytes));
    check(&canonical.to_lowercase(), Ok(bytes));
    check("GEZD GNBV-GY3T QOJQ GEZD GNBV GY3T QOJQ ", Ok(bytes));
    check("GEZDGNBVGY3TQOJQGEZDGNBVGY======", Ok(&bytes[..16]));
    check("GEZDGNBVGY3TQOJQGEZDGNBVGZ", Err(SecretError::Base32)); // bits left over
    check("GEZDGNBVGY3TQOJQGEZDGNBVG", Err(SecretError::Base32)); // no length of base32
    let unexpected = |character, position| Err(SecretError::Character { character, position });
    check("GEZDGNBVGY3TQOJ0GEZDGNBVGY3TQOJQ", unexpected('0', 16));
    check("GEZD GN\u{412}V", unexpected('\u{412}', 8));
    check("GEZD=GNBV", unexpected('=', 5)); // padding within
    check(&canonical.replace('B', "\u{ff22}\u{200b}\u{2013}\t"), Ok(bytes));
    check("GEZDGNBVGY3TQOJQ", Err(SecretError::TooShort)); // 80 bits
    check("", Err(SecretError::TooShort));
    assert_eq!(secret(bytes).to_base32().expose(), canonical);
    assert_eq!(Secret::from_short_bytes(&bytes[..10]).unwrap().expose().len(), 10);
    assert_eq!(Secret::from_short_bytes([]), Err(SecretError::Empty));
    assert_eq!(Secret::from_bytes(vec![0; 1_025]), Err(SecretError::TooLong));
    assert_eq!(Secret::generate().unwrap().expose().len(), 20);
    assert_eq!(Secret::generate_for(Algorithm::Sha512).unwrap().expose().len(), 64);
    for text in
        ["MTIzNDU2Nzg5MDEyMzQ1Ng", "MTIzNDU2Nzg5MDEyMzQ1Ng=", "MTIzNDU2Nzg5MDEyMzQ1Nh==", "*", "-"]
    {
        assert_eq!(Secret::from_base64(text), Err(SecretError::Base64), "{text}");
    }
    assert_eq!(Secret::from_base64("MTIzNDU2Nzg5MDEyMzQ1Ng==").unwrap().expose(), &bytes[..16]);
    let pasted = "\u{feff}MTIzNDU2Nzg5 MDEy\r\nMzQ1Ng==\u{a0}";
    assert_eq!(Secret::from_base64(pasted).unwrap().expose(), &bytes[..16]);
    assert_eq!(Secret::from_base64(""), Err(SecretError::TooShort));
    assert_ne!(Secret::generate().unwrap(), Secret::generate().unwrap());
}
