mod build;
mod connect;
mod ending;
mod handshake;
mod judge;
mod pool;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, COOKIE, PROXY_AUTHORIZATION, TRANSFER_ENCODING};
use http::uri::{Authority, PathAndQuery};
use http::{StatusCode, Uri};
use reqwest::{Client, Url};
use zeroize::Zeroizing;

use judge::{ExchangeRoute, ended_early, judge, judge_body, not_let_through, waited_in_vain};
use pool::{Exchange, Pool};

use super::progress::{Progress, WatchedBody};
use super::tls::PIN_NEEDS_TLS;
use super::{Request, Response, TimeLeft, Transport, TransportError, TransportOptions, is_public};
use crate::clock::TokioTimer;
use crate::provider::Stage;
use crate::wiped::Wiped;

/// The default transport, based on `reqwest`.
///
/// It follows no redirects, retries nothing, sends no `Referer`, ignores the environment's proxies
/// and decompresses nothing. It keeps at most 64 KiB of a response, and rejects `http://` to other
/// machines. The last two can be changed in [`TransportOptions`].
///
/// # Security
///
/// The body of a request is passed to the operating system without a copy, and wiped afterwards.
/// The HTTP client copies other parts into buffers that it does not wipe: the URL, all headers, the
/// responses, bodies that are sent over TLS or HTTP/2, and the data that the TLS library encrypts
/// and decrypts. So keep secrets out of URLs. Expect tokens and passwords in headers, and with TLS
/// also codes, to stay in freed memory until that memory is reused.
///
/// # Examples
///
/// ```no_run
/// use otpost::transport::{ReqwestTransport, TransportOptions};
///
/// let transport = ReqwestTransport::new(&TransportOptions::new())?;
/// # Ok::<(), otpost::transport::TransportError>(())
/// ```
#[derive(Clone)]
pub struct ReqwestTransport {
    pool: Arc<Pool>,
    options: TransportOptions,
    timer: TokioTimer,
    /// The origin of the client: `true` if the application built it. Such a client may follow
    /// redirects.
    is_foreign: bool,
    /// The parsed URL of a gateway whose messages all have the same URL. Parsing takes longer than
    /// everything else here. A URL with values differs for each message, and is not kept.
    known: Option<Arc<(Uri, Url)>>,
}

impl ReqwestTransport {
    /// Creates a transport with its own HTTP client.
    ///
    /// Transports with equal TLS options share what the TLS library has read, such as the system's
    /// certificates. After a change of these certificates, they are read again once all transports
    /// with the same options are dropped. Connections are not shared.
    ///
    /// # Errors
    ///
    /// [`Stage::Config`] if:
    ///
    /// - the proxy is not a valid URL, or is combined with denied private addresses,
    /// - a certificate or a key cannot be read,
    /// - the pin is invalid or cannot be applied, see [`TransportOptions::with_pin_sha256`],
    /// - the machine has no CA certificates (install the package `ca-certificates`),
    /// - the feature `rustls-no-provider` is used and the application has installed no crypto
    ///   provider.
    pub fn new(options: &TransportOptions) -> Result<Self, TransportError> {
        Ok(Self {
            pool: Arc::new(Pool::new(options)?),
            options: options.clone(),
            timer: TokioTimer::new(),
            is_foreign: false,
            known: None,
        })
    }

    /// Keeps the parsed URL, for a gateway whose messages all have the same URL.
    pub(crate) fn with_fixed_url(mut self, uri: &Uri) -> Self {
        self.known = self.parse(uri).map(|url| Arc::new((uri.clone(), url)));
        self
    }

    /// Creates a transport with the application's own HTTP client, its connection pool, proxy and
    /// certificates.
    ///
    /// Of the options, these limits still apply: `https` only, the total timeout, and the size of
    /// the response.
    ///
    /// # Security
    ///
    /// Build the client with `redirect(Policy::none())`, `retry(reqwest::retry::never())`,
    /// `referer(false)` and without decompression. A redirect to another URL is detected and
    /// reported as an error, but then the other host has already received the request. A redirect
    /// back to the same URL has sent the message twice, and is not detected.
    ///
    /// # Hung connections
    ///
    /// The application's client cannot be replaced. A transport from [`new`](Self::new) stops using
    /// its connections after a timeout without a response, limits the number of concurrent HTTP/2
    /// requests, and respects the server's `Keep-Alive: timeout=`. With the application's client,
    /// its settings have to do this:
    ///
    /// - `http1_only()`: with HTTP/2, a hung connection is reused and loses every message until it
    ///   is closed. If HTTP/2 is required, limit that time with `http2_keep_alive_interval`,
    ///   `http2_keep_alive_timeout` and `http2_keep_alive_while_idle(true)`.
    /// - `pool_idle_timeout(Duration::from_secs(4))`: common servers close an idle connection after
    ///   5 s. A request that is sent just as the server closes the connection is lost.
    /// - `pool_max_idle_per_host(0)`: each message opens a new connection, so that no connection is
    ///   reused. Otherwise each idle connection that is silently dead costs a message.
    #[must_use]
    pub fn from_client(client: Client, options: &TransportOptions) -> Self {
        Self {
            pool: Arc::new(Pool::foreign(client)),
            options: options.clone(),
            timer: TokioTimer::new(),
            is_foreign: true,
            known: None,
        }
    }

