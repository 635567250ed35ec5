use std::num::NonZeroU32;
use std::time::Duration;

use otpost::{Code, Message, PhoneNumber};

/// The messages to send.
#[derive(Clone)]
pub(super) struct LoadPlan {
    pub(super) rate: NonZeroU32,
    pub(super) time: Duration,
    pub(super) connections: u32,
    pub(super) to: Option<PhoneNumber>,
}

impl LoadPlan {
    /// Returns the number of messages.
    pub(super) fn messages(&self) -> u64 {
        let nanos = self.time.as_nanos().saturating_mul(u128::from(self.rate.get()));
        u64::try_from(nanos.div_ceil(1_000_000_000)).unwrap_or(u64::MAX)
    }

    /// Returns the moment at which a message is due, from the beginning of the run.
    pub(super) fn due(&self, number: u64) -> Duration {
        let nanos = u128::from(number).saturating_mul(1_000_000_000);
        let nanos = nanos.checked_div(self.rate.get().into()).unwrap_or_default();
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Returns a message with a new code to one of the fictional numbers.
    pub(super) fn message(&self, number: u64) -> Option<Message> {
        let code = format!("{:06}", number.checked_rem(1_000_000).unwrap_or_default());
        let line = number.checked_rem(100).unwrap_or_default();
        let to = self.to.clone().or_else(|| {
            // The North American numbers for fiction end with 555-0100 to 555-0199.
            PhoneNumber::parse(&format!("+120255501{line:02}")).ok()
        });
        let message = Message::new(to?, format!("{code} is your code")).ok()?;
        Some(message.with_code(Code::parse(&code).ok()?))
    }
}
