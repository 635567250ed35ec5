use std::sync::Arc;

use http::uri::{Authority, Scheme};

use super::builder::HttpGatewayBuilder;
use super::error::SpecError;
use super::http_gateway::HttpGateway;
use super::plan::Plan;
use super::spec::parse_origin;
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
        if spec.connection.pin_sha256.is_some() {
            check_pin(&plan)?;
        }
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

/// Checks that the pin applies to every request. All connections of the gateway have the same pin.
fn check_pin(plan: &Plan) -> Result<(), SpecError> {
    let refuse =
        |problem: &str, hint: &str| Err(SpecError::new("connection.pin_sha256", problem, hint));
    let origin = &plan.request.url.origin;
    if plan.request.url.is_cleartext() {
        let problem = "the gateway has no key, because its URL is http://";
        return refuse(problem, "use https:// in request.url, or remove the pin");
    }
    // Without the origins in the errors: a host can be a configured value.
    let calls = plan.account.iter().map(|account| &account.call).chain(&plan.erase);
    if calls.into_iter().any(|call| call.request.url.origin != *origin) {
        let problem = "`[account]` or `[erase]` is on another origin, which has another key";
        return refuse(problem, "use build_with and your own transport, or remove the pin");
    }
    let Some(call) = plan.token.as_ref().and_then(|token| token.request.as_ref()) else {
        return Ok(());
    };
    let (scheme, authority) = (call.uri.scheme_str(), call.uri.authority());
    let authority = authority.map(Authority::as_str).unwrap_or_default();
    let other = format!("{}://{authority}", scheme.unwrap_or_default());
    if parse_origin(&other).as_ref() != Ok(origin) {
        let problem = "the token is fetched from another origin, which has another key";
        let hint =
            "fetch the token from the gateway itself, or use build_with and your own transport";
        return refuse(problem, hint);
    }
    Ok(())
}
