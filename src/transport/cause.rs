//! The errors below the HTTP client's own: read for what they say, and kept without what they must not say.

use std::error::Error;
use std::fmt;
use std::io;

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
