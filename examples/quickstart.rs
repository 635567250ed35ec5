//! A whole login in one process: a code is made, sent through a gateway, read on a phone, typed in and verified.
//!
//! The gateway is a mock on a port of this machine, so neither an account nor a server is needed:
//!
//! ```sh
//! cargo run --example quickstart --features testing
//! ```

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use otpost::gateway::GatewaySpec;
use otpost::message::TextTemplate;
use otpost::otp::{Hotp, LookAhead, Secret};
use otpost::testing::MockGateway;
use otpost::{Code, Message, PhoneNumber, Provider, gateways};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // 1. A gateway. In production: the credentials from the environment, and no `origin`.
    let mock = MockGateway::start(&GatewaySpec::builtin("link-mobility")?).await?;
    let gateway = gateways::link_mobility("acme", "hunter2").origin(&mock.origin()).build()?;

    // 2. A code from a secret and a counter. The application keeps both with the login attempt.
    let hotp = Hotp::new(&Secret::generate()?);
    let counter = 0;
    let code = hotp.generate(counter);

    // 3. The message that carries it.
    let to = PhoneNumber::normalize("+41 79 123 45 67")?;
    let text =
        TextTemplate::parse("{{code}} is your Acme code. It is valid for {{minutes}} minutes.")?;
    let message = Message::compose(to, &text, &code, Duration::from_secs(300))?;
    println!("The request, with secrets masked:\n\n{}\n", gateway.prepare(&message)?);

    let receipt = gateway.send(&message).await?;
    let id = receipt.message_id().unwrap_or("none");
    println!("Accepted by {} with message id {id}.", receipt.provider());

    // 4. What the phone shows: the text that arrived at the gateway.
    let arrived = mock.requests().pop().and_then(|request| request.form("messageText"));
    let screen = arrived.ok_or("the gateway got no text")?;
    let edge = "-".repeat(screen.len());
    println!("\n  +-{edge}-+\n  | {screen} |\n  +-{edge}-+\n");

    // 5. The person types it in, and it is checked in constant time.
    let typed = type_in(&screen)?;
    let matched = match Code::parse(&typed) {
        Ok(typed) => hotp.verify(&typed, counter, LookAhead::NONE),
        Err(error) => {
            println!("That is no code: {error}.");
            None
        }
    };
    match &matched {
        Some(matched) => {
            println!("Right. The next counter is {}: this code is used up.", matched.next_counter)
        }
        None => println!("Wrong."),
    }

    // 6. Any other code is refused, and so is the right one once the counter has moved on.
    let wrong = if code.expose() == "000000" { "000001" } else { "000000" };
    let refused = hotp.verify(&Code::parse(wrong)?, counter, LookAhead::NONE).is_none();
    let used = hotp.verify(&code, 1, LookAhead::NONE).is_none();
    println!("A wrong code is {}.", if refused { "refused" } else { "ACCEPTED" });
    println!("The used code is {}.", if used { "refused" } else { "ACCEPTED" });
    if matched.is_some() && refused && used { Ok(()) } else { Err("the login failed".into()) }
}

/// Asks for the code; where nobody sits at a terminal, reads it off the phone's screen.
fn type_in(screen: &str) -> io::Result<String> {
    if !io::stdin().is_terminal() {
        let code = screen.split_whitespace().next().unwrap_or_default();
        println!("(There is no terminal, so the code is read from the screen.)");
        return Ok(code.to_owned());
    }
    print!("Your code: ");
    io::stdout().flush()?;
    let mut typed = String::new();
    io::stdin().read_line(&mut typed)?;
    Ok(typed.trim().to_owned())
}
