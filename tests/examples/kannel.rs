//! Sends through Kannel, a real SMS gateway, and prints what the phone shows.
//!
//! With Kannel installed (Debian and Ubuntu: `apt-get install kannel kannel-extras`) it starts one of its own, with a
//! simulated phone network:
//!
//! ```sh
//! cargo run -p otpost-tests --example kannel
//! ```
//!
//! or it uses yours: `cargo run -p otpost-tests --example kannel -- http://10.0.0.5:13013 user password +41791234567`.

use std::error::Error;

use otpost::{Code, Digits, Message, PhoneNumber, Provider, gateways};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (kannel, gateway, number) = match arguments.as_slice() {
        [origin, user, password, number] => {
            let gateway = gateways::kannel(origin.as_str(), user.as_str(), password.as_str());
            (None, gateway.build()?, number.as_str())
        }
        _ => {
            let kannel = otpost_test_servers::kannel::Kannel::start()?;
            let gateway = gateways::kannel(kannel.origin(), "tester", "foobar").build()?;
            (Some(kannel), gateway, "+41791234567")
        }
    };

    let code = Code::random(Digits::Six)?;
    for text in ["is your code: €{}", "ваш код", "is your code 😀"] {
        let text = format!("{} {text}", code.expose());
        let message = Message::new(PhoneNumber::parse(number)?, text)?;
        println!("{}\n", gateway.prepare(&message)?);
        let receipt = gateway.send(&message).await?;
        println!("accepted by {}\n", receipt.provider());
    }
    if let Some(kannel) = kannel {
        // The last text is UCS-2, which the phone network prints as UTF-16BE.
        let screen = kannel.wait_for("%D8%3D%DE%00>").ok_or("the phone shows nothing")?;
        println!("The phone shows:\n{screen}");
    }
    Ok(())
}
