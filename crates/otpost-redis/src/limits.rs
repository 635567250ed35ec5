use std::sync::atomic::Ordering;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use otpost::async_trait;
use redis::aio::ConnectionLike;

use super::RedisStore;
use super::script::{ScriptCall, ScriptError, corrupt, script_millis};
use otpost::store::{
    CounterTag, Give, GiveKind, Limit, LimitRule, LimitStore, Reserved, Settlement, StoreError,
};

#[async_trait]
impl<C: ConnectionLike + Clone + Send + Sync + 'static> LimitStore for RedisStore<C> {
    async fn reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        if !self.is_split() {
            match self.try_reserve(limits, markers).await {
                Err(ScriptError::CrossSlot(_)) => self.is_split.store(true, Ordering::Relaxed),
                reserved => return Ok(reserved?),
            }
        }
        self.reserve_one_by_one(limits, markers).await
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        let Settlement { gives, marks, .. } = settlement;
        if !self.is_split() {
            match self.try_settle(gives, marks).await {
                Err(ScriptError::CrossSlot(_)) => self.is_split.store(true, Ordering::Relaxed),
                settled => return Ok(settled?),
            }
        }
        for give in gives {
            self.try_settle(&[*give], &[]).await?;
        }
        for mark in marks {
            self.try_settle(&[], &[*mark]).await?;
        }
        Ok(())
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> RedisStore<C> {
    /// Returns `true` if the limits are in different slots of a cluster.
    fn is_split(&self) -> bool {
        !self.is_one_slot && self.is_split.load(Ordering::Relaxed)
    }

    /// Reserves with one call.
    async fn try_reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, ScriptError> {
        if limits.is_empty() && markers.is_empty() {
            return Ok(Reserved::granted(false, Vec::new()));
        }
        let limit_keys = limits.iter().map(|limit| self.limit(&limit.tag, &limit.rule));
        let keys: Vec<_> = limit_keys.chain(markers.iter().map(|tag| self.marker(tag))).collect();
        let rules = limits.iter().flat_map(|limit| packed(&limit.rule, limit.is_kept.into()));
        let call = ScriptCall::new(&self.scripts.reserve, keys.iter().map(String::as_str))
            .bytes(&rules.collect::<Vec<_>>());
        let mut answer = self.try_run(call).await?;
        if answer.what == 2 {
            let index = usize::try_from(answer.number()?).map_err(|_| corrupt())?;
            return Ok(Reserved::Refused(index, answer.span()?));
        }
        let is_known = answer.number()? > 0;
        let counts = limits.iter().map(|limit| match limit.rule {
            LimitRule::Bucket { .. } => Ok(0),
            // The script leaves out counts of 1 at the end.
            LimitRule::Window { .. } => u16::try_from(answer.number_or(1)?).map_err(|_| corrupt()),
        });
        let counts = counts.collect::<Result<_, StoreError>>()?;
        Ok(Reserved::granted(is_known, counts))
    }

    /// Reserves with a call per key, and gives back what was taken if a later limit refuses.
    async fn reserve_one_by_one(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        let mut all = Vec::with_capacity(limits.len());
        for (index, limit) in limits.iter().enumerate() {
            match self.try_reserve(&[*limit], &[]).await? {
                Reserved::Granted { counts, .. } => all.extend(counts),
                Reserved::Refused(_, wait) => {
                    for taken in limits.iter().take(index).filter(|limit| !limit.is_kept) {
                        self.try_settle(&[taken.give(GiveKind::NotSent)], &[]).await?;
                    }
                    return Ok(Reserved::Refused(index, wait));
                }
                _ => return Err(corrupt()),
            }
        }
        let mut is_known = false;
        for marker in markers {
            let reserved = self.try_reserve(&[], &[*marker]).await?;
            is_known |= matches!(reserved, Reserved::Granted { is_known: true, .. });
        }
        Ok(Reserved::granted(is_known, all))
    }

    /// Settles with one call.
    async fn try_settle(
        &self,
        gives: &[Give],
        marks: &[(CounterTag, Duration)],
    ) -> Result<(), ScriptError> {
        if gives.is_empty() && marks.is_empty() {
            return Ok(());
        }
        let limit_keys = gives.iter().map(|give| self.limit(&give.tag, &give.rule));
        let keys: Vec<_> =
            limit_keys.chain(marks.iter().map(|(tag, _)| self.marker(tag))).collect();
        let packed_gives = gives.iter().flat_map(|give| packed(&give.rule, reason(give.kind)));
        let call = ScriptCall::new(&self.scripts.settle, keys.iter().map(String::as_str))
            .bytes(&packed_gives.collect::<Vec<_>>());
        let call = marks.iter().fold(call, |call, (_, span)| call.span(*span));
        self.try_run(call).await.map(drop)
    }
}

impl<C> RedisStore<C> {
    fn limit(&self, tag: &CounterTag, rule: &LimitRule) -> String {
        let kind = match rule {
            LimitRule::Bucket { .. } => "b",
            LimitRule::Window { .. } => "w",
        };
        self.key(kind, &BASE64URL_NOPAD.encode(tag.as_bytes()))
    }

    fn marker(&self, tag: &CounterTag) -> String {
        self.key("m", &BASE64URL_NOPAD.encode(tag.as_bytes()))
    }
}

/// Returns a rule in the 14 bytes that reserve.lua and settle.lua read.
fn packed(rule: &LimitRule, second: u8) -> impl Iterator<Item = u8> + use<> {
    let (first, most, span) = match *rule {
        LimitRule::Window { most, span } => (0, most.into(), span),
        LimitRule::Bucket { capacity, refill, grows: false } => (1, capacity, refill),
        LimitRule::Bucket { capacity, refill, grows: true } => (2, capacity, refill),
    };
    let span = script_millis(span).to_be_bytes();
    [first, second].into_iter().chain(most.to_be_bytes()).chain(span)
}

const fn reason(kind: GiveKind) -> u8 {
    match kind {
        GiveKind::All => 0,
        GiveKind::NotSent => 1,
        GiveKind::Success => 2,
    }
}
