//! The current access token of a gateway. It is fetched once for all messages and kept until it
//! expires. If the credentials are rejected, they are not tried again for a while.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use super::access_token::{Refusal, Token};
use super::flight::Flight;
use crate::clock::Clock;
use crate::gateway::plan::Plan;
use crate::provider::{Fate, SendError, SendErrorKind};
use crate::transport::Transport;

/// The pause after the credentials were rejected. Each further rejection doubles it.
const FIRST_REST: Duration = Duration::from_secs(5);
/// The maximum pause.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// The number of refused tokens that do not count as rejected credentials. One refused token may
/// have been revoked, or may not be known on all servers of the gateway yet. Two in a row mean that
/// the credentials are rejected.
const TOLERATED: u32 = 1;

/// The tokens of a gateway. Clones of the gateway share them.
pub(in crate::gateway) struct Tokens {
    plan: Arc<Plan>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    state: Mutex<TokenState>,
}

#[derive(Default)]
struct TokenState {
    current: Option<Arc<Token>>,
    fetch: Option<Arc<Fetch>>,
    // The number of the latest token request. It shows whether `fetch` is still the request that
    // has ended, or one that replaced it.
    fetches: u64,
    hold: Option<Hold>,
    /// The number of consecutive rejections of the credentials: by the token endpoint, or by the
    /// gateway, which refused a token that it had never accepted.
    rejections: u32,
}

/// A token request in progress.
struct Fetch {
    number: u64,
    flight: Flight<Fetched>,
    /// The latest end of the request, and the time that it was given.
    ends: SystemTime,
    time: Duration,
}

type Fetched = Result<Arc<Token>, Refusal>;

/// A pause during which no token is fetched.
struct Hold {
    kind: SendErrorKind,
    since: SystemTime,
    length: Duration,
}

impl Tokens {
    pub(in crate::gateway) fn new(
        plan: Arc<Plan>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { plan, transport, clock, state: Mutex::default() }
    }

    /// Returns a valid token, and fetches one if necessary.
    ///
    /// A message waits for the request of another message only if that request ends before its own
    /// time does. Otherwise it starts its own request, which replaces the other one. So the wait is
    /// always bounded by the time that a transport was given for a request, and needs no timer.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends its own request. The messages that waited for it start another one.
    pub(in crate::gateway) async fn get(
        self: &Arc<Self>,
        left: impl Fn() -> Duration + Send + Sync,
    ) -> Result<Arc<Token>, SendError> {
        loop {
            let (fetch, leads) = match self.begin(left())? {
                Begun::Good(token) => return Ok(token),
                Begun::Joined(fetch) => (fetch, false),
                Begun::Own(fetch) => (fetch, true),
                Begun::SingleUse(time) => {
                    let fetched = self.fetch(time).await;
                    self.settle(0, &fetched);
                    return fetched.map_err(Refusal::into_error);
                }
            };
            let fetched = if leads { fetch.flight.lead().await } else { fetch.flight.join().await };
            match fetched {
                Some(Ok(token)) => return Ok(token),
                // A request without a response proves little if it had less time than this message
                // still has.
                Some(Err(refusal)) if !leads && refusal.is_unanswered() && left() >= fetch.time => {
                }
                Some(Err(refusal)) => return Err(refusal.into_error()),
                // The leader was dropped or panicked. The next round starts another request.
                None => self.clear(fetch.number),
            }
        }
    }

    /// Returns the token, or the request to wait for.
    fn begin(self: &Arc<Self>, left: Duration) -> Result<Begun, SendError> {
        let now = self.clock.now();
        let mut state = self.lock();
        if let Some(token) = state.current.as_ref().filter(|token| now < token.good_until) {
            return Ok(Begun::Good(token.clone()));
        }
        if let Some(error) = state.hold.as_ref().and_then(|hold| hold.error(now)) {
            return Err(error);
        }
        if left.is_zero() {
            return Err(out_of_time());
        }
        // Keep an eighth of the time for the message: a token that arrives at the last moment is of
        // no use. This also lets messages that start at the same moment with the same time wait for
        // one request.
        let time = left.saturating_sub(left.checked_div(8).unwrap_or_default());
        if self.is_single_use() {
            return Ok(Begun::SingleUse(time));
        }
        let ends = now.checked_add(left).unwrap_or(now);
        if let Some(fetch) = state.fetch.as_ref().filter(|fetch| fetch.ends <= ends) {
            return Ok(Begun::Joined(fetch.clone()));
        }
        let number = state.fetches.saturating_add(1);
        state.fetches = number;
        // The future holds the tokens, and `state.fetch` holds the future. The cycle ends with the
        // request, or when the leader is dropped, because `Flight` then drops the future.
        let tokens = self.clone();
        let flight = Flight::new(async move {
            let fetched = tokens.fetch(time).await;
            tokens.settle(number, &fetched);
            fetched
        });
        let ends = now.checked_add(time).unwrap_or(now);
        let fetch = Arc::new(Fetch { number, flight, ends, time });
        // Drop it after the lock is released: it may hold the last reference to a token.
        let before = state.fetch.replace(fetch.clone());
        drop(state);
        drop(before);
        Ok(Begun::Own(fetch))
    }

    /// Requests a token from the token endpoint.
    async fn fetch(&self, time: Duration) -> Fetched {
        let plan = self.plan.token.as_ref();
        let Some((plan, call)) = plan.and_then(|plan| Some((plan, plan.request.as_ref()?))) else {
            // A gateway is always compiled with values, so the request exists.
            return Err(Refusal::no_token("the token request was not compiled"));
        };
        match self.transport.call(call.request(time)).await {
            Ok(answer) => plan.read(answer, self.clock.now()),
            Err(error) => Err(plan.read_error(error, self.clock.now())),
        }
    }

