mod build;
mod connect;
mod judge;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Uri;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use reqwest::{Client, Url};
use zeroize::Zeroizing;

use judge::{Route, judge, trace};

use super::progress::{Progress, WatchedBody};
use super::{
    Request, Response, Stage, TimeLeft, Transport, TransportError, TransportOptions, is_public,
};
use crate::clock::TokioTimer;
use crate::wiped::Wiped;

/// The default transport, over the `reqwest` client.
///
/// It follows no redirect, repeats nothing, sends no `Referer`, ignores the environment's proxies, decompresses
/// nothing, keeps at most 64 KiB of an answer, and refuses `http://` to other machines unless allowed.
///
/// # Security
///
/// The body of a request is handed to the operating system without a copy, and wiped afterwards. The client below copies
/// other parts into buffers that it does not wipe: the URL and all headers, the answers as they are read, a body that is
/// sent over TLS or HTTP/2, and whatever the TLS library encrypts and decrypts. So keep secrets out of URLs, and expect
/// tokens and passwords of headers, and with TLS also codes, to stay in freed memory until it is used again.
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
    timer: TokioTimer,
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
    /// [`Stage::Config`] when the proxy is no URL, or stands beside denied private addresses; when a certificate or a key
    /// cannot be read; when the machine has no CA certificates (install the package `ca-certificates`); and, with the feature `rustls-no-provider`, when the application has installed no crypto
    /// provider.
    pub fn new(options: &TransportOptions) -> Result<Self, TransportError> {
        let client = build::client(options)?;
        Ok(Self {
            client,
            options: options.clone(),
            timer: TokioTimer::new(),
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
            timer: TokioTimer::new(),
            is_foreign: true,
            known: Arc::default(),
            keeps_url: false,
        }
    }

    /// Turns our request into the client's, with a body that knows whether it was taken.
    fn translate(
        &self,
        request: Request,
        progress: &Arc<Progress>,
    ) -> Result<reqwest::Request, TransportError> {
        let (mut parts, body) = request.into_parts();
        let refuse = |what: &str| Err(TransportError::not_sent(Stage::Config, what));
        // Read as the client reads it: `0x7f.1` and `2130706433` are addresses as well.
        let Some(url) = self.parse(&parts.uri) else {
            return refuse("the URL is none that can be asked");
        };
        // Behind a proxy this machine is another one.
        let is_safe = url.scheme() == "https" || (self.options.proxy.is_none() && is_here(&url));
        if !self.options.allow_http && !is_safe {
            return refuse("http:// to another machine is not allowed: use https://, or allow it");
        }
        // Names are checked when they are resolved.
        if self.options.deny_private && address_of(&url).is_some_and(|address| !is_public(address))
        {
            return refuse("the address is private, which is denied");
        }
        for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
            if let Some(value) = parts.headers.get_mut(name) {
                value.set_sensitive(true);
            }
        }
        let mut translated = reqwest::Request::new(parts.method, url);
        *translated.headers_mut() = parts.headers;
        *translated.body_mut() =
            Some(reqwest::Body::wrap(WatchedBody::new(body, progress.clone())));
        let left = parts.extensions.get().map_or(Duration::MAX, |TimeLeft(left)| *left);
        *translated.timeout_mut() = Some(self.options.timeout.min(left));
        Ok(translated)
    }

    /// Where a request goes, in words.
    fn route(&self, url: Option<&Url>) -> Route {
        let proxy = self.options.proxy.as_ref().and_then(|url| Url::parse(url.expose()).ok());
        Route {
            host: url.map(host_and_port).unwrap_or_default(),
            proxy: proxy.as_ref().map(host_and_port),
            source: self.options.source.clone(),
        }
    }

    fn parse(&self, uri: &Uri) -> Option<Url> {
        if let Some((known, url)) = self.known.get()
            && known == uri
        {
            return Some(url.clone());
        }
        let url = Url::parse(&Zeroizing::new(text_of(uri))).ok()?;
        if self.keeps_url {
            // Another thread may have been faster; its URL is as good.
            let _ = self.known.set((uri.clone(), url.clone()));
        }
        Some(url)
    }

    /// Reads the body up to the limit.
    async fn read(
        &self,
        response: &mut reqwest::Response,
        progress: &Progress,
    ) -> Result<Response, TransportError> {
        // Most answers are one chunk, which is kept as it came.
        let mut first = Bytes::new();
        let mut body = Wiped::default();
        let broken = loop {
            let kept = first.len().max(body.len());
            match response.chunk().await {
                Ok(None) => break None,
                // Before appending: whoever checks afterwards keeps a chunk too much.
                Ok(Some(chunk)) if chunk.len() > self.options.max_response.saturating_sub(kept) => {
                    let what = "the answer is too long";
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
                    let what = if error.is_timeout() {
                        "the answer's body did not end in time"
                    } else {
                        "the answer's body broke off"
                    };
                    let broken = TransportError::maybe_sent(Stage::Body, what);
                    break Some(trace(broken, &error, progress, &self.route(Some(response.url()))));
                }
            }
        };
        if !body.is_empty() {
            first = body.into_bytes();
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
        let progress = Progress::begin(self.timer);
        let request = self.translate(request, &progress)?;
        let asked = self.is_foreign.then(|| request.url().clone());
        let answered = progress.watch(self.client.execute(request)).await;
        let mut response =
            answered.map_err(|error| judge(&error, &progress, &self.route(error.url())))?;
        if asked.is_some_and(|url| url != *response.url()) {
            let what = "the application's client followed a redirect: build it without";
            return Err(TransportError::maybe_sent(Stage::Headers, what));
        }
        self.read(&mut response, &progress).await
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

fn is_here(url: &Url) -> bool {
    url.host_str() == Some("localhost")
        || address_of(url).is_some_and(|address| address.is_loopback())
}

/// The address in a URL that has one in place of a name.
fn address_of(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

fn host_and_port(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}
