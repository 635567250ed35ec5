//! A login page with its gateway, store and clock.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use otpost::challenge::{Challenges, ChallengesBuilder, Pepper};
use otpost::gateway::GatewaySpec;
use otpost::provider::{Provider, Receipt, SendError};
use otpost::store::MemoryStore;
use otpost::testing::ManualClock;
use otpost::{HttpGateway, Message, async_trait};
use otpost_testing::MockGateway;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use web_login::{APP, LoginPage, regions};

use crate::browser::Browser;

pub(crate) struct World {
    pub(crate) mock: MockGateway,
    pub(crate) clock: ManualClock,
    pub(crate) challenges: Challenges,
    pub(crate) gate: Gate,
    address: SocketAddr,
    server: tokio::task::AbortHandle,
}

/// Starts a page with the default settings.
pub(crate) async fn world() -> World {
    world_with(MemoryStore::new(), ChallengesBuilder::store, |page| page).await
}

/// Starts a page that browsers reach over HTTPS, by a proxy.
pub(crate) async fn https() -> World {
    world_with(MemoryStore::new(), ChallengesBuilder::store, |page| page.with_https(true)).await
}

/// Starts a page with a store, further settings of the challenges, and settings of the page.
pub(crate) async fn world_with(
    store: MemoryStore,
    configure: impl FnOnce(ChallengesBuilder, MemoryStore) -> ChallengesBuilder,
    page: impl FnOnce(LoginPage) -> LoginPage,
) -> World {
    logs();
    let spec = GatewaySpec::from_toml(include_str!("../../gateway.toml")).unwrap();
    let mock = MockGateway::start(&spec).await.unwrap();
    let gateway = HttpGateway::builder(spec)
        .var("token", "token-of-the-gateway")
        .origin(&mock.origin())
        .build()
        .unwrap();
    let gate = Gate::new(gateway);
    let clock = ManualClock::at(1_700_000_000);
    let builder = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app(APP)
        .provider(gate.clone())
        .regions(regions())
        .clock(clock.clone());
    let challenges = configure(builder, store.with_clock(clock.clone())).build().unwrap();
    let page = page(LoginPage::new(challenges.clone()).with_clock(clock.clone()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = page.into_router().into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    World { mock, clock, challenges, gate, address, server: server.abort_handle() }
}

impl World {
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&format!("http://{}", self.address))
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Returns the number of messages that reached the gateway.
    pub(crate) fn messages(&self) -> usize {
        self.mock.requests().len()
    }

    /// Returns the recipient and the text of the latest message.
    pub(crate) fn latest(&self) -> (String, String) {
        let requests = self.mock.requests();
        let request = requests.last().expect("a message");
        (request.json("/to").unwrap(), request.json("/text").unwrap())
    }

    /// Returns the code of the latest message.
    pub(crate) fn code(&self) -> String {
        code_in(&self.latest().1)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Returns the first six digits that stand together.
pub(crate) fn code_in(text: &str) -> String {
    let mut runs = text.split(|c: char| !c.is_ascii_digit());
    runs.find(|run| run.len() == 6).expect("a code").to_owned()
}

/// Returns a code that differs from this one in each digit.
pub(crate) fn wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect()
}

/// The gateway behind a gate. While the gate is closed, messages wait in front of it.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    gateway: Arc<HttpGateway>,
    waiting: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    const MANY: usize = 1_000_000;

    fn new(gateway: HttpGateway) -> Self {
        Self {
            gateway: Arc::new(gateway),
            waiting: Arc::new(Semaphore::new(0)),
            open: Arc::new(Semaphore::new(Self::MANY)),
        }
    }

    pub(crate) fn close(&self) {
        self.open.forget_permits(Self::MANY);
        self.waiting.forget_permits(Self::MANY);
    }

    pub(crate) fn open(&self) {
        self.open.add_permits(Self::MANY);
    }

    /// Waits until a message has arrived at the gate since it was closed.
    pub(crate) async fn arrived(&self) {
        self.waiting.acquire().await.unwrap().forget();
    }
}

#[async_trait]
impl Provider for Gate {
    fn name(&self) -> &str {
        self.gateway.name()
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        self.waiting.add_permits(1);
        drop(self.open.acquire().await);
        self.gateway.send(message).await
    }
}

/// Everything that is logged in this process, at all levels.
pub(crate) fn logs() -> &'static Mutex<Vec<u8>> {
    static LOGS: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();
    let mut is_first = false;
    let logs = LOGS.get_or_init(|| {
        is_first = true;
        Mutex::default()
    });
    if is_first {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(|| Log)
            .init();
    }
    logs
}

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        logs().lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
