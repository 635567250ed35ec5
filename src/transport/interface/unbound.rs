use std::io;

use reqwest::ClientBuilder;
use tokio::net::TcpSocket;

use crate::provider::Stage;
use crate::transport::TransportError;

pub(in crate::transport) fn bind(
    _: ClientBuilder,
    _: &str,
) -> Result<ClientBuilder, TransportError> {
    let what = "this operating system cannot bind to a network interface: use a local address";
    Err(TransportError::not_sent(Stage::Config, what))
}

pub(in crate::transport) fn bind_socket(_: &TcpSocket, _: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
