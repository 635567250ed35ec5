//! Reads the errors below the HTTP client's own error, and copies them without the URL and other
//! secrets.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// The texts of the errors below the client's own error. The client's own text contains the URL,
/// and so perhaps a secret.
#[derive(Debug)]
pub(super) struct Cause {
    text: String,
    below: Option<Box<Cause>>,
}

impl Cause {
    pub(super) fn below(error: &reqwest::Error) -> Self {
        // The client's own error is the top of the chain, so the copy begins below it.
        Self::of(error.source())
            .unwrap_or_else(|| Self { text: "no further cause".to_owned(), below: None })
    }

    fn of(error: Option<&(dyn Error + 'static)>) -> Option<Self> {
        let error = error?;
        let below = Self::of(error.source()).map(Box::new);
        // The client's own errors contain the URL, even if one is nested in another.
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

/// Returns the HTTP/2 error in the chain, if any.
pub(super) fn http2_error(error: &reqwest::Error) -> Option<&h2::Error> {
    chain(error).find_map(|error| error.downcast_ref::<h2::Error>())
}

/// Describes an HTTP/2 error by its code only. Its own text repeats the debug data that the gateway
/// sent with GOAWAY.
fn http2(error: &(dyn Error + 'static)) -> Option<String> {
    // An `io::Error` prints the error that it wraps, so a wrapped HTTP/2 error needs the same care.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let inner = wrapped.and_then(|inner| inner.downcast_ref::<h2::Error>());
    let error = error.downcast_ref::<h2::Error>().or(inner)?;
    let what = if error.is_go_away() { "GOAWAY" } else { "error" };
    let reason = error.reason().map(|reason| format!(": {}", reason.description()));
    Some(format!("HTTP/2 {what}{}", reason.unwrap_or_default()))
}

/// Returns all errors of a chain, including those that an [`io::Error`] wraps without returning
/// them as its source.
pub(super) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // `io::Error::source` skips the error that it wraps, and returns the source of that one. TLS
    // and HTTP/2 errors are wrapped like this and would be missed.
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// Returns the lowest error of the operating system, if any.
pub(super) fn io_error(error: &reqwest::Error) -> Option<&io::Error> {
    // Libraries also create `io::Error`s, for example around a TLS error. An error with neither a
    // code of the operating system nor a kind with a POSIX name is one of these.
    let found = chain(error).filter_map(|error| error.downcast_ref::<io::Error>());
    found.filter(|error| error.raw_os_error().is_some() || errno(error).is_some()).last()
}

/// Returns the name of an operating system's error (POSIX `errno.h`).
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

/// Describes why no TCP connection was opened. Returns `None` if the reason is unknown.
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
            return Some(format!("did not respond in {:.1} s", lasted.as_secs_f64()));
        }
        _ => return None,
    };
    Some(what.to_owned())
}

/// Returns the part of a text after its last `: `, without the prefixes.
pub(super) fn words(text: &str) -> String {
    // `failed to lookup address information: Name or service not known` becomes `Name or service
    // not known`. `rsplit` always returns at least one part.
    text.rsplit(": ").next().unwrap_or(text).to_owned()
}
