//! Compares a send of this library with a hand-written POST of the same bytes: same client, same
//! server, 64 requests in flight. The goal is 0.95 of the hand-written rate.
//!
//! Both are measured alternately, so that a machine that slows down affects both. The result is the
//! ratio of each pair. The server responds at once, so that only the work per message counts.
//! Server and client have one thread each, so that two cores suffice and neither waits for the
//! scheduler.

#![expect(clippy::expect_used, reason = "a benchmark without its setup has nothing to measure")]
#![expect(clippy::arithmetic_side_effects, reason = "the operands are the constants above")]
#![expect(clippy::indexing_slicing, reason = "the hand-written code is what people usually write")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::time::{Duration, Instant};

use otpost::{HttpGateway, Message, PhoneNumber, Provider, gateways};
use otpost_testing::MockGateway;

const IN_FLIGHT: usize = 64;
/// Sends per measurement. A short measurement makes it unlikely that the machine changes its speed
/// within a pair.
const SENDS: usize = 6_400;
const ROUNDS: usize = 200;
const TEXT: &str = "012345 is your Acme code & more";
const NUMBER: &str = "+41791234567";

async fn ours(gateway: HttpGateway) {
    let to = PhoneNumber::parse(NUMBER).expect("a number");
    let message = Message::new(to, TEXT).expect("a message");
    for _ in 0..SENDS / IN_FLIGHT {
        let receipt = gateway.send(&message).await.expect("a receipt");
        assert_eq!(receipt.message_id(), Some("1-2637481"));
    }
}

async fn by_hand(client: reqwest::Client, url: String) {
    for _ in 0..SENDS / IN_FLIGHT {
        let answer = client
            .post(&url)
            .header("Accept", "application/json")
            .header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
            .body(form())
            .send()
            .await
            .expect("an answer");
        let body = answer.bytes().await.expect("a body");
        let json: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(json["responseCode"], 0);
        assert_eq!(json["messageIds"][0], "1-2637481");
    }
}

fn form() -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("messageText", TEXT)
        .append_pair("destinationAddress", "41791234567")
        .append_pair("username", "acme")
        .append_pair("password", "hunter2")
        .finish()
}

/// Returns a client with the same settings as in `ReqwestTransport`.
fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .http1_title_case_headers()
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(15))
        .pool_idle_timeout(Duration::from_secs(4))
        .http1_only()
        .build()
        .expect("a client")
}

/// Returns the number of sends per second.
async fn rate<F: Future<Output = ()> + Send + 'static>(task: impl Fn() -> F) -> f64 {
    let begin = Instant::now();
    let tasks: Vec<_> = (0..IN_FLIGHT).map(|_| tokio::spawn(task())).collect();
    for task in tasks {
        task.await.expect("a task");
    }
    SENDS as f64 / begin.elapsed().as_secs_f64()
}

/// Starts a server with its own thread and runtime, so that both sides use the same server.
fn server() -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let spec = gateways::with_examples("link-mobility").expect("a spec");
            let mock = MockGateway::start(&spec).await.expect("a server");
            mock.keep_no_requests();
            sender.send(mock.origin()).expect("the bench waits for it");
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().expect("the server's origin")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `cargo test --benches` runs this too. Only `cargo bench` measures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let origin = server();
    let builder = gateways::link_mobility("acme", "hunter2").origin(&origin);
    let gateway: HttpGateway = builder.build().expect("a gateway");
    let message =
        Message::new(PhoneNumber::parse(NUMBER).expect("a number"), TEXT).expect("a message");
    let prepared = gateway.prepare(&message).expect("a request");
    assert_eq!(prepared.expose_body(), form().as_bytes(), "both send the same bytes");
    let url = prepared.expose_url().to_owned();
    let client = client();

    let measure_ours = || rate(|| ours(gateway.clone()));
    let measure_hand = || rate(|| by_hand(client.clone(), url.clone()));
    measure_ours().await;
    measure_hand().await;
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        // Alternate the order, so that going first is no advantage.
        let (us, hand) = if round % 2 == 0 {
            let us = measure_ours().await;
            (us, measure_hand().await)
        } else {
            let hand = measure_hand().await;
            (measure_ours().await, hand)
        };
        if round % 20 == 0 {
            println!(
                "round {round:3}: ours {us:8.0}/s, by hand {hand:8.0}/s, ratio {:.3}",
                us / hand
            );
        }
        ratios.push(us / hand);
    }
    ratios.sort_by(f64::total_cmp);
    let at = |share: usize| ratios.get(ROUNDS * share / 4).copied().unwrap_or_default();
    println!(
        "{ROUNDS} pairs: ratio {:.3}, quartiles {:.3} to {:.3} (goal 0.95)",
        at(2),
        at(1),
        at(3)
    );
}
