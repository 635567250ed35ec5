//! A gateway from a TOML file: a form POST with custom fields and headers, its success response and
//! two of its error responses.
//!
//! ```sh
//! cargo run --example custom_post
//! ```

use std::error::Error;

use otpost::gateway::{GatewaySpec, Outcome};
use otpost::{HttpGateway, Message, PhoneNumber, Provider};
use otpost_testing::MockGateway;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let spec = GatewaySpec::from_toml(include_str!("custom_post.toml"))?;
    // A mock replaces the gateway. Without `origin`, the request goes to the URL of the spec.
    let mock = MockGateway::start(&spec).await?;
    let gateway = HttpGateway::builder(spec)
        .var("username", "acme")
        .var("password", "hunter2")
        .origin(&mock.origin())
        .build()?;

    let to = PhoneNumber::parse("+33612345678")?;
    let message = Message::new(to, "012345 is your code & it is short-lived")?;

    let prepared = gateway.prepare(&message)?;
    println!(
        "The request, with secrets masked ({} segment):\n\n{prepared}\n",
        prepared.segments().count
    );

    let receipt = gateway.send(&message).await?;
    println!("accepted: message id {}", receipt.message_id().unwrap_or("none"));

    for outcome in [Outcome::Unauthorized, Outcome::Throttled] {
        mock.answer_example(outcome);
        match gateway.send(&message).await {
            Ok(_) => return Err("an error response was accepted as a success".into()),
            Err(error) => println!(
                "responseCode {}: kind {:?}, fate {:?} ({error})",
                error.gateway_code().unwrap_or("none"),
                error.kind(),
                error.fate(),
            ),
        }
    }

    let arrived = mock.requests();
    let first = arrived.first().ok_or("the gateway received no request")?;
    let fields =
        ["messageText", "destinationAddress"].map(|name| first.form(name).unwrap_or_default());
    println!("\nWhat arrived at the gateway: {fields:?}, {} requests in all.", arrived.len());
    Ok(())
}
