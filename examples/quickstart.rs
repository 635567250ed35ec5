//! A complete login in one process: a code is issued, sent through a gateway, read on a phone,
//! typed in and accepted once.
//!
//! The gateway is a mock on this machine, and the store is in memory. No account and no server is
//! needed:
//!
//! ```sh
//! cargo run --example quickstart
//! ```
//!
//! `cargo run -p otpost-cli -- sandbox` shows messages on a phone in the browser instead.

use std::error::Error;
use std::io::{self, IsTerminal, Write};

use otpost::challenge::{Challenges, Client, Event, Pepper, Purpose, Verdict};
use otpost::store::MemoryStore;
use otpost::{PhoneNumber, gateways};
use otpost_testing::MockGateway;

const LOGIN: Purpose = Purpose::new("login");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // 1. Create a gateway. In production, read the credentials from the environment and leave out
    //    `origin`.
    let mock = MockGateway::start(&gateways::with_examples("link-mobility")?).await?;
    let gateway = gateways::link_mobility("acme", "hunter2").origin(&mock.origin()).build()?;

    // 2. Configure the flow. In production, use `Pepper::from_env("OTPOST_PEPPER")?` and a store
    //    that all processes share.
    let challenges = Challenges::builder(Pepper::random()?)
        .app("Acme")
        .provider(gateway)
        .store(MemoryStore::new())
        .regions(["CH", "DE"])
        .observer(|event: &Event<'_>| println!("  {:?}", event.kind()))
        .build()?;
    println!(
        "The chance of guessing a code is 1 in {:.0}.",
        1.0 / challenges.policy().guess_probability()
    );

    // 3. A person logs in: send a code. The token of the challenge belongs into a cookie.
    let to = PhoneNumber::normalize("+41 79 123 45 67")?;
    let challenge = challenges.issue(&to, LOGIN, Client::Internal).await?;
    println!("We have sent a code to {}.", challenge.hint());

    // 4. Show the screen of the phone: the text that arrived at the gateway.
    let arrived = mock.requests().pop().and_then(|request| request.form("messageText"));
    let screen = arrived.ok_or("the gateway received no text")?;
    let edge = "-".repeat(screen.chars().count());
    println!("\n  +-{edge}-+\n  | {screen} |\n  +-{edge}-+\n");

    // 5. The person types the code: verify it.
    let typed = type_in(&screen)?;
    let verdict = challenges.verify(challenge.token(), LOGIN, &typed).await?;
    println!("{typed}: {verdict}.");
    if !verdict.is_accepted() {
        return Err("the login failed".into());
    }

    // 6. Neither the same code nor another message is accepted now.
    let again = challenges.verify(challenge.token(), LOGIN, &typed).await?;
    println!("{typed} again: {again}.");
    let refused = challenges
        .issue(&to, LOGIN, Client::Internal)
        .await
        .err()
        .ok_or("the cooldown was ignored")?;
    println!("Another message at once: {refused}.");
    println!("\nTo see messages on a phone: cargo run -p otpost-cli -- sandbox");
    if again == Verdict::Gone { Ok(()) } else { Err("a code was accepted twice".into()) }
}

/// Reads the code from the terminal. Without a terminal, takes it from the screen of the phone.
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
