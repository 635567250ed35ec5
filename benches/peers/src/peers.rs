//! The others, each as its documentation shows it.

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};

use crate::{Contender, Hash, STEP, Task, UNIX, WRONG, ours};

#[derive(Clone, Copy, Debug)]
pub enum Peer {
    TotpRs,
    TotpRfc,
    OtpStd,
    OtpAuth,
    /// What one writes by hand: a keyed HMAC that is cloned for each code, which is the fastest that the `hmac` crate offers.
    HmacCloned,
    #[cfg(liboath)]
    LibOath,
}

impl Peer {
    pub const ALL: &[Self] = &[
        Self::TotpRs,
        Self::TotpRfc,
        Self::OtpStd,
        Self::OtpAuth,
        Self::HmacCloned,
        #[cfg(liboath)]
        Self::LibOath,
    ];

    /// The code at the time of the measurement; `None` where the library has not this hash.
    fn code(self, hash: Hash) -> Option<String> {
        Some(match self {
            Self::TotpRs => {
                let secret = totp_rs::Secret::from(hash.key());
                build_totp_rs(hash, &secret).generate(UNIX).to_string()
            }
            Self::TotpRfc => {
                let secret = totp_rfc::Secret::new(hash.key()).unwrap();
                build_totp_rfc(hash).generate(&secret, UNIX).unwrap().to_string()
            }
            Self::OtpStd => build_otp_std(hash, 1).generate_string_at(UNIX),
            Self::OtpAuth if hash == Hash::Sha1 => {
                format!("{:06}", otpauth::TOTP::from_bytes(hash.key()).generate(STEP, UNIX))
            }
            Self::OtpAuth => return None,
            Self::HmacCloned => {
                let counter = UNIX / STEP;
                let value = match hash {
                    Hash::Sha1 => {
                        value(&Hmac::<sha1::Sha1>::new_from_slice(hash.key()).unwrap(), counter)
                    }
                    Hash::Sha256 => {
                        value(&Hmac::<sha2::Sha256>::new_from_slice(hash.key()).unwrap(), counter)
                    }
                    Hash::Sha512 => {
                        value(&Hmac::<sha2::Sha512>::new_from_slice(hash.key()).unwrap(), counter)
                    }
                };
                format!("{value:06}")
            }
            #[cfg(liboath)]
            Self::LibOath => crate::liboath::code(hash),
        })
    }

    /// `None` for what the library cannot do.
    pub fn contender(self, hash: Hash, task: Task) -> Option<Contender> {
        match self {
            Self::TotpRs => Some(totp_rs(hash, task)),
            Self::TotpRfc => Some(totp_rfc(hash, task)),
            Self::OtpStd => otp_std(hash, task),
            Self::OtpAuth => otpauth(hash, task),
            Self::HmacCloned => Some(match hash {
                Hash::Sha1 => hmac_cloned::<Hmac<sha1::Sha1>>(hash, task),
                Hash::Sha256 => hmac_cloned::<Hmac<sha2::Sha256>>(hash, task),
                Hash::Sha512 => hmac_cloned::<Hmac<sha2::Sha512>>(hash, task),
            }),
            #[cfg(liboath)]
            Self::LibOath => crate::liboath::contender(hash, task),
        }
    }
}

/// The measurement means something only where everybody computes the same.
pub fn all_agree(hash: Hash) {
    let codes = ours::codes(hash);
    assert!(!codes.iter().any(|code| code == WRONG), "a wrong code that is right");
    for peer in Peer::ALL {
        if let Some(code) = peer.code(hash) {
            assert_eq!(code, codes[1], "{peer:?}, {hash:?}");
        }
        for task in [Task::Verify, Task::ColdVerify, Task::LookAhead] {
            if let Some(mut verify) = peer.contender(hash, task) {
                assert!(!(verify.call)(), "{peer:?}, {hash:?}");
            }
        }
    }
}

fn build_totp_rs(hash: Hash, secret: &totp_rs::Secret) -> totp_rs::Totp {
    let algorithm = match hash {
        Hash::Sha1 => totp_rs::Algorithm::SHA1,
        Hash::Sha256 => totp_rs::Algorithm::SHA256,
        Hash::Sha512 => totp_rs::Algorithm::SHA512,
    };
    totp_rs::Builder::new().with_algorithm(algorithm).with_secret(secret.clone()).build().unwrap()
}

fn totp_rs(hash: Hash, task: Task) -> Contender {
    let secret = totp_rs::Secret::from(hash.key());
    let totp = build_totp_rs(hash, &secret);
    let check = |totp: &totp_rs::Totp| totp.check(black_box(WRONG), black_box(UNIX)).is_some();
    match task {
        Task::Generate => Contender::making("totp-rs", move || totp.generate(black_box(UNIX))),
        Task::Verify => Contender::new("totp-rs", move || check(&totp)),
        Task::ColdVerify => {
            Contender::new("totp-rs", move || check(&build_totp_rs(hash, black_box(&secret))))
        }
        // It has no HOTP. A token that is in no window is compared with each.
        Task::LookAhead => {
            let wrong = totp.generate(0);
            Contender::new("totp-rs, by hand", move || {
                let first = black_box(UNIX) / STEP;
                (first..=first + 100).any(|step| totp.generate(step * STEP) == wrong)
            })
        }
    }
}

