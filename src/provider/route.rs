use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::failover::DecisionRow;
use super::jitter::mix;
use super::{Duplicates, Provider, Receipt, SendError, trace};
use crate::clock::Timer;
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::message::{Message, Segments};
use crate::phone::{Prefix, Region};

/// Chooses the providers of a message by where it goes, what it costs and how the load shall be spread.
///
/// Of the ways that lead to the number, those with the longer prefix come first, then the cheaper ones, and among equals
/// chance decides by weight, the same way for each attempt at the same message. They are then asked in that order, as by
/// [`Failover`](super::Failover).
///
/// # Examples
///
/// ```
/// use otpost::phone::Prefix;
/// use otpost::provider::{NullProvider, Provider, Route, RouteTarget};
/// # #[cfg(feature = "testing")]
/// use otpost::testing::RecordingProvider;
/// use otpost::{Message, PhoneNumber};
///
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let local = RecordingProvider::new();
/// let provider = Route::new()
///     .with(RouteTarget::new(NullProvider).with_price(90))
///     .with(RouteTarget::new(local.clone()).to(Prefix::parse("+41")?).with_price(70));
///
/// let swiss = Message::new(PhoneNumber::parse("+41791234567")?, "012345 is your code")?;
/// assert_eq!(provider.send(&swiss).await?.provider(), "recording");
/// let french = Message::new(PhoneNumber::parse("+33612345678")?, "012345 is your code")?;
/// assert_eq!(provider.send(&french).await?.provider(), "null");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// Dropping the future of a send ends it; whether the message was sent is then open.
pub struct Route {
    name: Box<str>,
    ways: Vec<RouteTarget>,
    max_cost: Option<u64>,
    row: DecisionRow,
}

/// A provider, with what speaks for it.
///
/// # Examples
///
/// ```
/// use otpost::phone::Prefix;
/// use otpost::provider::{NullProvider, RouteTarget};
///
/// let way = RouteTarget::new(NullProvider).to(Prefix::parse("+1242")?).with_price(120).with_weight(3);
/// # let _ = way;
/// # Ok::<(), otpost::phone::PrefixError>(())
/// ```
pub struct RouteTarget {
    provider: Box<dyn Provider>,
    prefixes: Vec<Prefix>,
    regions: Vec<Region>,
    price: u32,
    weight: u32,
}

impl RouteTarget {
    /// A way to everywhere.
    #[must_use]
    pub fn new(provider: impl Provider) -> Self {
        Self {
            provider: Box::new(provider),
            prefixes: Vec::new(),
            regions: Vec::new(),
            price: 0,
            weight: 1,
        }
    }

    /// Only to numbers with this prefix, or with a prefix or region that was said before.
    #[must_use]
    pub fn to(mut self, prefix: Prefix) -> Self {
        self.prefixes.push(prefix);
        self
    }

    /// Only to numbers of this region, or of a prefix or region that was said before. It counts as more than a calling code, which
    /// regions share, and as less than any longer prefix.
    #[must_use]
    pub fn in_region(mut self, region: Region) -> Self {
        self.regions.push(region);
        self
    }

    /// What a segment costs, in a unit of your own that is the same for all ways; zero unless said.
    #[must_use]
    pub const fn with_price(mut self, price: u32) -> Self {
        self.price = price;
        self
    }

    /// Its share among ways of the same prefix and price; 1 unless said. With zero it comes last.
    #[must_use]
    pub const fn with_weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// How closely the number leads to it, two for each digit; `None` when it does not go there.
    fn reach(&self, message: &Message) -> Option<usize> {
        if self.prefixes.is_empty() && self.regions.is_empty() {
            return Some(0);
        }
        let number = message.to();
        let fits = self.prefixes.iter().filter(|prefix| prefix.is_of(number));
        let prefix = fits.map(|prefix| prefix.digits().len().saturating_mul(2)).max();
        let region = number.region().filter(|region| self.regions.contains(region));
        let calling_code = number.calling_code().len().saturating_mul(2);
        prefix.max(region.map(|_| calling_code.saturating_add(1)))
    }

