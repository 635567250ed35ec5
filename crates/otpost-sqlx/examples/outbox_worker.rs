//! An outbox: one process issues a challenge and stops, and a worker of another process sends the
//! message.
//!
//! The store is a SQLite file that the example creates and removes. The same code works with
//! PostgreSQL and Redis.
//!
//! ```sh
//! cargo run -p otpost-sqlx --all-features --example outbox_worker
//! ```

use std::error::Error;
use std::time::Duration;

use otpost::PhoneNumber;
use otpost::challenge::{BuildError, Challenges, Client, Event, Pepper, Purpose};
use otpost::clock::TokioTimer;
use otpost::testing::RecordingProvider;
use otpost_sqlx::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

const LOGIN: Purpose = Purpose::new("login");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::temp_dir().join(format!("otpost-outbox-{}.db", std::process::id()));
    let outcome = deliver(&file).await;
    let _ = std::fs::remove_file(&file);
    outcome
}

async fn deliver(file: &std::path::Path) -> Result<(), Box<dyn Error>> {
    // The same key in both processes. The file contains no code: a process with the key derives it
    // again.
    let (pepper, phone) = (Pepper::random()?, RecordingProvider::new());
    let process = |store: SqliteStore| -> Result<Challenges, BuildError> {
        Challenges::builder(pepper.clone())
            .app("Acme")
            .provider(phone.clone())
            .outbox(store)
            .regions(["CH"])
            .many_processes()
            .observer(|event: &Event<'_>| println!("  {:?}", event.kind()))
            .build()
    };
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);

    let pool = SqlitePool::connect_with(options.clone()).await?;
    let store = SqliteStore::new(pool.clone());
    store.migrate().await?;
    let web = process(store)?;
    let to = PhoneNumber::parse("+41791234567")?;
    let challenge = web.issue(&to, LOGIN, Client::Internal).await?;
    println!("Issued, and nothing is sent yet: {} messages.", phone.messages().len());
    // The first process stops here and loses its memory.
    drop(web);
    pool.close().await;

    let pool = SqlitePool::connect_with(options).await?;
    let other = process(SqliteStore::new(pool.clone()))?;
    let worker = other.worker().ok_or("there is no outbox")?;
    let timer = TokioTimer::new();
    let arrived = async {
        while phone.messages().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        () = worker.run(&timer, Duration::from_millis(100)) => {}
        () = arrived => {}
    }
    let message = phone.messages().pop().ok_or("no message was sent")?;
    let code = message.code().ok_or("the message has no code")?.expose().to_owned();
    println!("A worker of another process has sent it: {}", message.text().expose());
    let verdict = other.verify(challenge.token(), LOGIN, &code).await?;
    println!("{code}: {verdict}.");
    pool.close().await;
    if verdict.is_accepted() { Ok(()) } else { Err("unexpected result".into()) }
}
