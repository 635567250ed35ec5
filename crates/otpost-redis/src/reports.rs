use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use otpost::async_trait;
use redis::aio::ConnectionLike;

use super::RedisStore;
use super::script::{ScriptCall, ScriptReply, corrupt};
use otpost::store::{EarlyRule, ReportStore, ReportTag, StatusChange, StatusRecord, StoreError};

#[async_trait]
impl<C: ConnectionLike + Clone + Send + Sync + 'static> ReportStore for RedisStore<C> {
    async fn record_message(
        &self,
        names: &[ReportTag],
        note: &str,
        retention: Duration,
    ) -> Result<Option<StatusRecord>, StoreError> {
        let Some(first) = names.first() else { return Ok(None) };
        let keys = self.named(names);
        let call = ScriptCall::new(&self.scripts.record_message, keys.iter().map(String::as_str))
            .bytes(text(first).as_bytes())
            .bytes(self.around_names().as_bytes())
            .bytes(note.as_bytes())
            // A key cannot expire at once.
            .span(retention.max(Duration::from_millis(1)));
        let answer = self.run(call).await?;
        if answer.what == 1 { status(answer).map(Some) } else { Ok(None) }
    }

    async fn apply_report(
        &self,
        names: &[ReportTag],
        status: &StatusRecord,
        early: &EarlyRule,
    ) -> Result<Option<StatusChange>, StoreError> {
        let keys = self.named(names);
        let length = u8::try_from(status.detail.len()).map_err(|_| corrupt())?;
        let state = [&[status.status, status.replaces, length], &*status.detail].concat();
        let call = ScriptCall::new(&self.scripts.apply_report, keys.iter().map(String::as_str))
            .bytes(self.around_names().as_bytes())
            .bytes(&state)
            .span(early.lifetime)
            .number(early.most);
        let mut answer = self.run(call).await?;
        if answer.what != 1 {
            return Ok(None);
        }
        let elapsed = answer.span()?;
        let note = String::from_utf8(answer.text()?).map_err(|_| corrupt())?;
        Ok(Some(StatusChange::new(note, elapsed)))
    }

    async fn read_status(&self, name: &ReportTag) -> Result<Option<StatusRecord>, StoreError> {
        let start = self.around_names();
        let key = format!("{start}{}", text(name));
        let call = ScriptCall::new(&self.scripts.read_status, [key.as_str()]);
        let answer = self.run(call.bytes(start.as_bytes())).await?;
        if answer.what == 1 { status(answer).map(Some) } else { Ok(None) }
    }

    async fn record_replay(&self, key: &ReportTag, lifetime: Duration) -> Result<bool, StoreError> {
        // Each key of a request is on a server of its own in a cluster.
        let key = self.key("p", &text(key));
        let call = ScriptCall::new(&self.scripts.record_replay, [key.as_str()]);
        Ok(self.run(call.span(lifetime.max(Duration::from_millis(1)))).await?.what == 1)
    }
}

impl<C> RedisStore<C> {
    /// Returns what the keys of the names of messages begin with. All of them are in one cluster
    /// slot, because a message has several names.
    fn around_names(&self) -> String {
        let prefix = &self.prefix;
        if self.is_one_slot { format!("{{{prefix}}}d:") } else { format!("{{{prefix}d}}:") }
    }

    /// Returns the key of the early names, and those of these names.
    fn named(&self, names: &[ReportTag]) -> Vec<String> {
        let start = self.around_names();
        let names = names.iter().map(|name| format!("{start}{}", text(name)));
        // No name is as short as this.
        std::iter::once(format!("{start}early")).chain(names).collect()
    }
}

fn text(tag: &ReportTag) -> String {
    BASE64URL_NOPAD.encode(tag.as_bytes())
}

/// Reads a state as message.lua describes it.
fn status(mut answer: ScriptReply) -> Result<StatusRecord, StoreError> {
    match answer.text()?.as_slice() {
        [status, replaces, length, detail @ ..] if detail.len() == usize::from(*length) => {
            Ok(StatusRecord::new(*status, *replaces, detail))
        }
        _ => Err(corrupt()),
    }
}
