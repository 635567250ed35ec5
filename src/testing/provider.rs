use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::lock;
use crate::message::Message;
use crate::provider::{Provider, Receipt, SendError};

/// A provider for tests that records every message that it accepts, and can be told to fail. Clones
/// share one state.
///
/// # Examples
///
/// ```
/// use otpost::provider::{Fate, Provider, SendError, SendErrorKind};
/// use otpost::testing::RecordingProvider;
/// use otpost::{Message, PhoneNumber};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let phone = RecordingProvider::new();
/// phone.fail_next(SendError::new(SendErrorKind::Throttled, Fate::NotSent));
///
/// let message = Message::new(PhoneNumber::parse("+41791234567")?, "012345 is your code")?;
/// assert!(phone.send(&message).await.is_err());
/// assert!(phone.send(&message).await.is_ok());
/// assert_eq!(phone.messages().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct RecordingProvider(Arc<Mutex<RecordingState>>);

#[derive(Default)]
struct RecordingState {
    messages: Vec<Message>,
    failures: VecDeque<SendError>,
}

impl RecordingProvider {
    /// Creates a provider without any recorded messages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the next message fail with this error. Several calls queue up, one failure per
    /// message. A failed message is not recorded.
    pub fn fail_next(&self, error: SendError) {
        lock(&self.0).failures.push_back(error);
    }

    /// Returns the accepted messages, in order.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        lock(&self.0).messages.clone()
    }
}

impl fmt::Debug for RecordingProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = lock(&self.0).messages.len();
        f.debug_struct("RecordingProvider").field("messages", &kept).finish_non_exhaustive()
    }
}

#[async_trait]
impl Provider for RecordingProvider {
    fn name(&self) -> &str {
        "recording"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let mut state = lock(&self.0);
        if let Some(error) = state.failures.pop_front() {
            return Err(error);
        }
        state.messages.push(message.clone());
        Ok(Receipt::new("recording").with_message_id(message.id().as_str()))
    }
}
