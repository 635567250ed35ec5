//! Stores with one mistake each, which the suites must find: limits that are not settled as the contract says, permits that are
//! returned wrongly, and outboxes that lose or repeat a message.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use otpost::async_trait;
use otpost::clock::Clock;
use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, Claim, CounterTag, Finish, Give, GiveKind,
    Intent, Limit, LimitRule, LimitStore, Mac, MemoryStore, NewChallenge, Nonce, OpenRule, Opened,
    OutboxStore, QueueTag, ResendRule, Resent, Reserved, Salt, Settlement, StoreError,
};
use otpost::testing::ManualClock;

const DAY: Duration = Duration::from_secs(86_400);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Flaw {
    None,
    // Limits.
    CountsTwice,
    NeverGivesBack,
    GivesBackTwice,
    GivesBelowZero,
    GivesAboveCapacity,
    LosesHalfOfTheSpan,
    RefillsTwiceAsFast,
    ForgetsToUndo,
    UndoesWhatIsKept,
    UndoesTwice,
    TakesWhatComesLater,
    SortsByTag,
    NeverGrows,
    GrowsWithoutBeingAsked,
    IgnoresSuccessesOfUnknownTags,
    MarkerNeverEnds,
    MarkerIsNotRenewed,
    MarkerIsNotRemoved,
    OnlyTheFirstMarker,
    // Permits.
    PermitIsNotReturned,
    PermitKeepsItsCooldown,
    PermitOfWhatIsGone,
    PermitForgetsFailures,
    PermitRevokesNothing,
    ResetDoesNothing,
    ResetRevokes,
    // Outbox.
    LateIsDropped,
    LateHasItsSalt,
    LateIsSwept,
    UsedIsDropped,
    UnknownIsForgotten,
    FinishesTwice,
    OneQueue,
    QueueDoesNothing,
    QueueLosesWhatItReplaces,
}

/// A store in memory with a flaw.
#[derive(Debug)]
pub(super) struct Flawed {
    flaw: Flaw,
    pub(super) clock: ManualClock,
    store: MemoryStore,
    kept: Mutex<Kept>,
}

/// The data that the flaws need.
#[derive(Debug, Default)]
struct Kept {
    /// The places that are taken, as a store would count them that does not stop at zero.
    taken: HashMap<CounterTag, i32>,
    markers: HashSet<CounterTag>,
    waits: HashMap<[u8; 8], SystemTime>,
    opened: Vec<NewChallenge>,
    used: HashSet<ChallengeId>,
    queues: HashSet<QueueTag>,
}

impl Flawed {
    pub(super) fn new(flaw: Flaw) -> Self {
        let clock = ManualClock::at(1_700_000_000);
        let store = MemoryStore::new().with_clock(clock.clone());
        Self { flaw, clock, store, kept: Mutex::default() }
    }

    fn salt(&self, id: &ChallengeId) -> Option<Salt> {
        let kept = self.kept.lock().unwrap();
        kept.opened.iter().find(|new| new.id == *id).map(|new| new.salt)
    }

    fn is_used(&self, id: &ChallengeId) -> bool {
        self.kept.lock().unwrap().used.contains(id)
    }

    /// The rule as the flaw has it.
    fn rule(&self, rule: LimitRule) -> LimitRule {
        match (self.flaw, rule) {
            (Flaw::LosesHalfOfTheSpan, LimitRule::Window { most, span }) => {
                LimitRule::Window { most, span: span / 2 }
            }
            (Flaw::RefillsTwiceAsFast, LimitRule::Bucket { capacity, refill, grows }) => {
                LimitRule::Bucket { capacity, refill: refill / 2, grows }
            }
            (Flaw::NeverGrows, LimitRule::Bucket { capacity, refill, .. }) => {
                LimitRule::Bucket { capacity, refill, grows: false }
            }
            (Flaw::GrowsWithoutBeingAsked, LimitRule::Bucket { capacity, refill, .. }) => {
                LimitRule::Bucket { capacity, refill, grows: true }
            }
            (_, rule) => rule,
        }
    }

