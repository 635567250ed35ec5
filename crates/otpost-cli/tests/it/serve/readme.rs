//! The README shows what the server prints.

use super::Bridge;
use super::gateway::TestGateway;

/// The block of the README after this line.
fn block_after(line: &str) -> &'static str {
    let readme = include_str!("../../../README.md");
    let (_, rest) = readme.split_once(line).unwrap();
    let (_, rest) = rest.split_once("```text\n").unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_readme_shows_the_lines_of_the_log() {
    let gateway = TestGateway::accepting();
    let fields = ["--form-to", "user", "--form-code", "password"];
    let bridge = Bridge::start(&gateway.origin(), &[&super::CALLER[..], &fields[..]].concat());
    bridge.form(&[], &format!("user=%2B41791234567&password=123456&secret={}", super::SECRET));
    bridge.form(&[], "user=%2B41791234567&password=123456");
    // The port and the times differ from run to run, and the README has a gateway of its own.
    let port = format!(":{}", bridge.port);
    let times = |text: &str| {
        let words =
            text.split(' ').map(|word| if word.parse::<u64>().is_ok() { "0" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    let shown = block_after("one line for each request");
    let log = bridge.log_of(shown.lines().count()).replace(&port, ":8026");
    let log = log.replace("custom-post", "acme");
    assert_eq!(times(&log), times(shown));
}

#[test]
fn the_readme_shows_the_response() {
    let gateway = TestGateway::accepting();
    let response = Bridge::start(&gateway.origin(), &[]).code_to("+41791234567");
    assert_eq!(response.body, block_after("The response is a JSON document"));
}