    /// Records the result of a token request.
    fn settle(&self, number: u64, fetched: &Fetched) {
        // This runs while the flight is locked. So a flight must never be locked while the state
        // is: two threads could wait for each other.
        let now = self.clock.now();
        let mut state = self.lock();
        match fetched {
            // The message that fetched it is the only one that may use it.
            Ok(_) if self.is_single_use() => {}
            Ok(token) => state.current = Some(token.clone()),
            Err(refusal) => {
                let mut length = refusal.retry_after;
                if refusal.kind == SendErrorKind::Unauthorized {
                    // The token endpoint rejected the credentials themselves, so the pause begins
                    // at once.
                    state.rejections = state.rejections.max(TOLERATED).saturating_add(1);
                    // The longer pause applies. `None` is less than any `Some`.
                    length = length.max(Some(state.rest()));
                }
                if let Some(length) = length {
                    state.hold = Some(Hold { kind: refusal.kind, since: now, length });
                }
            }
        }
        // A message with less time may have replaced this request by its own.
        state.fetch = state.fetch.take().filter(|fetch| fetch.number != number);
    }

    /// Removes a token request that was dropped.
    fn clear(&self, number: u64) {
        let mut state = self.lock();
        let given_up = state.fetch.take_if(|fetch| fetch.number == number);
        drop(state);
        drop(given_up);
    }

    /// Records that the gateway accepted a token, so the credentials are valid.
    pub(in crate::gateway) fn accepted(&self, token: &Token) {
        // After the first time, the flag is only read, because all threads that send share it.
        if token.is_proven() {
            return;
        }
        token.prove();
        let mut state = self.lock();
        state.rejections = 0;
        // A pause that the token endpoint asked for with `Retry-After` stays.
        if state.hold.as_ref().is_some_and(|hold| hold.kind == SendErrorKind::Unauthorized) {
            state.hold = None;
        }
    }

    /// Drops a token that is of no use, so that the next request fetches another one.
    pub(in crate::gateway) fn discard(&self, token: &Token) {
        let mut state = self.lock();
        let dropped = state.current.take_if(|current| std::ptr::eq(&raw const **current, token));
        drop(state);
        drop(dropped);
    }

    /// Records that the gateway refused a token. Returns `true` if the message may try another
    /// token.
    ///
    /// A token that was accepted before may have been revoked: it is dropped, and the message may
    /// fetch a new one. A token that was never accepted counts as a rejection of the credentials.
    /// After more than [`TOLERATED`] rejections in a row, no token is fetched during a pause, so
    /// that rejected credentials are not tried again for each message.
    pub(in crate::gateway) fn refused(&self, token: &Arc<Token>, is_second: bool) -> bool {
        let now = self.clock.now();
        let mut state = self.lock();
        let is_current = |current: &Arc<Token>| Arc::ptr_eq(current, token);
        if !self.is_single_use() && !state.current.as_ref().is_some_and(is_current) {
            // Another message noticed it first. It either has a new token, or found that the
            // credentials are rejected.
            return !is_second;
        }
        if token.is_proven() {
            state.current = None;
            return !is_second;
        }
        // A login of another message may have ended the session of this one. Only the second token
        // of a message that is valid once shows that the credentials are rejected.
        if self.is_single_use() && !is_second {
            return true;
        }
        let least = if self.is_single_use() { TOLERATED } else { 0 };
        state.rejections = state.rejections.max(least).saturating_add(1);
        if state.rejections > TOLERATED {
            state.current = None;
            let length = state.rest();
            state.hold = Some(Hold { kind: SendErrorKind::Unauthorized, since: now, length });
            return false;
        }
        if !is_second {
            state.current = None;
        }
        // Keep the second token of a message: the gateway may refuse only this message, and accept
        // the token for others.
        !is_second
    }

    fn is_single_use(&self) -> bool {
        self.plan.token.as_ref().is_some_and(|plan| plan.is_single_use)
    }

    fn lock(&self) -> MutexGuard<'_, TokenState> {
        // Nothing that runs under the lock can panic.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

enum Begun {
    Good(Arc<Token>),
    Joined(Arc<Fetch>),
    Own(Arc<Fetch>),
    /// The token is valid for one message, which has this time to fetch it.
    SingleUse(Duration),
}

impl TokenState {
    /// Returns the current pause, with exponential back-off.
    fn rest(&self) -> Duration {
        let doubled = self.rejections.saturating_sub(TOLERATED).saturating_sub(1);
        // On overflow, the maximum below applies anyway.
        let factor = 2_u32.checked_pow(doubled).unwrap_or(u32::MAX);
        FIRST_REST.saturating_mul(factor).min(LONGEST_REST)
    }
}

impl Hold {
    /// Returns the error for a message that is sent during the pause, or `None` after it.
    fn error(&self, now: SystemTime) -> Option<SendError> {
        // If the clock was set back, the pause ends, because the elapsed time is unknown.
        let passed = now.duration_since(self.since).ok()?;
        let rest = self.length.checked_sub(passed).filter(|rest| !rest.is_zero())?;
        let what = match self.kind {
            SendErrorKind::Unauthorized => {
                "the credentials were rejected a moment ago: no token was requested"
            }
            _ => "the token endpoint asked to wait: no token was requested",
        };
        let error = SendError::new(self.kind, Fate::NotSent);
        Some(error.with_retry_after(rest).with_source(what))
    }
}

/// Creates the error for a message whose time ended before it was sent.
pub(in crate::gateway) fn out_of_time() -> SendError {
    SendError::new(SendErrorKind::Transport, Fate::NotSent)
        .with_source("the deadline passed before the message was sent")
}
