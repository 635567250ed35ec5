//! How a connection or a stream ended, read from the client's errors.

use std::io::{self, ErrorKind};

use crate::transport::cause::{chain, http2_error};

/// Why there is no whole response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The other side closed the connection.
    Closed,
    /// The other side, or something on the way, reset the connection.
    Reset,
    /// The operating system says that the network does not lead there any more.
    Network,
    /// The time for the exchange was over.
    Timeout,
    /// TCP gave up: nothing was acknowledged.
    TcpTimeout,
    /// HTTP/2: a PING was not answered.
    Ping,
    /// HTTP/2: the other side ended the connection, with this code.
    GoAway(String),
    /// HTTP/2: the other side ended the stream of this request, with this code.
    Stream(String),
    /// HTTP/2: the client ended the connection or the stream, because what it received breaks the protocol.
    Http2(String),
    /// HTTP/1.1: a head or a chunk that cannot be read.
    Parse(Parse),
    /// Something else.
    Other,
}

/// What could not be read. The client tells it in its text alone; a text that is not known here is `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parse {
    Chunk,
    Header,
    Length,
    Status,
    TooLarge,
    TransferEncoding,
    Version,
    Other,
}

impl Ending {
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let mut below = chain(error).filter_map(|error| error.downcast_ref::<hyper::Error>());
        let hyper = below.next();
        if hyper.is_some_and(hyper::Error::is_timeout) {
            return Self::Ping;
        }
        if let Some(error) = http2_error(error).filter(|error| !error.is_io()) {
            let code = error.reason().map(|reason| format!("{reason:?}")).unwrap_or_default();
            return match (error.is_remote(), error.is_go_away()) {
                (true, true) => Self::GoAway(code),
                (true, false) => Self::Stream(code),
                (false, _) => Self::Http2(code),
            };
        }
        if let Some(error) = hyper.filter(|error| error.is_parse()) {
            return Self::Parse(Parse::of(error));
        }
        if hyper.is_some_and(hyper::Error::is_incomplete_message) {
            return Self::Closed;
        }
        let lowest = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).last();
        match lowest.map(io::Error::kind) {
            Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted) => Self::Reset,
            Some(ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof | ErrorKind::NotConnected) => {
                Self::Closed
            }
            Some(
                ErrorKind::HostUnreachable | ErrorKind::NetworkDown | ErrorKind::NetworkUnreachable,
            ) => Self::Network,
            // The client reads chunks itself, and blames what it reads.
            Some(ErrorKind::InvalidData | ErrorKind::InvalidInput) if error.is_decode() => {
                Self::Parse(Parse::Chunk)
            }
            Some(ErrorKind::TimedOut) => Self::TcpTimeout,
            _ if error.is_timeout() => Self::Timeout,
            _ => Self::Other,
        }
    }

    /// What happened to the connection, as the second half of a sentence about it.
    pub(super) fn of_connection(&self) -> String {
        match self {
            Self::Closed => "was closed".to_owned(),
            Self::Reset => "was reset".to_owned(),
            Self::GoAway(code) => format!("was ended by the other side (HTTP/2 GOAWAY, {code})"),
            Self::Network => "broke, since the network has no route any more".to_owned(),
            Self::TcpTimeout => "timed out, since nothing was acknowledged".to_owned(),
            Self::Ping => "did not answer an HTTP/2 PING".to_owned(),
            _ => "failed".to_owned(),
        }
    }
}

impl Parse {
    fn of(error: &hyper::Error) -> Self {
        if error.is_parse_status() {
            return Self::Status;
        }
        match error.to_string().as_str() {
            "invalid HTTP header parsed" => Self::Header,
            "invalid HTTP version parsed" => Self::Version,
            "invalid content-length parsed" => Self::Length,
            "message head is too large" => Self::TooLarge,
            "unexpected transfer-encoding parsed" => Self::TransferEncoding,
            _ => Self::Other,
        }
    }

    /// What is wrong, as the second half of a sentence about the response.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::Chunk => "has an invalid chunk",
            Self::Header => "has an invalid header or line break",
            Self::Length => "has an invalid Content-Length",
            Self::Status => "has an invalid status line",
            Self::TooLarge => "has a head that is too large",
            Self::TransferEncoding => "has a Transfer-Encoding that is not allowed there",
            Self::Version => "is not HTTP/1.1",
            Self::Other => "is not valid HTTP",
        }
    }
}
