//! A payment that is confirmed by SMS, with a store in PostgreSQL. The code is bound to the amount
//! and the payee.
//!
//! Set `DATABASE_URL` to the database. To create one for this example on Debian or Ubuntu:
//!
//! ```sh
//! sudo -u postgres createdb otpost && sudo -u postgres createuser -s "$USER"
//! DATABASE_URL=postgres:///otpost cargo run -p otpost-sqlx --all-features --example postgres_store
//! ```
//!
//! Without `DATABASE_URL`, the example uses an in-memory SQLite database. The same code works with
//! both.

use std::error::Error;

use otpost::PhoneNumber;
use otpost::challenge::{Challenges, Client, Pepper, Policy, Purpose};
use otpost::message::{Locale, MessageTemplates, TextTemplate};
use otpost::store::{ChallengeStore, LimitStore};
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
    println!("DATABASE_URL is not set; using an in-memory SQLite database.");
    let store = SqliteStore::new(sqlx::SqlitePool::connect("sqlite::memory:").await?);
    store.migrate().await?;
    pay(store).await
}

async fn pay(store: impl ChallengeStore + LimitStore) -> Result<(), Box<dyn Error>> {
    let text = TextTemplate::parse("{{code}} confirms {{amount}} to {{payee}}. Nothing else.")?;
    let phone = RecordingProvider::new();
    let challenges = Challenges::builder(Pepper::random()?)
        .message_templates(MessageTemplates::new().with_template(
            "payment",
            Locale::parse("en")?,
            text,
        ))
        .provider(phone.clone())
        .store(store)
        .regions(["CH"])
        .policy(Policy::psd2())
        .build()?;

    let to = PhoneNumber::parse("+41791234567")?;
    let payment = b"CHF 120.00 to CH93 0076 2011 6238 5295 7";
    let issue = challenges.issue(&to, PAYMENT, Client::Internal).bind(payment);
    let challenge = issue.var("amount", "CHF 120.00").var("payee", "Acme AG").await?;
    let sent = phone.messages().pop().ok_or("no message was sent")?;
    let code = sent.code().ok_or("the message has no code")?.expose().to_owned();
    println!("Sent to {}: {}", challenge.hint(), sent.text().expose());

    let token = challenge.token();
    let changed = b"CHF 120.00 to CH56 0483 5012 3456 7800 9";
    let other = challenges.verify(token, PAYMENT, &code).bind(changed).await?;
    println!("For another payee: {other}.");
    let same = challenges.verify(token, PAYMENT, &code).bind(payment).await?;
    println!("For this one: {same}.");
    if same.is_accepted() && !other.is_accepted() {
        Ok(())
    } else {
        Err("unexpected result".into())
    }
}
