//! The n-th call for randomness fails, for each n from 1 to 1,000: what needed it is an error, nothing was sent for it, and all before and behind it
//! goes its way. The naive twin goes on with what was in the buffer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use otpost::challenge::{ChallengeErrorKind, Challenges, Limits, Pepper};
use otpost::otp::{Code, Digits, Secret, fill_random};
use otpost::provider::{Provider, Receipt, SendError};
use otpost::store::MemoryStore;
use otpost::{Message, PhoneNumber, async_trait};

const CALLS: u64 = 1_000;

static CALL: AtomicU64 = AtomicU64::new(0);
static FAILS_AT: AtomicU64 = AtomicU64::new(0);

/// The generator of this program: numbers that look random, until the call that fails.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    at: *mut u8,
    length: usize,
) -> Result<(), getrandom::Error> {
    let call = CALL.fetch_add(1, SeqCst) + 1;
    if call == FAILS_AT.load(SeqCst) {
        return Err(getrandom::Error::UNSUPPORTED);
    }
    let mut state = call.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for place in 0..length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let [byte, ..] = state.to_be_bytes();
        // SAFETY: the caller gives a buffer of this length, and no byte of it is read.
        unsafe { at.add(place).write(byte) };
    }
    Ok(())
}

/// Counts what was sent.
#[derive(Clone, Debug, Default)]
struct Phone(Arc<AtomicU64>);

#[async_trait]
impl Provider for Phone {
    fn name(&self) -> &str {
        "phone"
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        self.0.fetch_add(1, SeqCst);
        Ok(Receipt::new("phone"))
    }
}

/// From now on, the n-th call fails.
fn fail_at(call: u64) {
    FAILS_AT.store(CALL.load(SeqCst) + call, SeqCst);
}

fn has_failed() -> bool {
    CALL.load(SeqCst) >= FAILS_AT.load(SeqCst)
}

async fn challenges() -> u64 {
    let phone = Phone::default();
    let challenges = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(phone.clone())
        .store(MemoryStore::new())
        .any_region()
        .limits(Limits::none())
        .build()
        .unwrap();
    let (mut errors, mut number) = (0, 0);
    for call in 1..=CALLS {
        fail_at(call);
        while !has_failed() {
            number += 1;
            let before = phone.0.load(SeqCst);
            let to = PhoneNumber::parse(&format!("+41791{number:06}")).unwrap();
            let issued = challenges
                .issue(
                    &to,
                    otpost::challenge::Purpose::new("login"),
                    otpost::challenge::Client::Internal,
                )
                .await;
            let sent = phone.0.load(SeqCst) - before;
            match issued {
                Ok(_) => {
                    assert!(sent == 1 && !has_failed(), "call {call}: issued without randomness")
                }
                Err(error) => {
                    assert!(has_failed(), "call {call}: {error}");
                    assert_eq!(
                        (error.kind(), sent),
                        (ChallengeErrorKind::Random, 0),
                        "call {call}"
                    );
                    errors += 1;
                }
            }
        }
    }
    println!(
        "randomness: {errors} of {CALLS} failures are errors, with nothing sent; {number} challenges in all"
    );
    errors
}

/// Whatever draws: a code, a secret, a pepper.
fn draws(draw: impl Fn() -> bool) -> u64 {
    let mut errors = 0;
    for call in 1..=CALLS {
        fail_at(call);
        while !has_failed() {
            let drawn = draw();
            assert_eq!(drawn, !has_failed(), "call {call}");
            errors += u64::from(!drawn);
        }
    }
    errors
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(challenges()), CALLS);
    assert_eq!(draws(|| Code::random(Digits::Eight).is_ok()), CALLS);
    assert_eq!(draws(|| Secret::generate().is_ok()), CALLS);
    assert_eq!(draws(|| Pepper::random().is_ok()), CALLS);
    println!("randomness: codes, secrets and peppers likewise");

    let naive = || {
        let mut bytes = [0; 4];
        let _ = fill_random(&mut bytes);
        u32::from_le_bytes(bytes) % 1_000_000
    };
    fail_at(1);
    assert_eq!(naive(), 0, "the naive twin gives everybody one code");
}
