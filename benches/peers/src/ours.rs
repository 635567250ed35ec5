use std::hint::black_box;

use otpost::otp::{Algorithm, Code, Hotp, LookAhead, Secret, Totp, Window};

use crate::{Contender, Hash, STEP, Task, UNIX, WRONG};

fn algorithm(hash: Hash) -> Algorithm {
    match hash {
        Hash::Sha1 => Algorithm::Sha1,
        Hash::Sha256 => Algorithm::Sha256,
        Hash::Sha512 => Algorithm::Sha512,
    }
}

pub fn contender(hash: Hash, task: Task) -> Contender {
    let secret = Secret::from_bytes(hash.key()).unwrap();
    let totp = Totp::with_algorithm(&secret, algorithm(hash));
    let hotp = Hotp::with_algorithm(&secret, algorithm(hash));
    let verify = |totp: &Totp| {
        let code = Code::parse(black_box(WRONG)).unwrap();
        totp.verify_at(black_box(UNIX), &code, Window::default(), None).is_some()
    };
    match task {
        Task::Generate => Contender::making("otpost", move || totp.generate_at(black_box(UNIX))),
        Task::Verify => Contender::new("otpost", move || verify(&totp)),
        Task::ColdVerify => Contender::new("otpost", move || {
            verify(&Totp::with_algorithm(black_box(&secret), algorithm(hash)))
        }),
        Task::LookAhead => Contender::new("otpost", move || {
            let code = Code::parse(black_box(WRONG)).unwrap();
            hotp.verify(&code, black_box(UNIX / STEP), LookAhead::new(100)).is_some()
        }),
    }
}

/// The codes of the steps that are looked at: the one before, that of the time, and 100 more.
pub fn codes(hash: Hash) -> Vec<String> {
    let totp = Totp::with_algorithm(&Secret::from_bytes(hash.key()).unwrap(), algorithm(hash));
    let steps = UNIX / STEP - 1..=UNIX / STEP + 100;
    steps.map(|step| totp.generate_at(step * STEP).expose().to_owned()).collect()
}
