use otpost::async_trait;

use super::{SqliteStore, Tx, commit, rows};
use crate::sql::{corrupt, unavailable};
use otpost::store::state::{BucketRule, BucketState, WindowState, millis};
use otpost::store::{
    CounterTag, Give, GiveKind, Limit, LimitRule, LimitStore, Reserved, Settlement, StoreError,
};

/// A limit with its state after a message has taken a place.
enum Place {
    Bucket(BucketState),
    Window(WindowState, u64),
}

#[async_trait]
impl LimitStore for SqliteStore {
    async fn reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        let mut tx = self.begin().await?;
        let now = self.now();
        let mut places = Vec::with_capacity(limits.len());
        let mut counts = Vec::with_capacity(limits.len());
        let mut refused = None;
        for (index, limit) in limits.iter().enumerate() {
            match take(&mut tx, now, limit).await? {
                Ok((place, count)) => {
                    places.push((limit, place));
                    counts.push(count);
                }
                Err(wait) => {
                    refused = Some(Reserved::Refused(index, wait));
                    break;
                }
            }
        }
        // Write only when it is known what stays.
        for (limit, place) in places {
            if limit.is_kept || refused.is_none() {
                place.put(&mut tx, now, &limit.tag).await?;
            }
        }
        let mut is_known = false;
        for tag in markers {
            is_known |= is_marked(&mut tx, now, tag).await?;
        }
        commit(tx).await?;
        Ok(refused.unwrap_or_else(|| Reserved::granted(is_known, counts)))
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let now = self.now();
        for give in &settlement.gives {
            give_back(&mut tx, now, give).await?.put(&mut tx, now, &give.tag).await?;
        }
        for (tag, time) in &settlement.marks {
            mark(&mut tx, now, tag, now.saturating_add(millis(*time))).await?;
        }
        commit(tx).await
    }
}

impl Place {
    /// Writes the state, or deletes it if it no longer matters.
    async fn put(&self, tx: &mut Tx, now: u64, tag: &CounterTag) -> Result<(), StoreError> {
        const WINDOW: &str =
            "INSERT OR REPLACE INTO otpost_window (tag, ends, slot, counts) VALUES (?, ?, ?, ?)";
        const BUCKET: &str = "INSERT OR REPLACE INTO otpost_bucket \
            (tag, ends, slot, successes, full_at) VALUES (?, ?, ?, ?, ?)";
        let (ends, delete) = match self {
            Self::Window(_, ends) => (*ends, "DELETE FROM otpost_window WHERE tag = ?"),
            Self::Bucket(bucket) => (bucket.ends(), "DELETE FROM otpost_bucket WHERE tag = ?"),
        };
        let tag = tag.as_bytes().to_vec();
        let query = if ends <= now {
            sqlx::query(delete).bind(tag)
        } else {
            let (ends, signed) = (rows::signed(ends), rows::signed);
            match self {
                Self::Window(window, _) => {
                    let counts: Vec<u8> =
                        window.counts.iter().flat_map(|count| count.to_be_bytes()).collect();
                    sqlx::query(WINDOW).bind(tag).bind(ends).bind(signed(window.slot)).bind(counts)
                }
                Self::Bucket(bucket) => {
                    let successes: Vec<u8> =
                        bucket.successes.iter().flat_map(|count| count.to_be_bytes()).collect();
                    let query = sqlx::query(BUCKET).bind(tag).bind(ends).bind(signed(bucket.slot));
                    query.bind(successes).bind(signed(bucket.full_at))
                }
            }
        };
        query.execute(&mut **tx).await.map(|_| ()).map_err(unavailable)
    }
}

/// Takes a place for a message, and returns the state to write and the number of messages that
/// count, or the time to wait.
async fn take(
    tx: &mut Tx,
    now: u64,
    limit: &Limit,
) -> Result<Result<(Place, u16), std::time::Duration>, StoreError> {
    Ok(match limit.rule {
        LimitRule::Bucket { capacity, refill, grows } => {
            let mut bucket = read_bucket(tx, now, &limit.tag).await?;
            let rule = BucketRule::new(capacity, refill, grows);
            bucket.take(now, &rule).map(|()| (Place::Bucket(bucket), 0))
        }
        LimitRule::Window { most, span } => {
            let mut window = read_window(tx, now, &limit.tag).await?;
            let taken = window.take(now, most, span);
            taken.map(|count| (Place::Window(window, window.ends(span)), count))
        }
    })
}

