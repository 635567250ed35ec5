//! A payment that is confirmed by SMS, remembered in PostgreSQL: the code is bound to amount and
//! payee.
//!
//! Say where the database is. One for this alone, on Debian and Ubuntu:
//!
//! ```sh
//! sudo -u postgres createdb otpost && sudo -u postgres createuser -s "$USER"
//! DATABASE_URL=postgres:///otpost cargo run -p otpost-sqlx --all-features --example postgres_store
//! ```
//!
//! Without `DATABASE_URL` it says so and uses SQLite in memory, where the same code runs.

use std::error::Error;

use otpost::PhoneNumber;
use otpost::challenge::{Challenges, Client, Pepper, Policy, Purpose};
use otpost::message::{Locale, MessageTemplates, TextTemplate};
use otpost::store::{ChallengeStore, CounterStore};
use otpost::testing::RecordingProvider;
use otpost_sqlx::{PostgresStore, SqliteStore};

const PAYMENT: Purpose = Purpose::new("payment");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(url) = std::env::var("DATABASE_URL") {
        let store = PostgresStore::new(sqlx::PgPool::connect(&url).await?);
        store.migrate().await?;
        return pay(store).await;
    }
    println!("There is no DATABASE_URL, so this is SQLite in memory.");
    let store = SqliteStore::new(sqlx::SqlitePool::connect("sqlite::memory:").await?);
    store.migrate().await?;
    pay(store).await
}

async fn pay(store: impl ChallengeStore + CounterStore) -> Result<(), Box<dyn Error>> {
    let text = TextTemplate::parse("{{code}} confirms {{amount}} to {{payee}}. Nothing else.")?;
    let phone = RecordingProvider::new();
    let challenges = Challenges::builder(Pepper::random()?)
        .message_templates(MessageTemplates::new().with("payment", Locale::parse("en")?, text))
        .provider(phone.clone())
        .store(store)
        .regions(["CH"])
        .policy(Policy::psd2())
        .build()?;

    let to = PhoneNumber::parse("+41791234567")?;
    let payment = b"CHF 120.00 to CH93 0076 2011 6238 5295 7";
    let issue = challenges.issue(&to, PAYMENT, Client::Internal).bind(payment);
    let challenge = issue.var("amount", "CHF 120.00").var("payee", "Acme AG").await?;
    let sent = phone.messages().pop().ok_or("nothing was sent")?;
    let code = sent.code().ok_or("there is no code")?.expose().to_owned();
    println!("Sent to {}: {}", challenge.hint(), sent.text().expose());

    let token = challenge.token();
    let changed = b"CHF 120.00 to CH56 0483 5012 3456 7800 9";
    let other = challenges.verify(token, PAYMENT, &code).bind(changed).await?;
    println!("For another payee: {other}.");
    let same = challenges.verify(token, PAYMENT, &code).bind(payment).await?;
    println!("For this one: {same}.");
    if same.is_accepted() && !other.is_accepted() { Ok(()) } else { Err("that is wrong".into()) }
}
