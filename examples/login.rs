//! The first program of the README: a login by SMS, which prints the message instead of sending it.
//!
//! ```sh
//! cargo run --example login
//! ```

use otpost::PhoneNumber;
use otpost::challenge::{Challenges, Client, Pepper, Purpose, Verdict};
use otpost::provider::ConsoleProvider;
use otpost::store::MemoryStore;

const LOGIN: Purpose = Purpose::new("login");

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Once, at startup. In production: a gateway, a shared store, `Pepper::from_env`.
    let challenges = Challenges::builder(Pepper::random()?)
        .app("Acme")
        .provider(ConsoleProvider::new())
        .store(MemoryStore::new())
        .regions(["CH", "DE"])
        .build()?;

    // Send a code. In a web application, the client is the `IpAddr` of the request.
    let to = PhoneNumber::parse("+41791234567")?;
    let challenge = challenges.issue(&to, LOGIN, Client::Internal).await?;
    println!("A code was sent to {}. Type it:", challenge.hint());

    // Verify it. In a web application, `challenge.token()` comes back in a cookie.
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    match challenges.verify(challenge.token(), LOGIN, &typed).await? {
        Verdict::Accepted(accepted) => println!("Welcome, {}.", accepted.recipient()),
        verdict => println!("{verdict}."), // "the code is wrong; 4 attempts left."
    }
    Ok(())
}
