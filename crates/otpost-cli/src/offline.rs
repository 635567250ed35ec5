//! A transport for commands that send nothing.

use otpost::async_trait;
use otpost::provider::Stage;
use otpost::transport::{Request, Response, Transport, TransportError};

/// A transport that refuses every request.
#[derive(Debug)]
pub(crate) struct Offline;

#[async_trait]
impl Transport for Offline {
    async fn call(&self, _: Request) -> Result<Response, TransportError> {
        Err(TransportError::not_sent(Stage::Config, "this command sends nothing"))
    }
}
