//! Requests with one change, over the socket: the reason in the response is that of the change.

use std::io::{BufReader, Write};

use otpost::gateway::imitation::MismatchKind;

use super::mutation::{BODIES, Body, Mutation, toml};
use super::{Raw, Running};
use crate::file;
use crate::scale::cases;

fn id(body: Body) -> String {
    format!("{body:?}").to_lowercase()
}

#[test]
fn changed_requests_are_refused_with_the_reason() {
    let files: Vec<_> = BODIES
        .iter()
        .map(|body| {
            let id = id(*body);
            let head = format!("spec = 1\nid = \"{id}\"\nname = \"{id}\"\n");
            file(&format!("sandbox-{id}.toml"), &format!("{head}{}", toml(*body)))
        })
        .collect();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_otpost"));
    command.arg("sandbox").args(&files).args(["--var", "key=env:OTPOST_SANDBOX_KEY"]);
    let sandbox = Running::start_with(command.env("OTPOST_SANDBOX_KEY", "hunter2"));
    let mut stream = sandbox.connect();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut ask = |request: Vec<u8>| {
        stream.write_all(&request).unwrap();
        Raw::read(&mut reader).unwrap()
    };
    let (mut sent, mut refused, mut accepted) = (0, 0, 0);
    for case in 0..cases("OTPOST_SANDBOX_REQUESTS", 1_000, 10_000) {
        let mutation = Mutation::new(case);
        let written = &mutation.written;
        // No HTTP client can write a request without a method, and a magic number is refused.
        let is_magic = |value: &str| value.len() > 4 && value[value.len() - 4..].starts_with("00");
        let mut fields = written.fields.iter();
        if written.method.is_empty() || fields.any(|(name, to, _)| name == "to" && is_magic(to)) {
            continue;
        }
        let (target, headers, body) = written.parts();
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let target = format!("/g/{}{target}", id(mutation.body));
        let response = ask(sandbox.request(written.method, &target, &headers, &body));
        sent += 1;
        let reason = response.header("x-otpost-reason");
        let shown = format!("{case} {:?} {}: {reason:?}", mutation.body, mutation.change);
        match &mutation.expected {
            Some(place) => {
                let reason = reason.unwrap_or_else(|| panic!("{shown}"));
                assert!(reason.starts_with(&format!("{place}: expected ")), "{shown}");
                let is_credential = mutation.kind == MismatchKind::Credentials;
                assert_eq!(response.status, if is_credential { 401 } else { 400 }, "{shown}");
                refused += 1;
            }
            None => {
                assert_eq!((reason, response.status), (None, 200), "{shown}");
                accepted += 1;
            }
        }
        if let Some(additional) = &mutation.additional {
            let target = format!("/api/messages?since={}", sent - 1);
            let message = ask(sandbox.request("GET", &target, &[], "")).json();
            let found = message["messages"][0]["additional"][0].as_str().unwrap().to_owned();
            assert_eq!(found, additional.to_lowercase(), "{shown}");
        }
    }
    assert!(refused > 400 && accepted > 100, "{refused} {accepted}");
}
