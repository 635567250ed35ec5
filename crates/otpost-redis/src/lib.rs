#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod limits;
#[cfg(test)]
mod model;
mod outbox;
mod reports;
mod script;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use otpost::async_trait;
use redis::aio::ConnectionLike;

use otpost::store::{
    Attempt, AttemptRule, ChallengeId, ChallengeStore, GoneReason, Mac, NewChallenge, Nonce,
    OpenRule, Opened, ResendRule, Resent, Salt, StoreError, StoreErrorKind,
};
use script::{ScriptCall, ScriptError, ScriptReply, Scripts, corrupt, script_millis, unavailable};

/// A store in Redis 6 or later, or in Valkey, over the application's connection.
///
/// The connection can be to a single server or a cluster, and may reconnect. Every key has a TTL.
/// The server's clock decides.
///
/// | key | value |
/// |---|---|
/// | `otpost:o:{tag}:random` | a challenge, 59 bytes |
/// | `otpost:r:{tag}` | a recipient, 37 bytes, in the same cluster slot as its challenges |
/// | `otpost:w:tag` | a window of messages, 22 bytes |
/// | `otpost:b:tag` | a bucket of messages, 8 bytes, or 44 if there were successes |
/// | `otpost:m:tag` | a marker of a known number, empty |
/// | `otpost:i:{tag}:random`, `otpost:q:tag` | an intent and a queue of the outbox |
/// | `{otpost:d}:name`, `{otpost:d}:early` | a name of a message in delivery reports, and the names of early reports, all in one cluster slot |
/// | `otpost:p:name` | a request with reports that was received, empty |
///
/// # Round trips
///
/// Each operation is one script and one round trip. In a cluster, the keys of the limits are on
/// different servers, and `reserve` and `settle` need a round trip per limit and per marker. If a
/// limit refuses the message, what was taken under the limits before it is given back, with another
/// round trip for each. Until then, or until it expires if the process stops, it counts. With
/// [`with_one_slot`](Self::with_one_slot), it is always one round trip.
///
/// # Examples
///
/// ```no_run
/// use otpost_redis::RedisStore;
///
/// # async fn connect() -> Result<(), redis::RedisError> {
/// let client = redis::Client::open("redis://127.0.0.1/")?;
/// let store = RedisStore::new(client.get_multiplexed_async_connection().await?);
/// # let _ = store;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The timeouts of the connection limit the duration of each operation. Set a response timeout on
/// it.
///
/// # Security
///
/// Redis responds before its replicas have a write. If the server then fails and a replica is
/// promoted, the latest writes are lost: an accepted code can be accepted again, a wrong guess may
/// not count, and a challenge can be missing. With [`with_replicas`](Self::with_replicas), an
/// operation succeeds only after the replicas have the write. Require all replicas that may be
/// promoted.
///
/// A server without `appendfsync always` also loses its latest writes when it restarts. If that is
/// not acceptable, use a store of [`otpost-sqlx`](https://docs.rs/otpost-sqlx).
///
/// Set `maxmemory-policy` to `noeviction` or `volatile-ttl`. Other policies evict the counts of
/// recipients first.
#[derive(Clone)]
pub struct RedisStore<C> {
    connection: C,
    prefix: String,
    replicas: Option<(u32, Duration)>,
    is_one_slot: bool,
    /// Set once a server has answered that the keys of limits are in different slots. Clones share
    /// it, so that they do not ask again.
    is_split: Arc<AtomicBool>,
    scripts: Scripts,
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> RedisStore<C> {
    /// Creates a store over a connection, such as a `MultiplexedConnection`, `ConnectionManager` or
    /// `ClusterConnection`.
    ///
    /// Clones of the connection are used concurrently.
    pub fn new(connection: C) -> Self {
        let (prefix, scripts) = ("otpost:".to_owned(), Scripts::new());
        let (replicas, is_one_slot, is_split) = (None, false, Arc::default());
        Self { connection, prefix, replicas, is_one_slot, is_split, scripts }
    }

    /// Sets the prefix of each key. Defaults to `otpost:`. Braces are removed from it, because they
    /// would determine the cluster slot.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into().replace(['{', '}'], "");
        self
    }

    /// Keeps all keys in one slot of a cluster, and so on one server.
    ///
    /// An [outbox](otpost::store::OutboxStore) in a cluster needs this, because its queue and the
    /// challenges are changed in one step. The limits then need fewer round trips.
    #[must_use]
    pub const fn with_one_slot(mut self) -> Self {
        self.is_one_slot = true;
        self
    }

