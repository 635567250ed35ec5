//! dudect (Reparaz, Balasch and Verbauwhede, 2017): two classes of input in random order, and whether their times can be told apart. Both
//! classes stand in one buffer, since two buffers differ by themselves.

use std::hint::black_box;
use std::process::Command;

use hmac::{Hmac, KeyInit, Mac};
use otpost::otp::{Algorithm, Code, Digits, Hotp, Secret, Totp};

use crate::{hot, naive};

const SAMPLES: usize = 1_000_000;
const PROCESSES: usize = 3;
/// Below this there is no difference, above that there is one.
const NONE: f64 = 5.0;
const PLAIN: f64 = 50.0;

/// Runs the program again, three times. Each class has to be below the bound in two of them, the controls in all.
pub fn prove() -> bool {
    let program = std::env::current_exe().unwrap();
    let mut below: Vec<(String, usize)> = Vec::new();
    let mut sound = true;
    for process in 1..=PROCESSES {
        let output = Command::new(&program).arg("timed").output().unwrap();
        sound &= output.status.success();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let (name, t) = line.split_once('\t').unwrap();
            println!("dudect, process {process}: t = {t:>9}  {name}");
            let t: f64 = t.parse::<f64>().unwrap().abs();
            match name {
                "control: nothing differs" => sound &= t < NONE,
                "control: a comparison that stops early" => sound &= t > PLAIN,
                _ => match below.iter_mut().find(|(known, _)| known == name) {
                    Some((_, count)) => *count += usize::from(t < NONE),
                    None => below.push((name.to_owned(), usize::from(t < NONE))),
                },
            }
        }
    }
    for (name, count) in &below {
        println!("dudect: |t| < {NONE} in {count} of {PROCESSES}  {name}");
    }
    sound && below.len() == 5 && below.iter().all(|(_, count)| *count >= 2)
}