fn build_totp_rfc(hash: Hash) -> totp_rfc::Totp {
    let algorithm = match hash {
        Hash::Sha1 => totp_rfc::Algorithm::Sha1,
        Hash::Sha256 => totp_rfc::Algorithm::Sha256,
        Hash::Sha512 => totp_rfc::Algorithm::Sha512,
    };
    totp_rfc::Totp::new(algorithm, totp_rfc::Digits::SIX, STEP, 0).unwrap()
}

/// It borrows the secret for each call and keeps nothing ready.
fn totp_rfc(hash: Hash, task: Task) -> Contender {
    let (totp, hotp) = (build_totp_rfc(hash), totp_rfc::Hotp::default());
    let secret = move || totp_rfc::Secret::new(black_box(hash.key())).unwrap();
    let within = move |past, future| {
        let window = totp_rfc::ValidationWindow::new(past, future);
        let found = totp.verify_window(&secret(), black_box(UNIX), window, black_box(WRONG));
        found.unwrap().is_some()
    };
    match task {
        Task::Generate => Contender::making("totp-rfc", move || {
            totp.generate(&secret(), black_box(UNIX)).unwrap()
        }),
        Task::Verify | Task::ColdVerify => Contender::new("totp-rfc", move || within(1, 1)),
        Task::LookAhead if hash == Hash::Sha1 => Contender::new("totp-rfc", move || {
            let found =
                hotp.verify_window(&secret(), black_box(UNIX / STEP), 100, black_box(WRONG));
            found.unwrap().is_some()
        }),
        // Its HOTP is SHA-1 alone.
        Task::LookAhead => Contender::new("totp-rfc, TOTP", move || within(0, 100)),
    }
}

fn build_otp_std(hash: Hash, skew: u64) -> otp_std::Totp<'static> {
    let algorithm = match hash {
        Hash::Sha1 => otp_std::Algorithm::Sha1,
        Hash::Sha256 => otp_std::Algorithm::Sha256,
        Hash::Sha512 => otp_std::Algorithm::Sha512,
    };
    let secret = otp_std::Secret::borrowed(black_box(hash.key())).unwrap();
    let base = otp_std::Base::builder().secret(secret).algorithm(algorithm).build();
    otp_std::Totp::builder().base(base).skew(otp_std::Skew::new(skew)).build()
}

fn otp_std(hash: Hash, task: Task) -> Option<Contender> {
    let totp = build_otp_std(hash, 1);
    let check = |totp: &otp_std::Totp<'_>| totp.verify_string_at(black_box(UNIX), black_box(WRONG));
    Some(match task {
        Task::Generate => Contender::making("otp-std", move || totp.generate_at(black_box(UNIX))),
        Task::Verify => Contender::new("otp-std", move || check(&totp)),
        Task::ColdVerify => Contender::new("otp-std", move || check(&build_otp_std(hash, 1))),
        // It has none.
        Task::LookAhead => return None,
    })
}

fn otpauth(hash: Hash, task: Task) -> Option<Contender> {
    // SHA-1 alone.
    if hash != Hash::Sha1 {
        return None;
    }
    let totp = otpauth::TOTP::from_bytes(hash.key());
    let hotp = otpauth::HOTP::from_bytes(hash.key());
    // It takes a number, and has no window.
    let check = |totp: &otpauth::TOTP| {
        let code = black_box(WRONG).parse().unwrap();
        [UNIX - STEP, UNIX, UNIX + STEP].iter().any(|at| totp.verify(code, STEP, black_box(*at)))
    };
    Some(match task {
        Task::Generate => {
            Contender::making("otpauth", move || totp.generate(STEP, black_box(UNIX)))
        }
        Task::Verify => Contender::new("otpauth", move || check(&totp)),
        Task::ColdVerify => Contender::new("otpauth", move || {
            check(&otpauth::TOTP::from_bytes(black_box(hash.key())))
        }),
        Task::LookAhead => Contender::new("otpauth", move || {
            let code = black_box(WRONG).parse().unwrap();
            hotp.verify(code, black_box(UNIX / STEP - 1), 101)
        }),
    })
}

/// A code by a MAC that is cloned for each.
fn value<M: Mac + Clone>(keyed: &M, counter: u64) -> u32 {
    let mut mac = keyed.clone();
    mac.update(&counter.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[digest.len() - 1] & 15);
    let word = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    word % 1_000_000
}

fn hmac_cloned<M: Mac + KeyInit + Clone + 'static>(hash: Hash, task: Task) -> Contender {
    let build = move || <M as KeyInit>::new_from_slice(black_box(hash.key())).unwrap();
    let keyed = build();
    let check = |keyed: &M, past: u64, future: u64| {
        let code: u32 = black_box(WRONG).parse().unwrap();
        let now = black_box(UNIX) / STEP;
        (now - past..=now + future).any(|step| value(keyed, step) == code)
    };
    let name = "hmac, cloned";
    match task {
        Task::Generate => Contender::making(name, move || value(&keyed, black_box(UNIX) / STEP)),
        Task::Verify => Contender::new(name, move || check(&keyed, 1, 1)),
        Task::ColdVerify => Contender::new(name, move || check(&build(), 1, 1)),
        Task::LookAhead => Contender::new(name, move || check(&keyed, 0, 100)),
    }
}
