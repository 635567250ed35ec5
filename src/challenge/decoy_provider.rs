use async_trait::async_trait;

use crate::message::Message;
use crate::provider::{Provider, Receipt, SendError};

/// The provider of decoys, which accepts each message at once and sends none.
#[derive(Debug)]
pub(super) struct DecoyProvider(Box<str>);

impl DecoyProvider {
    /// Creates one whose receipts name the application's provider.
    pub(super) fn of(provider: &dyn Provider) -> Self {
        Self(provider.name().into())
    }
}

#[async_trait]
impl Provider for DecoyProvider {
    fn name(&self) -> &str {
        &self.0
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        Ok(Receipt::new(&*self.0))
    }
}