/// Cycles, or nanoseconds where there is no counter to read.
#[cfg(target_arch = "x86_64")]
fn now() -> u64 {
    use std::arch::x86_64::{_mm_lfence, _rdtsc};
    // SAFETY: every x86-64 has both.
    unsafe {
        _mm_lfence();
        let cycles = _rdtsc();
        _mm_lfence();
        cycles
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn now() -> u64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGIN.elapsed().as_nanos() as u64
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Welch's t of the two classes: `fill` writes the class's input into the buffer, `work` is timed. The slowest tenth of all is cut: what
/// interrupts a call has nothing to do with it.
fn measure<B>(
    name: &str,
    mut buffer: B,
    mut fill: impl FnMut(&mut B, usize, u64),
    mut work: impl FnMut(&B),
) {
    let mut random = Random(u64::from(std::process::id()) << 32 | 0x2545_f491);
    let mut samples = Vec::with_capacity(SAMPLES);
    for at in 0..SAMPLES + SAMPLES / 100 {
        let number = random.next();
        let class = usize::from(number >> 40 & 1 == 1);
        fill(&mut buffer, class, number);
        let begin = now();
        work(&buffer);
        let taken = now().wrapping_sub(begin);
        // The first are for the caches.
        if at >= SAMPLES / 100 {
            samples.push((taken, class));
        }
    }
    let mut times: Vec<u64> = samples.iter().map(|(taken, _)| *taken).collect();
    times.sort_unstable();
    let limit = times[SAMPLES * 9 / 10];
    let kept = |wanted: usize| {
        let of_class =
            samples.iter().filter(move |(taken, class)| *class == wanted && *taken <= limit);
        of_class.map(|(taken, _)| *taken as f64)
    };
    let moments = |class: usize| {
        let count = kept(class).count() as f64;
        let mean = kept(class).sum::<f64>() / count;
        (mean, kept(class).map(|taken| (taken - mean).powi(2)).sum::<f64>() / (count - 1.0) / count)
    };
    let ((one, of_one), (other, of_other)) = (moments(0), moments(1));
    let spread = (of_one + of_other).sqrt();
    let t = if spread > 0.0 { (one - other) / spread } else { 0.0 };
    println!("{name}\t{t:.2}");
}

const KEY: [u8; 20] = *b"12345678901234567890";
const STEP: u64 = 56_666_666;

fn truncated(counter: u64) -> (usize, u32) {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&KEY).unwrap();
    mac.update(&counter.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let value = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap());
    (offset, value & 0x7fff_ffff)
}

/// What one process measures.
pub fn run() {
    let hotp = Hotp::new(&Secret::from_bytes(KEY).unwrap());
    let totp = Totp::new(&Secret::from_bytes(KEY).unwrap());
    let code = |counter: u64| hotp.generate(counter);

    let same = [code(STEP), code(STEP)];
    measure(
        "control: nothing differs",
        same[0].clone(),
        |buffer, class, _| buffer.clone_from(&same[class]),
        |buffer| _ = black_box(hot::verify_totp(&totp, buffer, STEP * 30, None)),
    );
    // Of 16 bytes, which a processor compares one after the other.
    let (right, early, late) = ([7_u8; 16], [0_u8; 16], [[7_u8; 15].as_slice(), &[0]].concat());
    measure(
        "control: a comparison that stops early",
        [0_u8; 16],
        |buffer, class, _| buffer.copy_from_slice(if class == 0 { &early } else { &late }),
        |buffer| _ = black_box(naive::are_same(black_box(&right), buffer)),
    );
    let positions = [code(STEP - 1), code(STEP + 1)];
    measure(
        "window position: one step before, one step behind",
        positions[0].clone(),
        |buffer, class, _| buffer.clone_from(&positions[class]),
        |buffer| _ = black_box(hot::verify_totp(&totp, buffer, STEP * 30, None)),
    );
    let other = |place: usize| {
        let mut text = code(STEP).expose().to_owned().into_bytes();
        text[place] = b'0' + (text[place] - b'0' + 1) % 10;
        Code::parse(std::str::from_utf8(&text).unwrap()).unwrap()
    };
    let digits = [other(0), other(5)];
    measure(
        "wrong digit: the first, the last",
        digits[0].clone(),
        |buffer, class, _| buffer.clone_from(&digits[class]),
        |buffer| _ = black_box(hot::verify(&hotp, buffer, STEP, 0)),
    );
    truncation(&hotp);
    keys();
}

fn truncation(hotp: &Hotp) {
    // Of one offset, values with few bits and with many.
    let at = |small: bool| {
        let fits = |counter: &u64| {
            let (offset, value) = truncated(*counter);
            offset == 3 && if small { value < 1 << 27 } else { value > 0x7800_0000 }
        };
        (0..).filter(fits).take(64).collect::<Vec<u64>>()
    };
    let values = [at(true), at(false)];
    measure(
        "truncated value at one offset: small, large",
        0_u64,
        |buffer, class, number| *buffer = values[class][number as usize % 64],
        |buffer| _ = black_box(hot::generate(hotp, *buffer)),
    );
    // One and the same value, found at the first offset and at the last.
    let mut first = std::collections::HashMap::new();
    let mut last = Vec::new();
    for counter in 0..4_000_000 {
        match truncated(counter) {
            (0, value) => drop(first.insert(value, counter)),
            (15, value) => last.push((value, counter)),
            _ => {}
        }
    }
    let pairs: Vec<[u64; 2]> =
        last.iter().filter_map(|(value, at)| Some([*first.get(value)?, *at])).take(8).collect();
    assert_eq!(pairs.len(), 8, "too few pairs of one value");
    measure(
        "offset at one value: 0, 15",
        0_u64,
        |buffer, class, number| *buffer = pairs[number as usize % 8][class],
        |buffer| _ = black_box(hot::generate(hotp, *buffer)),
    );
}

fn keys() {
    let wrong = Code::parse("000000").unwrap();
    let keys: [[u8; 20]; 2] = [
        [0; 20],
        *b"\xfe\xa3\x91\xc7\xff\x80\xd5\xe9\xbb\xf6\x97\xad\xcf\xee\xf1\xdd\xb7\x9e\xf3\xef",
    ];
    // The memory of the last is what the next gets: one buffer.
    measure(
        "key: zeros, many ones",
        Some(Secret::from_bytes(keys[0]).unwrap()),
        |buffer, class, _| {
            *buffer = None;
            *buffer = Secret::from_bytes(black_box(keys[class])).ok();
        },
        |buffer| {
            let Some(secret) = buffer else { return };
            let hotp = hot::make_ready(secret, Algorithm::Sha1, Digits::Six);
            _ = black_box(hot::verify(&hotp, &wrong, STEP, 0));
        },
    );
}
