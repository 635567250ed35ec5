//! Codes and URIs against software from elsewhere: `oathtool` of the OATH Toolkit, and pyotp.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use otpost::otp::{Algorithm, Digits, Hotp, KeyKind, KeyUri, Secret, Totp};
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::scale::cases;

const CASES: usize = 10_000;

/// 16 to 150 bytes: below and above the blocks of all hashes.
fn secret(dice: &mut Dice) -> Secret {
    let length = 16 + dice.below(135);
    let bytes: Vec<_> = (0..length).map(|_| dice.below(256).to_be_bytes()[7]).collect();
    Secret::from_bytes(bytes).unwrap()
}

fn digits(dice: &mut Dice) -> Digits {
    dice.one(&[Digits::Six, Digits::Seven, Digits::Eight])
}

fn algorithm(dice: &mut Dice) -> Algorithm {
    dice.one(&[Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512])
}

/// Without the characters that pyotp reads wrongly, since it decodes a URI before it takes it apart.
fn name(dice: &mut Dice) -> String {
    let letters =
        ["a", "B", "7", " ", "@", ".", "-", "_", "~", "ü", "漢", "🔑", "'", "(", "!", "*", ","];
    let middle: String = (0..dice.below(20)).map(|_| dice.one(&letters)).collect();
    format!("x{middle}y")
}

fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Sha256 => "sha256",
        Algorithm::Sha512 => "sha512",
        _ => "sha1",
    }
}

fn run(program: &str, arguments: &[&str], input: String) -> String {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child =
        command.spawn().unwrap_or_else(|error| panic!("{program} is not to be had: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    // Beside the reading: neither waits for the other.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn codes_are_those_of_oathtool() {
    let mut dice = Dice::new(1);
    for _ in 0..cases("OTPOST_CASES", 1_000, 10_000) {
        let (secret, digits) = (secret(&mut dice), digits(&mut dice));
        let key: String = secret.expose().iter().map(|byte| format!("{byte:02x}")).collect();
        let count = digits.count().to_string();
        // oathtool knows SHA-1 alone for HOTP.
        let (theirs, ours) = if dice.below(3) == 0 {
            let counter = dice.below(u64::MAX);
            let theirs = run(
                "oathtool",
                &["--hotp", "-d", &count, "-c", &counter.to_string(), &key],
                String::new(),
            );
            (theirs, Hotp::new(&secret).with_digits(digits).generate(counter))
        } else {
            let (algorithm, unix, step) =
                (algorithm(&mut dice), dice.below(1 << 40), 1 + dice.below(120));
            let totp = Totp::with_algorithm(&secret, algorithm).with_digits(digits);
            let (mode, at, seconds) =
                (format!("--totp={}", name_of(algorithm)), format!("@{unix}"), format!("{step}s"));
            let theirs = run(
                "oathtool",
                &[&mode, "-d", &count, "-N", &at, "-s", &seconds, &key],
                String::new(),
            );
            (theirs, totp.with_step(Duration::from_secs(step)).generate_at(unix))
        };
        assert_eq!(theirs.trim(), ours.expose());
    }
}

/// A Python that has pyotp: the system's, or the one in use.
fn python() -> &'static str {
    let has = |python: &&str| {
        let mut command = Command::new(python);
        let status = command.args(["-c", "import pyotp"]).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(has)
        .unwrap_or_else(|| panic!("install pyotp: tests/run does it"))
}

#[test]
fn codes_and_uris_are_those_of_pyotp() {
    let mut dice = Dice::new(2);
    let keys: Vec<(KeyUri, u64)> = (0..CASES).map(|_| key(&mut dice)).collect();
    let lines = keys.iter().map(|(key, number)| {
        let step = match key.kind() {
            KeyKind::Totp { step } => Some(step.as_secs()),
            _ => None,
        };
        let line = json!({
            "secret": key.secret().to_base32().expose(), "hash": name_of(key.algorithm()), "digits": key.digits().count(),
            "account": key.account(), "issuer": key.issuer(), "step": step, "number": number, "uri": key.to_uri().expose(),
        });
        format!("{line}\n")
    });
    let answers = run(python(), &["-c", include_str!("pyotp.py")], lines.collect());
    assert_eq!(answers.lines().count(), CASES);
    for ((key, number), answer) in keys.iter().zip(answers.lines()) {
        let answer: Value = serde_json::from_str(answer).unwrap();
        let (code, step) = match key.kind() {
            KeyKind::Totp { step } => {
                (key.to_totp().unwrap().generate_at(*number), json!(step.as_secs()))
            }
            _ => (key.to_hotp().unwrap().generate(*number), Value::Null),
        };
        assert_eq!(answer["code"], code.expose());
        let read = json!({
            "secret": key.secret().to_base32().expose(), "hash": name_of(key.algorithm()), "digits": key.digits().count(),
            "account": key.account(), "issuer": key.issuer(), "step": step, "code": code.expose(),
        });
        assert_eq!(answer["read"], read, "what pyotp reads from ours");
        let theirs = KeyUri::parse(answer["uri"].as_str().unwrap()).unwrap();
        assert_eq!(&theirs, key, "what we read from pyotp's");
    }
}

fn key(dice: &mut Dice) -> (KeyUri, u64) {
    let (secret, account) = (secret(dice), name(dice));
    let (key, number) = if dice.below(2) == 0 {
        let counter = dice.below(u64::MAX);
        (KeyUri::hotp(secret, &account, counter).unwrap(), counter)
    } else {
        let step = Duration::from_secs(1 + dice.below(120));
        (KeyUri::totp(secret, &account).unwrap().with_step(step), dice.below(1 << 36))
    };
    let key = if dice.below(3) > 0 { key.with_issuer(&name(dice)).unwrap() } else { key };
    (key.with_algorithm(algorithm(dice)).with_digits(digits(dice)), number)
}
