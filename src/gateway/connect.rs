use std::sync::Arc;

use http::uri::Scheme;

use super::config::HttpGatewayBuilder;
use super::error::SpecError;
use super::http_gateway::HttpGateway;
use crate::transport::ReqwestTransport;

impl HttpGatewayBuilder {
    /// Checks everything that can be checked without a network, and makes the gateway over a client of its own, with
    /// the spec's `[connection]`.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the key path and what to do; `connection` when the client could not be built. Nothing was
    /// sent.
    pub fn build(self) -> Result<HttpGateway, SpecError> {
        let (spec, plan, clock) = self.compile()?;
        let mut options = spec.connection.transport_options()?;
        let call = plan.token.as_ref().and_then(|token| token.request.as_ref());
        let readable = call.is_some_and(|call| call.uri.scheme() == Some(&Scheme::HTTP));
        if plan.url.is_cleartext() || readable {
            // The lint `cleartext` has decided already whether these hosts may be spoken to readably.
            options = options.with_http_allowed();
        }
        let mut transport = ReqwestTransport::new(&options).map_err(|error| {
            let hint = "check `[connection]`, and that CA certificates are installed";
            SpecError::new("connection", error.to_string(), hint)
        })?;
        if plan.url.fixed().is_some() {
            transport = transport.with_fixed_url();
        }
        let mut gateway = HttpGateway::new(plan, Arc::new(transport), clock);
        gateway.options = Some(Arc::new(options));
        Ok(gateway)
    }
}
