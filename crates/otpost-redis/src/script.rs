use std::sync::Arc;
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, Script, ServerErrorKind, Value};

use otpost::store::{StoreError, StoreErrorKind};

/// The scripts, each created once with the common functions in front.
#[derive(Clone)]
pub(super) struct Scripts {
    pub(super) open: LuaScript,
    pub(super) attempt: LuaScript,
    pub(super) resend: LuaScript,
    pub(super) revoke: LuaScript,
    pub(super) spend: LuaScript,
    pub(super) credit: LuaScript,
    pub(super) open_queued: LuaScript,
    pub(super) claim: LuaScript,
    pub(super) settle: LuaScript,
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
        const COMMON: &str = include_str!("common.lua");
        const OPEN: &str = include_str!("open.lua");
        // The scripts for counters and for settling need only the clock.
        const CLOCK: &str = "local function now()\n  local time = redis.call('TIME')\n  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)\nend\n";
        // The server keeps a script by the digest of its whole text, so the common functions are a
        // part of each.
        let whole = |text: &str| LuaScript::new(format!("{COMMON}\n{text}"));
        let short = |text: &str| LuaScript::new(format!("{CLOCK}\n{text}"));
        Self {
            open: whole(&format!("{OPEN}return {{answer, wait}}\n")),
            attempt: whole(include_str!("attempt.lua")),
            resend: whole(include_str!("resend.lua")),
            revoke: whole(include_str!("revoke.lua")),
            spend: short(include_str!("spend.lua")),
            credit: short(include_str!("credit.lua")),
            open_queued: whole(&format!("{OPEN}{}", include_str!("open_queued.lua"))),
            claim: whole(include_str!("claim.lua")),
            settle: short(include_str!("settle.lua")),
            ping: LuaScript::new("return {redis.call('EXISTS', KEYS[1]) + 1}".to_owned()),
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
        // Scripts calculate with doubles, which are exact up to 2^53. This leaves room for sums.
        const LONGEST: u128 = 1 << 51;
        self.number(u64::try_from(span.as_millis().min(LONGEST)).unwrap_or(1 << 51))
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
    ) -> Result<ScriptReply, StoreError> {
        let by_digest = self.command("EVALSHA", &self.script.digest);
        let answer = match by_digest.query_async::<Value>(connection).await {
            // The server was restarted or has never seen the script. Nothing has run, so the second
            // call counts nothing twice. EVAL also makes the server keep the script.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.command("EVAL", &self.script.text).query_async::<Value>(connection).await
            }
            answer => answer,
        };
        match answer.map_err(unavailable)? {
            Value::Array(values) => ScriptReply::of(values),
            _ => Err(corrupt()),
        }
    }
}

/// The reply of a script: a number for the kind of reply, and the values after it.
pub(super) struct ScriptReply {
    pub(super) what: u64,
    values: std::vec::IntoIter<Value>,
}

impl ScriptReply {
    fn of(values: Vec<Value>) -> Result<Self, StoreError> {
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
