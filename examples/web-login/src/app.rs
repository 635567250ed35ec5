//! The settings of the page, and what its steps share.

use std::collections::HashSet;
use std::fmt;

use otpost::challenge::{Challenges, Purpose};
use otpost::{Clock, PhoneNumber, SystemClock};

use crate::flow::unix;
use crate::once::Once;
use crate::session::Sessions;

/// The name of the application, on the page and in the messages.
pub const APP: &str = "Acme";

/// The purpose of the codes. A code for a login confirms nothing else.
pub(crate) const LOGIN: Purpose<'static> = Purpose::new("login");

/// The login page.
pub struct LoginPage {
    pub(crate) challenges: Challenges,
    members: Option<HashSet<PhoneNumber>>,
    clock: Box<dyn Clock>,
    pub(crate) is_https: bool,
    pub(crate) once: Once,
    pub(crate) sessions: Sessions,
}

impl LoginPage {
    /// Creates a page on which anyone with a phone can sign in, over HTTP.
    #[must_use]
    pub fn new(challenges: Challenges) -> Self {
        Self {
            challenges,
            members: None,
            clock: Box::new(SystemClock),
            is_https: false,
            once: Once::default(),
            sessions: Sessions::default(),
        }
    }

    /// Lets only these numbers sign in. For any other number, the page looks the same and no
    /// message is sent. Defaults to all numbers.
    ///
    /// Sending a message takes time. So that the time does not show who is a member, the challenges
    /// need an [outbox](otpost::challenge::ChallengesBuilder::outbox).
    #[must_use]
    pub fn with_members(mut self, members: impl IntoIterator<Item = PhoneNumber>) -> Self {
        self.members = Some(members.into_iter().collect());
        self
    }

    /// Sets whether browsers reach the page over HTTPS. Their cookies are then marked as `Secure`.
    /// Defaults to `false`.
    #[must_use]
    pub const fn with_https(mut self, is_https: bool) -> Self {
        self.is_https = is_https;
        self
    }

    /// Replaces the clock. Defaults to [`SystemClock`]. Use that of the challenges.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Returns the time in Unix seconds.
    pub(crate) fn now(&self) -> u64 {
        unix(self.clock.now())
    }

    pub(crate) fn is_member(&self, number: &PhoneNumber) -> bool {
        self.members.as_ref().is_none_or(|members| members.contains(number))
    }
}

impl fmt::Debug for LoginPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginPage").field("is_https", &self.is_https).finish_non_exhaustive()
    }
}
