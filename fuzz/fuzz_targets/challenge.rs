//! What comes back from a page, an environment or a store: any identity, pepper, guess and stored message; never a panic, nobody is let in,
//! and nothing is sent that nobody has issued.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use otpost::challenge::{Challenges, Guards, Pepper, Verdict};
use otpost::store::{
    ChallengeId, Context, Intent, Mac, MemoryStore, NewChallenge, OpenRule, OutboxStore, Salt,
    SendWindow,
};
use otpost::testing::RecordingProvider;

const DAY: Duration = Duration::from_secs(86_400);

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().unwrap());

fuzz_target!(|input: &[u8]| {
    // The first byte says what the rest is.
    let Some((kind, rest)) = input.split_first() else { return };
    match (kind, core::str::from_utf8(rest)) {
        (b'i', Ok(text)) => identity(text),
        (b'p', Ok(text)) => drop(Pepper::parse(text)),
        (b't', Ok(text)) => RUNTIME.block_on(stored(text, b"")),
        (b'm', _) => RUNTIME.block_on(stored("123456", rest)),
        _ => {}
    }
});

fn identity(text: &str) {
    if let Ok(id) = ChallengeId::parse(text) {
        assert_eq!(ChallengeId::parse(&id.to_string()).ok(), Some(id));
        assert_eq!(ChallengeId::from_bytes(*id.as_bytes()), id);
    }
}

/// A message that some other program has put into the store, and a guess at its challenge.
async fn stored(typed: &str, intent: &[u8]) {
    let (store, phone) = (Arc::new(MemoryStore::with_capacity(10)), RecordingProvider::new());
    let challenges = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(phone.clone())
        .outbox(store.clone())
        .regions(["CH"])
        .guards(Guards::none())
        .build()
        .unwrap();
    let id = ChallengeId::new(1, [0; 8], [7; 16]);
    let (mac, salt) = (Mac::new([7; 16]), Salt::new([7; 16]));
    let new = NewChallenge::new(id, mac, salt, Context::new([0; 12]), 5);
    let windows = [SendWindow::new(5, DAY), SendWindow::new(5, DAY)];
    let rule = OpenRule::new(Duration::from_secs(300), Duration::ZERO, Duration::ZERO, windows);
    let _ = store.open_queued(&new, &rule, &Intent::new(intent)).await.unwrap();
    let _ = challenges.worker().unwrap().step().await;
    for message in phone.messages() {
        unreachable!("nobody has issued {message:?}");
    }
    let verdict = challenges.verify(&id, "login", typed).await.unwrap();
    assert!(matches!(verdict, Verdict::Malformed | Verdict::Wrong { .. } | Verdict::Gone));
}
