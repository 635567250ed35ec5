//! Failover between two gateways, of which the first is down. Every message arrives once, and after
//! a few failures the circuit breaker skips the first gateway.
//!
//! ```sh
//! cargo run --example failover
//! ```

use std::error::Error;

use otpost::provider::{CircuitBreaker, Failover, Retry};
use otpost::{Message, PhoneNumber, Provider, gateways};
use otpost_testing::MockGateway;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // A mock in this process is the working gateway. No server listens on the port of the other
    // one.
    let works = MockGateway::start(&gateways::with_examples("link-mobility")?).await?;
    let down = gateways::kannel("http://127.0.0.1:9", "tester", "foobar").build()?;
    let link = gateways::link_mobility("acme", "hunter2").origin(&works.origin()).build()?;

    let provider = Failover::new(Retry::new(CircuitBreaker::new(down)))
        .with_fallback(Retry::new(CircuitBreaker::new(link)));

    for code in ["012345", "123456", "234567", "345678"] {
        let to = PhoneNumber::parse("+41791234567")?;
        let message = Message::new(to, format!("{code} is your code"))?;
        let receipt = provider.send(&message).await?;
        println!("accepted by {}", receipt.provider());
        for failed in receipt.attempts() {
            let stage = failed.stage.map(|stage| format!(" ({stage})")).unwrap_or_default();
            println!("  {}: {}{stage}; {}", failed.provider, failed.kind, failed.fate);
        }
    }
    println!("the working gateway received {} messages", works.requests().len());
    Ok(())
}
