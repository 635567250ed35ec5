//! The reports of a real Kannel, which calls a URL of ours for each message.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use http::Request;
use otpost::provider::Provider;
use otpost::report::{DeliveryLog, DeliveryReport, ReportReceiver, ReportStatus};
use otpost::secret::SecretBytes;
use otpost::store::MemoryStore;
use otpost::{HttpGateway, Message, PhoneNumber, gateways};
use otpost_test_servers::kannel::Kannel;

use super::TOKEN;

/// The gateway of the catalogue, with the URL that Kannel calls.
fn gateway(kannel: &Kannel, url: &str) -> HttpGateway {
    gateways::kannel(kannel.origin(), "tester", "foobar").var("report_url", url).build().unwrap()
}

/// Answers one request, and returns its reports.
fn serve(receiver: &ReportReceiver, stream: &mut TcpStream) -> Vec<DeliveryReport> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    while lines.next().is_some_and(|line| !line.unwrap_or_default().is_empty()) {}
    let [method, uri, _] = first.split(' ').collect::<Vec<_>>()[..] else { panic!("{first}") };
    let head = Request::builder().method(method).uri(uri).body(()).unwrap().into_parts().0;
    let received = receiver.receive(&head, b"").unwrap();
    let status = received.answer().status().as_u16();
    write!(stream, "HTTP/1.1 {status} OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .unwrap();
    received.reports().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn kannel_reports_what_became_of_a_message() {
    let kannel = Kannel::start().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/reports/{TOKEN}", listener.local_addr().unwrap());
    let gateway = gateway(&kannel, &url);
    let receiver = ReportReceiver::new(&gateway, &url).unwrap();
    let (sender, reports): (_, Receiver<DeliveryReport>) = channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            for report in serve(&receiver, &mut stream) {
                if sender.send(report).is_err() {
                    return;
                }
            }
        }
    });

    let to = PhoneNumber::parse("+491701234567").unwrap();
    let message = Message::new(to, "Your code is 012345").unwrap();
    let log = DeliveryLog::new(MemoryStore::new(), &SecretBytes::new([7; 32])).unwrap();
    let receipt = gateway.send(&message).await.unwrap();
    // Kannel returns no id, so the reference is all that names the message.
    let reference = Some(message.id().as_str());
    let (provider, id) = (receipt.provider(), receipt.message_id());
    log.record("order 5", provider, id, reference).await.unwrap();
    let mut seen = Vec::new();
    while log.state("order 5").await.unwrap().unwrap().status() != Some(ReportStatus::Delivered) {
        let report = reports.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!((report.provider(), report.reference()), ("kannel", reference));
        log.report(&report).await.unwrap();
        seen.push(report.status());
        assert!(seen.len() < 10, "{seen:?}");
    }
    assert!(seen.contains(&ReportStatus::Delivered), "{seen:?}");
}
