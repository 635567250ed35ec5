//! Values that come back from a page, an environment or a store: any identity, pepper, guess and stored
//! message; never a panic, nobody is let in, and nothing is sent that nobody has issued.
#![no_main]

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use otpost::async_trait;
use otpost::challenge::{ChallengeToken, Challenges, Limits, Pepper, Purpose, Step, Verdict};
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Claim, CounterTag, Finish, Intent, Limit,
    LimitStore, Mac, MemoryStore, NewChallenge, Nonce, OpenRule, Opened, OutboxStore, QueueTag,
    ResendRule, Resent, Reserved, Salt, SendWindow, Settlement, StoreError,
};
use otpost::testing::RecordingProvider;

const DAY: Duration = Duration::from_secs(86_400);
const LIFETIME: Duration = Duration::from_secs(300);
static ID: LazyLock<ChallengeId> = LazyLock::new(|| ChallengeId::new(1, [0; 8], [7; 16]));

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

/// An outbox that some other program has written into: it answers every claim with its own message.
#[derive(Debug)]
struct Forged {
    intent: Vec<u8>,
    is_claimed: AtomicBool,
    memory: MemoryStore,
}

#[async_trait]
impl ChallengeStore for Forged {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        self.memory.open(new, rule).await
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        self.memory.attempt(id, guess, nonce, rule).await
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        self.memory.resend(id, rule).await
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        self.memory.revoke(id).await
    }

    async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError> {
        self.memory.return_permit(id, revokes).await
    }

    async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
        self.memory.reset(recipient).await
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        self.memory.sweep().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.memory.ping().await
    }

    fn is_shared(&self) -> bool {
        false
    }
}

#[async_trait]
impl LimitStore for Forged {
    async fn reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        self.memory.reserve(limits, markers).await
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        self.memory.settle(settlement).await
    }
}

#[async_trait]
impl OutboxStore for Forged {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        self.memory.open_queued(new, rule, queue, intent).await
    }

    async fn queue(
        &self,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        self.memory.queue(id, queue, intent, lifetime).await
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        _lease: Duration,
        _least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        let is_first = !self.is_claimed.swap(true, Ordering::Relaxed);
        Ok(is_first.then(|| {
            let intent = Intent::new(&*self.intent);
            Claim::new(*ID, *queue, Some(Salt::new([7; 16])), LIFETIME, intent, false, 1)
        }))
    }

    async fn finish(&self, _claim: &Claim, _how: Finish) -> Result<bool, StoreError> {
        Ok(true)
    }
}

/// A message that some other program has put into the store, and a guess at its challenge.
async fn stored(typed: &str, intent: &[u8]) {
    let memory = MemoryStore::with_capacity(10);
    let id = *ID;
    let (mac, salt) = (Mac::new([7; 16]), Salt::new([7; 16]));
    let new = NewChallenge::new(id, mac, salt, 5);
    let rule = OpenRule::new(LIFETIME, Duration::ZERO, Duration::ZERO, SendWindow::new(5, DAY));
    let _ = memory.open(&new, &rule).await.unwrap();
    let store = Forged { intent: intent.to_vec(), is_claimed: AtomicBool::new(false), memory };
    let phone = RecordingProvider::new();
    let challenges = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(phone.clone())
        .outbox(store)
        .regions(["CH"])
        .limits(Limits::none())
        .build()
        .unwrap();
    assert_eq!(challenges.worker().unwrap().step().await.unwrap(), Step::Dropped);
    for message in phone.messages() {
        unreachable!("nobody has issued {message:?}");
    }
    // Any text as a token, and the identity that lies in the store.
    for token in [typed, &id.to_string()] {
        let token = ChallengeToken::new(token);
        let verdict = challenges.verify(&token, Purpose::new("login"), typed).await.unwrap();
        assert!(matches!(verdict, Verdict::Malformed | Verdict::Gone));
    }
}
