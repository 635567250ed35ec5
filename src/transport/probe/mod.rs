//! Tests the connection to a gateway step by step, without sending a request.

mod diagnosis;
mod exchange;
mod handshake;
mod proxy;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http::uri::{Scheme, Uri};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

pub use diagnosis::{Diagnosis, Finding};

use super::cause::{errno, reached, words};
use super::tls::PIN_NEEDS_TLS;
use super::{LocalSource, TransportOptions, is_public};
use crate::clock::{Timer, TokioTimer};
use crate::provider::Stage;

/// Tests the connection to the host of a URL, as the default transport with these options would
/// open it.
///
/// The steps are: proxy, DNS, local address, TCP to each address, and TLS. No part of an HTTP
/// request is sent, except the `CONNECT` request that opens a tunnel through a proxy.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")]
/// use otpost_testing::{FaultServer, Script};
/// use otpost::provider::Stage;
/// use otpost::transport::{TransportOptions, diagnose};
///
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // A port that does not support TLS.
/// let script = Script::new().read(1).write("HTTP/1.1 400 Bad Request\r\n\r\n");
/// let server = FaultServer::start(script).await?;
/// let url = server.origin().replace("http://", "https://").parse()?;
///
/// let diagnosis = diagnose(&url, &TransportOptions::new()).await;
/// let mut findings = diagnosis.findings().iter();
/// assert!(findings.any(|finding| finding.stage == Stage::Tcp && finding.is_good));
/// assert_eq!(diagnosis.failed().map(|finding| finding.stage), Some(Stage::Tls));
/// println!("{diagnosis}");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// Dropping the future closes the connections that it opened.
#[doc(alias = "connection test")]
pub async fn diagnose(url: &Uri, options: &TransportOptions) -> Diagnosis {
    test(url, options, false).await
}

/// Tests the connection like [`diagnose`], and then sends an `OPTIONS` request for the path of the
/// URL, without credentials, query and body. A server that seems not to accept this method gets a
/// `GET` request of the same kind.
///
/// The last finding is about the response: no response, another protocol, a redirect, or the status
/// of a missing page or of a service that is down. Any other response is good, because a gateway
/// may refuse `OPTIONS`. A connection that uses HTTP/2 is tested up to TLS only.
///
/// These methods change nothing at the server (RFC 9110 §9.2.1), which may log the requests.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")]
/// use otpost_testing::{FaultServer, Script};
/// use otpost::provider::Stage;
/// use otpost::transport::{TransportOptions, diagnose_http};
///
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // A server that redirects to https.
/// let redirect = "HTTP/1.1 301 Moved\r\nLocation: https://sms.acme.example/send\r\n\r\n";
/// let server = FaultServer::start(Script::new().read_request().write(redirect)).await?;
/// let url = server.origin().parse()?;
///
/// let diagnosis = diagnose_http(&url, &TransportOptions::new()).await;
/// let failed = diagnosis.failed().ok_or("it is reached")?;
/// assert_eq!(failed.stage, Stage::Headers);
/// assert!(failed.what.contains("redirects to https://sms.acme.example (status 301)"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// # Cancel safety
///
/// Dropping the future closes the connections that it opened.
pub async fn diagnose_http(url: &Uri, options: &TransportOptions) -> Diagnosis {
    test(url, options, true).await
}

async fn test(url: &Uri, options: &TransportOptions, with_http: bool) -> Diagnosis {
    let mut probe = Probe::new(options, with_http.then_some("OPTIONS"));
    // A failure is already recorded in the findings.
    let is_reached = match probe.run(url).await {
        Ok(()) => true,
        // Some servers close the connection after a method that they do not know, and others hide a
        // page from methods that it does not accept.
        Err(Stopped) if probe.is_method_in_doubt => {
            let mut again = Probe::new(options, Some("GET"));
            let is_reached = again.run(url).await.is_ok();
            probe.diagnosis.replace_last(again.diagnosis);
            is_reached
        }
        Err(Stopped) => false,
    };
    if is_reached {
        probe.diagnosis.reach();
    }
    probe.diagnosis
}

/// The marker for a failed step, which is already recorded in the findings.
struct Stopped;

struct Probe<'o> {
    options: &'o TransportOptions,
    timer: TokioTimer,
    diagnosis: Diagnosis,
    /// The method of the HTTP request after the last step of the connection, if there is one.
    method: Option<&'static str>,
    /// The server responded to the HTTP request like one that does not accept its method.
    is_method_in_doubt: bool,
}

