//! What holds secrets, as functions that all builds keep apart.

use otpost::otp::{
    Algorithm, Code, Digits, Hotp, LookAhead, Match, Ocra, OcraInput, OcraSuite, Secret, Steam,
    SteamCode, Totp, Window,
};

#[inline(never)]
pub fn make_ready(secret: &Secret, algorithm: Algorithm, digits: Digits) -> Hotp {
    Hotp::with_algorithm(secret, algorithm).with_digits(digits)
}

#[inline(never)]
pub fn generate(hotp: &Hotp, counter: u64) -> Code {
    hotp.generate(counter)
}

#[inline(never)]
pub fn verify(hotp: &Hotp, code: &Code, counter: u64, ahead: u16) -> Option<Match> {
    hotp.verify(code, counter, LookAhead::new(ahead))
}

#[inline(never)]
pub fn resync(hotp: &Hotp, first: &Code, second: &Code, counter: u64) -> Option<Match> {
    hotp.resync(first, second, counter, LookAhead::new(20))
}

#[inline(never)]
pub fn verify_totp(totp: &Totp, code: &Code, unix: u64, after: Option<u64>) -> Option<Match> {
    totp.verify_at(unix, code, Window::default(), after)
}

#[inline(never)]
pub fn are_same(one: &Code, other: &Code) -> bool {
    one == other
}

#[inline(never)]
pub fn random(digits: Digits, draw: u32) -> Option<Code> {
    let fill = |bytes: &mut [u8]| {
        bytes.copy_from_slice(&draw.to_le_bytes());
        Ok(())
    };
    Code::random_with(digits, fill).ok()
}

#[inline(never)]
pub fn generate_steam(secret: &Secret, unix: u64) -> SteamCode {
    Steam::new(secret).generate_at(unix)
}

#[inline(never)]
pub fn verify_steam(secret: &Secret, code: &SteamCode, unix: u64) -> Option<Match> {
    Steam::new(secret).verify_at(unix, code, Window::default(), None)
}

#[inline(never)]
pub fn answer(secret: &Secret, suite: OcraSuite, input: &OcraInput) -> Code {
    Ocra::new(secret, suite).generate(input).unwrap()
}

#[inline(never)]
pub fn check_answer(secret: &Secret, suite: OcraSuite, input: &OcraInput, code: &Code) -> bool {
    Ocra::new(secret, suite).verify(input, code).unwrap()
}

/// Their names, all of which have to be found again in the program.
pub const NAMES: [&str; 11] = [
    "make_ready",
    "generate",
    "verify",
    "resync",
    "verify_totp",
    "are_same",
    "random",
    "generate_steam",
    "verify_steam",
    "answer",
    "check_answer",
];
