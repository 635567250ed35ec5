//! A transport that reaches this machine only.

use std::net::IpAddr;

use otpost::async_trait;
use otpost::provider::Stage;
use otpost::transport::{
    Request, ReqwestTransport, Response, Transport, TransportError, TransportOptions,
};

use crate::error::CommandError;

/// A transport that refuses every request to another machine: a load test there costs money, and
/// is an attack if the machine belongs to others.
///
/// It checks each request, not only the first one. A spec can fetch its token from another host.
#[derive(Debug)]
pub(super) struct LoopbackOnly(ReqwestTransport);

impl LoopbackOnly {
    /// Creates the transport with default options. Those of the spec are for the real gateway.
    pub(super) fn new() -> Result<Self, CommandError> {
        let transport = ReqwestTransport::new(&TransportOptions::new());
        transport.map(Self).map_err(|error| CommandError::Refused(error.to_string()))
    }
}

#[async_trait]
impl Transport for LoopbackOnly {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        if !request.uri().host().is_some_and(is_loopback) {
            let what = "load sends to this machine only: a request of the spec has another host";
            return Err(TransportError::not_sent(Stage::Config, what));
        }
        self.0.call(request).await
    }
}

/// Returns whether a host of a URL is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    // RFC 6761 §6.3: `localhost` is always a loopback address.
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn loopback_hosts_are_those_of_this_machine() {
        for host in ["127.0.0.1", "127.9.8.7", "[::1]", "localhost", "LOCALHOST"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "[::ffff:127.0.0.1]",
            "127.0.0.1.example",
            "localhost.example",
            "sms.acme.example",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
