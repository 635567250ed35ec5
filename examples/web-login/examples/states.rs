//! The login page with a mock gateway and with a clock that stands still, so that a test in a
//! browser can bring it into each of its states.
//!
//! ```sh
//! cargo run -p web-login --example states            # the settings of the page
//! cargo run -p web-login --example states strict     # locks a number after five wrong codes
//! cargo run -p web-login --example states full       # a store with room for one challenge
//! ```
//!
//! It prints the address of the page and that of its control:
//!
//! | request | effect |
//! |---|---|
//! | `POST /advance/{seconds}` | advances the clock |
//! | `POST /gateway/{status}` | sets the status of the next response; 0 closes the connection |
//! | `GET /messages` | returns the messages as JSON: `[{"to": …, "text": …}]` |

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use otpost::HttpGateway;
use otpost::challenge::{Challenges, Limits, Pepper, Policy};
use otpost::gateway::GatewaySpec;
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;
use otpost_testing::{MockAnswer, MockGateway};
use tokio::net::TcpListener;
use web_login::{APP, LoginPage, regions};

struct Stage {
    clock: ManualClock,
    mock: MockGateway,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let variant = env::args().nth(1).unwrap_or_default();
    let spec = GatewaySpec::from_toml(include_str!("../gateway.toml"))?;
    let mock = MockGateway::start(&spec).await?;
    let gateway = HttpGateway::builder(spec).var("token", "t").origin(&mock.origin()).build()?;
    let clock = ManualClock::at(1_800_000_000);
    let policy = match variant.as_str() {
        "strict" => Policy::sms().with_lock(5, Duration::from_secs(900)).with_sends(3, 10),
        _ => Policy::sms(),
    };
    let store = match variant.as_str() {
        "full" => MemoryStore::with_capacity(1),
        _ => MemoryStore::new(),
    };
    let challenges = Challenges::builder(Pepper::random()?)
        .app(APP)
        .provider(gateway)
        .store(store.with_clock(clock.clone()))
        .regions(regions())
        .policy(policy)
        // All cases come from one address.
        .limits(Limits::none())
        .clock(clock.clone())
        .build()?;
    let page = LoginPage::new(challenges).with_clock(clock.clone()).into_router();
    let control = Router::new()
        .route("/advance/{seconds}", post(advance))
        .route("/gateway/{status}", post(answer))
        .route("/messages", get(messages))
        .with_state(Arc::new(Stage { clock, mock }));

    let (page_listener, control_listener) = (bind().await?, bind().await?);
    let addresses = (page_listener.local_addr()?, control_listener.local_addr()?);
    println!("page=http://{} control=http://{}", addresses.0, addresses.1);
    let page = page.into_make_service_with_connect_info::<SocketAddr>();
    tokio::try_join!(async { axum::serve(page_listener, page).await }, async {
        axum::serve(control_listener, control).await
    },)?;
    Ok(())
}

async fn bind() -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", 0)).await
}

async fn advance(State(stage): State<Arc<Stage>>, Path(seconds): Path<u64>) {
    stage.clock.advance(Duration::from_secs(seconds));
}

async fn answer(State(stage): State<Arc<Stage>>, Path(status): Path<u16>) {
    stage.mock.answer(match status {
        0 => MockAnswer::Close,
        status => MockAnswer::new(status, "{}"),
    });
}

async fn messages(State(stage): State<Arc<Stage>>) -> String {
    let messages = stage.mock.requests().into_iter().map(
        |request| serde_json::json!({ "to": request.json("/to"), "text": request.json("/text") }),
    );
    serde_json::Value::Array(messages.collect()).to_string()
}
