//! The requests of all gateways, byte for byte as a server receives them, compared with files that
//! a person has read.

use std::path::PathBuf;

use otpost::gateway::GatewaySpec;
use otpost::message::MessageId;
use otpost::testing::ManualClock;
use otpost::{Code, Message, PhoneNumber, Provider};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::constructors::{files, read};
use super::requests::show;
use super::values::{accepted, builder, token_response};

#[tokio::test]
async fn requests_of_all_gateways_are_those_of_the_golden_files() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/it/catalogue/golden"));
    let mut complaints = Vec::new();
    let not_built = |seen: &str| seen.contains("no gateway: ");
    for name in files() {
        let (_, spec) = read(&name);
        let seen = requests(&spec).await;
        let path = folder.join(format!("{name}.http"));
        if not_built(&seen) {
            complaints.push(format!("{name}: {seen}"));
        } else if std::env::var_os("OTPOST_BLESS").is_some() {
            std::fs::write(&path, seen).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != seen {
            complaints.push(format!("{name}:\n{seen}"));
        }
    }
    // A file without a gateway would hide that one was renamed.
    let goldens = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(goldens, files().len(), "one golden file per gateway");
    assert!(complaints.is_empty(), "read, then run with OTPOST_BLESS=1: {}", complaints.join("\n"));
}

/// Sends a short message with the required variables only, and a Unicode one with all.
async fn requests(spec: &GatewaySpec) -> String {
    let plain = "012345 is your code: a&b=c+d;e \"q\" {{to}} %41 ]]>";
    let unicode = "код 012345 😀 <b>\n@acme.example #012345";
    let mut shown = String::new();
    for (title, text, is_complete) in
        [("required variables", plain, false), ("all variables", unicode, true)]
    {
        // To two servers at the same time, so that their ports differ: they are signed.
        let (first, second) =
            tokio::join!(sent(spec, text, is_complete), sent(spec, text, is_complete));
        shown.push_str(&format!("### {title}\n{}\n", without_randomness(&first, &second)));
    }
    shown
}

fn message(to: PhoneNumber, text: &str) -> Message {
    Message::new(to, text)
        .unwrap()
        .with_code(Code::parse("012345").unwrap())
        .with_id(MessageId::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap())))
}

async fn sent(spec: &GatewaySpec, text: &str, is_complete: bool) -> String {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_string(token_response(spec.id()));
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let builder = builder(spec, is_complete, &server.uri()).clock(ManualClock::at(1_700_000_000));
    let gateway = match builder.build() {
        Ok(gateway) => gateway,
        Err(error) => return format!("no gateway: {error}\n"),
    };
    let message = accepted(&gateway, |to| message(to, text));
    // What the answer means is another test's.
    let sent = gateway.send(&message).await;
    let requests = server.received_requests().await.unwrap();
    if requests.is_empty() {
        return format!("nothing is sent: {}\n", sent.unwrap_err());
    }
    let shown: Vec<_> = requests.iter().map(show).collect();
    // Ports differ from run to run.
    shown.join("\n").replace(&server.address().to_string(), "gateway.example")
}

/// Replaces the words that differ between two sends, such as nonces and their signatures.
fn without_randomness(first: &str, second: &str) -> String {
    let words = |text: &str| -> Vec<String> {
        // The signs of Base64 and of percent-encoding belong to a word.
        let ends = |c: char| !c.is_ascii_alphanumeric() && !"+/=%_-".contains(c);
        text.split_inclusive(ends).map(str::to_owned).collect()
    };
    let (first, second) = (words(first), words(second));
    if first.len() != second.len() {
        // Base64 with another number of signs in it: only its line is random.
        return without_random_lines(&first.concat(), &second.concat());
    }
    let pairs = first.iter().zip(&second);
    pairs.map(|(one, other)| if one == other { one.as_str() } else { "*" }).collect()
}

fn without_random_lines(first: &str, second: &str) -> String {
    assert_eq!(first.lines().count(), second.lines().count(), "{first}\n{second}");
    let pairs = first.lines().zip(second.lines());
    pairs
        .map(|(one, other)| match one.split_once(": ") {
            _ if one == other => format!("{one}\n"),
            Some((name, _)) => format!("{name}: *\n"),
            None => "*\n".to_owned(),
        })
        .collect()
}