/// Returns the state to write after what is given back.
async fn give_back(tx: &mut Tx, now: u64, give: &Give) -> Result<Place, StoreError> {
    Ok(match give.rule {
        LimitRule::Bucket { capacity, refill, grows } => {
            let mut bucket = read_bucket(tx, now, &give.tag).await?;
            let rule = BucketRule::new(capacity, refill, grows);
            match give.kind {
                GiveKind::All => bucket.fill(),
                GiveKind::NotSent => bucket.give(now, &rule),
                GiveKind::Success => bucket.succeed(now, &rule),
            }
            Place::Bucket(bucket)
        }
        LimitRule::Window { span, .. } => {
            let mut window = read_window(tx, now, &give.tag).await?;
            match give.kind {
                GiveKind::All => window.clear(),
                GiveKind::NotSent | GiveKind::Success => window.give(now, span),
            }
            Place::Window(window, window.ends(span))
        }
    })
}

/// Reads a window, or an empty one if it is new.
async fn read_window(tx: &mut Tx, now: u64, tag: &CounterTag) -> Result<WindowState, StoreError> {
    const SQL: &str = "SELECT slot, counts FROM otpost_window WHERE tag = ? AND ends > ?";
    let query = sqlx::query_as(SQL).bind(tag.as_bytes().to_vec()).bind(rows::signed(now));
    let found: Option<(i64, Vec<u8>)> =
        query.fetch_optional(&mut **tx).await.map_err(unavailable)?;
    let Some((slot, bytes)) = found else { return Ok(WindowState::default()) };
    let counts = numbers(&bytes)?.map(u16::from_be_bytes);
    Ok(WindowState { slot: rows::unsigned(slot)?, counts })
}

/// Reads a bucket, or a full one if it is new.
async fn read_bucket(tx: &mut Tx, now: u64, tag: &CounterTag) -> Result<BucketState, StoreError> {
    const SQL: &str =
        "SELECT full_at, slot, successes FROM otpost_bucket WHERE tag = ? AND ends > ?";
    let query = sqlx::query_as(SQL).bind(tag.as_bytes().to_vec()).bind(rows::signed(now));
    let found: Option<(i64, i64, Vec<u8>)> =
        query.fetch_optional(&mut **tx).await.map_err(unavailable)?;
    let Some((full_at, slot, bytes)) = found else { return Ok(BucketState::default()) };
    let (full_at, slot) = (rows::unsigned(full_at)?, rows::unsigned(slot)?);
    let successes = numbers(&bytes)?.map(u32::from_be_bytes);
    Ok(BucketState { full_at, slot, successes })
}

/// Splits a column into the bytes of its seven numbers.
fn numbers<const N: usize>(bytes: &[u8]) -> Result<[[u8; N]; 7], StoreError> {
    match bytes.as_chunks() {
        (numbers, []) => numbers.try_into().map_err(|_| corrupt()),
        _ => Err(corrupt()),
    }
}

async fn is_marked(tx: &mut Tx, now: u64, tag: &CounterTag) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT count(*) > 0 FROM otpost_marker WHERE tag = ? AND ends > ?";
    let query = sqlx::query_scalar(SQL).bind(tag.as_bytes().to_vec()).bind(rows::signed(now));
    query.fetch_one(&mut **tx).await.map_err(unavailable)
}

/// Sets a marker until this time, or removes it if the time has come.
async fn mark(tx: &mut Tx, now: u64, tag: &CounterTag, ends: u64) -> Result<(), StoreError> {
    const SET: &str = "INSERT OR REPLACE INTO otpost_marker (tag, ends) VALUES (?, ?)";
    let tag = tag.as_bytes().to_vec();
    let query = if ends > now {
        sqlx::query(SET).bind(tag).bind(rows::signed(ends))
    } else {
        sqlx::query("DELETE FROM otpost_marker WHERE tag = ?").bind(tag)
    };
    query.execute(&mut **tx).await.map(|_| ()).map_err(unavailable)
}