    /// Converts the request into the client's type, with a body that records whether it was taken.
    fn translate(
        &self,
        request: Request,
        progress: &Arc<Progress>,
        left: Duration,
    ) -> Result<reqwest::Request, TransportError> {
        let (mut parts, body) = request.into_parts();
        let refuse = |what: &str| Err(TransportError::not_sent(Stage::Config, what));
        // Parse it as the client does: `0x7f.1` and `2130706433` are addresses as well.
        let Some(url) = self.parse(&parts.uri) else {
            return refuse("the HTTP client does not accept the URL");
        };
        // With a proxy, `localhost` would be the proxy's machine.
        let is_safe = url.scheme() == "https" || (self.options.proxy.is_none() && is_here(&url));
        if !self.options.allow_http && !is_safe {
            return refuse("http:// to another machine is not allowed: use https:// or allow http");
        }
        if self.options.pin.is_some() {
            if self.is_foreign {
                return refuse("pin_sha256 does not work with the application's HTTP client");
            }
            if url.scheme() != "https" {
                return refuse(PIN_NEEDS_TLS);
            }
            // The verifier of certificates knows only the host. It would take the gateway for the
            // proxy.
            let proxy = self.options.proxy_url().ok().flatten();
            if proxy.is_some_and(|proxy| proxy.scheme() == "https" && proxy.host() == url.host()) {
                return refuse("pin_sha256 needs another host than the one of the https:// proxy");
            }
        }
        // Host names are checked when they are resolved.
        if self.options.deny_private && address_of(&url).is_some_and(|address| !is_public(address))
        {
            return refuse("the address is private, and private addresses are denied");
        }
        for (name, value) in &mut parts.headers {
            if [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION].contains(name) {
                // Debug does not print a sensitive value, and HTTP/2 never indexes it (RFC 7541
                // §7.1.3).
                value.set_sensitive(true);
            }
        }
        let mut translated = reqwest::Request::new(parts.method, url);
        *translated.headers_mut() = parts.headers;
        *translated.body_mut() =
            Some(reqwest::Body::wrap(WatchedBody::new(body, progress.clone())));
        // Replaces the client's own timeout: the caller may have less time, and waiting for an
        // HTTP/2 stream has used a part of it.
        *translated.timeout_mut() = Some(left);
        Ok(translated)
    }

    /// Describes the endpoints of a request, for errors.
    fn route(&self, url: Option<&Url>) -> ExchangeRoute {
        // The options' proxy and source do not apply to the application's client.
        let options = Some(&self.options).filter(|_| !self.is_foreign);
        let proxy = options.and_then(|options| options.proxy_url().ok().flatten());
        ExchangeRoute {
            host: url.map(host_and_port).unwrap_or_default(),
            is_tls: url.is_some_and(|url| url.scheme() == "https"),
            proxy: proxy.as_ref().map(host_and_port),
            source: options.and_then(|options| options.source.clone()),
        }
    }

    fn parse(&self, uri: &Uri) -> Option<Url> {
        match self.known.as_deref() {
            Some((known, url)) if is_same(known, uri) => Some(url.clone()),
            _ => Url::parse(&Zeroizing::new(text_of(uri))).ok(),
        }
    }

