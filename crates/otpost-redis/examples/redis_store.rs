//! Two processes of an application that share a store in Redis: one issues, the other verifies.
//!
//! The example starts its own `redis-server` on a free port, and stops it. If `REDIS_URL` is set,
//! it uses that server instead.
//!
//! ```sh
//! cargo run -p otpost-redis --example redis_store
//! ```

use std::error::Error;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use otpost::PhoneNumber;
use otpost::challenge::{Challenges, Client, Pepper, Purpose, Verdict};
use otpost::testing::RecordingProvider;
use otpost_redis::RedisStore;

const LOGIN: Purpose = Purpose::new("login");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    let client = redis::Client::open(server.url.as_str())?;
    // The same key in all processes, and a recording provider in place of a gateway.
    let (pepper, phone) = (Pepper::random()?, RecordingProvider::new());
    let process = |connection| {
        Challenges::builder(pepper.clone())
            .app("Acme")
            .provider(phone.clone())
            .store(RedisStore::new(connection))
            .regions(["CH"])
            .many_processes()
            .build()
    };
    let one = process(server.connect(&client).await?)?;
    let other = process(server.connect(&client).await?)?;

    let to = PhoneNumber::parse("+41791234567")?;
    let challenge = one.issue(&to, LOGIN, Client::Internal).await?;
    let sent = phone.messages().pop().ok_or("no message was sent")?;
    let code = sent.code().ok_or("the message has no code")?.expose().to_owned();
    println!("One process has sent a code to {}.", challenge.hint());

    // A hundred concurrent attempts, at both processes.
    let mut tasks = tokio::task::JoinSet::new();
    for at in 0..100 {
        let (challenges, token, code) = (
            if at % 2 == 0 { &one } else { &other }.clone(),
            challenge.token().clone(),
            code.clone(),
        );
        tasks.spawn(async move { challenges.verify(&token, LOGIN, &code).await });
    }
    let mut accepted = Vec::new();
    while let Some(done) = tasks.join_next().await {
        accepted.extend(Some(done??).filter(Verdict::is_accepted));
    }
    println!("Of 100 attempts with the right code {} was accepted.", accepted.len());
    if accepted.len() == 1 { Ok(()) } else { Err("unexpected result".into()) }
}

struct Server {
    child: Option<Child>,
    url: String,
}

impl Server {
    fn start() -> Result<Self, Box<dyn Error>> {
        if let Ok(url) = std::env::var("REDIS_URL") {
            return Ok(Self { child: None, url });
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let child = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("install redis-server, or set REDIS_URL: {error}"))?;
        Ok(Self { child: Some(child), url: format!("redis://127.0.0.1:{port}/") })
    }

    async fn connect(
        &self,
        client: &redis::Client,
    ) -> Result<redis::aio::MultiplexedConnection, redis::RedisError> {
        // As long as `Challenges` waits for its store. The default is 500 ms.
        let config =
            redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(5)));
        // The server needs a moment to start.
        for _ in 0..400 {
            let connection = client.get_multiplexed_async_connection_with_config(&config).await;
            if let Ok(connection) = connection {
                return Ok(connection);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        client.get_multiplexed_async_connection_with_config(&config).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
