//! The errors below the HTTP client's own: read for what they say, and kept without what they must not say.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// The texts of the errors below the client's own. The client's own text holds the URL, and so maybe a secret.
#[derive(Debug)]
pub(super) struct Cause {
    text: String,
    below: Option<Box<Cause>>,
}

impl Cause {
    pub(super) fn below(error: &reqwest::Error) -> Self {
        Self::of(error.source())
            .unwrap_or_else(|| Self { text: "no further cause".to_owned(), below: None })
    }

    fn of(error: Option<&(dyn Error + 'static)>) -> Option<Self> {
        let error = error?;
        let below = Self::of(error.source()).map(Box::new);
        // The client's own errors name the URL, also where one stands below another.
        let text = match (error.downcast_ref::<reqwest::Error>(), http2(error)) {
            (Some(_), _) => "the HTTP client gave up".to_owned(),
            (None, Some(text)) => text,
            (None, None) => error.to_string(),
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

/// The error of HTTP/2 below the client's own, if it is one.
pub(super) fn http2_error(error: &reqwest::Error) -> Option<&h2::Error> {
    chain(error).find_map(|error| error.downcast_ref::<h2::Error>())
}

/// An error of HTTP/2 by its code alone: its own text repeats what the gateway said when it went away, in its own words.
fn http2(error: &(dyn Error + 'static)) -> Option<String> {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let inner = wrapped.and_then(|inner| inner.downcast_ref::<h2::Error>());
    let error = error.downcast_ref::<h2::Error>().or(inner)?;
    let what = if error.is_go_away() { "GOAWAY" } else { "error" };
    let reason = error.reason().map(|reason| format!(": {}", reason.description()));
    Some(format!("HTTP/2 {what}{}", reason.unwrap_or_default()))
}

/// All errors of a chain, also those that an [`io::Error`] wraps without naming them as its source.
pub(super) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// The operating system's error at the bottom, if there is one.
pub(super) fn io_error(error: &reqwest::Error) -> Option<&io::Error> {
    let found = chain(error).filter_map(|error| error.downcast_ref::<io::Error>());
    found.filter(|error| error.raw_os_error().is_some() || errno(error).is_some()).last()
}

/// The name of an operating system's error (POSIX `errno.h`).
pub(super) fn errno(error: &io::Error) -> Option<&'static str> {
    Some(match error.kind() {
        io::ErrorKind::AddrInUse => "EADDRINUSE",
        io::ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
        io::ErrorKind::BrokenPipe => "EPIPE",
        io::ErrorKind::ConnectionAborted => "ECONNABORTED",
        io::ErrorKind::ConnectionRefused => "ECONNREFUSED",
        io::ErrorKind::ConnectionReset => "ECONNRESET",
        io::ErrorKind::HostUnreachable => "EHOSTUNREACH",
        io::ErrorKind::NetworkDown => "ENETDOWN",
        io::ErrorKind::NetworkUnreachable => "ENETUNREACH",
        io::ErrorKind::NotConnected => "ENOTCONN",
        io::ErrorKind::PermissionDenied => "EACCES",
        io::ErrorKind::TimedOut => "ETIMEDOUT",
        _ => return None,
    })
}

/// Says what happened instead of a TCP connection.
pub(super) fn reached(
    kind: Option<io::ErrorKind>,
    is_timeout: bool,
    lasted: Duration,
) -> Option<String> {
    let what = match kind {
        Some(io::ErrorKind::ConnectionRefused) => "refused the connection",
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) => {
            "reset the connection"
        }
        Some(io::ErrorKind::NetworkDown) => "cannot be reached: this machine's network is down",
        Some(io::ErrorKind::NetworkUnreachable) => {
            "cannot be reached: there is no route to its network"
        }
        Some(io::ErrorKind::HostUnreachable) => "cannot be reached: there is no route to the host",
        Some(io::ErrorKind::PermissionDenied) => {
            "cannot be reached: the operating system does not allow the connection"
        }
        kind if is_timeout || kind == Some(io::ErrorKind::TimedOut) => {
            return Some(format!("did not answer in {:.1} s", lasted.as_secs_f64()));
        }
        _ => return None,
    };
    Some(what.to_owned())
}

/// The part of a text behind its prefixes.
pub(super) fn words(text: &str) -> String {
    text.rsplit(": ").next().unwrap_or(text).to_owned()
}
