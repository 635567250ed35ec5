//! The limits on messages.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use http::StatusCode;
use otpost::PhoneNumber;
use otpost::phone::Region;
use otpost::store::{
    CounterTag, GiveKind, Limit, LimitStore, MemoryStore, Reserved, Settlement, StoreError,
};

use super::reply::ServeReply;
use crate::arguments::LimitArguments;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// The number of last digits in which the numbers of a range differ.
const RANGE_DIGITS: usize = 3;

/// The limits per caller, number, range, region and in total. The counts are in the memory of this
/// process.
pub(super) struct Quota {
    store: MemoryStore,
    /// The key of the counters' names.
    names: RandomState,
    limits: LimitArguments,
}

/// The places that a message takes under the limits.
pub(super) struct TakenPlaces(Vec<Limit>);

impl Quota {
    pub(super) fn new(limits: LimitArguments) -> Self {
        // Room for 400,000 numbers and markers. A number that is not counted gets no message.
        let store = MemoryStore::with_capacity(50_000);
        Self { store, names: RandomState::new(), limits }
    }

    /// Takes a place under each limit, or returns the response of the limit that refuses.
    pub(super) async fn take(
        &self,
        caller: &str,
        to: &PhoneNumber,
        region: Option<Region>,
    ) -> Result<TakenPlaces, ServeReply> {
        let places = self.places(caller, to, region);
        let (reasons, limits): (Vec<_>, Vec<_>) = places.into_iter().unzip();
        match self.store.reserve(&limits, &[]).await {
            Ok(Reserved::Granted { .. }) => Ok(TakenPlaces(limits)),
            Ok(Reserved::Refused(place, wait)) => {
                let reason = reasons.get(place).copied().unwrap_or_default();
                Err(ServeReply::limited(reason, wait))
            }
            Ok(_) => Err(uncounted(None)),
            Err(error) => Err(uncounted(Some(&error))),
        }
    }

    /// Gives back the places of a message that was not sent.
    pub(super) async fn give_back(&self, taken: TakenPlaces) {
        let gives = taken.0.into_iter().map(|limit| limit.give(GiveKind::NotSent)).collect();
        // A place that could not be given back ends with time.
        let _ = self.store.settle(&Settlement::new(gives, Vec::new())).await;
    }

    /// Returns the limits of a message, the most specific first.
    fn places(
        &self,
        caller: &str,
        to: &PhoneNumber,
        region: Option<Region>,
    ) -> [(&'static str, Limit); 6] {
        let limits = &self.limits;
        let number = to.plain();
        let range = number.get(..number.len().saturating_sub(RANGE_DIGITS)).unwrap_or(number);
        let region = region.map(|region| region.to_string()).unwrap_or_default();
        let window = |kind, name, most, span| Limit::window(self.tag(kind, name), most, span);
        let bucket = |kind, name, most| Limit::bucket(self.tag(kind, name), most, HOUR);
        [
            ("to this number within an hour", window("hour", number, limits.recipient, HOUR)),
            ("to this number within a day", window("day", number, limits.recipient_day, DAY)),
            ("of this caller", bucket("caller", caller, limits.caller)),
            ("to this range of numbers", bucket("range", range, limits.range)),
            ("to this region", bucket("region", &region, limits.region)),
            ("in total", bucket("total", "", limits.total)),
        ]
    }

    fn tag(&self, kind: &str, name: &str) -> CounterTag {
        CounterTag::new(self.names.hash_one((kind, name)).to_be_bytes())
    }
}

/// Returns the response if the limits cannot be counted. Fail closed: nothing is sent.
fn uncounted(error: Option<&StoreError>) -> ServeReply {
    let message = error.map_or("the limits cannot be counted".to_owned(), |error| {
        format!("the limits cannot be counted: {error}")
    });
    ServeReply::refused(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
        .with_retry_after(Duration::from_secs(60))
}
