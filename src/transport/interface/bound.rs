use reqwest::ClientBuilder;

use crate::transport::{Stage, TransportError};

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