    /// Waits after each operation until `count` replicas have the write, at most for `timeout`.
    /// Defaults to no waiting.
    ///
    /// If fewer replicas have it in time, the operation returns an error, although the server
    /// itself has the write. Do not use this with a cluster connection: it does not define which
    /// server it waits for.
    #[must_use]
    pub const fn with_replicas(mut self, count: u32, timeout: Duration) -> Self {
        self.replicas = Some((count, timeout));
        self
    }

    async fn run(&self, call: ScriptCall<'_>) -> Result<ScriptReply, StoreError> {
        Ok(self.try_run(call).await?)
    }

    async fn try_run(&self, call: ScriptCall<'_>) -> Result<ScriptReply, ScriptError> {
        let mut connection = self.connection.clone();
        let answer = call.run(&mut connection).await?;
        if let Some((count, timeout)) = self.replicas {
            // WAIT with a time of 0 waits without a limit.
            let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1);
            // WAIT is about the writes of its own connection, so it has to use the connection of
            // the script.
            let mut wait = redis::cmd("WAIT");
            wait.arg(count).arg(millis);
            let have: u32 = wait.query_async(&mut connection).await.map_err(unavailable)?;
            if have < count {
                let error = StoreError::new(StoreErrorKind::Unavailable);
                return Err(error.with_source("too few replicas have confirmed the write").into());
            }
        }
        Ok(answer)
    }
}

fn opening<'a>(call: ScriptCall<'a>, new: &NewChallenge, rule: &OpenRule) -> ScriptCall<'a> {
    // The value of the challenge as challenge.lua describes it, from the number of attempts on.
    let mut rest = new.attempts.to_be_bytes().to_vec();
    rest.extend([0; 8]);
    rest.extend(new.mac.as_bytes());
    rest.extend(new.salt.as_bytes());
    rest.extend(new.binding.as_bytes());
    call.bytes(&rest).span(rule.lifetime).bytes(&sending(rule))
}

fn opened(mut answer: ScriptReply) -> Result<Opened, StoreError> {
    Ok(match answer.what {
        1 => Opened::created(answer.span()?),
        2 => Opened::Cooldown(answer.span()?),
        3 => Opened::Quota(answer.span()?),
        4 => Opened::Locked(answer.span()?),
        _ => return Err(corrupt()),
    })
}

/// Returns the cooldown and the window as permit.lua reads them.
fn sending(rule: &OpenRule) -> Vec<u8> {
    // In one argument, because each argument costs the server more than reading it from bytes.
    let [cooldown, longest, span] = [rule.cooldown, rule.longest_cooldown, rule.window.span]
        .map(|span| script_millis(span).to_be_bytes());
    [&cooldown[..], &longest, &rule.window.most.to_be_bytes(), &span].concat()
}

const fn gone(what: u64) -> Option<GoneReason> {
    match what {
        // All numbers of replies are listed in clock.lua.
        10 => Some(GoneReason::Absent),
        11 => Some(GoneReason::Used),
        12 => Some(GoneReason::Exhausted),
        13 => Some(GoneReason::Revoked),
        _ => None,
    }
}