    /// Reads the body up to the size limit.
    async fn read(
        &self,
        response: &mut reqwest::Response,
        progress: &Progress,
        exchange: &mut Exchange<'_>,
    ) -> Result<Response, TransportError> {
        let announced = announced_length(response);
        // Most responses are one chunk, which is kept without a copy.
        let mut first = Bytes::new();
        let mut body = Wiped::default();
        let broken = loop {
            // From the second chunk on, `body` contains the first one as well.
            let kept = first.len().max(body.len());
            match response.chunk().await {
                Ok(None) => {
                    exchange.over();
                    // Over HTTP/2, the client takes a stream that the gateway resets with NO_ERROR
                    // or CANCEL for the end of the body. A rule could find the part accepted.
                    break announced.filter(|announced| kept < *announced).map(|announced| {
                        let host = self.route(Some(response.url())).host;
                        ended_early(&host, kept, announced).with_elapsed(progress.elapsed())
                    });
                }
                // Check before appending: a check afterwards would already have stored one chunk
                // too much.
                Ok(Some(chunk)) if chunk.len() > self.options.max_response.saturating_sub(kept) => {
                    // The client does not reuse a connection whose body was not read to its end.
                    exchange.over();
                    let most = self.options.max_response;
                    let what = format!("the response body is longer than {most} bytes");
                    let error = TransportError::maybe_sent(Stage::Body, what);
                    break Some(error.with_elapsed(progress.elapsed()));
                }
                Ok(Some(chunk)) if kept == 0 => first = chunk,
                Ok(Some(chunk)) => {
                    if body.is_empty() {
                        body.extend_from_slice(&first);
                    }
                    body.extend_from_slice(&chunk);
                }
                Err(error) => {
                    exchange.failed(&error);
                    let route = self.route(Some(response.url()));
                    break Some(judge_body(&error, progress, &route));
                }
            }
        };
        if !body.is_empty() {
            first = body.into_bytes();
        }
        let mut read = Response::new(first);
        *read.status_mut() = response.status();
        *read.version_mut() = response.version();
        // Move the headers instead of copying them. Nothing reads them from `response` any more.
        std::mem::swap(read.headers_mut(), response.headers_mut());
        match broken {
            None => Ok(read),
            Some(error) => Err(error.with_head(read.into_parts().0)),
        }
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        // Every variable that lives across an `await` is part of the future, which is allocated for
        // each message. So the client's request is dropped before the `await`, and parts that few
        // messages need are boxed.
        let progress = Progress::begin(self.timer);
        let left = request.extensions().get().map_or(Duration::MAX, |TimeLeft(left)| *left);
        let total = self.options.timeout.min(left);
        let Some(mut exchange) = self.pool.begin(&progress, request.uri(), total).await else {
            let url = self.parse(request.uri());
            return Err(waited_in_vain(&progress, &self.route(url.as_ref())));
        };
        let asked;
        let pending = {
            let left = exchange.left_of(total);
            let request = self.translate(request, &progress, left)?;
            // Only the application's client may follow redirects. A final URL that differs proves
            // it.
            asked = self.is_foreign.then(|| Box::new(request.url().clone()));
            exchange.client().execute(request)
        };
        let mut response = progress.watch(pending).await.map_err(|error| {
            exchange.failed(&error);
            judge(&error, &progress, &self.route(error.url()))
        })?;
        exchange.head(&response);
        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            let route = self.route(Some(response.url()));
            // Inside a tunnel, the 407 comes from the gateway, so it is a normal response.
            if route.proxy.is_some() && !route.is_tls {
                exchange.over();
                return Err(not_let_through(&progress, &route));
            }
        }
        if asked.is_some_and(|url| *url != *response.url()) {
            let what = "the application's client followed a redirect: disable redirects";
            return Err(TransportError::maybe_sent(Stage::Headers, what));
        }
        self.read(&mut response, &progress, &mut exchange).await
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client's own Debug prints its default headers.
        f.debug_struct("ReqwestTransport").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Formats a URI. Its own `Display` takes four times as long.
fn text_of(uri: &Uri) -> String {
    let mut text = String::with_capacity(256);
    for (part, end) in [(uri.scheme_str(), "://"), (uri.authority().map(|a| a.as_str()), "")] {
        if let Some(part) = part {
            text.push_str(part);
            text.push_str(end);
        }
    }
    text.push_str(uri.path_and_query().map_or("/", |path| path.as_str()));
    text
}

/// Returns whether two URIs have the same text. Their own comparison also ignores case, which takes
/// ten times as long.
fn is_same(a: &Uri, b: &Uri) -> bool {
    a.scheme_str() == b.scheme_str()
        && a.authority().map(Authority::as_str) == b.authority().map(Authority::as_str)
        && a.path_and_query().map(PathAndQuery::as_str)
            == b.path_and_query().map(PathAndQuery::as_str)
}

fn is_here(url: &Url) -> bool {
    // No other name counts as this machine: its DNS record can change at any time. `localhost` is
    // reserved for the loopback address (RFC 6761 §6.3).
    url.host_str() == Some("localhost")
        || address_of(url).is_some_and(|address| address.is_loopback())
}

/// Returns the IP address of a URL whose host is one.
fn address_of(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

/// Returns the length of the body according to `Content-Length`, or `None` if the response has no
/// such header or no body.
fn announced_length(response: &reqwest::Response) -> Option<usize> {
    let is_bodiless =
        matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let length = response.headers().get(CONTENT_LENGTH);
    let length = length.filter(|_| !is_bodiless && !is_chunked(response))?;
    length.to_str().ok()?.parse().ok()
}

/// Returns whether the body is sent in chunks. They override `Content-Length`, and the last chunk
/// shows that the body is complete (RFC 9112 §6.3).
fn is_chunked(response: &reqwest::Response) -> bool {
    // HTTP/2 has no chunks, so there the header says nothing.
    let is_http1 = response.version() < http::Version::HTTP_2;
    let last = response.headers().get_all(TRANSFER_ENCODING).iter().next_back();
    let codings = last.filter(|_| is_http1).and_then(|value| value.to_str().ok());
    let coding = codings.and_then(|codings| codings.rsplit(',').next());
    coding.is_some_and(|coding| coding.trim().eq_ignore_ascii_case("chunked"))
}

fn host_and_port(url: &Url) -> String {
    // The fallbacks cannot occur: http and https URLs have a host and a default port.
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}
