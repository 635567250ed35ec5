//! Reports of a mock gateway over real sockets, up to the state of a challenge.

use std::sync::{Arc, Mutex};

use http::Request;
use otpost::challenge::{Challenge, Challenges, Client, Limits, Pepper, Purpose};
use otpost::gateway::imitation::ReportImitation;
use otpost::provider::Provider;
use otpost::report::{ReportReceiver, ReportStatus};
use otpost::store::MemoryStore;
use otpost::{HttpGateway, Message, PhoneNumber};
use otpost_testing::{MockGateway, MockReports, ReportFault};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::catalogue::constructors::read;
use crate::catalogue::values::{builder, value};
use crate::limits::now;

const LOGIN: Purpose<'static> = Purpose::new("login");

/// An application with a receiver, and the gateway that it uses.
struct Reporting {
    mock: MockGateway,
    imitation: ReportImitation,
    challenges: Arc<Challenges>,
    /// For each request: whether the state of a message has changed.
    changes: Arc<Mutex<Vec<bool>>>,
    _server: MockServer,
}

impl Reporting {
    async fn start() -> Self {
        let (_, spec) = read("sinch");
        let server = MockServer::start().await;
        let url = format!("{}/sms/reports", server.uri());
        let mock = MockGateway::start(&spec).await.unwrap();
        let gateway: HttpGateway = builder(&spec, true, &mock.origin()).build().unwrap();
        let receiver = ReportReceiver::new(&gateway, &url).unwrap();
        let store = MemoryStore::new();
        let challenges = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
            .app("Acme")
            .provider(gateway)
            .store(store.clone())
            .regions(["CH"])
            .limits(Limits::none())
            .delivery_log(store)
            .build()
            .unwrap();
        let (challenges, changes) = (Arc::new(challenges), Arc::new(Mutex::new(Vec::new())));
        let (told, heard) = (challenges.clone(), changes.clone());
        let respond = move |request: &wiremock::Request| {
            let mut head = Request::new(());
            *head.method_mut() = request.method.clone();
            *head.uri_mut() = request.url.as_str().parse().unwrap();
            *head.headers_mut() = request.headers.clone();
            match receiver.receive(&head.into_parts().0, &request.body) {
                Ok(received) => {
                    let mut changed = false;
                    for report in received.reports() {
                        // The store is in memory, so it answers at once.
                        changed |= now(told.on_report(report)).unwrap().is_some();
                    }
                    heard.lock().unwrap().push(changed);
                    ResponseTemplate::new(received.answer().status())
                }
                Err(error) => ResponseTemplate::new(error.answer().status()),
            }
        };
        Mock::given(any()).respond_with(respond).mount(&server).await;
        let imitation = ReportImitation::new(&spec, &url).unwrap();
        let secret = value("sinch", "", "report_secret");
        let imitation = imitation.with_var("report_secret", secret).unwrap();
        Self { mock, imitation, challenges, changes, _server: server }
    }

    async fn issue(&self, faults: &[ReportFault]) -> Challenge {
        self.issue_to("+41791234567", faults).await
    }

    async fn issue_to(&self, to: &str, faults: &[ReportFault]) -> Challenge {
        let reports = MockReports::new(self.imitation.clone());
        let reports = faults.iter().fold(reports, |reports, fault| reports.with_fault(*fault));
        self.mock.report(reports).unwrap();
        let to = PhoneNumber::parse(to).unwrap();
        self.challenges.issue(&to, LOGIN, Client::Internal).await.unwrap()
    }

    fn state(&self, challenge: &Challenge) -> Option<ReportStatus> {
        let state = now(self.challenges.delivery_state(challenge.id())).unwrap();
        state.and_then(|state| state.status())
    }
}

#[track_caller]
fn check(reporting: &Reporting, challenge: &Challenge, expected: Option<ReportStatus>) {
    assert_eq!(reporting.state(challenge), expected);
}

/// Sends a message with these faults, and compares the responses of the receiver, the changes of
/// the state, and the state.
async fn play(
    faults: &[ReportFault],
    responses: &[Option<u16>],
    changes: &[bool],
    state: Option<ReportStatus>,
) {
    let reporting = Reporting::start().await;
    // The application may handle a report before it has handled the response. So the reports wait
    // for it, unless they are to come first.
    let is_early = faults.contains(&ReportFault::Early);
    let late = (!is_early).then_some(ReportFault::Late);
    let faults: Vec<_> = faults.iter().copied().chain(late).collect();
    let challenge = reporting.issue(&faults).await;
    reporting.mock.send_late_reports().await;
    let sent = reporting.mock.sent_reports(responses.len()).await;
    let found: Vec<_> = sent.iter().map(|sent| sent.status).collect();
    assert_eq!(found, responses, "{faults:?}");
    assert_eq!(*reporting.changes.lock().unwrap(), changes, "{faults:?}");
    check(&reporting, &challenge, state);
}

