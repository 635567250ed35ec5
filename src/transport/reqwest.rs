use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{Uri, uri::Scheme};
use http_body::{Body, Frame, SizeHint};
use reqwest::{Client, ClientBuilder, Proxy, Url, redirect};

use super::tls;
use super::{Request, Response, Stage, Transport, TransportError, TransportOptions};

/// An idle connection is closed by most gateways after a minute; closing it earlier ourselves avoids the race.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// The default transport, over the `reqwest` client.
///
/// It follows no redirect, repeats nothing, sends no `Referer`, ignores the environment's proxies, decompresses
/// nothing, keeps at most 64 KiB of an answer, and refuses `http://` to other machines unless allowed.
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
    client: Client,
    options: TransportOptions,
    /// Whether the client is the application's, of which it is not known that it follows no redirect.
    is_foreign: bool,
    /// The URL of a gateway that has only one, parsed: that takes longer than all else that is done here. One that
    /// holds values is another for each message, and is not kept.
    known: Arc<OnceLock<(Uri, Url)>>,
    keeps_url: bool,
}

impl ReqwestTransport {
    /// Builds a client of its own.
    ///
    /// # Errors
    ///
    /// [`Stage::Config`] when the proxy is no URL, when the machine has no CA certificates (install the package
    /// `ca-certificates`), and, with the feature `rustls-no-provider`, when the application has installed no crypto
    /// provider.
    pub fn new(options: &TransportOptions) -> Result<Self, TransportError> {
        let mut builder = tls::choose(ClientBuilder::new())?
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connection_verbose(false)
            // Another crate of the application may have switched these on for all.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .pool_idle_timeout(POOL_IDLE)
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            // Old gateways compare header names as they print them.
            .http1_title_case_headers();
        if let Some(url) = &options.proxy {
            // Of another kind of proxy the client would say nothing, and go without.
            let kind = url.expose().parse().ok().and_then(|uri: Uri| uri.scheme().cloned());
            let known = kind.is_some_and(|kind| kind == Scheme::HTTP || kind == Scheme::HTTPS);
            let proxy = Proxy::all(url.expose()).ok().filter(|_| known).ok_or_else(|| {
                TransportError::not_sent(Stage::Config, "the proxy is no http:// or https:// URL")
            })?;
            builder = builder.proxy(proxy);
        }
        let client = builder.build().map_err(|error| {
            let what = "the HTTP client could not be built: are CA certificates installed?";
            TransportError::not_sent(Stage::Config, what).with_source(Cause::below(&error))
        })?;
        Ok(Self {
            client,
            options: options.clone(),
            is_foreign: false,
            known: Arc::default(),
            keeps_url: false,
        })
    }

    /// For a gateway whose requests all have one URL, in which no message's values stand.
    pub(crate) fn with_fixed_url(mut self) -> Self {
        self.keeps_url = true;
        self
    }

    /// Takes the application's own client, with its connection pool, proxy and certificates.
    ///
    /// Of the options the limits still hold: `https` only, the total timeout and the size of the answer.
    ///
    /// # Security
    ///
    /// Build the client with `redirect(Policy::none())`, `retry(reqwest::retry::never())`, `referer(false)` and
    /// without decompression. A followed redirect that ends at another URL is noticed and reported as an error, but by
    /// then the other host has seen the request; one that leads back to the same URL has sent the message twice.
    #[must_use]
    pub fn from_client(client: Client, options: &TransportOptions) -> Self {
        Self {
            client,
            options: options.clone(),
            is_foreign: true,
            known: Arc::default(),
            keeps_url: false,
        }
    }

