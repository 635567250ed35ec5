//! The ways in which a connection or a stream can end, read from the client's errors.

use std::io::{self, ErrorKind};

use crate::transport::cause::{chain, http2_error};

/// The reason why no complete response arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The other side closed the connection.
    Closed,
    /// The other side, or a device on the way, reset the connection.
    Reset,
    /// The operating system reports that the network is unreachable.
    Network,
    /// The timeout of the exchange expired.
    Timeout,
    /// TCP timed out: the other side acknowledged nothing.
    TcpTimeout,
    /// HTTP/2: no reply to a PING arrived.
    Ping,
    /// HTTP/2: the other side ended the connection, with this code.
    GoAway(String),
    /// HTTP/2: the other side ended the stream of this request, with this code.
    Stream(String),
    /// HTTP/2: the client ended the connection or the stream, because it received data that
    /// violates the protocol.
    Http2(String),
    /// HTTP/1.1: the head or a chunk is invalid.
    Parse(Parse),
    /// Any other reason.
    Other,
}

/// The invalid part of an HTTP/1.1 response. The client reports it only in the text of its error.
/// An unknown text becomes `Other`.
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
        // hyper itself has no other timeout in a client. Those of the exchange are errors of
        // reqwest.
        if hyper.is_some_and(hyper::Error::is_timeout) {
            return Self::Ping;
        }
        // An I/O error of the connection says nothing about HTTP/2. Its kind is judged below, as
        // for HTTP/1.1.
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
        // The lowest I/O error is the original one. Those above may wrap it with a less exact kind.
        let lowest = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).last();
        match lowest.map(io::Error::kind) {
            Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted) => Self::Reset,
            Some(ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof | ErrorKind::NotConnected) => {
                Self::Closed
            }
            Some(
                ErrorKind::HostUnreachable | ErrorKind::NetworkDown | ErrorKind::NetworkUnreachable,
            ) => Self::Network,
            // The client parses chunks itself, and reports an invalid one as invalid data.
            Some(ErrorKind::InvalidData | ErrorKind::InvalidInput) if error.is_decode() => {
                Self::Parse(Parse::Chunk)
            }
            Some(ErrorKind::TimedOut) => Self::TcpTimeout,
            _ if error.is_timeout() => Self::Timeout,
            _ => Self::Other,
        }
    }

    /// Describes the end of the connection, as the second half of a sentence.
    pub(super) fn of_connection(&self) -> String {
        match self {
            Self::Closed => "was closed".to_owned(),
            Self::Reset => "was reset".to_owned(),
            Self::GoAway(code) => format!("was ended by the other side (HTTP/2 GOAWAY, {code})"),
            Self::Network => "lost its network route".to_owned(),
            Self::TcpTimeout => "timed out without an acknowledgement".to_owned(),
            Self::Ping => "did not respond to an HTTP/2 PING".to_owned(),
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

    /// Describes the invalid part, as the second half of a sentence.
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
