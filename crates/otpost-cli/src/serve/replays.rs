//! Requests that were received before.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::StatusCode;

use super::reply::ServeReply;

/// The maximum number of requests that are kept for a scope. A request takes about 300 bytes, and
/// the number of scopes is that of the callers and hooks.
const MAX_KEPT: usize = 20_000;
/// The time between two removals of expired requests.
const SWEEP: Duration = Duration::from_secs(60);

/// The ids of requests, with their responses. A request with the id of an earlier one sends
/// nothing, and gets the response of the earlier one.
pub(super) struct Replays(Mutex<Kept>);

struct Kept {
    /// The requests by scope and id, so that a scope that is full does not stop the others.
    scopes: HashMap<String, HashMap<String, KeptRequest>>,
    next_sweep: SystemTime,
}

struct KeptRequest {
    expires: SystemTime,
    /// `None` while the first request is running.
    reply: Option<ServeReply>,
}

impl KeptRequest {
    /// Returns the response to a repetition.
    fn repeated_reply(&self) -> ServeReply {
        self.reply.clone().map(ServeReply::repeated).unwrap_or_else(|| {
            let message = "the same request is being processed";
            ServeReply::refused(StatusCode::CONFLICT, "repeated", message)
        })
    }
}

/// The id of a request, and the time until which it can be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RequestId {
    /// The endpoint or the caller, which have ids of their own.
    pub(super) scope: String,
    pub(super) id: String,
}

impl Replays {
    pub(super) fn new() -> Self {
        let kept = Kept { scopes: HashMap::new(), next_sweep: SystemTime::UNIX_EPOCH };
        Self(Mutex::new(kept))
    }

    /// Records a request, or returns the response if it is not to be sent.
    pub(super) fn begin(
        &self,
        id: &RequestId,
        expires: SystemTime,
        now: SystemTime,
    ) -> Result<(), ServeReply> {
        let mut kept = self.lock();
        if kept.next_sweep <= now {
            for requests in kept.scopes.values_mut() {
                requests.retain(|_, request| request.expires > now);
            }
            kept.next_sweep = now.checked_add(SWEEP).unwrap_or(now);
        }
        let requests = kept.scopes.entry(id.scope.clone()).or_default();
        if let Some(known) = requests.get_mut(&id.id).filter(|known| known.expires > now) {
            // A hook that is sent again has a later signature, which is valid for longer.
            known.expires = known.expires.max(expires);
            return Err(known.repeated_reply());
        }
        // Fail closed: a request that is not kept could be repeated.
        if requests.len() >= MAX_KEPT && !requests.contains_key(&id.id) {
            let message = "too many requests are kept against repetition";
            let reply = ServeReply::refused(StatusCode::SERVICE_UNAVAILABLE, "busy", message);
            return Err(reply.with_retry_after(SWEEP));
        }
        requests.insert(id.id.clone(), KeptRequest { expires, reply: None });
        Ok(())
    }

