use std::sync::Arc;
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, Script, ServerErrorKind, Value};

use otpost::store::{StoreError, StoreErrorKind};

/// The scripts, each created once with the parts that it uses in front.
#[derive(Clone)]
pub(super) struct Scripts {
    pub(super) open: LuaScript,
    pub(super) attempt: LuaScript,
    pub(super) resend: LuaScript,
    pub(super) revoke: LuaScript,
    pub(super) return_permit: LuaScript,
    pub(super) reset: LuaScript,
    pub(super) reserve: LuaScript,
    pub(super) settle: LuaScript,
    pub(super) open_queued: LuaScript,
    pub(super) queue: LuaScript,
    pub(super) claim: LuaScript,
    pub(super) finish: LuaScript,
    pub(super) record_message: LuaScript,
    pub(super) apply_report: LuaScript,
    pub(super) read_status: LuaScript,
    pub(super) record_replay: LuaScript,
    pub(super) ping: LuaScript,
}

/// A script, and the digest with which `EVALSHA` calls it.
#[derive(Clone)]
pub(super) struct LuaScript {
    text: Arc<str>,
    digest: Arc<str>,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self::with_clock(include_str!("clock.lua"))
    }

    /// Creates the scripts with another text in place of clock.lua.
    pub(super) fn with_clock(clock: &str) -> Self {
        const CHALLENGE: &str = include_str!("challenge.lua");
        const RECIPIENT: &str = include_str!("recipient.lua");
        const DOUBLED: &str = include_str!("doubled.lua");
        const PERMIT: &str = include_str!("permit.lua");
        const ENQUEUE: &str = include_str!("enqueue.lua");
        const SLOTS: &str = include_str!("slots.lua");
        const OPEN: &str = include_str!("open.lua");
        const MESSAGE: &str = include_str!("message.lua");
        const OPENED: &str = include_str!("opened.lua");
        // The server keeps a script by the digest of its whole text, so the functions that it
        // shares with others are a part of it. Each call creates them again, so a script contains
        // only those that it uses.
        let script = |parts: &[&str]| LuaScript::new(parts.concat());
        Self {
            open: script(&[clock, RECIPIENT, DOUBLED, PERMIT, OPEN, OPENED]),
            attempt: script(&[clock, CHALLENGE, RECIPIENT, DOUBLED, include_str!("attempt.lua")]),
            resend: script(&[
                clock,
                CHALLENGE,
                RECIPIENT,
                DOUBLED,
                PERMIT,
                include_str!("resend.lua"),
            ]),
            revoke: script(&[clock, CHALLENGE, include_str!("revoke.lua")]),
            return_permit: script(&[
                clock,
                CHALLENGE,
                RECIPIENT,
                include_str!("return_permit.lua"),
            ]),
            reset: script(&["redis.call('DEL', KEYS[1]) return {1}"]),
            reserve: script(&[clock, SLOTS, include_str!("reserve.lua")]),
            settle: script(&[clock, SLOTS, include_str!("settle.lua")]),
            open_queued: script(&[
                clock,
                RECIPIENT,
                DOUBLED,
                PERMIT,
                OPEN,
                ENQUEUE,
                include_str!("open_queued.lua"),
                OPENED,
            ]),
            queue: script(&[clock, ENQUEUE, include_str!("queue.lua")]),
            claim: script(&[clock, CHALLENGE, include_str!("claim.lua")]),
            finish: script(&[clock, include_str!("finish.lua")]),
            record_message: script(&[clock, MESSAGE, include_str!("record_message.lua")]),
            apply_report: script(&[clock, MESSAGE, include_str!("apply_report.lua")]),
            read_status: script(&[clock, MESSAGE, include_str!("read_status.lua")]),
            record_replay: script(&[
                "return {redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1]) and 1 or 2}",
            ]),
            ping: script(&["return {redis.call('EXISTS', KEYS[1]) + 1}"]),
        }
    }
}

impl LuaScript {
    fn new(text: String) -> Self {
        let digest = Script::new(&text).get_hash().into();
        Self { text: text.into(), digest }
    }
}

/// A call of a script, with its keys and arguments.
pub(super) struct ScriptCall<'a> {
    script: &'a LuaScript,
    keys: Vec<&'a str>,
    arguments: Vec<Vec<u8>>,
}

impl<'a> ScriptCall<'a> {
    pub(super) fn new(script: &'a LuaScript, keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self { script, keys: keys.into_iter().collect(), arguments: Vec::new() }
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.arguments.push(bytes.to_vec());
        self
    }

