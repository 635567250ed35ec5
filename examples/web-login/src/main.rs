//! Starts the login page.
//!
//! ```sh
//! otpost sandbox examples/web-login/gateway.toml    # plays the gateway, and shows the messages
//! cargo run -p web-login                            # then open http://127.0.0.1:3000
//! ```
//!
//! The README lists the settings.

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use otpost::challenge::{Challenges, Pepper, PepperError};
use otpost::clock::TokioTimer;
use otpost::gateway::GatewaySpec;
use otpost::message::Autofill;
use otpost::store::MemoryStore;
use otpost::{HttpGateway, PhoneNumber};
use tokio::net::TcpListener;
use web_login::{APP, LoginPage, regions};

/// The origin of the sandbox.
const SANDBOX: &str = "http://127.0.0.1:8025";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    // otpost logs neither numbers nor codes.
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let listen = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&listen).await;
    let listener = listener.map_err(|error| format!("LISTEN: {listen}: {error}"))?;
    let address = listener.local_addr()?;
    // The URL that people see, for example that of a proxy with TLS in front of this process.
    let public = env::var("PUBLIC_URL").unwrap_or_else(|_| format!("http://{address}"));

    // The gateway: the sandbox, unless another one is set.
    let origin = env::var("OTPOST_ORIGIN").unwrap_or_else(|_| SANDBOX.to_owned());

    let mut challenges =
        Challenges::builder(pepper()?).app(APP).provider(gateway(&origin)?).regions(regions());
    // Browsers fill in a code only on the website that the message names.
    if let Some(autofill) =
        public.strip_prefix("https://").and_then(|host| Autofill::new(host).ok())
    {
        challenges = challenges.autofill(autofill);
    }
    // REPLACE THIS by a store that all processes share: otpost-redis or otpost-sqlx.
    let store = MemoryStore::new();
    let members = members()?;
    let challenges = match &members {
        // The message is sent later, so the time of the response does not show who is a member.
        Some(_) => challenges.outbox(store).build()?,
        None => challenges.store(store).build()?,
    };
    if let Some(worker) = challenges.worker() {
        tokio::spawn(async move {
            worker.run(&TokioTimer::new(), Duration::from_millis(100)).await;
        });
    }

    let mut page = LoginPage::new(challenges.clone()).with_https(public.starts_with("https://"));
    if let Some(members) = members {
        // The limits for new numbers would show who has never signed in.
        challenges.mark_verified(&members).await?;
        page = page.with_members(members);
    }
    eprintln!("Messages go to {origin}. Open {public}");
    let service = page.into_router().into_make_service_with_connect_info::<SocketAddr>();
    let stop = async {
        // If signals do not work here, the process runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    axum::serve(listener, service).with_graceful_shutdown(stop).await?;
    Ok(())
}

/// Creates the gateway of the file, at another scheme, host and port.
fn gateway(origin: &str) -> Result<HttpGateway, Box<dyn Error>> {
    let spec = GatewaySpec::from_toml(include_str!("../gateway.toml"))?;
    // The sandbox accepts any token.
    let token = env::var("OTPOST_TOKEN").unwrap_or_else(|_| "sandbox".to_owned());
    Ok(HttpGateway::builder(spec).var("token", token).origin(origin).build()?)
}

/// Reads the secret key from `OTPOST_PEPPER`, or creates one for a try.
fn pepper() -> Result<Pepper, Box<dyn Error>> {
    match Pepper::from_env("OTPOST_PEPPER") {
        Err(PepperError::Unset(_)) => {
            eprintln!(
                "warning: OTPOST_PEPPER is not set, so this process uses a random key. After a \
                 restart, codes that were sent before are not accepted, and all devices are \
                 unknown. `openssl rand -base64 32` creates a key."
            );
            Ok(Pepper::random()?)
        }
        pepper => Ok(pepper.map_err(|error| format!("OTPOST_PEPPER: {error}"))?),
    }
}

/// Reads the numbers that may sign in from `MEMBERS`, separated by commas. Without it, all may.
fn members() -> Result<Option<Vec<PhoneNumber>>, Box<dyn Error>> {
    let Ok(list) = env::var("MEMBERS") else { return Ok(None) };
    let members: Result<_, _> = list.split(',').map(PhoneNumber::normalize).collect();
    Ok(Some(members.map_err(|error| format!("MEMBERS: {error}"))?))
}
