use otpost::otp::{Secret, Steam, SteamCode, SteamCodeError, Window};
use proptest::prelude::*;

/// The code written down again from HMAC-SHA-1's truncated value: five times the remainder by 26.
fn by_hand(mut value: u32) -> String {
    let mut digits = Vec::new();
    for _ in 0..5 {
        digits.push(b"23456789BCDFGHJKMNPQRTVWXY"[value as usize % 26]);
        value /= 26;
    }
    String::from_utf8(digits).unwrap()
}

#[test]
fn codes_are_those_of_steam() {
    // RFC 4226, appendix D has the truncated values of this secret for the counters 0 to 9.
    let steam = Steam::new(&Secret::from_bytes(*b"12345678901234567890").unwrap());
    let truncated = [
        1_284_755_224,
        1_094_287_082,
        137_359_152,
        1_726_969_429,
        1_640_338_314,
        868_254_676,
        1_918_287_922,
        82_162_583,
        673_399_871,
        645_520_489,
    ];
    for (step, value) in (0..).zip(truncated) {
        assert_eq!(steam.generate_at(step * 30 + 29).expose(), by_hand(value), "step {step}");
    }
}

#[test]
fn codes_are_those_that_keepassxc_tests_with() {
    let secret = Secret::from_base32("63BEDWCQZKTQWPESARIERL5DTTQFCJTK").unwrap();
    assert_eq!(Secret::from_base64("9sJB2FDKpws8kgRQSK+jnOBRJmo=").as_ref(), Ok(&secret));
    for (unix, code) in [(1_511_200_518, "FR8RV"), (1_511_200_714, "9P3VP")] {
        assert_eq!(Steam::new(&secret).generate_at(unix).expose(), code);
    }
}

#[test]
fn a_window_accepts_exactly_its_steps() {
    let steam = Steam::new(&Secret::from_bytes([7; 20]).unwrap());
    for unix in [0, 59, 1_700_000_000, u64::MAX] {
        let code = steam.generate_at(unix);
        let found = steam.verify_at(unix, &code, Window::default(), None).unwrap();
        assert_eq!((found.counter, found.drift), (unix / 30, 0));
        assert!(steam.verify_at(unix, &code, Window::default(), Some(unix / 30)).is_none());
        assert!(steam.verify_at(unix.wrapping_sub(90), &code, Window::default(), None).is_none());
    }
}

#[test]
fn only_its_characters_are_codes() {
    for typed in [" 2bcdf\n", "2B\u{a0}CD\u{200b}-F", "\u{feff}2bc\u{2011}d\u{ff26}", "\u{662}bcdf"]
    {
        assert_eq!(SteamCode::parse(typed).unwrap().expose(), "2BCDF", "{typed:?}");
    }
    let error = SteamCode::parse("2B\u{421}DF").unwrap_err();
    assert_eq!(error, SteamCodeError::Character { character: '\u{421}', position: 3 });
    for typed in [
        "",
        "2BCD",
        "2BCDFG",
        "2BCD0",
        "2BCDA",
        "2BCD\u{460}",
        &" ".repeat(40),
        &"2".repeat(1 << 20),
    ] {
        assert!(SteamCode::parse(typed).is_err(), "{typed:.20}");
    }
    let code = SteamCode::parse("2BCDF").unwrap();
    assert_eq!(format!("{code:?}"), "SteamCode(*****)");
    assert_ne!(code, SteamCode::parse("2BCDG").unwrap());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,10}") {
        let _ = SteamCode::parse(&text);
    }

    #[test]
    fn every_code_is_accepted_and_no_other(key in any::<[u8; 20]>(), unix in any::<u64>(), typed in "[2-9BCDFGHJKMNPQRTVWXY]{5}") {
        let steam = Steam::new(&Secret::from_bytes(key).unwrap());
        let code = steam.generate_at(unix);
        prop_assert!(SteamCode::parse(code.expose()).unwrap() == code);
        prop_assert!(steam.verify_at(unix, &code, Window::NONE, None).is_some());
        let typed = SteamCode::parse(&typed).unwrap();
        prop_assert_eq!(steam.verify_at(unix, &typed, Window::NONE, None).is_some(), typed == code);
    }
}
