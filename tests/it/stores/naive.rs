//! The naive twin: it reads, decides and writes back, as most code for one-time codes does. Whoever
//! asks in between is told the same.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use otpost::async_trait;
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, CounterStore, CounterTag, GoneReason, Mac,
    NewChallenge, Nonce, OpenRule, Opened, ResendRule, Resent, Spend, Spent, StoreError,
    StoreErrorKind,
};
use otpost_testing::StoreConformance;

#[derive(Clone)]
struct Kept {
    new: NewChallenge,
    left: u16,
    gone: Option<GoneReason>,
    nonce: Option<Nonce>,
}

#[derive(Clone, Default)]
struct Recipient {
    sent: u16,
    failures: u16,
}

#[derive(Default)]
struct Naive {
    challenges: Mutex<HashMap<ChallengeId, Kept>>,
    recipients: Mutex<HashMap<[u8; 8], Recipient>>,
    counters: Mutex<HashMap<CounterTag, u32>>,
}

impl std::fmt::Debug for Naive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Naive")
    }
}

impl Naive {
    async fn get(&self, id: &ChallengeId) -> Option<Kept> {
        let kept = self.challenges.lock().unwrap().get(id).cloned();
        // The way to another machine and back.
        tokio::task::yield_now().await;
        kept
    }

    fn put(&self, kept: Kept) {
        self.challenges.lock().unwrap().insert(kept.new.id, kept);
    }

    async fn recipient(&self, tag: [u8; 8]) -> Recipient {
        let recipient = self.recipients.lock().unwrap().get(&tag).cloned();
        tokio::task::yield_now().await;
        recipient.unwrap_or_default()
    }

    fn put_recipient(&self, tag: [u8; 8], recipient: Recipient) {
        self.recipients.lock().unwrap().insert(tag, recipient);
    }
}

#[async_trait]
impl ChallengeStore for Naive {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        if self.get(&new.id).await.is_some() {
            return Err(StoreError::new(StoreErrorKind::Corrupt));
        }
        let mut recipient = self.recipient(new.id.recipient()).await;
        if recipient.sent >= rule.windows[0].most {
            return Ok(Opened::Quota(rule.windows[0].span));
        }
        recipient.sent += 1;
        self.put_recipient(new.id.recipient(), recipient);
        self.put(Kept { new: new.clone(), left: new.attempts, gone: None, nonce: None });
        Ok(Opened::created(rule.cooldown))
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        let Some(mut kept) = self.get(id).await else {
            return Ok(Attempt::Gone(GoneReason::Absent));
        };
        let mut recipient = self.recipient(id.recipient()).await;
        let is_repeated = nonce.is_some() && kept.nonce.as_ref() == nonce;
        match kept.gone {
            Some(GoneReason::Used) if is_repeated => {
                return Ok(Attempt::accepted(kept.new.context, true));
            }
            Some(why) => return Ok(Attempt::Gone(why)),
            None if is_repeated => return Ok(Attempt::wrong(kept.left)),
            None => {}
        }
        if recipient.failures >= rule.failures {
            return Ok(Attempt::Locked(rule.lock));
        }
        kept.nonce = nonce.copied();
        kept.left -= 1;
        if kept.new.mac == *guess {
            kept.gone = Some(GoneReason::Used);
            let context = kept.new.context;
            self.put(kept);
            return Ok(Attempt::accepted(context, false));
        }
        recipient.failures += 1;
        self.put_recipient(id.recipient(), recipient);
        let left = kept.left;
        if left == 0 {
            kept.gone = Some(GoneReason::Exhausted);
        }
        self.put(kept);
        Ok(Attempt::wrong(left))
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        let Some(kept) = self.get(id).await else {
            return Ok(Resent::Gone(GoneReason::Absent));
        };
        if let Some(why) = kept.gone {
            return Ok(Resent::Gone(why));
        }
        let mut recipient = self.recipient(id.recipient()).await;
        // One message waits, as the suite's first rule has no cooldown.
        if recipient.sent > 1 && !rule.send.cooldown.is_zero() {
            return Ok(Resent::Cooldown(rule.send.cooldown));
        }
        recipient.sent += 1;
        self.put_recipient(id.recipient(), recipient);
        Ok(Resent::permitted(kept.new.salt, rule.send.lifetime, rule.send.cooldown))
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        let Some(mut kept) = self.get(id).await else { return Ok(false) };
        let is_waiting = kept.gone.is_none();
        if is_waiting {
            kept.gone = Some(GoneReason::Revoked);
            self.put(kept);
        }
        Ok(is_waiting)
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn is_shared(&self) -> bool {
        false
    }
}

#[async_trait]
impl CounterStore for Naive {
    async fn spend(&self, spends: &[Spend]) -> Result<Spent, StoreError> {
        for (place, spend) in spends.iter().enumerate() {
            let sent = self.counters.lock().unwrap().get(&spend.tag).copied().unwrap_or_default();
            tokio::task::yield_now().await;
            if sent >= spend.most {
                return Ok(Spent::Full(place, spend.span));
            }
            self.counters.lock().unwrap().insert(spend.tag, sent + 1);
        }
        Ok(Spent::Counted)
    }

    async fn credit(&self, _tag: &CounterTag) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A suite that a get-and-put store passes would show nothing.
#[tokio::test]
async fn a_store_that_reads_and_writes_back_fails_each_race() {
    let suite = StoreConformance::new(Naive::default()).with_passing_time(|_: Duration| async {});
    let violations = suite.run().await;
    let failed: Vec<_> = violations.iter().map(|violation| violation.case).collect();
    for case in StoreConformance::cases().filter(|case| case.contains("race")) {
        assert!(failed.contains(&case), "{case} does not see the race");
    }
    // It is right where nobody comes in between.
    for case in ["a_right_guess_is_accepted", "it_is_accepted_once", "wrong_guesses_count_down"] {
        assert!(!failed.contains(&case), "{case}: {violations:?}");
    }
}
