//! Memcheck reports each branch and each address that depends on memory that is not initialised. The secrets and the codes are declared to be that.

use std::hint::black_box;
use std::process::{Command, exit};

use otpost::otp::{Algorithm, Code, Digits, Hotp, OcraInput, OcraSuite, Secret, SteamCode, Totp};

use crate::{hot, naive, valgrind};

const UNIX: u64 = 1_700_000_000;
const ALGORITHMS: [Algorithm; 3] = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];

/// Runs the program again, within valgrind.
pub fn prove() -> bool {
    let program = std::env::current_exe().unwrap();
    let suppressions = concat!(env!("CARGO_MANIFEST_DIR"), "/matched.supp");
    let status = Command::new("valgrind")
        .args(["--quiet", "--undef-value-errors=yes", "--error-limit=no"])
        .arg(format!("--suppressions={suppressions}"))
        .arg(program)
        .arg("tainted")
        .status();
    status.expect("install valgrind").success()
}

fn secret(length: u8) -> Secret {
    let secret = Secret::from_bytes((1..=length).collect::<Vec<_>>()).unwrap();
    valgrind::taint(secret.expose());
    secret
}

fn code(text: &str) -> Code {
    let code = Code::parse(text).unwrap();
    valgrind::taint(code.expose().as_bytes());
    code
}

/// The code at a counter, without its taint.
fn known(length: u8, algorithm: Algorithm, digits: Digits, counter: u64) -> String {
    let secret = Secret::from_bytes((1..=length).collect::<Vec<_>>()).unwrap();
    Hotp::with_algorithm(&secret, algorithm)
        .with_digits(digits)
        .generate(counter)
        .expose()
        .to_owned()
}

/// What runs within valgrind.
pub fn run() {
    assert!(valgrind::runs(), "this runs within valgrind alone");
    let before = valgrind::errors();
    let mut work = Vec::new();
    for algorithm in ALGORITHMS {
        for digits in [Digits::Six, Digits::Seven, Digits::Eight] {
            // Shorter and longer than a block.
            for length in [20, 150] {
                codes(algorithm, digits, length);
                work.push((algorithm, digits, length));
            }
        }
        answers(algorithm);
    }
    steam();
    assert!(hot::random(Digits::Six, 7).is_some());
    let errors = valgrind::errors() - before;
    println!("taint: {errors} errors in {} keys, Steam Guard and OCRA", work.len());

    // The taint has to get as far as what comes out.
    let secret = secret(20);
    let hotp = hot::make_ready(&secret, Algorithm::Sha1, Digits::Six);
    let made = valgrind::is_tainted(hot::generate(&hotp, 7).expose().as_bytes());
    let right = code(&known(20, Algorithm::Sha1, Digits::Six, 7));
    let found = hot::verify(&hotp, &right, 7, 0).unwrap().counter;
    let found = valgrind::is_tainted(&found.to_ne_bytes());
    println!("taint: in a code that was made: {made}, in an answer: {found}");

    let before = valgrind::errors();
    black_box(naive::are_same(secret.expose(), black_box(&[1; 20])));
    let branch = valgrind::errors() - before;
    black_box(naive::truncate(secret.expose().try_into().unwrap()));
    let address = valgrind::errors() - before - branch;
    println!("taint: {branch} errors by a comparison that stops early, {address} by a table");
    exit(i32::from(errors > 0 || !made || !found || branch == 0 || address == 0));
}

fn codes(algorithm: Algorithm, digits: Digits, length: u8) {
    let secret = secret(length);
    let hotp = hot::make_ready(&secret, algorithm, digits);
    let made = hot::generate(&hotp, 7);
    let right = code(&known(length, algorithm, digits, 7));
    let same = valgrind::cleared(hot::are_same(&made, &right));
    assert!(same);
    for (counter, ahead, expected) in [(7, 0, true), (0, 9, true), (8, 5, false), (3, 4, true)] {
        let found = valgrind::cleared(hot::verify(&hotp, &right, counter, ahead));
        assert_eq!(found.is_some(), expected);
    }
    let next = code(&known(length, algorithm, digits, 8));
    let found = valgrind::cleared(hot::resync(&hotp, &right, &next, 0));
    assert_eq!(found.unwrap().counter, 8);

    let totp = Totp::with_algorithm(&secret, algorithm).with_digits(digits);
    for step in [6, 7, 8, 9] {
        for after in [None, Some(7)] {
            let found = valgrind::cleared(hot::verify_totp(&totp, &right, step * 30, after));
            assert_eq!(found.is_some(), step < 9 && after.is_none());
        }
    }
}

fn steam() {
    let secret = secret(20);
    let made = hot::generate_steam(&secret, UNIX);
    let plain = Secret::from_bytes((1..=20).collect::<Vec<_>>()).unwrap();
    let right = SteamCode::parse(hot::generate_steam(&plain, UNIX).expose()).unwrap();
    valgrind::taint(right.expose().as_bytes());
    let found = valgrind::cleared(hot::verify_steam(&secret, &right, UNIX));
    assert!(found.is_some());
    black_box(made);
}

fn answers(algorithm: Algorithm) {
    let suite = format!("OCRA-1:HOTP-{algorithm}-8:C-QN08-PSHA256-S512-T1M");
    let suite = OcraSuite::parse(&suite).unwrap();
    let input = |is_tainted: bool| {
        let (pin, session) = (String::from("1234"), vec![7; 300]);
        if is_tainted {
            valgrind::taint(pin.as_bytes());
            valgrind::taint(&session);
        }
        let input = OcraInput::new("12345678").with_counter(1).with_time(UNIX);
        input.with_pin(&pin).with_session(session)
    };
    let secret = secret(64);
    let plain = Secret::from_bytes((1..=64).collect::<Vec<_>>()).unwrap();
    let right = code(hot::answer(&plain, suite.clone(), &input(false)).expose());
    let input = input(true);
    let made = hot::answer(&secret, suite.clone(), &input);
    let same = valgrind::cleared([
        hot::are_same(&made, &right),
        hot::check_answer(&secret, suite, &input, &right),
    ]);
    assert_eq!(same, [true, true]);
}