    /// Turns our request into the client's, with a body that knows whether it was touched.
    fn translate(&self, request: Request) -> Result<(reqwest::Request, Watch), TransportError> {
        let (mut parts, body) = request.into_parts();
        if !self.options.allow_http && !is_https_or_here(&parts.uri) {
            let what = "http:// to another machine is not allowed: use https://, or allow it";
            return Err(TransportError::not_sent(Stage::Config, what));
        }
        for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
            if let Some(value) = parts.headers.get_mut(name) {
                value.set_sensitive(true);
            }
        }
        let (touched, has_body) = (Arc::default(), !body.is_empty());
        let watch = Watch { touched, has_body, is_foreign: self.is_foreign };
        let body = if body.is_empty() {
            reqwest::Body::from(body)
        } else {
            reqwest::Body::wrap(WatchedBody { body: Some(body), touched: watch.touched.clone() })
        };
        let url = self.parse(&parts.uri).ok_or_else(|| {
            TransportError::not_sent(Stage::Config, "the URL is none that can be asked")
        })?;
        let mut translated = reqwest::Request::new(parts.method, url);
        *translated.headers_mut() = parts.headers;
        *translated.body_mut() = Some(body);
        *translated.timeout_mut() = Some(self.options.timeout);
        Ok((translated, watch))
    }

    fn parse(&self, uri: &Uri) -> Option<Url> {
        if let Some((known, url)) = self.known.get()
            && known == uri
        {
            return Some(url.clone());
        }
        let url = Url::parse(&text_of(uri)).ok()?;
        if self.keeps_url {
            // Another thread may have been faster; its URL is as good.
            let _ = self.known.set((uri.clone(), url.clone()));
        }
        Some(url)
    }

    /// Reads the body up to the limit.
    async fn read(&self, response: &mut reqwest::Response) -> Result<Response, TransportError> {
        // Most answers are one chunk, which is kept as it came.
        let mut first = Bytes::new();
        let mut body = Vec::new();
        let broken = loop {
            let kept = first.len().saturating_add(body.len());
            match response.chunk().await {
                Ok(None) => break None,
                // Before appending: whoever checks afterwards keeps a chunk too much.
                Ok(Some(chunk)) if chunk.len() > self.options.max_response.saturating_sub(kept) => {
                    break Some(TransportError::maybe_sent(Stage::Body, "the answer is too long"));
                }
                Ok(Some(chunk)) if kept == 0 => first = chunk,
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) => {
                    let what = if error.is_timeout() {
                        "the answer's body did not end in time"
                    } else {
                        "the answer's body broke off"
                    };
                    let error = TransportError::maybe_sent(Stage::Body, what)
                        .with_source(Cause::below(&error));
                    break Some(error);
                }
            }
        };
        if !body.is_empty() {
            first = [&first[..], &body].concat().into();
        }
        let mut read = Response::new(first);
        *read.status_mut() = response.status();
        *read.version_mut() = response.version();
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
        let (request, watch) = self.translate(request)?;
        let asked = self.is_foreign.then(|| request.url().clone());
        let mut response =
            self.client.execute(request).await.map_err(|error| watch.judge(&error))?;
        if asked.is_some_and(|url| url != *response.url()) {
            let what = "the application's client followed a redirect: build it without";
            return Err(TransportError::maybe_sent(Stage::Headers, what));
        }
        self.read(&mut response).await
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client's own Debug prints its default headers.
        f.debug_struct("ReqwestTransport").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The URI as text; its own `Display` takes four times as long.
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

fn is_https_or_here(uri: &Uri) -> bool {
    if uri.scheme() == Some(&Scheme::HTTPS) {
        return true;
    }
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What is known of a request under way.
struct Watch {
    touched: Arc<AtomicBool>,
    has_body: bool,
    is_foreign: bool,
}

impl Watch {
    /// Says whether a byte may have left.
    ///
    /// The client's flags do not tell: a timeout while connecting and one while waiting look alike. A body that
    /// was never asked for tells for sure, since its headers are written together with it. Without a body only
    /// an error of the connector is proof.
    fn judge(&self, error: &reqwest::Error) -> TransportError {
        let touched = if self.has_body {
            self.touched.load(Ordering::Acquire)
        } else {
            // A client that follows redirects fails to connect also after the gateway has taken the message.
            self.is_foreign || !(error.is_connect() || error.is_builder())
        };
        match (touched, error) {
            (false, e) if e.is_builder() => {
                TransportError::not_sent(Stage::Config, "the request is no HTTP request")
            }
            (false, e) if e.is_timeout() => {
                TransportError::not_sent(Stage::Connect, "the gateway could not be reached in time")
            }
            (false, _) => {
                TransportError::not_sent(Stage::Connect, "the gateway could not be reached")
            }
            (true, e) if e.is_timeout() => {
                TransportError::maybe_sent(Stage::Request, "no answer came in time")
            }
            (true, _) => TransportError::maybe_sent(
                Stage::Request,
                "the connection broke before an answer came",
            ),
        }
        .with_source(Cause::below(error))
    }
}

/// A body that notes when it is first asked for. It cannot be cloned, which also keeps the client from repeating it.
struct WatchedBody {
    body: Option<Bytes>,
    touched: Arc<AtomicBool>,
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.touched.store(true, Ordering::Release);
        Poll::Ready(self.body.take().map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}

/// The texts of the errors below the client's own. The client's own text holds the URL, and so maybe a secret.
#[derive(Debug)]
struct Cause {
    text: String,
    below: Option<Box<Cause>>,
}

impl Cause {
    fn below(error: &reqwest::Error) -> Self {
        Self::of(error.source())
            .unwrap_or_else(|| Self { text: "no further cause".to_owned(), below: None })
    }

    fn of(error: Option<&(dyn Error + 'static)>) -> Option<Self> {
        let error = error?;
        let below = Self::of(error.source()).map(Box::new);
        // The client's own errors name the URL, also where one stands below another.
        let text = match error.downcast_ref::<reqwest::Error>() {
            Some(_) => "the HTTP client gave up".to_owned(),
            None => error.to_string(),
        };
        Some(Self { text, below })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.below.as_deref().map(|below| below as &(dyn Error + 'static))
    }
}
