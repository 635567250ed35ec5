//! The part that all programs have in common, so that their sizes differ by the catalogue only.

use std::error::Error;
use std::hint::black_box;

use async_trait::async_trait;
use otpost::HttpGateway;
use otpost::gateway::{GatewaySpec, HttpGatewayBuilder};
use otpost::provider::{Provider, Stage};
use otpost::transport::{Request, Response, Transport, TransportError};

/// Builds a gateway that could send, and prints its name.
pub fn build(builder: HttpGatewayBuilder) -> Result<(), Box<dyn Error>> {
    let provider: Box<dyn Provider> = Box::new(builder.build_with(NoNetwork)?);
    println!("{}", black_box(provider).name());
    Ok(())
}

/// Builds a gateway from a spec, with a value for each variable that needs one.
pub fn build_spec(spec: GatewaySpec) -> Result<(), Box<dyn Error>> {
    let names: Vec<_> = spec.vars().map(|(name, _)| name.to_owned()).collect();
    let mut builder = HttpGateway::builder(spec);
    for name in names {
        let value = if name == "origin" { "https://sms.example" } else { "value" };
        builder = builder.var(name, value);
    }
    build(builder)
}

#[derive(Debug)]
struct NoNetwork;

#[async_trait]
impl Transport for NoNetwork {
    async fn call(&self, _: Request) -> Result<Response, TransportError> {
        Err(TransportError::not_sent(Stage::Tcp, "there is no network"))
    }
}
