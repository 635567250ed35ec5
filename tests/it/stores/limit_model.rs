//! The limits of the store in this process as the model of the others: the same reservations and settlements have the same results.

use std::time::Duration;

use otpost::store::{
    ChallengeStore, CounterTag, GiveKind, Limit, LimitRule, LimitStore, MemoryStore, Settlement,
};
use otpost::testing::ManualClock;

use super::shared::random;
use crate::dice::Dice;

/// Asks both stores the same; the first answers that differ, with what came before them. The clock of the other store is at
/// 1,700,000,000 s in the beginning, since slots begin at certain times.
pub(super) async fn limits_are_like_memory(
    store: &(impl LimitStore + ChallengeStore),
    seeds: std::ops::Range<u64>,
    advance: impl AsyncFn(Duration),
) -> Result<(), String> {
    let clock = ManualClock::at(1_700_000_000);
    for seed in seeds {
        let mut run = Run::new(seed, MemoryStore::new().with_clock(clock.clone()));
        for _ in 0..60 {
            if run.dice.below(4) == 0 {
                let by = [1, 100, 167, 600, 1_000, 2_500, 9_000, 61_000, 6_000_000, 90_000_000];
                let by = Duration::from_millis(run.dice.one(&by));
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
    limits: Vec<Limit>,
    markers: [CounterTag; 3],
    asked: Vec<String>,
}

impl Run {
    fn new(seed: u64, model: MemoryStore) -> Self {
        let mut dice = Dice::new(seed);
        let mut limits = Vec::new();
        for _ in 0..3 {
            let span = Duration::from_millis(dice.one(&[5, 1_000, 4_003, 30_000]));
            let most = dice.one(&[0, 1, 3, 3, 5]);
            limits.push(Limit::window(CounterTag::new(random()), most, span));
            let refill = Duration::from_millis(dice.one(&[2, 1_000, 7_000, 100_000]));
            let capacity = dice.one(&[0, 1, 3, 3, 5]);
            let bucket = Limit::bucket(CounterTag::new(random()), capacity, refill);
            limits.push(if dice.below(2) == 0 { bucket } else { bucket.with_growth() });
        }
        let markers = [(); 3].map(|()| CounterTag::new(random()));
        Self { dice, model, limits, markers, asked: Vec::new() }
    }

    /// Up to three limits, in any order, each at most once.
    fn some(&mut self) -> Vec<Limit> {
        let mut rest = self.limits.clone();
        let mut some = Vec::new();
        for _ in 0..=self.dice.below(3) {
            let at = usize::try_from(self.dice.below(rest.len() as u64)).unwrap();
            let limit = rest.swap_remove(at);
            some.push(if self.dice.below(3) == 0 { limit.kept() } else { limit });
        }
        some
    }

    async fn ask(
        &mut self,
        store: &(impl LimitStore + ChallengeStore),
    ) -> Option<(String, String)> {
        let (what, model, other) = match self.dice.below(10) {
            0..6 => {
                let limits = self.some();
                let markers: Vec<_> =
                    self.markers.into_iter().filter(|_| self.dice.below(3) == 0).collect();
                let model = self.model.reserve(&limits, &markers).await;
                let other = store.reserve(&limits, &markers).await;
                let what = format!("reserve {} and {} markers", self.names(&limits), markers.len());
                (what, told(model), told(other))
            }
            6..9 => {
                let limits = self.some();
                let kinds = [GiveKind::NotSent, GiveKind::Success, GiveKind::All];
                let mut gives = Vec::new();
                for limit in &limits {
                    let kind = self.dice.one(&kinds);
                    // A growing bucket gets one place more for 48 successes.
                    let is_busy = kind == GiveKind::Success && self.dice.below(2) == 0;
                    let times = if is_busy { self.dice.one(&[47, 48, 200]) } else { 1 };
                    gives.extend((0..times).map(|_| limit.give(kind)));
                }
                let what = format!("settle {} {:?}", self.names(&limits), kinds_of(&gives));
                let mut marks = Vec::new();
                for _ in 0..self.dice.below(3) {
                    let time = Duration::from_millis(self.dice.one(&[0, 1_000, 9_000, 61_000]));
                    marks.push((self.dice.one(&self.markers), time));
                }
                let settlement = Settlement::new(gives, marks);
                let model = self.model.settle(&settlement).await;
                (what, told(model), told(store.settle(&settlement).await))
            }
            _ => {
                let (model, other) = (self.model.sweep().await, store.sweep().await);
                ("sweep".to_owned(), told(model.map(|_| ())), told(other.map(|_| ())))
            }
        };
        self.asked.push(what);
        (model != other).then_some((model, other))
    }

    /// Their numbers and rules.
    fn names(&self, limits: &[Limit]) -> String {
        let name = |limit: &Limit| {
            let number = self.limits.iter().position(|other| other.tag == limit.tag);
            let rule = match limit.rule {
                LimitRule::Window { most, span } => format!("{most} per {span:?}"),
                LimitRule::Bucket { capacity, refill, grows } => {
                    format!("bucket of {capacity} in {refill:?}, grows {grows}")
                }
            };
            format!("{number:?} ({rule}, kept {})", limit.is_kept)
        };
        limits.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// The kinds in their order, with the number of each.
fn kinds_of(gives: &[otpost::store::Give]) -> Vec<(GiveKind, usize)> {
    let runs = gives.chunk_by(|one, next| one.tag == next.tag);
    runs.filter_map(|run| Some((run.first()?.kind, run.len()))).collect()
}

fn told(answer: impl std::fmt::Debug) -> String {
    format!("{answer:?}")
}
