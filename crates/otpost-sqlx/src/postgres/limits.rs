use otpost::async_trait;

use super::{PostgresStore, corrupt, millis, span};
use otpost::store::{
    CounterTag, GiveKind, Limit, LimitRule, LimitStore, Reserved, Settlement, StoreError,
};

/// The columns of limits, one array for each. So a statement is the same for any number of them.
#[derive(Default)]
struct Columns {
    tags: Vec<Vec<u8>>,
    kinds: Vec<i32>,
    mosts: Vec<i64>,
    spans: Vec<i64>,
}

impl Columns {
    fn new(limits: impl Iterator<Item = (CounterTag, LimitRule)>) -> Self {
        let mut columns = Self::default();
        for (tag, rule) in limits {
            let (kind, most, span) = match rule {
                LimitRule::Window { most, span } => (0, i64::from(most), span),
                LimitRule::Bucket { capacity, refill, grows } => {
                    (if grows { 2 } else { 1 }, i64::from(capacity), refill)
                }
            };
            columns.tags.push(bytes_of(&tag));
            columns.kinds.push(kind);
            columns.mosts.push(most);
            columns.spans.push(millis(span));
        }
        columns
    }
}

fn bytes_of(tag: &CounterTag) -> Vec<u8> {
    tag.as_bytes().to_vec()
}

#[async_trait]
impl LimitStore for PostgresStore {
    async fn reserve(
        &self,
        limits: &[Limit],
        markers: &[CounterTag],
    ) -> Result<Reserved, StoreError> {
        const SQL: &str = "SELECT otpost_reserve($1, $2, $3, $4, $5, $6)";
        type Row = (Option<i32>, Option<i32>, Option<i64>, Option<bool>, Option<Vec<i32>>);
        let columns = Columns::new(limits.iter().map(|limit| (limit.tag, limit.rule)));
        let kept: Vec<bool> = limits.iter().map(|limit| limit.is_kept).collect();
        let markers: Vec<Vec<u8>> = markers.iter().map(bytes_of).collect();
        let (what, place, wait, is_known, counts): Row = self
            .run(|| {
                sqlx::query_scalar(SQL)
                    .bind(columns.tags.clone())
                    .bind(columns.kinds.clone())
                    .bind(columns.mosts.clone())
                    .bind(columns.spans.clone())
                    .bind(kept.clone())
                    .bind(markers.clone())
            })
            .await?;
        match (what, is_known, counts, place) {
            (Some(1), Some(is_known), Some(counts), _) => {
                let counts = counts.into_iter().map(u16::try_from).collect::<Result<_, _>>();
                Ok(Reserved::granted(is_known, counts.map_err(|_| corrupt())?))
            }
            (Some(2), _, _, Some(place)) => {
                // SQL counts places from 1.
                let place = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
                Ok(Reserved::Refused(place.ok_or_else(corrupt)?, span(wait)?))
            }
            _ => Err(corrupt()),
        }
    }

    async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        const SQL: &str = "SELECT otpost_settle($1, $2, $3, $4, $5, $6, $7)";
        let Settlement { gives, marks, .. } = settlement;
        let columns = Columns::new(gives.iter().map(|give| (give.tag, give.rule)));
        let kinds: Vec<i32> = gives
            .iter()
            .map(|give| match give.kind {
                GiveKind::All => 0,
                GiveKind::NotSent => 1,
                GiveKind::Success => 2,
            })
            .collect();
        let markers: Vec<Vec<u8>> = marks.iter().map(|(tag, _)| bytes_of(tag)).collect();
        let times: Vec<i64> = marks.iter().map(|(_, time)| millis(*time)).collect();
        let query = || {
            sqlx::query_scalar(SQL)
                .bind(columns.tags.clone())
                .bind(columns.kinds.clone())
                .bind(columns.mosts.clone())
                .bind(columns.spans.clone())
                .bind(kinds.clone())
                .bind(markers.clone())
                .bind(times.clone())
        };
        self.run(query).await.map(|_: bool| ())
    }
}
