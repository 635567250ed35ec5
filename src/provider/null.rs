use async_trait::async_trait;

use super::{Provider, Receipt, SendError};
use crate::message::Message;

/// A provider that accepts every message and sends none, for load tests of the layers above it.
///
/// # Examples
///
/// ```
/// use otpost::provider::{NullProvider, Provider};
///
/// assert_eq!(NullProvider.name(), "null");
/// ```
#[doc(alias = "noop")]
#[derive(Clone, Copy, Debug, Default)]
pub struct NullProvider;

#[async_trait]
impl Provider for NullProvider {
    fn name(&self) -> &str {
        "null"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        Ok(Receipt::new(self.name()).with_message_id(message.id().as_str()))
    }
}
