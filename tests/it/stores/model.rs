//! The store in this process as the model of the others: whatever is asked, in whatever order and at whatever time, both answer alike.

use std::time::Duration;

use otpost::store::{
    AttemptRule, Binding, ChallengeStore, Mac, MemoryStore, NewChallenge, Nonce, OpenRule,
    ResendRule, Resent, Salt, SendWindow,
};
use otpost::testing::ManualClock;

use super::shared::{challenge_of, random};
use crate::dice::Dice;

/// Asks both stores the same; the first answers that differ, with what came before them.
pub(super) async fn is_like_memory(
    store: &impl ChallengeStore,
    seeds: std::ops::Range<u64>,
    advance: impl AsyncFn(Duration),
) -> Result<(), String> {
    for seed in seeds {
        let clock = ManualClock::at(1_700_000_000);
        let mut run = Run::new(seed, MemoryStore::new().with_clock(clock.clone()));
        for _ in 0..60 {
            if run.dice.below(4) == 0 {
                let by =
                    Duration::from_millis(run.dice.one(&[1, 400, 1_000, 2_500, 9_000, 61_000]));
                clock.advance(by);
                advance(by).await;
                run.asked.push(format!("{by:?} pass"));
            } else if let Some((model, other)) = run.ask(store).await {
                let asked = run.asked.join("\n");
                return Err(format!("seed {seed}:\n{asked}\nmemory {model}\nthe other {other}"));
            }
        }
    }
    Ok(())
}

struct Run {
    dice: Dice,
    model: MemoryStore,
    recipients: [[u8; 8]; 2],
    opened: Vec<NewChallenge>,
    open: OpenRule,
    attempt: AttemptRule,
    asked: Vec<String>,
}

impl Run {
    fn new(seed: u64, model: MemoryStore) -> Self {
        let mut dice = Dice::new(seed);
        let mut span = |of: &[u64]| Duration::from_millis(dice.one(of));
        let window = SendWindow::new(3, span(&[800, 5_000, 20_000]));
        let (lifetime, cooldown) = (span(&[3_000, 30_000]), span(&[0, 0, 500]));
        let open = OpenRule::new(lifetime, cooldown, Duration::from_secs(2), window);
        let (lock, memory) = (span(&[1_500, 4_000]), span(&[2_000, 40_000]));
        let attempt = AttemptRule::new(3, lock, Duration::from_secs(8), memory);
        let (recipients, opened, asked) = ([random(), random()], Vec::new(), Vec::new());
        Self { dice, model, recipients, opened, open, attempt, asked }
    }

    /// One of the last ones mostly, else nothing stays alive long enough for much to happen to it.
    fn some(&mut self) -> NewChallenge {
        let last = self.opened.len().saturating_sub(3);
        let from = self.dice.one(&[0, last, last]);
        let some = self.opened.get(from..).filter(|some| !some.is_empty());
        some.map_or_else(|| challenge_of(self.recipients[0], 5), |some| self.dice.one(some))
    }

    async fn ask(&mut self, store: &impl ChallengeStore) -> Option<(String, String)> {
        let (what, model, other) = match self.dice.below(14) {
            0..3 => {
                let binding = Binding::new([self.dice.one(&[0, 0, 1]); 8]);
                let new = challenge_of(self.dice.one(&self.recipients), 5).with_binding(binding);
                self.opened.push(new.clone());
                let (model, other) =
                    (self.model.open(&new, &self.open).await, store.open(&new, &self.open).await);
                (format!("open {}", self.name(&new)), told(model), told(other))
            }
            3..9 => {
                let some = self.some();
                let is_right = self.dice.below(3) == 0;
                let guess = if is_right { some.mac } else { Mac::new(random()) };
                let nonce = self.dice.one(&[None, None, Some(1), Some(2)]);
                let sent = nonce.map(|nonce| Nonce::new([nonce; 8]));
                let (id, sent, rule) = (&some.id, sent.as_ref(), &self.attempt);
                let model = self.model.attempt(id, &guess, sent, rule).await;
                let other = store.attempt(id, &guess, sent, rule).await;
                let what = format!("attempt {}, right {is_right}, {nonce:?}", self.name(&some));
                (what, told(model), told(other))
            }
            9 => {
                let some = self.some();
                let least = Duration::from_millis(self.dice.one(&[0, 2_000]));
                let binding = Binding::new([self.dice.one(&[0, 0, 1]); 8]);
                let mut rule = ResendRule::new(self.open, least).with_binding(binding);
                let mac = Mac::new(random());
                let is_rotated = self.dice.below(2) == 0;
                if is_rotated {
                    rule = rule.with_rotation(Salt::new(random()), mac);
                }
                let model = self.model.resend(&some.id, &rule).await;
                let is_permitted = matches!(model, Ok(Resent::Permitted { .. }));
                for new in self.opened.iter_mut().filter(|new| new.id == some.id) {
                    new.mac = if is_permitted && is_rotated { mac } else { new.mac };
                }
                let other = store.resend(&some.id, &rule).await;
                (format!("resend {} {binding:?}", self.name(&some)), told(model), told(other))
            }
            10 => {
                let (some, revokes) = (self.some(), self.dice.below(3) == 0);
                let model = self.model.return_permit(&some.id, revokes).await;
                let other = store.return_permit(&some.id, revokes).await;
                let what = format!("return the permit of {}, revokes {revokes}", self.name(&some));
                (what, told(model), told(other))
            }
            11 => {
                let place = usize::from(self.dice.below(2) == 0);
                let recipient = self.recipients[place];
                let (model, other) =
                    (self.model.reset(&recipient).await, store.reset(&recipient).await);
                (format!("reset {place}"), told(model), told(other))
            }
            12 => {
                let some = self.some();
                let (model, other) =
                    (self.model.revoke(&some.id).await, store.revoke(&some.id).await);
                (format!("revoke {}", self.name(&some)), told(model), told(other))
            }
            _ => {
                // Each may keep for longer what has ended.
                let (model, other) = (self.model.sweep().await, store.sweep().await);
                ("sweep".to_owned(), told(model.map(|_| ())), told(other.map(|_| ())))
            }
        };
        self.asked.push(what);
        (model != other).then_some((model, other))
    }

    /// Its number and the number of its recipient.
    fn name(&self, new: &NewChallenge) -> String {
        let number = self.opened.iter().position(|opened| opened.id == new.id);
        let recipient = self.recipients.iter().position(|tag| *tag == new.id.recipient());
        format!("{number:?} of {recipient:?}")
    }
}

fn told(answer: impl std::fmt::Debug) -> String {
    format!("{answer:?}")
}
