//! The program as it is started: its settings, its warnings, and its messages.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use otpost::gateway::GatewaySpec;
use otpost_testing::MockGateway;

use crate::browser::Browser;
use crate::world::code_in;

const MEMBER: &str = "+41791234567";
const OTHER: &str = "+41791234568";

struct Program {
    child: Child,
    /// The lines on standard error until the page was open.
    lines: Vec<String>,
    origin: String,
}

impl Program {
    fn start(mock: &MockGateway, settings: &[(&str, &str)]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_web-login"))
            .envs([("LISTEN", "127.0.0.1:0"), ("OTPOST_ORIGIN", &mock.origin())])
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut program = Self { child, lines: Vec::new(), origin: String::new() };
        for line in BufReader::new(program.child.stderr.take().unwrap()).lines() {
            let line = line.unwrap();
            let origin = line.split_once(" Open ").map(|(_, origin)| origin.to_owned());
            // The warnings about regions are those of the library.
            if !line.contains("the region has rules") {
                program.lines.push(line);
            }
            if let Some(origin) = origin {
                program.origin = origin;
                return program;
            }
        }
        panic!("the page does not start: {:?}", program.lines);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn gateway() -> MockGateway {
    let spec = GatewaySpec::from_toml(include_str!("../../gateway.toml")).unwrap();
    MockGateway::start(&spec).await.unwrap()
}

#[tokio::test]
async fn it_starts_without_settings_and_warns_about_the_key() {
    let mock = gateway().await;
    let program = Program::start(&mock, &[]);
    assert!(program.lines[0].starts_with("warning: OTPOST_PEPPER is not set"));
    assert!(program.lines[1].contains(&mock.origin()));
    let mut browser = Browser::new(&program.origin);
    browser.request_code(MEMBER).await;
    browser.assert_shows("We have sent a code to");
    let request = mock.requests().pop().unwrap();
    assert_eq!(request.header("authorization"), Some("Bearer sandbox"));
    browser.submit("/code", &[("code", &code_in(&request.json("/text").unwrap()))]).await;
    browser.assert_shows("You are signed in");
}

#[tokio::test]
async fn it_sends_to_members_only() {
    let mock = gateway().await;
    let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    let settings = [("MEMBERS", "+41 79 123 45 67, +49 1512 3456789"), ("OTPOST_PEPPER", key)];
    let program = Program::start(&mock, &settings);
    assert_eq!(program.lines.len(), 1, "{:?}", program.lines);
    let (mut other, mut member) = (Browser::new(&program.origin), Browser::new(&program.origin));
    other.request_code(OTHER).await;
    member.request_code(MEMBER).await;
    for browser in [&other, &member] {
        browser.assert_shows("We are sending a code to");
    }
    // The worker sends in the background.
    for _ in 0..10_000 {
        if !mock.requests().is_empty() {
            break;
        }
        member.get(&member.url.clone()).await;
    }
    let requests = mock.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].json("/to").as_deref(), Some(MEMBER));
    let code = code_in(&requests[0].json("/text").unwrap());
    member.submit("/code", &[("code", &code)]).await;
    member.assert_shows("You are signed in");
}

#[test]
fn it_refuses_settings_that_are_wrong() {
    for (name, value, expected) in [
        ("MEMBERS", "+41 79", "error: MEMBERS: invalid phone number"),
        ("OTPOST_PEPPER", "c2hvcnQ", "error: OTPOST_PEPPER: "),
        ("OTPOST_ORIGIN", "sandbox", "origin"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_web-login"))
            .envs([("LISTEN", "127.0.0.1:0"), (name, value)])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && errors.contains(expected), "{name}: {errors}");
    }
}
