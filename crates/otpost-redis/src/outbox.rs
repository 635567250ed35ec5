use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use otpost::async_trait;
use redis::aio::ConnectionLike;

use super::script::{ScriptCall, corrupt};
use super::{RedisStore, opened, opening};
use otpost::store::{
    ChallengeId, Claim, Finish, Intent, NewChallenge, OpenRule, Opened, OutboxStore, QueueTag,
    Salt, StoreError,
};

#[async_trait]
impl<C: ConnectionLike + Clone + Send + Sync + 'static> OutboxStore for RedisStore<C> {
    async fn open_queued(
        &self,
        new: &NewChallenge,
        rule: &OpenRule,
        queue: &QueueTag,
        intent: &Intent,
    ) -> Result<Opened, StoreError> {
        let rest = rest(queue, &new.id, intent);
        let ([challenge, recipient], [queue, kept]) =
            (self.keys(&new.id), self.queued(queue, &new.id));
        let keys = [&challenge, &recipient, &queue, &kept];
        let call = ScriptCall::new(&self.scripts.open_queued, keys.map(String::as_str));
        let call = opening(call, new, rule).bytes(member(&new.id).as_bytes());
        opened(self.run(call.bytes(&rest)).await?)
    }

    async fn queue(
        &self,
        id: &ChallengeId,
        queue: &QueueTag,
        intent: &Intent,
        lifetime: Duration,
    ) -> Result<Option<Intent>, StoreError> {
        let keys = self.queued(queue, id);
        let call = ScriptCall::new(&self.scripts.queue, keys.iter().map(String::as_str))
            .bytes(member(id).as_bytes())
            .bytes(&rest(queue, id, intent))
            .span(lifetime);
        let mut answer = self.run(call).await?;
        Ok(if answer.number()? == 1 { Some(Intent::new(answer.text()?)) } else { None })
    }

    async fn claim(
        &self,
        queue: &QueueTag,
        lease: Duration,
        least_left: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        let key = self.queue_key(queue);
        // The script learns from the queue which challenge is next, so it builds the keys itself.
        let [challenges, rest] = self.around("o");
        let [intents, _] = self.around("i");
        let call = ScriptCall::new(&self.scripts.claim, [key.as_str()])
            .span(lease)
            .span(least_left)
            .bytes(challenges.as_bytes())
            .bytes(intents.as_bytes())
            .bytes(rest.as_bytes())
            .bytes(queue.as_bytes());
        let mut answer = self.run(call).await?;
        if answer.what != 1 {
            return Ok(None);
        }
        let member = answer.text()?;
        let key = u8::try_from(answer.number()?).map_err(|_| corrupt())?;
        let id = read(&member, key).ok_or_else(corrupt)?;
        let salt = match answer.text()? {
            // A late claim.
            salt if salt.is_empty() => None,
            salt => Some(Salt::new(salt.try_into().map_err(|_| corrupt())?)),
        };
        let expires_in = answer.span()?;
        let intent = Intent::new(answer.text()?);
        let is_repeated = answer.number()? > 0;
        let token = answer.number()?;
        Ok(Some(Claim::new(id, *queue, salt, expires_in, intent, is_repeated, token)))
    }

    async fn finish(&self, claim: &Claim, how: Finish) -> Result<bool, StoreError> {
        let [queue, kept] = self.queued(&claim.queue, &claim.id);
        let call = ScriptCall::new(&self.scripts.finish, [queue.as_str(), kept.as_str()])
            .bytes(member(&claim.id).as_bytes())
            .number(claim.token);
        let call = match how {
            Finish::Again(after) => call.span(after).number(0_u8),
            Finish::Done => call.bytes(&[]).number(0_u8),
            Finish::Unknown(after) => call.span(after).number(1_u8),
        };
        Ok(self.run(call).await?.what == 1)
    }
}

impl<C> RedisStore<C> {
    fn queue_key(&self, queue: &QueueTag) -> String {
        self.key("q", &BASE64URL_NOPAD.encode(queue.as_bytes()))
    }

    /// Returns the keys of a queue and of a challenge's intent.
    fn queued(&self, queue: &QueueTag, id: &ChallengeId) -> [String; 2] {
        let [before, behind] = self.around("i");
        let (tag, random) = parts(id);
        [self.queue_key(queue), format!("{before}{tag}{behind}{random}")]
    }
}

fn parts(id: &ChallengeId) -> (String, String) {
    (BASE64URL_NOPAD.encode(&id.recipient()), BASE64URL_NOPAD.encode(&id.random()))
}

/// Returns an id as the member of a queue, in two parts, so that the script can build keys of it.
fn member(id: &ChallengeId) -> String {
    let (tag, random) = parts(id);
    // Without the number of the pepper's key, because a challenge has one intent.
    format!("{tag}:{random}")
}

/// Returns an intent as enqueue.lua describes it, from the tag of its queue on.
fn rest(queue: &QueueTag, id: &ChallengeId, intent: &Intent) -> Vec<u8> {
    // The number of the pepper's key is needed to derive the code.
    [queue.as_bytes(), &[id.key()][..], intent.as_bytes()].concat()
}

fn read(member: &[u8], key: u8) -> Option<ChallengeId> {
    let mut parts = core::str::from_utf8(member).ok()?.split(':');
    let mut bytes = || BASE64URL_NOPAD.decode(parts.next()?.as_bytes()).ok();
    let (tag, random) = (bytes()?.try_into().ok()?, bytes()?.try_into().ok()?);
    Some(ChallengeId::new(key, tag, random))
}
