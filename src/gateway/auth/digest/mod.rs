//! HTTP Digest access authentication (RFC 7616).
//!
//! The server sends a challenge with a nonce in a response with the status 401. The challenge is
//! kept and answered for all later messages, each with the next number, so that they need one
//! request each. A challenge is answered at most once per message after a refusal.

mod answer;
mod challenge;
mod hash;
pub(in crate::gateway) mod verify;

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

use crate::gateway::error::SpecError;
use crate::gateway::request::header::Header;
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::request::value::ValueTemplate;
use crate::gateway::request::values::{Sensitivity, Values};
use crate::provider::{Fate, SendError, SendErrorKind};
use crate::secret::SecretString;
use crate::transport::Request;

use answer::{AnsweredRequest, DigestCredentials};
use challenge::{DigestChallenge, NoChallenge, choose, next_nonce};

/// The pause after the credentials were rejected. Each further rejection doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The maximum pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The credentials of a gateway, and the challenge that its server sent last. Clones share it.
#[derive(Clone)]
pub(in crate::gateway) struct DigestPlan {
    /// `None` in a check without values.
    credentials: Option<DigestCredentials>,
    state: Arc<Mutex<DigestState>>,
}

#[derive(Default)]
struct DigestState {
    session: Option<Arc<DigestSession>>,
    /// The number of consecutive rejections of the credentials.
    rejections: u32,
    /// The start and the length of the current pause.
    pause: Option<(SystemTime, Duration)>,
}

/// A challenge, and the number of its answers.
struct DigestSession {
    challenge: DigestChallenge,
    /// The client's nonce, which is the same for all answers: a `-sess` algorithm makes its key of
    /// the first one. The count makes the answers differ.
    cnonce: OnceLock<String>,
    count: AtomicU32,
}

/// One request with or without an answer to a challenge, and the response to it.
pub(in crate::gateway) struct DigestAttempt<'p> {
    plan: &'p DigestPlan,
    /// `None` if no challenge is known.
    session: Option<Arc<DigestSession>>,
    /// Set if no other message answers this challenge.
    is_own: bool,
    /// The challenge of a response with the status 401.
    challenge: Option<Result<DigestChallenge, NoChallenge>>,
}

/// The next step after a request.
pub(in crate::gateway) enum DigestStep<'p> {
    /// The server did not ask for credentials.
    Done,
    /// The server sent a challenge that can be answered.
    Answer(DigestAttempt<'p>),
    /// The server's challenge cannot be answered, for this reason.
    Unanswerable(&'static str),
}

impl DigestPlan {
    pub(in crate::gateway) fn compile(
        username: &str,
        password: &str,
        values: Option<&Values<'_>>,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        let username = fixed(username, scope, "auth.http_digest.username")?;
        let password = fixed(password, scope, "auth.http_digest.password")?.credential(scope)?;
        let credentials = values.map(|values| {
            let (username, password) = (text(&username, values)?, text(&password, values)?);
            Ok::<_, RenderError>(DigestCredentials { username, password })
        });
        Ok(Self { credentials: credentials.transpose()?, state: Arc::default() })
    }

    /// Returns the user name and the password in the form that curl expects.
    pub(in crate::gateway) fn login(&self) -> Option<SecretString> {
        let DigestCredentials { username, password } = self.credentials.as_ref()?;
        let text = Zeroizing::new(format!("{}:{}", username.expose(), password.expose()));
        Some(SecretString::from(text.as_str()))
    }

    /// Starts a request. Fails during the pause after a rejection.
    pub(in crate::gateway) fn begin(
        &self,
        now: SystemTime,
    ) -> Result<DigestAttempt<'_>, SendError> {
        let state = self.lock();
        let rest = state.pause.and_then(|(since, length)| {
            // If the clock was set back, the pause ends, because the elapsed time is unknown.
            let passed = now.duration_since(since).ok()?;
            length.checked_sub(passed).filter(|rest| !rest.is_zero())
        });
        if let Some(rest) = rest {
            let error = SendError::new(SendErrorKind::Unauthorized, Fate::NotSent);
            let source = "the credentials were rejected a moment ago: the message was not sent";
            return Err(error.with_retry_after(rest).with_source(source));
        }
        Ok(DigestAttempt {
            plan: self,
            session: state.session.clone(),
            is_own: false,
            challenge: None,
        })
    }

    /// Records that the server accepted the credentials.
    fn accepted(&self, session: &Arc<DigestSession>, is_own: bool, next: Option<String>) {
        let mut state = self.lock();
        state.rejections = 0;
        state.pause = None;
        // Other messages use a challenge only after its first answer was accepted. Some servers
        // refuse a number that arrives after a higher one, and a message has no third attempt.
        if is_own {
            state.session = Some(session.clone());
        }
        // The key of a `-sess` algorithm depends on the first nonce, and servers disagree on what a
        // new nonce changes. So such a session ends with the server's next challenge.
        let is_current = state.session.as_ref().is_some_and(|known| Arc::ptr_eq(known, session));
        if let Some(nonce) = next.filter(|_| is_current && !session.challenge.is_session) {
            let challenge = DigestChallenge { nonce, ..session.challenge.clone() };
            let (cnonce, count) = (session.cnonce.clone(), AtomicU32::new(0));
            state.session = Some(Arc::new(DigestSession { challenge, cnonce, count }));
        }
    }

    /// Records that the server rejected the credentials, and begins a pause.
    fn rejected(&self, now: SystemTime) {
        let mut state = self.lock();
        // On overflow, the maximum below applies anyway.
        let factor = 2_u32.checked_pow(state.rejections).unwrap_or(u32::MAX);
        state.rejections = state.rejections.saturating_add(1);
        state.pause = Some((now, FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)));
        state.session = None;
    }

    fn lock(&self) -> MutexGuard<'_, DigestState> {
        // Nothing that runs under the lock can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DigestSession {
    fn new(challenge: DigestChallenge) -> Arc<Self> {
        Arc::new(Self { challenge, cnonce: OnceLock::new(), count: AtomicU32::new(0) })
    }
}