#[async_trait]
impl<C: ConnectionLike + Clone + Send + Sync + 'static> ChallengeStore for RedisStore<C> {
    async fn open(&self, new: &NewChallenge, rule: &OpenRule) -> Result<Opened, StoreError> {
        let keys = self.keys(&new.id);
        let call = ScriptCall::new(&self.scripts.open, keys.iter().map(String::as_str));
        opened(self.run(opening(call, new, rule)).await?)
    }

    async fn attempt(
        &self,
        id: &ChallengeId,
        guess: &Mac,
        nonce: Option<&Nonce>,
        rule: &AttemptRule,
    ) -> Result<Attempt, StoreError> {
        let keys = self.keys(id);
        let mut argument = guess.as_bytes().to_vec();
        argument.extend(rule.failures.to_be_bytes());
        for span in [rule.lock, rule.longest_lock, rule.memory] {
            argument.extend(script_millis(span).to_be_bytes());
        }
        argument.extend(nonce.map_or(&[][..], |nonce| nonce.as_bytes()));
        let call = ScriptCall::new(&self.scripts.attempt, keys.iter().map(String::as_str));
        let mut answer = self.run(call.bytes(&argument)).await?;
        Ok(match (answer.what, gone(answer.what)) {
            (_, Some(why)) => Attempt::Gone(why),
            (20, _) => Attempt::accepted(false),
            (23, _) => Attempt::accepted(true),
            (21, _) => Attempt::wrong(u16::try_from(answer.number()?).map_err(|_| corrupt())?),
            (22, _) => Attempt::Locked(answer.span()?),
            _ => return Err(corrupt()),
        })
    }

    async fn resend(&self, id: &ChallengeId, rule: &ResendRule) -> Result<Resent, StoreError> {
        let keys = self.keys(id);
        let code = rule.rotate.map(|(salt, mac)| [*mac.as_bytes(), *salt.as_bytes()].concat());
        let call = ScriptCall::new(&self.scripts.resend, keys.iter().map(String::as_str))
            .span(rule.least_left)
            .bytes(rule.binding.as_bytes())
            .bytes(&code.unwrap_or_default())
            .bytes(&sending(&rule.send));
        let mut answer = self.run(call).await?;
        Ok(match (answer.what, gone(answer.what)) {
            (_, Some(why)) => Resent::Gone(why),
            (1, _) => {
                let salt = Salt::new(answer.bytes()?);
                Resent::permitted(salt, answer.span()?, answer.span()?)
            }
            (2, _) => Resent::Cooldown(answer.span()?),
            (3, _) => Resent::Quota(answer.span()?),
            (4, _) => Resent::Locked(answer.span()?),
            (5, _) => Resent::OtherBinding,
            _ => return Err(corrupt()),
        })
    }

    async fn revoke(&self, id: &ChallengeId) -> Result<bool, StoreError> {
        // The recipient is not needed: a revocation changes none of its counts.
        let [challenge, _] = self.keys(id);
        let call = ScriptCall::new(&self.scripts.revoke, [challenge.as_str()]);
        let answer = self.run(call).await?;
        Ok(answer.what == 1)
    }

    async fn return_permit(&self, id: &ChallengeId, revokes: bool) -> Result<bool, StoreError> {
        let keys = self.keys(id);
        let call = ScriptCall::new(&self.scripts.return_permit, keys.iter().map(String::as_str));
        let answer = self.run(call.number(u8::from(revokes))).await?;
        Ok(answer.what == 1)
    }

    async fn reset(&self, recipient: &[u8; 8]) -> Result<(), StoreError> {
        // The random part is not in the key of a recipient.
        let [_, key] = self.keys(&ChallengeId::new(0, *recipient, [0; 16]));
        self.run(ScriptCall::new(&self.scripts.reset, [key.as_str()])).await.map(drop)
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        // Nothing to remove: every key has a TTL.
        Ok(0)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // A script with a key, as all verbs are: it needs the same rights as they do, and a cluster
        // has to route it. With replicas it also waits for them.
        let key = format!("{}ping", self.prefix);
        self.run(ScriptCall::new(&self.scripts.ping, [key.as_str()])).await.map(drop)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl<C> RedisStore<C> {
    /// Returns the keys of a challenge and its recipient.
    fn keys(&self, id: &ChallengeId) -> [String; 2] {
        let tag = BASE64URL_NOPAD.encode(&id.recipient());
        let random = BASE64URL_NOPAD.encode(&id.random());
        let ([challenge, behind], [recipient, _]) = (self.around("o"), self.around("r"));
        // The key of a recipient ends with the tag, so it keeps a closing brace but not the colon.
        let end = behind.trim_end_matches(':');
        [format!("{challenge}{tag}{behind}{random}"), format!("{recipient}{tag}{end}")]
    }

    /// Returns the parts of a key before and after a recipient's tag. The part of a key in braces
    /// determines its cluster slot.
    fn around(&self, kind: &str) -> [String; 2] {
        let prefix = &self.prefix;
        if self.is_one_slot {
            [format!("{{{prefix}}}{kind}:"), ":".to_owned()]
        } else {
            [format!("{prefix}{kind}:{{"), "}:".to_owned()]
        }
    }

    /// Returns a key that belongs to no recipient.
    fn key(&self, kind: &str, name: &str) -> String {
        let prefix = &self.prefix;
        let colon = if name.is_empty() { "" } else { ":" };
        if self.is_one_slot {
            format!("{{{prefix}}}{kind}{colon}{name}")
        } else {
            format!("{prefix}{kind}{colon}{name}")
        }
    }
}

impl<C> fmt::Debug for RedisStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
