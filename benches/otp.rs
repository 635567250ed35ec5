//! Generates codes, verifies codes and builds keys. `benches/peers` compares this with other
//! libraries.

#![expect(clippy::expect_used, reason = "a benchmark without its setup has nothing to measure")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use otpost::otp::{Algorithm, Code, Digits, Hotp, LookAhead, Secret, Totp, Window};

fn otp(criterion: &mut Criterion) {
    let secret = Secret::from_bytes(*b"12345678901234567890").expect("20 bytes");
    let wrong = Code::parse("000000").expect("a code");
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        let hotp = Hotp::with_algorithm(&secret, algorithm);
        let totp = Totp::with_algorithm(&secret, algorithm);
        let mut group = criterion.benchmark_group(algorithm.to_string());
        group.bench_function("generate", |b| b.iter(|| hotp.generate(black_box(42))));
        group.bench_function("verify ±1, no match", |b| {
            b.iter(|| totp.verify_at(black_box(1_700_000_000), &wrong, Window::default(), None));
        });
        group.bench_function("build key and verify ±1", |b| {
            b.iter(|| {
                Totp::with_algorithm(black_box(&secret), algorithm).verify_at(
                    1_700_000_000,
                    &wrong,
                    Window::default(),
                    None,
                )
            });
        });
        group.bench_function("look-ahead 100", |b| {
            b.iter(|| hotp.verify(&wrong, black_box(42), LookAhead::new(100)));
        });
        group.finish();
    }
    criterion.bench_function("random code", |b| b.iter(|| Code::random(Digits::Six)));
}

criterion_group!(benches, otp);
criterion_main!(benches);