impl<'o> Probe<'o> {
    fn new(options: &'o TransportOptions, method: Option<&'static str>) -> Self {
        let (timer, diagnosis) = (TokioTimer::new(), Diagnosis::default());
        Self { options, timer, diagnosis, method, is_method_in_doubt: false }
    }

    async fn run(&mut self, url: &Uri) -> Result<(), Stopped> {
        let (host, port, is_tls) = self.target(url)?;
        let proxy = self.options.proxy_url().map_err(|what| {
            let hint = "write http:// or https:// and a host";
            self.fail(Stage::Config, Duration::ZERO, what, hint)
        })?;
        let stream = match proxy {
            None => self.connect(&host, port, Stage::Tcp).await?,
            Some(proxy) => {
                if self.options.deny_private {
                    let what =
                        "private addresses cannot be denied with a proxy: it resolves names itself";
                    return Err(self.fail(
                        Stage::Config,
                        Duration::ZERO,
                        what,
                        "remove the proxy, or allow private addresses",
                    ));
                }
                let name = proxy.host_str().unwrap_or_default().trim_matches(['[', ']']);
                let proxy_port = proxy.port_or_known_default().unwrap_or_default();
                let stream = self.connect(name, proxy_port, Stage::Proxy).await?;
                if proxy.scheme() == "https" {
                    // The proxy's password must be sent over TLS, and this test opens no TLS
                    // connection to a proxy.
                    let what =
                        "reached the proxy; the rest was not tested, because the proxy uses TLS";
                    let hint = "send a message to test the rest";
                    return Err(self.fail(Stage::Proxy, Duration::ZERO, what, hint));
                }
                if !is_tls {
                    return self.finish(stream, url, is_tls).await;
                }
                let target = match host.contains(':') {
                    true => format!("[{host}]:{port}"),
                    false => format!("{host}:{port}"),
                };
                self.tunnel(stream, &proxy, &target).await?
            }
        };
        if !is_tls {
            return self.finish(stream, url, is_tls).await;
        }
        let shaken = self.handshake(stream, &host, port).await?;
        if shaken.is_http2 {
            return Ok(());
        }
        self.finish(shaken.stream, url, is_tls).await
    }

    /// Sends the HTTP request, if there is to be one.
    async fn finish(
        &mut self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        url: &Uri,
        is_tls: bool,
    ) -> Result<(), Stopped> {
        match self.method {
            None => Ok(()),
            Some(method) => self.request(stream, url, is_tls, method).await,
        }
    }

    fn target(&mut self, url: &Uri) -> Result<(String, u16, bool), Stopped> {
        let is_tls = url.scheme() == Some(&Scheme::HTTPS);
        let Some(host) = url.host().filter(|_| is_tls || url.scheme() == Some(&Scheme::HTTP))
        else {
            let hint = "write http:// or https:// and a host";
            let what = "the gateway URL is not an http:// or https:// URL with a host";
            return Err(self.fail(Stage::Config, Duration::ZERO, what, hint));
        };
        if !is_tls && self.options.pin.is_some() {
            let hint = "use an https:// URL, or remove the pin";
            return Err(self.fail(Stage::Config, Duration::ZERO, PIN_NEEDS_TLS, hint));
        }
        let port = url.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        Ok((host.trim_matches(['[', ']']).to_owned(), port, is_tls))
    }