    fn limit(&self, limit: Limit) -> Limit {
        let mut limit = limit;
        limit.rule = self.rule(limit.rule);
        match self.flaw {
            Flaw::ForgetsToUndo => limit.is_kept = true,
            Flaw::UndoesWhatIsKept => limit.is_kept = false,
            _ => {}
        }
        limit
    }

    /// A store that counts below zero, for one kind of limit.
    fn has_debt(&self, rule: LimitRule) -> bool {
        match rule {
            LimitRule::Window { .. } => self.flaw == Flaw::GivesBelowZero,
            LimitRule::Bucket { .. } => self.flaw == Flaw::GivesAboveCapacity,
        }
    }

    async fn not_sent(&self, limits: &[Limit]) -> Result<(), StoreError> {
        let gives = limits.iter().map(|limit| limit.give(GiveKind::NotSent)).collect();
        self.store.settle(&Settlement::new(gives, Vec::new())).await
    }

    async fn sorted(&self, limits: &[Limit]) -> Result<Reserved, StoreError> {
        let mut limits = limits.to_vec();
        limits.sort_by_key(|limit| limit.tag);
        self.store.reserve(&limits, &[]).await
    }
}

#[async_trait]
impl LimitStore for Flawed {
    async fn reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        let limits: Vec<_> = limits.iter().map(|limit| self.limit(*limit)).collect();
        if self.flaw == Flaw::SortsByTag && markers.is_empty() {
            return self.sorted(&limits).await;
        }
        let markers = if self.flaw == Flaw::OnlyTheFirstMarker { markers.get(..1) } else { None }
            .unwrap_or(markers);
        // Below zero, a limit takes a place without asking.
        let mut asked = limits.clone();
        for limit in &limits {
            let taken = &mut self.kept.lock().unwrap().taken;
            let taken = taken.entry(limit.tag).or_default();
            if *taken < 0 && self.has_debt(limit.rule) {
                asked.retain(|asked| asked.tag != limit.tag);
            }
            *taken += 1;
        }
        let reserved = self.store.reserve(&asked, markers).await?;
        match (&reserved, self.flaw) {
            (Reserved::Granted { .. }, Flaw::CountsTwice) => {
                let _ = self.store.reserve(&limits, &[]).await?;
            }
            (Reserved::Refused(place, _), Flaw::UndoesTwice) => {
                self.not_sent(&limits[..*place]).await?;
            }
            (Reserved::Refused(place, _), Flaw::TakesWhatComesLater) => {
                for limit in &limits[*place + 1..] {
                    let _ = self.store.reserve(&[*limit], &[]).await?;
                }
            }
            _ => {}
        }
        Ok(reserved)
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        let (mut gives, mut marks) = (Vec::new(), settlement.marks.clone());
        for give in &settlement.gives {
            let mut give: Give = *give;
            give.rule = self.rule(give.rule);
            let mut kept = self.kept.lock().unwrap();
            let is_unknown = !kept.taken.contains_key(&give.tag);
            *kept.taken.entry(give.tag).or_default() -= 1;
            match self.flaw {
                Flaw::NeverGivesBack => {}
                Flaw::IgnoresSuccessesOfUnknownTags if is_unknown => {
                    kept.taken.remove(&give.tag);
                }
                Flaw::GivesBackTwice => gives.extend([give; 2]),
                _ => gives.push(give),
            }
        }
        let mut kept = std::mem::take(&mut self.kept.lock().unwrap().markers);
        match self.flaw {
            Flaw::MarkerNeverEnds => {
                marks.iter_mut().filter(|(_, span)| !span.is_zero()).for_each(|mark| mark.1 = DAY);
            }
            Flaw::MarkerIsNotRenewed => marks.retain(|(tag, _)| kept.insert(*tag)),
            Flaw::MarkerIsNotRemoved => marks.retain(|(_, span)| !span.is_zero()),
            _ => {}
        }
        self.kept.lock().unwrap().markers = kept;
        self.store.settle(&Settlement::new(gives, marks)).await
    }
}

