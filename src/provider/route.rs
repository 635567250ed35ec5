use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::in_order::{InOrder, in_order_options};
use super::jitter::mix;
use super::{Provider, Receipt, SendError, trace};
use crate::clock::Timer;
#[cfg(feature = "reqwest")]
use crate::clock::TokioTimer;
use crate::message::{Message, Segments};
use crate::phone::{Prefix, Region};

/// A provider that chooses among targets by the destination, price and weight of each.
///
/// The targets for the phone number are sorted: a longer prefix comes first, then a lower price.
/// Equal targets are in random order by weight, which is the same for all sends of a message. They
/// are then tried in this order, as by [`Failover`](super::Failover).
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
///     .with_target(RouteTarget::new(NullProvider).with_price(90))
///     .with_target(
///         RouteTarget::new(local.clone())
///             .with_prefix(Prefix::parse("+41")?)
///             .with_price(70),
///     );
///
/// let to = PhoneNumber::parse("+41791234567")?;
/// let swiss = Message::new(to, "012345 is your code")?;
/// assert_eq!(provider.send(&swiss).await?.provider(), "recording");
/// let to = PhoneNumber::parse("+33612345678")?;
/// let french = Message::new(to, "012345 is your code")?;
/// assert_eq!(provider.send(&french).await?.provider(), "null");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// If the future is dropped, no further target is tried. The message may or may not have been sent.
#[doc(alias = "least-cost routing")]
#[doc(alias = "load balancing")]
#[derive(Clone)]
pub struct Route {
    name: Box<str>,
    targets: Vec<RouteTarget>,
    max_cost: Option<u64>,
    in_order: InOrder,
}

/// A provider of a [`Route`], with its destinations, price and weight.
///
/// # Examples
///
/// ```
/// use otpost::phone::Prefix;
/// use otpost::provider::{NullProvider, RouteTarget};
///
/// let bahamas = Prefix::parse("+1242")?;
/// let target = RouteTarget::new(NullProvider).with_prefix(bahamas).with_price(120).with_weight(3);
/// # let _ = target;
/// # Ok::<(), otpost::phone::PrefixError>(())
/// ```
#[derive(Clone)]
pub struct RouteTarget {
    provider: Arc<dyn Provider>,
    prefixes: Vec<Prefix>,
    regions: Vec<Region>,
    price: u32,
    weight: u32,
}

impl RouteTarget {
    /// Creates a target for all destinations, with price 0 and weight 1.
    #[must_use]
    pub fn new(provider: impl Provider) -> Self {
        Self {
            provider: Arc::new(provider),
            prefixes: Vec::new(),
            regions: Vec::new(),
            price: 0,
            weight: 1,
        }
    }

    /// Adds a prefix of phone numbers. The target then gets only messages to its prefixes and
    /// regions.
    #[must_use]
    pub fn with_prefix(mut self, prefix: Prefix) -> Self {
        self.prefixes.push(prefix);
        self
    }

    /// Adds a region. The target then gets only messages to its prefixes and regions.
    ///
    /// A region takes precedence over a calling code, which several regions can share. Any longer
    /// prefix takes precedence over a region.
    #[must_use]
    pub fn with_region(mut self, region: Region) -> Self {
        self.regions.push(region);
        self
    }

    /// Sets the price of a segment, in any unit that is the same for all targets. Defaults to 0.
    #[must_use]
    pub const fn with_price(mut self, price: u32) -> Self {
        self.price = price;
        self
    }

    /// Sets the share of messages among targets with the same prefix and price. Defaults to 1. A
    /// target with weight 0 comes last among them.
    #[must_use]
    pub const fn with_weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// Returns how closely the target matches the phone number, or `None` if it does not match.
    /// Each digit of a prefix counts 2, so that a region fits between a calling code and a longer
    /// prefix.
    fn reach(&self, message: &Message) -> Option<usize> {
        if self.prefixes.is_empty() && self.regions.is_empty() {
            return Some(0);
        }
        let number = message.to();
        let fits = self.prefixes.iter().filter(|prefix| prefix.is_of(number));
        let prefix = fits.map(|prefix| prefix.digits().len().saturating_mul(2)).max();
        let region = number.region().filter(|region| self.regions.contains(region));
        let calling_code = number.calling_code().len().saturating_mul(2);
        // `None` is less than any `Some`: one match is enough, and the closer one counts.
        prefix.max(region.map(|_| calling_code.saturating_add(1)))
    }

    /// Returns the cost of a message with this number of segments.
    fn cost(&self, segments: usize) -> u64 {
        // An overflow becomes the highest cost, so that such a target is above any limit.
        u64::from(self.price).saturating_mul(u64::try_from(segments).unwrap_or(u64::MAX))
    }
}

#[cfg(feature = "reqwest")]
impl Route {
    /// Creates a route on the Tokio runtime, without targets.
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

in_order_options!(Route, "route");

impl Route {
    /// Creates a route on another runtime, without targets.
    #[must_use]
    pub fn with_timer(timer: impl Timer) -> Self {
        Self {
            name: "route".into(),
            targets: Vec::new(),
            max_cost: None,
            in_order: InOrder::new(timer),
        }
    }

    /// Adds a target.
    #[must_use]
    pub fn with_target(mut self, target: RouteTarget) -> Self {
        self.targets.push(target);
        self
    }

    /// Sets the maximum cost of a message over all its segments, in the unit of
    /// [`RouteTarget::with_price`]. Targets that cost more are skipped. Defaults to no limit.
    #[must_use]
    pub const fn with_max_cost(mut self, cost: u64) -> Self {
        self.max_cost = Some(cost);
        self
    }

    /// Returns the targets for a message, the best first.
    fn targets(&self, message: &Message) -> Vec<&RouteTarget> {
        // Derive the random order from the message id, so that each send of a message gets the same
        // one.
        let seed = message.id().as_str().bytes().fold(0, |seed, byte| mix(seed ^ u64::from(byte)));
        let limit = self.max_cost.map(|most| (most, Segments::of(message.text().expose()).count));
        let is_within = |target: &RouteTarget| {
            limit.is_none_or(|(most, segments)| target.cost(segments) <= most)
        };
        let mut targets: Vec<_> = (0_u64..)
            .zip(&self.targets)
            .filter(|(_, target)| is_within(target))
            .filter_map(|(at, target)| {
                Some((target.reach(message)?, rank(seed, at, target.weight), target))
            })
            .collect();
        targets.sort_by(|(reach, rank, target), (other_reach, other_rank, other)| {
            let prefix = other_reach.cmp(reach);
            prefix.then(target.price.cmp(&other.price)).then(rank.total_cmp(other_rank))
        });
        targets.into_iter().map(|(_, _, target)| target).collect()
    }
}

/// Returns a random key by which equal targets are sorted, the smallest first. Each target comes
/// first as often as its weight says (Efraimidis and Spirakis, 2006).
fn rank(seed: u64, at: u64, weight: u32) -> f64 {
    let drawn = mix(seed ^ mix(at.wrapping_add(1)));
    // Use 53 bits, so that the fraction is exact. Adding one half makes it never zero.
    let fraction = ((drawn >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    // The logarithm is negative. Weight 0 gives infinity, so that such a target comes last.
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
        let targets = self.targets(message);
        self.in_order.send(targets.into_iter().map(|target| &*target.provider), message).await
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
        f.debug_struct("Route").field("targets", &self.targets).finish_non_exhaustive()
    }
}
