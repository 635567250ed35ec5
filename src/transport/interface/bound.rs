use std::io;

use reqwest::ClientBuilder;
use tokio::net::TcpSocket;

use crate::provider::Stage;
use crate::transport::TransportError;

pub(in crate::transport) fn bind(
    builder: ClientBuilder,
    name: &str,
) -> Result<ClientBuilder, TransportError> {
    // A longer name would be cut, and a NUL end it: Linux has 15 bytes for it.
    let legal = (1..=15).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
    if !legal {
        let what = "the source is neither an address nor the name of an interface";
        return Err(TransportError::not_sent(Stage::Config, what));
    }
    Ok(builder.interface(name))
}

/// The same for a socket of our own.
#[cfg(any(target_os = "android", target_os = "linux"))]
pub(in crate::transport) fn bind_socket(socket: &TcpSocket, name: &str) -> io::Result<()> {
    socket.bind_device(Some(name.as_bytes()))
}

/// The client knows how; the runtime's sockets do not.
#[cfg(not(any(target_os = "android", target_os = "linux")))]
pub(in crate::transport) fn bind_socket(_: &TcpSocket, _: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
