//! The state of one login between two requests.
//!
//! Each tab has a flow of its own, with a random id in the URL. Its state is in a cookie whose path
//! is that URL, so two tabs neither see nor change each other's state, and the server keeps nothing
//! about a login that is not finished.
//!
//! The cookie is not signed. A person can change only what their own browser shows: otpost decides
//! about codes and messages by the encrypted token and its store. A cookie that was planted in the
//! browser of another person is ignored, because it names the browser that began the login.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use otpost::challenge::{
    Challenge, ChallengeError, ChallengeErrorKind, ChallengeToken, Delivery, Verdict,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::random::{is_random_text, random_text};

/// The id of a flow, which is a part of its URL.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct FlowId(String);

impl FlowId {
    pub(crate) fn random() -> Result<Self, StatusCode> {
        random_text().map(Self)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the URL of the flow's page.
    pub(crate) fn url(&self) -> String {
        format!("/login/{}", self.0)
    }
}

impl TryFrom<String> for FlowId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // It becomes the path of a cookie, so no other characters may get there.
        if is_random_text(&text) {
            Ok(Self(text))
        } else {
            Err("expected 22 characters of base64url")
        }
    }
}

/// The state of a login.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Flow {
    /// The number as it was typed, or in E.164 form once a message was requested.
    pub(crate) number: String,
    /// The number of messages so far. A form that was shown before the last message has an older
    /// one, so it cannot send another message by a repetition.
    pub(crate) messages: u32,
    /// The challenge whose code is awaited.
    pub(crate) pending: Option<Pending>,
    /// The result of the last request, to show on the page.
    pub(crate) notice: Option<Notice>,
}

/// A challenge whose code is awaited. Times are in Unix seconds.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) token: String,
    /// The masked number.
    pub(crate) hint: String,
    pub(crate) expires_at: u64,
    pub(crate) resend_at: u64,
    pub(crate) sent: Sent,
}

/// The delivery state of the last message, as the page shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Sent {
    /// The gateway accepted it.
    Accepted,
    /// It waits in the outbox.
    Queued,
    /// It may have been sent.
    Unknown,
}

/// The result of a request, to show on the page that follows. Times are in Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Notice {
    Contested,
    Cooldown(u64),
    Exhausted,
    Expired,
    Limited(u64),
    Locked(u64),
    Malformed,
    NotSent,
    NumberCompleted,
    NumberIncomplete,
    NumberInvalid,
    Region,
    SentAgain,
    Unavailable,
    Wrong(u16),
}

impl Flow {
    /// Reads a flow from its cookie. `None` if this service did not write it for the browser with
    /// this secret.
    pub(crate) fn from_cookie(value: &str, browser: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(value.as_bytes()).ok()?;
        let (owner, flow): (String, Self) = serde_json::from_slice(&bytes).ok()?;
        (owner == fingerprint(browser)).then_some(flow)
    }

    /// Returns the value of the cookie for the browser with this secret.
    pub(crate) fn to_cookie(&self, browser: &str) -> Result<String, StatusCode> {
        let json = serde_json::to_vec(&(fingerprint(browser), self));
        Ok(BASE64URL_NOPAD.encode(&json.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?))
    }

    /// Returns the challenge whose code can still be typed.
    pub(crate) fn pending_at(&self, now: u64) -> Option<&Pending> {
        self.pending.as_ref().filter(|pending| now < pending.expires_at)
    }

    /// Returns what the page has to say. A waiting time that is over is not shown any more.
    pub(crate) fn notice_at(&self, now: u64) -> Option<Notice> {
        if self.pending.is_some() && self.pending_at(now).is_none() {
            return Some(Notice::Expired);
        }
        self.notice.clone().filter(|notice| match notice {
            Notice::Cooldown(until) | Notice::Limited(until) | Notice::Locked(until) => {
                now < *until
            }
            _ => true,
        })
    }

    /// Records a message.
    pub(crate) fn sent(&mut self, pending: Pending, notice: Option<Notice>) {
        self.messages = self.messages.saturating_add(1);
        self.pending = Some(pending);
        self.notice = notice;
    }

    /// Ends the challenge. The number stays, so that the person need not type it again.
    pub(crate) fn ended(&mut self, notice: Notice) {
        self.pending = None;
        self.notice = Some(notice);
    }
}

impl Pending {
    pub(crate) fn new(challenge: &Challenge) -> Self {
        Self {
            token: challenge.token().as_str().to_owned(),
            hint: challenge.hint().to_owned(),
            expires_at: unix(challenge.expires_at()),
            resend_at: unix(challenge.resend_at()),
            sent: match challenge.delivery() {
                Delivery::Accepted(_) => Sent::Accepted,
                Delivery::Unknown(_) => Sent::Unknown,
                // `Queued`, and `Unneeded` for a test number, whose page looks like any other.
                _ => Sent::Queued,
            },
        }
    }

    pub(crate) fn token(&self) -> ChallengeToken {
        ChallengeToken::new(self.token.as_str())
    }
}

impl Notice {
    /// Returns what to say about an error. The error itself names neither a number nor a code.
    pub(crate) fn of_error(error: &ChallengeError, now: u64) -> Self {
        let until = now.saturating_add(seconds(error.retry_after().unwrap_or_default()));
        match error.kind() {
            ChallengeErrorKind::Contested => Self::Contested,
            ChallengeErrorKind::Cooldown => Self::Cooldown(until),
            ChallengeErrorKind::Gone => Self::Expired,
            ChallengeErrorKind::Limited | ChallengeErrorKind::Quota => Self::Limited(until),
            ChallengeErrorKind::Locked => Self::Locked(until),
            ChallengeErrorKind::Region | ChallengeErrorKind::Unconfirmed => Self::Region,
            ChallengeErrorKind::Send => Self::NotSent,
            // The store failed, or something that only the operator can mend.
            _ => Self::Unavailable,
        }
    }

    /// Returns what to say about a code that was not accepted.
    pub(crate) fn of_verdict(verdict: &Verdict, now: u64) -> Self {
        match verdict {
            Verdict::Locked { retry_after, .. } => {
                Self::Locked(now.saturating_add(seconds(*retry_after)))
            }
            Verdict::Malformed => Self::Malformed,
            Verdict::Wrong { attempts_left: 0, .. } => Self::Exhausted,
            Verdict::Wrong { attempts_left, .. } => Self::Wrong(*attempts_left),
            _ => Self::Expired,
        }
    }
}

/// Names a browser without its secret, which would make a copy of the cookie more valuable.
fn fingerprint(browser: &str) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(browser))
}

/// Returns a time in Unix seconds.
pub(crate) fn unix(time: SystemTime) -> u64 {
    seconds(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// Rounds up: a person who comes back a moment too early would be refused again.
fn seconds(span: Duration) -> u64 {
    span.as_secs().saturating_add(u64::from(span.subsec_nanos() > 0))
}