impl<'p> DigestAttempt<'p> {
    /// Adds the answer to the challenge, if one is known.
    pub(in crate::gateway) fn authorize(
        &self,
        request: &mut Request,
        nonce: &str,
    ) -> Result<(), RenderError> {
        const PATH: &str = "auth.http_digest";
        let Some(session) = &self.session else { return Ok(()) };
        let credentials = self.plan.credentials.as_ref();
        let credentials =
            credentials.ok_or_else(|| RenderError::new(PATH, "the credentials are missing"))?;
        let answered = AnsweredRequest {
            method: request.method().as_str(),
            uri: request.uri().path_and_query().map_or("/", |uri| uri.as_str()),
            body: request.body(),
        };
        let count = session.count.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let cnonce = session.cnonce.get_or_init(|| nonce.to_owned());
        let text = session.challenge.answer(credentials, &answered, cnonce, count);
        let header = Header::new(&AUTHORIZATION, &text, Sensitivity::Secret, PATH)?;
        request.headers_mut().insert(header.name, header.value);
        Ok(())
    }

    /// Reads the head of the response.
    pub(in crate::gateway) fn read(&mut self, status: StatusCode, headers: &HeaderMap) {
        if status == StatusCode::UNAUTHORIZED {
            self.challenge = Some(choose(headers));
            return;
        }
        // Redirects, rate limits and errors of the server or a proxy can come from something before
        // the check of the credentials.
        let is_proof = status.is_success()
            || matches!(status.as_u16(), 400 | 402 | 404 | 409 | 410 | 415 | 422);
        if let Some(session) = self.session.as_ref().filter(|_| is_proof) {
            self.plan.accepted(session, self.is_own, next_nonce(headers));
        }
    }

    /// Returns the next step after the first request of a message.
    pub(in crate::gateway) fn step(self) -> DigestStep<'p> {
        match self.challenge {
            None => DigestStep::Done,
            Some(Err(reason)) => DigestStep::Unanswerable(reason.as_str()),
            Some(Ok(challenge)) => {
                let session = Some(DigestSession::new(challenge));
                let plan = self.plan;
                DigestStep::Answer(DigestAttempt { plan, session, is_own: true, challenge: None })
            }
        }
    }

    /// Ends the last request of a message. Returns `true` if only the nonce had expired, so that
    /// the message can be sent again.
    pub(in crate::gateway) fn finish(self, now: SystemTime, is_message: bool) -> bool {
        match self.challenge {
            None => false,
            Some(Ok(challenge)) if challenge.is_stale => {
                self.plan.lock().session = Some(DigestSession::new(challenge));
                true
            }
            // The credentials may lack the right to ask for the account or to delete a text. That
            // must not hold up messages.
            Some(_) if !is_message => false,
            Some(_) => {
                self.plan.rejected(now);
                false
            }
        }
    }
}

impl fmt::Debug for DigestPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestPlan(***)")
    }
}

/// Compiles a credential that is the same for each message.
fn fixed(text: &str, scope: &Symbols<'_>, path: &str) -> Result<ValueTemplate, SpecError> {
    let value = ValueTemplate::compile(text, scope, path)?;
    if !value.is_fixed() || value.optional().is_some() {
        let hint = "use a required variable of `[vars]`";
        return Err(SpecError::new(path, "it is not the same for each message", hint));
    }
    Ok(value)
}

fn text(value: &ValueTemplate, values: &Values<'_>) -> Result<SecretString, RenderError> {
    let mut scratch = Scratch::default();
    let text = value.render(values, &mut scratch)?.unwrap_or_default();
    if text.contains(|c: char| c.is_control()) {
        return Err(RenderError::new(value.path(), "it contains a control character"));
    }
    Ok(SecretString::from(&*text))
}
