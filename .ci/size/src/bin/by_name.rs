//! A program that takes the name of its gateway from its configuration.

use otpost::gateway::GatewaySpec;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "kannel".to_owned());
    otpost_size::build_spec(GatewaySpec::builtin(&name)?)
}
