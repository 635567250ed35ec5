//! The commands that use the network.

use std::process::{Command, Output};

use crate::server::{ACCEPTED, REFUSED, THROTTLED_ONCE, TOKEN, UNKNOWN, start};
use crate::{json, run, texts};

const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts/acme.toml");
/// A closed port.
const NOWHERE: &str = "http://127.0.0.1:9";

fn otpost(verb: &str, origin: &str, token: &str, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpost"));
    command.args([verb, SPEC, "--origin", origin, "--var", "user=acme"]);
    command.args(["--var", "token=env:ACME_TOKEN"]).args(more).env("ACME_TOKEN", token);
    run(&mut command, b"")
}

fn send(origin: &str, to: &str, more: &[&str]) -> Output {
    otpost("send", origin, TOKEN, &[&["--to", to, "--code", "123456"], more].concat())
}

/// Checks the exit code and a part of each output.
#[track_caller]
fn shows(output: &Output, code: i32, stdout: &str, stderr: &str) {
    let (printed, errors) = texts(output);
    assert_eq!(output.status.code(), Some(code), "{printed}\n{errors}");
    assert!(printed.contains(stdout), "{stdout:?} in\n{printed}");
    assert!(errors.contains(stderr), "{stderr:?} in\n{errors}");
}

fn origin() -> String {
    format!("http://127.0.0.1:{}", start())
}

#[test]
fn send_prints_the_attempts_and_the_result() {
    let origin = origin();
    let sent = send(&origin, ACCEPTED, &[]);
    shows(&sent, 0, "accepted by acme, message id m-17\n", " ms: accepted\n");
    assert!(texts(&sent).1.starts_with("sending to +12*****0123 through acme\n"));

    let sent = send(&origin, THROTTLED_ONCE, &["--retry", "2", "--json"]);
    shows(&sent, 0, "", " ms: a rate limit is exceeded; the message was not sent\n");
    shows(&sent, 0, "", "attempt 2 after ");
    let document = json(&sent);
    assert_eq!(document["result"], "accepted");
    assert_eq!(document["message_id"], "m-17");
    assert_eq!(document["failed_attempts"][0]["kind"], "throttled");
}

#[test]
fn send_exits_with_the_fate() {
    let origin = origin();
    let unknown = send(&origin, UNKNOWN, &[]);
    shows(
        &unknown,
        3,
        "unknown: the response of the gateway is not recognized\n",
        "attempt 1 after ",
    );
    shows(&unknown, 3, "  the response: status 200, the body is JSON; response.0 does not", "");
    assert_eq!(json(&send(&origin, UNKNOWN, &["--json"]))["result"], "unknown");

    let refused = send(&origin, REFUSED, &[]);
    shows(
        &refused,
        1,
        "refused: the text of the message was rejected (code E9)\n",
        "attempt 1 after ",
    );
    let nowhere = send(NOWHERE, ACCEPTED, &["--retry", "1"]);
    shows(&nowhere, 1, "not_sent: no response from the gateway: ", " ms: no response");
    shows(&nowhere, 1, "127.0.0.1:9 refused the connection", "");
    shows(&nowhere, 1, "\n  to find the cause: otpost diagnose\n", "");
    assert_eq!(json(&send(NOWHERE, ACCEPTED, &["--json"]))["stage"], "tcp");
}

#[cfg(target_os = "linux")]
#[test]
fn send_exits_with_the_fate_if_the_result_cannot_be_printed() {
    let mut command = Command::new("bash");
    let script = format!(
        "'{}' send '{SPEC}' --origin {} --var user=acme --var token=env:ACME_TOKEN --to {UNKNOWN} \
         --code 123456 > /dev/full",
        env!("CARGO_BIN_EXE_otpost"),
        origin()
    );
    let output = run(command.args(["-c", &script]).env("ACME_TOKEN", TOKEN), b"");
    shows(&output, 3, "", "the result cannot be printed: ");
}

#[test]
fn send_shows_no_secret_and_no_number() {
    let origin = origin();
    let all = [
        send(&origin, REFUSED, &[]),
        send(&origin, REFUSED, &["--json"]),
        send(&origin, UNKNOWN, &[]),
        send(NOWHERE, REFUSED, &[]),
        send("http://u:sentinel-5@127.0.0.1:9", REFUSED, &[]),
        otpost("diagnose", &origin, TOKEN, &[]),
        otpost("account", &origin, TOKEN, &["--json"]),
        otpost("account", &origin, "sentinel-6", &[]),
    ];
    for output in all {
        let (printed, errors) = texts(&output);
        assert!(!printed.is_empty() || !errors.is_empty());
        for hidden in ["sentinel", "2025550005", "123456", "is your code"] {
            assert!(!printed.contains(hidden), "{printed}");
            assert!(!errors.contains(hidden), "{errors}");
        }
    }
}

#[test]
fn diagnose_names_the_step_that_fails() {
    let reached = otpost("diagnose", &origin(), TOKEN, &[]);
    shows(&reached, 0, "reached\n", "");
    let nowhere = otpost("diagnose", NOWHERE, TOKEN, &[]);
    shows(&nowhere, 1, "127.0.0.1:9 refused the connection (ECONNREFUSED)", "");
    assert!(texts(&nowhere).0.ends_with("not reached\n"));
    let document = json(&otpost("diagnose", NOWHERE, TOKEN, &["--json"]));
    assert_eq!(document["reached"], false);
    assert_eq!(document["findings"][1]["stage"], "tcp");
    assert_eq!(document["findings"][1]["ok"], false);
    assert!(document["findings"][1]["hint"].is_string());
}

#[test]
fn colours_are_for_terminals_and_those_who_want_them() {
    let nowhere = ["--origin", NOWHERE, "--var", "user=acme", "--var", "token=env:ACME_TOKEN"];
    let colours = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otpost"));
        command.args(["diagnose", SPEC]).args(nowhere).env("ACME_TOKEN", TOKEN);
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        let output = run(command.envs(variables.iter().copied()), b"");
        texts(&output).0.contains('\u{1b}')
    };
    assert!(!colours(&[]), "standard output is no terminal");
    assert!(colours(&[("CLICOLOR_FORCE", "1")]), "there are colours");
    assert!(!colours(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn account_prints_the_state_and_the_credit() {
    let origin = origin();
    shows(&otpost("account", &origin, TOKEN, &[]), 0, "active: ", "");
    let document = json(&otpost("account", &origin, TOKEN, &["--json"]));
    assert_eq!((&document["state"], &document["credit"]), (&"active".into(), &"12.50".into()));
    shows(&otpost("account", &origin, "other", &[]), 1, "unauthorized: ", "");
    let nowhere = otpost("account", NOWHERE, TOKEN, &[]);
    shows(&nowhere, 1, "", "error: no response from the gateway: ");
    assert!(!texts(&nowhere).1.contains("message"), "no message is sent");
    let nowhere = json(&otpost("account", NOWHERE, TOKEN, &["--json"]));
    assert_eq!((&nowhere["state"], &nowhere["stage"]), (&"unknown".into(), &"tcp".into()));
}
