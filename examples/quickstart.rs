//! A whole login in one process: a code is issued, sent through a gateway, read on a phone, typed in and accepted once.
//!
//! The gateway is a mock on a port of this machine and the store is in memory, so neither an account nor a server is needed:
//!
//! ```sh
//! cargo run --example quickstart
//! ```

use std::error::Error;
use std::io::{self, IsTerminal, Write};

use otpost::challenge::{Challenges, Client, Event, Pepper, Purpose, Verdict};
use otpost::gateway::GatewaySpec;
use otpost::store::MemoryStore;
use otpost::{PhoneNumber, gateways};
use otpost_testing::MockGateway;

const LOGIN: Purpose = Purpose::new("login");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // 1. A gateway. In production: the credentials from the environment, and no `origin`.
    let mock = MockGateway::start(&GatewaySpec::builtin("link-mobility")?).await?;
    let gateway = gateways::link_mobility("acme", "hunter2").origin(&mock.origin()).build()?;

    // 2. The flow. In production: `Pepper::from_env("OTPOST_PEPPER")?`, and a store that all processes share.
    let challenges = Challenges::builder(Pepper::random()?)
        .app("Acme")
        .provider(gateway)
        .store(MemoryStore::new())
        .regions(["CH", "DE"])
        .observer(|event: &Event<'_>| println!("  {:?}", event.kind()))
        .build()?;
    println!(
        "A guess is right once in {:.0} times.",
        1.0 / challenges.policy().guess_probability()
    );

    // 3. Somebody wants to log in. The token goes into a cookie.
    let to = PhoneNumber::normalize("+41 79 123 45 67")?;
    let challenge = challenges.issue(&to, LOGIN, Client::Internal).await?;
    println!("We have sent a code to {}.", challenge.hint());

    // 4. What the phone shows: the text that arrived at the gateway.
    let arrived = mock.requests().pop().and_then(|request| request.form("messageText"));
    let screen = arrived.ok_or("the gateway got no text")?;
    let edge = "-".repeat(screen.chars().count());
    println!("\n  +-{edge}-+\n  | {screen} |\n  +-{edge}-+\n");

    // 5. The person types it in.
    let typed = type_in(&screen)?;
    let verdict = challenges.verify(challenge.token(), LOGIN, &typed).await?;
    println!("{typed}: {verdict}.");
    if !verdict.is_accepted() {
        return Err("the login failed".into());
    }

    // 6. The same code again, and for something else.
    let again = challenges.verify(challenge.token(), LOGIN, &typed).await?;
    println!("{typed} again: {again}.");
    let refused =
        challenges.issue(&to, LOGIN, Client::Internal).await.err().ok_or("it did not wait")?;
    println!("Another message at once: {refused}.");
    if again == Verdict::Gone { Ok(()) } else { Err("a code was accepted twice".into()) }
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