    /// Records the response. A request that was not sent is removed: repeating it does no harm, and
    /// requests with errors, which no limit counts, would fill the store.
    pub(super) fn finish(&self, id: &RequestId, reply: &ServeReply) {
        let mut kept = self.lock();
        let Some(requests) = kept.scopes.get_mut(&id.scope) else { return };
        if reply.is_not_sent() {
            requests.remove(&id.id);
        } else if let Some(request) = requests.get_mut(&id.id) {
            request.reply = Some(reply.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Barrier;
    use std::thread::scope;

    use super::*;

    const THREADS: usize = 16;
    const MINUTE: Duration = Duration::from_secs(60);

    fn id(number: usize) -> RequestId {
        RequestId { scope: "/hooks/supabase".to_owned(), id: format!("msg_{number}") }
    }

    fn at(minutes: u32) -> SystemTime {
        SystemTime::UNIX_EPOCH.checked_add(MINUTE.saturating_mul(minutes)).unwrap()
    }

    /// Returns how many of the threads may send.
    fn granted(begin: impl Fn() -> bool + Sync) -> usize {
        let start = Barrier::new(THREADS);
        let run = || {
            start.wait();
            begin()
        };
        scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
            threads.into_iter().map(|it| it.join().unwrap()).filter(|it| *it).count()
        })
    }

    #[test]
    fn one_of_many_equal_requests_at_the_same_time_is_sent() {
        let replays = Replays::new();
        for round in 0..200 {
            assert_eq!(granted(|| replays.begin(&id(round), at(9), at(1)).is_ok()), 1, "{round}");
        }
        // A naive implementation looks and writes in two steps.
        let (known, between) = (Mutex::new(HashSet::new()), Barrier::new(THREADS));
        let naive = || {
            let is_new = !known.lock().unwrap().contains("msg_1");
            between.wait();
            known.lock().unwrap().insert("msg_1");
            is_new
        };
        assert_eq!(granted(naive), THREADS);
    }

    #[test]
    fn a_request_is_kept_until_it_is_too_old() {
        let replays = Replays::new();
        assert_eq!(replays.begin(&id(1), at(6), at(1)), Ok(()));
        let running = replays.begin(&id(1), at(6), at(2)).unwrap_err();
        assert_eq!(running.status(), StatusCode::CONFLICT);
        replays.finish(&id(1), &ServeReply::accepted());
        let repeated = replays.begin(&id(1), at(6), at(5)).unwrap_err();
        assert_eq!(repeated, ServeReply::accepted().repeated());
        // Another id, and the same id of another scope.
        assert_eq!(replays.begin(&id(2), at(6), at(5)), Ok(()));
        let other = RequestId { scope: "/hooks/zitadel".to_owned(), ..id(1) };
        assert_eq!(replays.begin(&other, at(6), at(5)), Ok(()));
        assert_eq!(replays.begin(&id(1), at(12), at(6)), Ok(()));
    }

    #[test]
    fn a_repetition_that_is_valid_for_longer_is_kept_for_longer() {
        let replays = Replays::new();
        assert_eq!(replays.begin(&id(1), at(6), at(1)), Ok(()));
        replays.finish(&id(1), &ServeReply::accepted());
        for (expires, now) in [(10, 5), (3, 5), (10, 9)] {
            let repeated = replays.begin(&id(1), at(expires), at(now)).unwrap_err();
            assert_eq!(repeated, ServeReply::accepted().repeated());
        }
        assert_eq!(replays.begin(&id(1), at(15), at(10)), Ok(()));
    }

    #[test]
    fn a_request_that_was_not_sent_can_be_repeated() {
        let replays = Replays::new();
        for (reply, is_free) in [
            (ServeReply::limited("in total", MINUTE), true),
            (ServeReply::invalid("`to` is missing"), true),
            (ServeReply::destination("no messages are sent to FR"), true),
            (ServeReply::accepted(), false),
            (ServeReply::lost("the message may have been sent"), false),
        ] {
            let id = id(usize::from(reply.status().as_u16()));
            assert_eq!(replays.begin(&id, at(6), at(1)), Ok(()));
            replays.finish(&id, &reply);
            assert_eq!(replays.begin(&id, at(6), at(1)).is_ok(), is_free, "{reply:?}");
        }
    }

    #[test]
    fn a_full_store_refuses_requests_until_some_are_too_old() {
        let replays = Replays::new();
        for number in 0..MAX_KEPT {
            assert_eq!(replays.begin(&id(number), at(6), at(1)), Ok(()));
        }
        let refused = replays.begin(&id(MAX_KEPT), at(6), at(5)).unwrap_err();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        // Repetitions are still recognized, and other scopes have room.
        assert!(replays.begin(&id(1), at(6), at(5)).is_err_and(|it| it.outcome() == "repeated"));
        let other = RequestId { scope: "/hooks/zitadel".to_owned(), ..id(MAX_KEPT) };
        assert_eq!(replays.begin(&other, at(6), at(5)), Ok(()));
        assert_eq!(replays.begin(&id(MAX_KEPT), at(12), at(7)), Ok(()));
    }
}
