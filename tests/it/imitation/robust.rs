//! Requests that no client sends: nothing panics, and the work is bounded.

use std::time::{Duration, Instant};

use otpost::gateway::imitation::{Imitation, ReceivedRequest};
use otpost::gateway::{GatewaySpec, Outcome};

use super::{message, sent, spec};
use crate::dice::Dice;
use crate::scale::cases;
use crate::schema::corpus;

fn bytes(dice: &mut Dice, most: u64) -> Vec<u8> {
    const PIECES: [&[u8]; 16] = [
        b"=",
        b"&",
        b"%",
        b"%f",
        b"{\"a\":",
        b"[",
        b"]",
        b"<a>",
        b"</a>",
        b"\r\n\r\n",
        b"--x",
        b"\xff",
        b"\0",
        b"{{to}}",
        b"41791234567",
        b"+",
    ];
    (0..dice.below(most)).flat_map(|_| dice.one(&PIECES).to_vec()).collect()
}

#[test]
fn receive_never_panics() {
    let files = corpus::files().into_iter();
    let specs = files.filter_map(|file| GatewaySpec::from_toml(&file).ok());
    let imitations: Vec<_> = specs.filter_map(|spec| Imitation::new(&spec).ok()).collect();
    assert!(imitations.len() > 45);
    for case in 0..cases("OTPOST_IMITATIONS", 2_000, 100_000) {
        let mut dice = Dice::new(case);
        let imitation = dice.one(&imitations);
        let target = String::from_utf8_lossy(&bytes(&mut dice, 12)).into_owned();
        let types = [
            "application/json",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=",
            "text/plain",
        ];
        let mut request = ReceivedRequest::new(dice.one(&["POST", "GET", ""]), target)
            .with_header("content-type", dice.one(&types))
            .with_header("authorization", bytes(&mut dice, 6));
        request = request.with_body(bytes(&mut dice, 30));
        let recognized = imitation.receive(&request);
        let outcome = dice.one(&[Outcome::Accepted, Outcome::Throttled, Outcome::Duplicate]);
        let response = imitation.respond(&recognized, outcome);
        assert!((100..=999).contains(&response.status()));
        assert!(recognized.mismatches().len() <= 64 && recognized.additional().count() <= 256);
        let shown = format!("{request:?} {recognized:?} {imitation:?}");
        assert!(!shown.contains("41791234567"), "{shown}");
    }
}

/// Random bytes seldom come far. A request with one changed byte does.
#[test]
fn receive_reads_damaged_requests() {
    let bodies = [
        "json = { m = [{ to = \"{{to}}\", text = \"{{text}}\", n = 1 }] }",
        "form = { to = \"{{to}}\", d = { base64 = { json = { t = \"{{text}}\" } } } }",
        "multipart = { to = \"{{to}}\", text = \"<{{text}}> {{to}}\" }",
        "xml = \"<a b='{{to}}'><c>{{text}}</c></a>\"",
        "text = \"{{to}} {{text}}\"",
    ];
    for body in bodies {
        let spec = spec(&format!(
            "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/send\"\n{body}"
        ));
        let imitation = Imitation::new(&spec).unwrap();
        let whole = super::Played::new(&spec, Outcome::Accepted);
        let gateway = otpost::HttpGateway::builder(spec.clone()).build_with(whole.clone()).unwrap();
        let message = message("+41791234567", "Zoé & <b>");
        super::run(otpost::provider::Provider::send(&gateway, &message)).unwrap();
        let (request, _, _) = whole.last();
        let original = request.body().to_vec();
        for case in 0..cases("OTPOST_IMITATIONS", 500, 10_000) {
            let mut dice = Dice::new(case);
            let mut changed = original.clone();
            let at = usize::try_from(dice.below(changed.len() as u64)).unwrap();
            match dice.below(3) {
                0 => changed[at] = u8::try_from(dice.below(256)).unwrap(),
                1 => changed.truncate(at),
                _ => changed.insert(at, u8::try_from(dice.below(256)).unwrap()),
            }
            let request = ReceivedRequest::from(&request).with_body(changed.clone());
            let recognized = imitation.receive(&request);
            let response = imitation.respond(&recognized, Outcome::Accepted);
            let is_accepted = response.outcome() == Outcome::Accepted;
            assert_eq!(is_accepted, recognized.mismatches().is_empty(), "{changed:?}");
        }
    }
}

#[test]
fn receive_takes_bounded_time() {
    let toml = |body: &str| {
        let url = "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/send\"\n";
        spec(&format!("[vars]\na = {{}}\nb = {{}}\nc = {{}}\n{url}{body}"))
    };
    let specs = [
        toml("text = \"{{a}}ab{{b}}ab{{c}}ab{{to}}ab{{text}}\""),
        toml("form = { x = \"{{a}}a{{b}}a{{c}}\", to = \"{{to}}\", text = \"{{text}}\" }"),
        toml(
            "json = { x = [\"{{a}}\", \"{{b}}\", \"{{c}}\"], to = \"{{to}}\", text = \"{{text}}\" }",
        ),
        toml("xml = \"<a><x>{{a}}{{b}}{{c}}</x><to>{{to}}</to><text>{{text}}</text></a>\""),
    ];
    let bodies = [
        "a".repeat(256 * 1_024),
        "ab".repeat(128 * 1_024),
        "x=aaaaaaaa&".repeat(20_000),
        "[".repeat(256 * 1_024),
        format!("{{\"x\":[{}1]}}", "1,".repeat(120_000)),
        format!("<a>{}</a>", "<x/>".repeat(60_000)),
        "<a xmlns:b='c'>".repeat(10_000),
        "a".repeat(1_024 * 1_024),
    ];
    for spec in &specs {
        let imitation = Imitation::new(spec).unwrap();
        for body in &bodies {
            let request = ReceivedRequest::new("POST", "/send").with_body(body.clone());
            let start = Instant::now();
            let recognized = imitation.receive(&request);
            assert!(!recognized.mismatches().is_empty());
            // Much more than a slow machine needs, and much less than without a bound.
            assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
        }
    }
}

#[test]
fn receive_reads_its_own_longest_request() {
    let spec = spec(
        "[request]\nmethod = \"POST\"\nurl = \"https://acme.example/send\"\n\
         form = { to = \"{{to}}\", text = \"{{text}}\" }",
    );
    let text = "\u{1f600}".repeat(1_000);
    let request = sent(&spec, &message("+41791234567", &text));
    let recognized = Imitation::new(&spec).unwrap().receive(&request);
    assert_eq!(recognized.text().unwrap().expose(), text);
}