    pub(super) fn number(self, number: impl Into<u64>) -> Self {
        self.bytes(number.into().to_string().as_bytes())
    }

    pub(super) fn span(self, span: Duration) -> Self {
        self.number(script_millis(span))
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(self.keys.len());
        self.keys.iter().for_each(|key| {
            command.arg(*key);
        });
        self.arguments.iter().for_each(|argument| {
            command.arg(argument.as_slice());
        });
        command
    }

    /// Runs the script by its digest, or with its text if the server does not have it.
    pub(super) async fn run(
        self,
        connection: &mut (impl ConnectionLike + Send),
    ) -> Result<ScriptReply, ScriptError> {
        let by_digest = self.command("EVALSHA", &self.script.digest);
        let answer = match by_digest.query_async::<Value>(connection).await {
            // The server was restarted or has never seen the script. Nothing has run, so the second
            // call counts nothing twice. EVAL also makes the server keep the script.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.command("EVAL", &self.script.text).query_async::<Value>(connection).await
            }
            answer => answer,
        };
        match answer {
            Ok(value) => Ok(ScriptReply::of(value)?),
            // A server of a cluster checks the slots of the keys before anything else.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::CrossSlot) => {
                Err(ScriptError::CrossSlot(unavailable(error)))
            }
            Err(error) => Err(unavailable(error).into()),
        }
    }
}

/// An error of a call.
pub(super) enum ScriptError {
    /// The keys are in different slots of a cluster. Nothing has run.
    CrossSlot(StoreError),
    /// Any other error.
    Other(StoreError),
}

impl From<StoreError> for ScriptError {
    fn from(error: StoreError) -> Self {
        Self::Other(error)
    }
}

impl From<ScriptError> for StoreError {
    fn from(error: ScriptError) -> Self {
        match error {
            ScriptError::CrossSlot(error) | ScriptError::Other(error) => error,
        }
    }
}

/// The reply of a script: a number for the kind of reply, and the values after it.
pub(super) struct ScriptReply {
    pub(super) what: u64,
    values: std::vec::IntoIter<Value>,
}

impl ScriptReply {
    fn of(value: Value) -> Result<Self, StoreError> {
        let values = match value {
            // The short forms, which clock.lua describes: -1 - n, which is !n, for {1, n}.
            Value::Int(short) if short < 0 => vec![Value::Int(1), Value::Int(!short)],
            Value::Int(_) => vec![value],
            Value::Array(values) => values,
            _ => return Err(corrupt()),
        };
        let mut values = values.into_iter();
        // 0 is the reply of a script that found invalid data.
        let what = values.next().and_then(number).ok_or_else(corrupt)?;
        if what == 0 { Err(corrupt()) } else { Ok(Self { what, values }) }
    }

    pub(super) fn span(&mut self) -> Result<Duration, StoreError> {
        self.number().map(Duration::from_millis)
    }

    pub(super) fn number(&mut self) -> Result<u64, StoreError> {
        self.values.next().and_then(number).ok_or_else(corrupt)
    }

    /// Returns the next number, or another one if there are no more values.
    pub(super) fn number_or(&mut self, other: u64) -> Result<u64, StoreError> {
        self.values.next().map_or(Ok(other), |value| number(value).ok_or_else(corrupt))
    }

    pub(super) fn text(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.values.next() {
            Some(Value::BulkString(bytes)) => Ok(bytes),
            _ => Err(corrupt()),
        }
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        self.text()?.try_into().map_err(|_| corrupt())
    }
}

/// Returns the milliseconds of a span for a script.
pub(super) fn script_millis(span: Duration) -> u64 {
    // Scripts calculate with doubles, which are exact up to 2^53. This leaves room for sums.
    const LONGEST: u64 = 1 << 51;
    u64::try_from(span.as_millis()).unwrap_or(LONGEST).min(LONGEST)
}

fn number(value: Value) -> Option<u64> {
    u64::from_redis_value(value).ok()
}

pub(super) fn corrupt() -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt)
}

/// Converts an error of the server. Its text can repeat keys, which contain ids, so only the error
/// code is kept.
pub(super) fn unavailable(error: RedisError) -> StoreError {
    let words = match error.code() {
        Some(code) => format!("the server returned the error {code}"),
        // Without a code, the error comes from the connection and holds no key.
        None => error.to_string(),
    };
    StoreError::new(StoreErrorKind::Unavailable).with_source(words)
}