    /// What a message costs on it.
    fn cost(&self, parts: usize) -> u64 {
        u64::from(self.price).saturating_mul(u64::try_from(parts).unwrap_or(u64::MAX))
    }
}

#[cfg(feature = "reqwest")]
impl Route {
    /// A route without a way, on the Tokio runtime.
    #[must_use]
    pub fn new() -> Self {
        Self::with_timer(TokioTimer::new())
    }
}

#[cfg(feature = "reqwest")]
impl Default for Route {
    fn default() -> Self {
        Self::new()
    }
}

impl Route {
    /// The same on another runtime.
    #[must_use]
    pub fn with_timer(timer: impl Timer) -> Self {
        Self {
            name: "route".into(),
            ways: Vec::new(),
            max_cost: None,
            row: DecisionRow::new(timer),
        }
    }

    /// Adds a way.
    #[must_use]
    pub fn with(mut self, way: RouteTarget) -> Self {
        self.ways.push(way);
        self
    }

    /// The name of the route; `route` unless said. Receipts name the provider that accepted.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// How long a send may take over all ways; 45 s unless said, and never longer than the code's lifetime.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.row.deadline = deadline;
        self
    }

    /// Whether a message that one provider may have sent goes to the next; unless said, it does not.
    #[must_use]
    pub const fn with_duplicates(mut self, duplicates: Duplicates) -> Self {
        self.row.duplicates = duplicates;
        self
    }

    /// What a message may cost in all its segments, in the unit of [`RouteTarget::with_price`]: ways on which it costs more are not taken.
    #[must_use]
    pub const fn with_max_cost(mut self, cost: u64) -> Self {
        self.max_cost = Some(cost);
        self
    }

    /// The ways to a message's number, the best first.
    fn ways(&self, message: &Message) -> Vec<&RouteTarget> {
        let seed = message.id().as_str().bytes().fold(0, |seed, byte| mix(seed ^ u64::from(byte)));
        let parts = self.max_cost.map(|most| (most, Segments::of(message.text().expose()).parts));
        let is_within =
            |way: &RouteTarget| parts.is_none_or(|(most, parts)| way.cost(parts) <= most);
        let mut ways: Vec<_> = (0_u64..)
            .zip(&self.ways)
            .filter(|(_, way)| is_within(way))
            .filter_map(|(at, way)| Some((way.reach(message)?, luck(seed, at, way.weight), way)))
            .collect();
        ways.sort_by(|(reach, luck, way), (other_reach, other_luck, other)| {
            let prefix = other_reach.cmp(reach);
            prefix.then(way.price.cmp(&other.price)).then(luck.total_cmp(other_luck))
        });
        ways.into_iter().map(|(_, _, way)| way).collect()
    }
}

/// The smallest of these wins: each way as often as its weight says (Efraimidis and Spirakis, 2006).
fn luck(seed: u64, at: u64, weight: u32) -> f64 {
    let drawn = mix(seed ^ mix(at.wrapping_add(1)));
    // 53 bits, so that the fraction is exact, and never zero.
    let fraction = ((drawn >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    -fraction.ln() / f64::from(weight)
}

#[async_trait]
impl Provider for Route {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if let Some(traced) = trace::send(self, message) {
            return traced.await;
        }
        let ways = self.ways(message);
        self.row.send(ways.into_iter().map(|way| &*way.provider), message).await
    }
}

impl fmt::Debug for RouteTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteTarget")
            .field("provider", &self.provider)
            .field("prefixes", &self.prefixes)
            .field("regions", &self.regions)
            .field("price", &self.price)
            .field("weight", &self.weight)
            .finish()
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("ways", &self.ways).finish_non_exhaustive()
    }
}
