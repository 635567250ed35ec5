use std::time::Duration;

use reqwest::{Client, ClientBuilder, Proxy, redirect};

use super::connect::{Names, Noting};
use crate::provider::Stage;
use crate::transport::cause::Cause;
use crate::transport::interface;
use crate::transport::tls::Tls;
use crate::transport::{LocalSource, TransportError, TransportOptions};

/// The minimum interval between HTTP/2 pings, for very short timeouts.
const LEAST_PING: Duration = Duration::from_millis(100);
/// The maximum interval between HTTP/2 pings.
const MOST_PING: Duration = Duration::from_secs(5);

/// Builds a client that fulfils the contract of a transport.
pub(super) fn client(
    options: &TransportOptions,
    idle_timeout: Duration,
    tls: &Tls,
) -> Result<Client, TransportError> {
    let refuse = |what: &str| TransportError::not_sent(Stage::Config, what);
    let next = if options.proxy.is_some() { Stage::Proxy } else { Stage::Tcp };
    let names =
        Names { resolver: options.resolver.clone(), deny_private: options.deny_private, next };
    let detects_handshakes = !tls.records_handshakes();
    let mut builder = tls
        .configure(ClientBuilder::new())
        // A redirect sends the code and the credentials to another host.
        .redirect(redirect::Policy::none())
        // By default, the client sends a request up to three times if an HTTP/2 server refuses it.
        .retry(reqwest::retry::never())
        // This header would contain the whole query of the URL, and so perhaps a secret.
        .referer(false)
        // The client would obey `http_proxy`, and send an `http://` request to that proxy in the
        // clear.
        .no_proxy()
        // This setting logs all bytes of the connection, with the code and the credentials.
        .connection_verbose(false)
        // Another crate of the application may have enabled these features, which apply to all
        // clients.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .no_hickory_dns()
        .dns_resolver(names)
        .connector_layer(Noting { first: next, detects_handshakes })
        .pool_idle_timeout(idle_timeout)
        .pool_max_idle_per_host(if idle_timeout.is_zero() { 0 } else { usize::MAX })
        .connect_timeout(options.connect_timeout)
        .timeout(options.timeout)
        // Some old gateways compare header names case-sensitively.
        .http1_title_case_headers();
    if options.http2 {
        // One third of the timeout is for silence and one third for the reply to the ping, so a
        // hung connection ends before the exchange does.
        let ping = options.timeout.checked_div(3).unwrap_or_default().clamp(LEAST_PING, MOST_PING);
        builder = builder
            .http2_keep_alive_interval(ping)
            .http2_keep_alive_timeout(ping)
            // Also while idle, so that a dead connection is found before the next message uses it.
            .http2_keep_alive_while_idle(true);
    } else {
        builder = builder.http1_only();
    }
    if let Some(url) = options.proxy_url().map_err(refuse)? {
        if options.deny_private {
            return Err(refuse(
                "private addresses cannot be denied with a proxy: it resolves names itself",
            ));
        }
        let proxy =
            // Without the client's error as source, because that may contain the URL and its
            // password.
            Proxy::all(url).map_err(|_| refuse("the HTTP client does not accept the proxy"))?;
        builder = builder.proxy(proxy);
    }
    builder = match &options.source {
        None => builder,
        Some(LocalSource::Address(address)) => builder.local_address(*address),
        Some(LocalSource::Interface(name)) => interface::bind(builder, name)?,
    };
    builder.build().map_err(|error| {
        refuse("the HTTP client could not be built").with_source(Cause::below(&error))
    })
}
