//! Who is logged in.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use otpost::PhoneNumber;
use otpost::challenge::Accepted;
use otpost::store::ChallengeId;

use crate::cookies::SESSION;
use crate::random::random_text;

/// The maximum number of sessions.
const MOST: usize = 100_000;
/// The maximum number of sessions of one phone number.
const MOST_OF_NUMBER: usize = 5;
/// The time for which a code leads to its session, in seconds. otpost accepts a repetition for one
/// minute. The second minute is for stores with a clock of their own.
const REPEATABLE: u64 = 120;

/// The people who are logged in, by the secret id in their cookie.
///
/// REPLACE THIS by the sessions of your application. These are lost when the process stops.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Table>);

#[derive(Default)]
struct Table {
    sessions: HashMap<String, Session>,
    /// The session that each code began, until the code cannot be repeated any more.
    begun: HashMap<ChallengeId, Begun>,
}

struct Session {
    number: PhoneNumber,
    ends_at: u64,
}

struct Begun {
    session: String,
    until: u64,
}

impl Sessions {
    /// Logs the person in whose number was verified, in place of the browser's `older` session, and
    /// returns the id of the session. The id is always new, so an id that was planted in the
    /// browser before logs nobody in.
    ///
    /// A code begins one session, however often its form is posted. `None` if that session has
    /// ended: signing out would be worth little if the form could be posted again.
    pub(crate) fn begin(
        &self,
        accepted: &Accepted,
        older: Option<&str>,
        now: u64,
    ) -> Result<Option<String>, StatusCode> {
        let id = random_text()?;
        let mut table = self.lock();
        table.begun.retain(|_, begun| now < begun.until);
        // Not only if the attempt is reported as a repetition: of two posts at the same time, the
        // repetition can get here first.
        if let Some(Begun { session, .. }) = table.begun.get(accepted.challenge_id()) {
            return Ok(table.sessions.contains_key(session).then(|| session.clone()));
        }
        if let Some(older) = older {
            table.sessions.remove(older);
        }
        table.make_room(accepted.recipient(), now)?;
        let ends_at = now.saturating_add(SESSION.seconds());
        let session = Session { number: accepted.recipient().clone(), ends_at };
        table.sessions.insert(id.clone(), session);
        let begun = Begun { session: id.clone(), until: now.saturating_add(REPEATABLE) };
        table.begun.insert(*accepted.challenge_id(), begun);
        Ok(Some(id))
    }

    /// Returns the number of the person who is logged in.
    pub(crate) fn number(&self, id: Option<&str>, now: u64) -> Option<PhoneNumber> {
        let table = self.lock();
        let session = table.sessions.get(id?)?;
        (now < session.ends_at).then(|| session.number.clone())
    }

    /// Logs a person out. A copy of the cookie is then worth nothing.
    pub(crate) fn end(&self, id: Option<&str>) {
        if let Some(id) = id {
            self.lock().sessions.remove(id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while the lock is held, so the maps are always consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Makes room for a session of this number, so that one person cannot fill the table.
    fn make_room(&mut self, number: &PhoneNumber, now: u64) -> Result<(), StatusCode> {
        let of_number = self.sessions.iter().filter(|(_, session)| session.number == *number);
        if of_number.clone().count() >= MOST_OF_NUMBER {
            let oldest = of_number.min_by_key(|(_, session)| session.ends_at);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                self.sessions.remove(&oldest);
            }
        }
        if self.sessions.len() >= MOST {
            self.sessions.retain(|_, session| now < session.ends_at);
        }
        if self.sessions.len() >= MOST {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        Ok(())
    }
}
