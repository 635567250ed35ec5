mod answer;
mod connection;
mod post;
mod reports;
mod request;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use crate::lock;
use otpost::gateway::imitation::ImitatedReport;
use otpost::gateway::{GatewaySpec, Outcome};

use reports::ReportPlayer;

pub use answer::MockAnswer;
pub use reports::{MockReports, ReportFault, SentReport};
pub use request::RecordedRequest;

/// A mock gateway: an HTTP server in the test process that responds with the examples of a gateway
/// spec.
///
/// It listens on a free port of 127.0.0.1 and records every request. It returns the scripted
/// responses first, and then the spec's first accepted example. It stops when it is dropped.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Outcome;
/// use otpost::provider::{Provider, SendErrorKind};
/// use otpost_testing::MockGateway;
/// use otpost::{gateways, Message, PhoneNumber};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockGateway::start(&gateways::with_examples("link-mobility")?).await?;
/// let gateway = gateways::link_mobility("acme", "hunter2").origin(&mock.origin()).build()?;
///
/// let message = Message::new(PhoneNumber::parse("+33612345678")?, "012345 is your code")?;
/// let receipt = gateway.send(&message).await?;
/// assert_eq!(receipt.message_id(), Some("1-2637481"));
/// assert_eq!(mock.requests()[0].form("messageText").as_deref(), Some("012345 is your code"));
///
/// mock.answer_example(Outcome::Throttled);
/// assert_eq!(gateway.send(&message).await.unwrap_err().kind(), SendErrorKind::Throttled);
/// # Ok(())
/// # }
/// ```
pub struct MockGateway {
    address: SocketAddr,
    spec: GatewaySpec,
    examples: Vec<(Outcome, MockAnswer)>,
    /// The number of reports that were sent or lost.
    reported: watch::Receiver<usize>,
    state: Arc<Mutex<MockState>>,
    server: AbortHandle,
}

struct MockState {
    connections: usize,
    // Set for runs with so many requests that recording them would fill the memory.
    forgetful: bool,
    requests: Vec<RecordedRequest>,
    script: VecDeque<MockAnswer>,
    // The response to a request while the script is empty.
    usual: Option<MockAnswer>,
    player: Option<Arc<ReportPlayer>>,
    sent: Vec<SentReport>,
    late: Vec<ImitatedReport>,
    /// The tasks that send reports.
    sending: JoinSet<()>,
    reported: watch::Sender<usize>,
}

impl MockGateway {
    /// Starts a mock gateway on the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if no port can be opened.
    pub async fn start(spec: &GatewaySpec) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let examples: Vec<_> = spec
            .examples()
            .iter()
            .map(|example| (example.expected(), MockAnswer::of_example(example.response())))
            .collect();
        let usual = examples.iter().find(|(outcome, _)| *outcome == Outcome::Accepted);
        let usual = usual.map(|(_, answer)| answer.clone());
        let (sender, reported) = watch::channel(0);
        let state = Arc::new(Mutex::new(MockState::new(usual, sender)));
        let server = tokio::spawn(serve(listener, state.clone())).abort_handle();
        Ok(Self { address, spec: spec.clone(), examples, reported, state, server })
    }

    /// Returns the scheme, host and port, for [`GatewaySpec::with_origin`].
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds a response to the script. Several calls queue up, one response per request.
    pub fn answer(&self, answer: MockAnswer) {
        lock(&self.state).script.push_back(answer);
    }

    /// Adds the spec's first example of this outcome to the script, or a response with status 500
    /// if the spec has none.
    pub fn answer_example(&self, outcome: Outcome) {
        let example = self.examples.iter().find(|(known, _)| *known == outcome);
        self.answer(example.map_or_else(|| MockAnswer::new(500, ""), |(_, answer)| answer.clone()));
    }

    /// Sets the response for all requests without a scripted response. Defaults to the spec's first
    /// accepted example.
    pub fn answer_always(&self, answer: MockAnswer) {
        let mut state = lock(&self.state);
        state.usual = Some(answer);
        state.player = None;
    }

    /// Returns the requests so far, in order, including those without a response.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.state).requests.clone()
    }

    /// Stops recording requests, for benchmarks and runs with millions of requests.
    pub fn keep_no_requests(&self) {
        lock(&self.state).forgetful = true;
    }

    /// Sends delivery reports after each message that is accepted from now on.
    ///
    /// The messages get new ids, in the form of the spec's example. Messages with a scripted
    /// response, and those after [`answer_always`](Self::answer_always), get no reports.
    ///
    /// # Errors
    ///
    /// Returns an error if the reports cannot be written, for example because the gateway signs
    /// them and the imitation has no secret, or if their URL is not an `http://` URL.
    pub fn report(&self, reports: MockReports) -> io::Result<()> {
        let player = ReportPlayer::new(&self.spec, reports)?;
        lock(&self.state).player = Some(Arc::new(player));
        Ok(())
    }

    /// Waits until this number of reports was sent or lost since the start, and returns all of
    /// them. A report with [`ReportFault::Late`] counts when it is sent.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the reports are sent by the server.
    pub async fn sent_reports(&self, count: usize) -> Vec<SentReport> {
        let mut reported = self.reported.clone();
        // The sender is in the state, which lives as long as `self`.
        let _ = reported.wait_for(|sent| *sent >= count).await;
        lock(&self.state).sent.clone()
    }

    /// Sends the reports that [`ReportFault::Late`] has kept, in order.
    ///
    /// # Cancel safety
    ///
    /// Reports that were not sent yet are lost when the future is dropped.
    pub async fn send_late_reports(&self) {
        let late = std::mem::take(&mut lock(&self.state).late);
        connection::send_reports(&self.state, &late).await;
    }

    /// Returns the number of connections so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }
}

impl MockState {
    fn new(usual: Option<MockAnswer>, reported: watch::Sender<usize>) -> Self {
        Self {
            connections: 0,
            forgetful: false,
            requests: Vec::new(),
            script: VecDeque::new(),
            usual,
            player: None,
            sent: Vec::new(),
            late: Vec::new(),
            sending: JoinSet::new(),
            reported,
        }
    }
}

impl Drop for MockGateway {
    fn drop(&mut self) {
        // The task owns its connections, so they end with it.
        self.server.abort();
        lock(&self.state).sending.abort_all();
    }
}

impl fmt::Debug for MockGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockGateway").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Accepts connections until the task is aborted. The connections end with it.
async fn serve(listener: TcpListener, state: Arc<Mutex<MockState>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        count(&state);
        connections.spawn(connection::run(stream, state.clone()));
        // Forget the connections that have ended. Otherwise the set grows with each of them.
        while connections.try_join_next().is_some() {}
    }
}

fn count(state: &Mutex<MockState>) {
    let mut state = lock(state);
    state.connections = state.connections.saturating_add(1);
}