#[async_trait]
impl ChallengeStore for Flawed {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        let recipient = new.id.recipient();
        if self.flaw == Flaw::PermitKeepsItsCooldown {
            let ends = self.kept.lock().unwrap().waits.get(&recipient).copied();
            let wait = ends.and_then(|ends| ends.duration_since(self.clock.now()).ok());
            if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
                return Ok(Opened::Cooldown(wait));
            }
        }
        let opened = self.store.open(new, rule).await?;
        let mut kept = self.kept.lock().unwrap();
        if let Opened::Created { resend_in, .. } = opened {
            kept.waits.insert(recipient, self.clock.now() + resend_in);
            kept.opened.push(new.clone());
        }
        Ok(opened)
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        let seen = self.store.attempt(id, guess, nonce, rule).await?;
        if matches!(seen, Attempt::Accepted { .. }) {
            self.kept.lock().unwrap().used.insert(*id);
        }
        Ok(seen)
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        self.store.resend(id, rule).await
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        self.store.revoke(id).await
    }

    async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError> {
        let revokes = revokes && self.flaw != Flaw::PermitRevokesNothing;
        if self.flaw == Flaw::PermitIsNotReturned {
            return if revokes { self.store.revoke(id).await } else { Ok(true) };
        }
        let was_returned = self.store.return_permit(id, revokes).await?;
        let forgets = match self.flaw {
            Flaw::PermitOfWhatIsGone => !was_returned,
            Flaw::PermitForgetsFailures => was_returned,
            _ => false,
        };
        if forgets {
            self.store.reset(&id.recipient()).await?;
        }
        Ok(was_returned)
    }

    async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
        if self.flaw == Flaw::ResetDoesNothing {
            return Ok(());
        }
        if self.flaw == Flaw::ResetRevokes {
            let opened = self.kept.lock().unwrap().opened.clone();
            for new in opened.iter().filter(|new| new.id.recipient() == *recipient) {
                let _ = self.store.revoke(&new.id).await?;
            }
        }
        self.store.reset(recipient).await
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        let queues = self.kept.lock().unwrap().queues.clone();
        for queue in queues.iter().filter(|_| self.flaw == Flaw::LateIsSwept) {
            while let Some(late) = self.store.claim(queue, DAY, Duration::ZERO).await? {
                let _ = self.store.finish(&late, Finish::Done).await?;
            }
        }
        self.store.sweep().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    fn is_shared(&self) -> bool {
        false
    }
}

#[async_trait]
impl OutboxStore for Flawed {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        let queue = if self.flaw == Flaw::OneQueue { QueueTag::new([0; 8]) } else { *queue };
        {
            let mut kept = self.kept.lock().unwrap();
            kept.opened.push(new.clone());
            kept.queues.insert(queue);
        }
        self.store.open_queued(new, rule, &queue, intent).await
    }

    async fn queue(
        &self,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        match self.flaw {
            Flaw::QueueDoesNothing => Ok(None),
            Flaw::QueueLosesWhatItReplaces => {
                self.store.queue(id, queue, intent, lifetime).await.map(|_| None)
            }
            _ => self.store.queue(id, queue, intent, lifetime).await,
        }
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        let queue = if self.flaw == Flaw::OneQueue { QueueTag::new([0; 8]) } else { *queue };
        let Some(mut claim) = self.store.claim(&queue, lease, least_left).await? else {
            return Ok(None);
        };
        match (claim.salt, self.flaw) {
            (None, Flaw::LateIsDropped) => {
                let _ = self.store.finish(&claim, Finish::Done).await?;
                return Ok(None);
            }
            (None, Flaw::UsedIsDropped) if self.is_used(&claim.id) => {
                let _ = self.store.finish(&claim, Finish::Done).await?;
                return Ok(None);
            }
            (None, Flaw::LateHasItsSalt) => claim.salt = self.salt(&claim.id),
            _ => {}
        }
        Ok(Some(claim))
    }

    async fn finish(&self, claim: &Claim, how: Finish) -> Result<bool, StoreError> {
        let how = match how {
            Finish::Unknown(after) if self.flaw == Flaw::UnknownIsForgotten => Finish::Again(after),
            how => how,
        };
        Ok(self.store.finish(claim, how).await? || self.flaw == Flaw::FinishesTwice)
    }
}