    /// Resolves a name and tries each of its addresses.
    async fn connect(&mut self, host: &str, port: u16, stage: Stage) -> Result<TcpStream, Stopped> {
        let addresses = match host.parse() {
            Ok(address) if self.options.deny_private && !is_public(address) => {
                let hint = "allow private addresses if this gateway is supposed to have one";
                let what = "the address is private, and private addresses are denied";
                return Err(self.fail(Stage::Config, Duration::ZERO, what, hint));
            }
            Ok(address) => vec![address],
            Err(_) => self.resolve(host).await?,
        };
        // As the client does: each address gets an equal part of the time, so that one that does
        // not respond leaves some for the others. The list is never empty, so the division
        // succeeds.
        let count = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        let each = self.options.connect_timeout.checked_div(count).unwrap_or_default();
        let mut connected = None;
        for address in addresses {
            let remote = SocketAddr::new(address, port);
            let begin = self.timer.elapsed();
            let tried = timeout(each, self.open(remote)).await;
            let elapsed = self.timer.elapsed().saturating_sub(begin);
            match tried.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                Ok(stream) => {
                    let local = stream.local_addr().ok();
                    let from = local.map(|local| format!(" from {local}")).unwrap_or_default();
                    let finding = Finding::good(stage, elapsed, format!("{remote}{from}"));
                    self.diagnosis.push(finding.between(local, remote));
                    // Go on with the other addresses: one that does not respond delays messages, so
                    // list it.
                    connected = connected.or(Some(stream));
                }
                Err(error) => {
                    let finding = self.refused(stage, remote, elapsed, &error);
                    self.diagnosis.push(finding);
                }
            }
        }
        connected.ok_or(Stopped)
    }

    async fn resolve(&mut self, name: &str) -> Result<Vec<IpAddr>, Stopped> {
        let begin = self.timer.elapsed();
        let looked = timeout(self.options.connect_timeout, async {
            match &self.options.resolver {
                Some(resolver) => resolver.resolve(name).await,
                None => Ok(tokio::net::lookup_host((name, 0)).await?.map(|a| a.ip()).collect()),
            }
        });
        let looked = looked.await;
        let elapsed = self.timer.elapsed().saturating_sub(begin);
        let hint = "check the name and the DNS server of this machine";
        let problem = match looked {
            Err(_) => format!("no response in {:.1} s", elapsed.as_secs_f64()),
            Ok(Err(error)) => words(&error.to_string()),
            Ok(Ok(addresses)) if addresses.is_empty() => "no address found".to_owned(),
            Ok(Ok(addresses)) => {
                let shown: Vec<_> = addresses.iter().map(ToString::to_string).collect();
                let what = format!("{name} resolves to {}", shown.join(", "));
                let allowed = addresses.into_iter();
                let allowed: Vec<_> =
                    allowed.filter(|a| !self.options.deny_private || is_public(*a)).collect();
                if allowed.is_empty() {
                    let hint = "allow private addresses if this gateway is supposed to have one";
                    let what = format!("{what}: private addresses are denied");
                    return Err(self.fail(Stage::Dns, elapsed, &what, hint));
                }
                self.diagnosis.push(Finding::good(Stage::Dns, elapsed, what));
                return Ok(allowed);
            }
        };
        Err(self.fail(Stage::Dns, elapsed, &format!("cannot resolve {name}: {problem}"), hint))
    }

    /// Opens a TCP connection from the local address or interface of the options.
    async fn open(&self, remote: SocketAddr) -> io::Result<TcpStream> {
        let socket = if remote.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        match &self.options.source {
            None => {}
            Some(LocalSource::Address(address)) => socket.bind(SocketAddr::new(*address, 0))?,
            Some(LocalSource::Interface(name)) => super::interface::bind_socket(&socket, name)?,
        }
        socket.connect(remote).await
    }

    fn refused(
        &self,
        stage: Stage,
        remote: SocketAddr,
        elapsed: Duration,
        error: &io::Error,
    ) -> Finding {
        // Without a source in the options, these errors do not come from binding. ENODEV, for a
        // missing interface, has a code but no `ErrorKind`.
        let source = self.options.source.as_ref().filter(|_| {
            let kinds = [io::ErrorKind::AddrNotAvailable, io::ErrorKind::PermissionDenied];
            kinds.contains(&error.kind())
                || (error.raw_os_error().is_some() && errno(error).is_none())
        });
        if let Some(source) = source {
            let what = format!("cannot connect from {source}");
            return Finding::bad(
                Stage::Bind,
                elapsed,
                what,
                "check that it is an address or interface of this machine",
            );
        }
        let (hint, who) = match stage {
            Stage::Proxy => {
                ("check the address of the proxy; the gateway was not reached", "proxy ")
            }
            _ => (unreached(error.kind()), ""),
        };
        let what = reached(Some(error.kind()), false, elapsed);
        let what = what.unwrap_or_else(|| words(&error.to_string()));
        let mut what = format!("{who}{remote} {what}");
        if let Some(name) = errno(error) {
            what.push_str(&format!(" ({name})"));
        }
        Finding::bad(stage, elapsed, what, hint).between(None, remote)
    }

    fn fail(&mut self, stage: Stage, elapsed: Duration, what: &str, hint: &'static str) -> Stopped {
        self.diagnosis.push(Finding::bad(stage, elapsed, what.to_owned(), hint));
        Stopped
    }
}

/// Returns what to do if no TCP connection was opened.
const fn unreached(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::ConnectionRefused => {
            "check the host and the port: nothing listens there, or a firewall refuses"
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "check the network, the routes and the VPN of this machine"
        }
        io::ErrorKind::PermissionDenied => {
            "a rule of this machine forbids it: check its firewall and the limits of the service"
        }
        io::ErrorKind::TimedOut => {
            "a firewall on the way may drop the packets: allow this address and port, or set `proxy`"
        }
        _ => "check the host, the port and the firewalls on the way",
    }
}