#[tokio::test]
async fn reports_of_a_mock_gateway_reach_the_challenge() {
    use ReportFault::{Duplicated, Early, Forged, Lost, Reordered};
    let (ok, forbidden) = (Some(200), Some(403));
    let delivered = Some(ReportStatus::Delivered);

    play(&[Duplicated], &[ok; 4], &[true, false, true, false], delivered).await;
    // The delivery comes first, and the late `pending` changes nothing.
    play(&[Reordered], &[ok; 2], &[true, false], delivered).await;
    play(&[Forged], &[forbidden; 2], &[], None).await;
    play(&[Forged, Duplicated], &[forbidden; 4], &[], None).await;
    play(&[Lost], &[None; 2], &[], None).await;
    // A report that comes before the response has no message yet, and counts with the response.
    play(&[Early], &[ok; 2], &[false, false], delivered).await;
}

#[tokio::test]
async fn late_reports_wait_for_the_test() {
    let reporting = Reporting::start().await;
    let first = reporting.issue(&[ReportFault::Late]).await;
    check(&reporting, &first, None);
    let second = reporting.issue_to("+41791234569", &[ReportFault::Late]).await;
    reporting.mock.send_late_reports().await;
    assert_eq!(reporting.mock.sent_reports(4).await.len(), 4);
    check(&reporting, &first, Some(ReportStatus::Delivered));
    check(&reporting, &second, Some(ReportStatus::Delivered));
    // Without faults, and with other statuses.
    let reports = MockReports::new(reporting.imitation.clone());
    let reports = reports.with_statuses([ReportStatus::Undeliverable]);
    reporting.mock.report(reports).unwrap();
    let to = PhoneNumber::parse("+41791234568").unwrap();
    let third = reporting.challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
    // It is matched whether it arrives before the end of `issue` or after it.
    assert_eq!(reporting.mock.sent_reports(5).await[4].status, Some(200));
    check(&reporting, &third, Some(ReportStatus::Undeliverable));
}

#[tokio::test]
async fn reports_that_cannot_be_sent_are_errors_at_once() {
    let (_, spec) = read("sinch");
    let mock = MockGateway::start(&spec).await.unwrap();
    let imitation = ReportImitation::new(&spec, "http://127.0.0.1:1/r").unwrap();
    let error = mock.report(MockReports::new(imitation)).unwrap_err();
    assert!(error.to_string().contains("report_secret"), "{error}");
    let imitation = ReportImitation::new(&spec, "https://app.example/r").unwrap();
    let imitation = imitation.with_var("report_secret", "hunter2").unwrap();
    let error = mock.report(MockReports::new(imitation)).unwrap_err();
    assert!(error.to_string().contains("http://"), "{error}");
}

/// The public key has to be that of the mock gateway, which has a private key of its own.
#[tokio::test]
async fn reports_are_signed_with_a_new_private_key() {
    let (_, spec) = read("telnyx");
    let server = MockServer::start().await;
    let url = format!("{}/sms/reports", server.uri());
    let reports = || MockReports::new(ReportImitation::new(&spec, &url).unwrap());
    let (own, other) = (reports(), reports());
    let key = own.public_key().unwrap();
    assert_ne!(other.public_key().unwrap(), key);
    let mock = MockGateway::start(&spec).await.unwrap();
    let gateway = builder(&spec, true, &mock.origin()).var("report_public_key", key);
    let gateway = gateway.build().unwrap();
    let receiver = ReportReceiver::new(&gateway, &url).unwrap();
    let respond = move |request: &wiremock::Request| {
        let mut head = Request::new(());
        *head.method_mut() = request.method.clone();
        *head.uri_mut() = request.url.as_str().parse().unwrap();
        *head.headers_mut() = request.headers.clone();
        let status = match receiver.receive(&head.into_parts().0, &request.body) {
            Ok(received) => received.answer().status(),
            Err(error) => error.answer().status(),
        };
        ResponseTemplate::new(status)
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    let message = Message::new(PhoneNumber::parse("+12025550123").unwrap(), "012345").unwrap();
    for (reports, status) in [(own, 200), (other, 403)] {
        let before = mock.sent_reports(0).await.len();
        mock.report(reports).unwrap();
        gateway.send(&message).await.unwrap();
        let sent = mock.sent_reports(before + 2).await;
        assert!(sent[before..].iter().all(|sent| sent.status == Some(status)), "{sent:?}");
    }
}
