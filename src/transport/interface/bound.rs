use std::io;

use reqwest::ClientBuilder;
use tokio::net::TcpSocket;

use crate::provider::Stage;
use crate::transport::TransportError;

pub(in crate::transport) fn bind(
    builder: ClientBuilder,
    name: &str,
) -> Result<ClientBuilder, TransportError> {
    // Linux allows 15 bytes. It would truncate a longer name, and end the name at a NUL byte.
    let legal = (1..=15).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
    if !legal {
        let what = "invalid network interface name: expected 1 to 15 visible ASCII characters";
        return Err(TransportError::not_sent(Stage::Config, what));
    }
    Ok(builder.interface(name))
}

/// Binds a socket that the client does not manage.
#[cfg(any(target_os = "android", target_os = "linux"))]
pub(in crate::transport) fn bind_socket(socket: &TcpSocket, name: &str) -> io::Result<()> {
    socket.bind_device(Some(name.as_bytes()))
}

/// On these systems the HTTP client can bind to an interface, but tokio's sockets cannot.
#[cfg(not(any(target_os = "android", target_os = "linux")))]
pub(in crate::transport) fn bind_socket(_: &TcpSocket, _: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
