use std::sync::Arc;

use http::uri::Scheme;

use super::builder::HttpGatewayBuilder;
use super::error::SpecError;
use super::http_gateway::HttpGateway;
use super::plan::Plan;
use crate::transport::ReqwestTransport;

impl HttpGatewayBuilder {
    /// Builds the gateway with its own HTTP client, configured by the spec's `[connection]`.
    /// Validates everything that needs no network.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the key path and a hint. The path is `connection` if the HTTP client
    /// could not be built. Nothing is sent.
    pub fn build(self) -> Result<HttpGateway, SpecError> {
        let (spec, plan, clock) = self.compile()?;
        let mut options = spec.connection.transport_options()?;
        if plan.is_cleartext() {
            // The lint `cleartext` has already checked whether `http://` is allowed for these
            // hosts.
            options = options.with_http_allowed();
        }
        let mut transport = ReqwestTransport::new(&options).map_err(|error| {
            let hint = "check `[connection]` and that CA certificates are installed";
            SpecError::new("connection", error.to_string(), hint)
        })?;
        if let Some(url) = plan.request.url.fixed() {
            transport = transport.with_fixed_url(&url.uri);
        }
        let mut gateway = HttpGateway::new(plan, Arc::new(transport), clock);
        gateway.options = Some(Arc::new(options));
        Ok(gateway)
    }
}

impl Plan {
    /// Returns whether a request is sent without encryption.
    fn is_cleartext(&self) -> bool {
        let call = self.token.as_ref().and_then(|token| token.request.as_ref());
        let calls = self.account.iter().map(|account| &account.call).chain(&self.erase);
        let mut plans = calls.map(|call| &call.request).chain([&self.request]);
        call.is_some_and(|call| call.uri.scheme() == Some(&Scheme::HTTP))
            || plans.any(|plan| plan.url.is_cleartext())
    }
}
