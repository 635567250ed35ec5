//! The naive twin: it reads, decides and writes back, as most code for one-time codes does. Whoever
//! asks in between is told the same.

mod reports;

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use otpost::async_trait;
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, CounterTag, GiveKind, GoneReason, Limit,
    LimitRule, LimitStore, Mac, NewChallenge, Nonce, OpenRule, Opened, ReportTag, ResendRule,
    Resent, Reserved, Settlement, StatusRecord, StoreError, StoreErrorKind,
};
use otpost_testing::{OutboxConformance, StoreConformance, Violation};

use super::flawed::{Flaw, Flawed};

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

#[derive(Clone, Copy, Default)]
struct Taken {
    places: u32,
    successes: u32,
}

#[derive(Default)]
struct Naive {
    challenges: Mutex<HashMap<ChallengeId, Kept>>,
    recipients: Mutex<HashMap<[u8; 8], Recipient>>,
    limits: Mutex<HashMap<CounterTag, Taken>>,
    messages: Mutex<HashMap<ReportTag, NaiveMessage>>,
    names: Mutex<HashMap<ReportTag, ReportTag>>,
    early: Mutex<HashMap<ReportTag, StatusRecord>>,
    replays: Mutex<HashSet<ReportTag>>,
}

#[derive(Clone)]
struct NaiveMessage {
    note: String,
    state: StatusRecord,
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
        if recipient.sent >= rule.window.most {
            return Ok(Opened::Quota(rule.window.span));
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
            Some(GoneReason::Used) if is_repeated => return Ok(Attempt::accepted(true)),
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
            self.put(kept);
            return Ok(Attempt::accepted(false));
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

    async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError> {
        let Some(mut kept) = self.get(id).await else { return Ok(false) };
        let mut recipient = self.recipient(id.recipient()).await;
        let is_waiting = kept.gone.is_none();
        if is_waiting {
            kept.gone = revokes.then_some(GoneReason::Revoked);
            recipient.sent = recipient.sent.saturating_sub(1);
            self.put(kept);
            self.put_recipient(id.recipient(), recipient);
        }
        Ok(is_waiting)
    }

    async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
        self.put_recipient(*recipient, Recipient::default());
        Ok(())
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

impl Naive {
    async fn taken(&self, tag: CounterTag) -> Taken {
        let taken = self.limits.lock().unwrap().get(&tag).copied();
        tokio::task::yield_now().await;
        taken.unwrap_or_default()
    }
}

#[async_trait]
impl LimitStore for Naive {
    async fn reserve(
        &self,
        limits: &[Limit],
        _markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        let (mut all, mut counts) = (Vec::new(), Vec::new());
        for (place, limit) in limits.iter().enumerate() {
            let mut taken = self.taken(limit.tag).await;
            let (most, span) = match limit.rule {
                LimitRule::Window { most, span } => (most.into(), span),
                LimitRule::Bucket { capacity, refill, .. } => {
                    (capacity + taken.successes / 48, refill)
                }
            };
            if taken.places >= most {
                return Ok(Reserved::Refused(place, span));
            }
            taken.places += 1;
            all.push((limit.tag, taken));
            let is_window = matches!(limit.rule, LimitRule::Window { .. });
            counts.push(if is_window { u16::try_from(taken.places).unwrap() } else { 0 });
        }
        self.limits.lock().unwrap().extend(all);
        Ok(Reserved::granted(false, counts))
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        for give in &settlement.gives {
            let mut taken = self.taken(give.tag).await;
            taken.places = taken.places.saturating_sub(1);
            taken.successes += u32::from(give.kind == GiveKind::Success);
            self.limits.lock().unwrap().insert(give.tag, taken);
        }
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
    for case in [
        "a_right_guess_is_accepted",
        "it_is_accepted_once",
        "wrong_guesses_count_down",
        "a_returned_permit_no_longer_counts",
        "limit_refusal_takes_nothing",
        "limit_window_gets_one_place_back",
        "limit_bucket_gets_one_place_back",
        "limit_bucket_counts_successes_of_an_unknown_tag",
    ] {
        assert!(!failed.contains(&case), "{case}: {violations:?}");
    }
}

/// All violations of both contracts.
async fn violations(flaw: Flaw) -> Vec<Violation> {
    let store = Flawed::new(flaw);
    let clock = store.clock.clone();
    let passing = move |time| {
        clock.advance(time);
        async {}
    };
    let mut all = StoreConformance::new(store).with_passing_time(passing).run().await;
    let store = Flawed::new(flaw);
    let clock = store.clock.clone();
    let passing = move |time| {
        clock.advance(time);
        async {}
    };
    all.extend(OutboxConformance::new(store).with_passing_time(passing).run().await);
    all
}

#[tokio::test]
async fn conformance_names_the_sentence_that_a_store_violates() {
    assert_eq!(violations(Flaw::None).await, []);
    for (flaw, sentence, case) in [
        (Flaw::CountsTwice, 2, "limit_window_takes_so_many"),
        (Flaw::NeverGivesBack, 3, "limit_window_gets_a_place_back"),
        (Flaw::NeverGivesBack, 3, "limit_bucket_is_filled"),
        (Flaw::GivesBackTwice, 3, "limit_window_gets_one_place_back"),
        (Flaw::GivesBackTwice, 3, "limit_bucket_gets_one_place_back"),
        (Flaw::GivesBelowZero, 3, "limit_window_gets_no_more_back_than_was_taken"),
        (Flaw::GivesBelowZero, 4, "limit_window_ignores_what_was_never_taken"),
        (Flaw::GivesAboveCapacity, 3, "limit_bucket_gets_no_more_back_than_its_capacity"),
        (Flaw::LosesHalfOfTheSpan, 2, "limit_window_slides"),
        (Flaw::RefillsTwiceAsFast, 2, "limit_bucket_is_refilled_steadily"),
        (Flaw::ForgetsToUndo, 1, "limit_refusal_takes_nothing"),
        (Flaw::UndoesWhatIsKept, 1, "limit_refusal_keeps_what_is_kept"),
        (Flaw::UndoesTwice, 1, "limit_refusal_leaves_what_was_taken_before"),
        (Flaw::TakesWhatComesLater, 1, "limit_refusal_takes_nothing"),
        (Flaw::SortsByTag, 1, "limit_counts_are_in_the_order_of_the_limits"),
        (Flaw::NeverGrows, 3, "limit_bucket_grows_with_its_successes"),
        (Flaw::GrowsWithoutBeingAsked, 4, "limit_bucket_ignores_what_was_never_taken"),
        (Flaw::IgnoresSuccessesOfUnknownTags, 4, "limit_bucket_counts_successes_of_an_unknown_tag"),
        (Flaw::MarkerNeverEnds, 5, "limit_marker_ends"),
        (Flaw::MarkerIsNotRenewed, 5, "limit_marker_is_renewed"),
        (Flaw::MarkerIsNotRemoved, 5, "limit_marker_is_removed"),
        (Flaw::OnlyTheFirstMarker, 5, "limit_marker_is_found"),
        (Flaw::PermitIsNotReturned, 12, "a_returned_permit_no_longer_counts"),
        (Flaw::PermitKeepsItsCooldown, 12, "a_returned_permit_ends_the_cooldown"),
        (Flaw::PermitKeepsItsCooldown, 13, "a_reset_ends_the_cooldown"),
        (Flaw::PermitOfWhatIsGone, 12, "a_permit_stays_with_what_is_gone"),
        (Flaw::PermitOfWhatIsGone, 12, "a_permit_stays_with_what_has_expired"),
        (Flaw::PermitOfWhatIsGone, 9, "a_permit_of_nothing_is_not_returned"),
        (Flaw::PermitForgetsFailures, 12, "a_returned_permit_forgets_no_failures"),
        (Flaw::PermitRevokesNothing, 12, "a_returned_permit_revokes_when_asked"),
        (Flaw::ResetDoesNothing, 13, "a_reset_clears_the_counts"),
        (Flaw::ResetDoesNothing, 13, "a_reset_ends_the_lock"),
        (Flaw::ResetRevokes, 13, "a_reset_changes_no_challenge"),
        (Flaw::QueueDoesNothing, 8, "outbox_queues_another_message"),
        (Flaw::QueueLosesWhatItReplaces, 8, "outbox_replaces_a_message_that_waits"),
        (Flaw::LateIsDropped, 4, "outbox_returns_what_has_expired_without_its_salt"),
        (Flaw::LateIsDropped, 4, "outbox_returns_what_expires_too_soon_without_its_salt"),
        (Flaw::LateHasItsSalt, 4, "outbox_returns_what_was_revoked_without_its_salt"),
        (Flaw::UsedIsDropped, 4, "outbox_returns_what_was_used_without_its_salt"),
        (Flaw::LateIsSwept, 4, "outbox_keeps_what_is_late_when_it_sweeps"),
        (Flaw::UnknownIsForgotten, 3, "outbox_remembers_that_a_message_may_have_been_sent"),
        (Flaw::FinishesTwice, 5, "outbox_finishes_a_claim_once"),
        (Flaw::OneQueue, 7, "outbox_keeps_queues_apart"),
    ] {
        let seen = violations(flaw).await;
        let is_found = seen.iter().any(|seen| (seen.case, seen.sentence) == (case, sentence));
        assert!(is_found, "{flaw:?} does not violate {case} ({sentence}): {seen:#?}");
    }
}
