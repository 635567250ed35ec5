//! The examples, with all features. `.ci/run` runs them with the default features, as a user does.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

/// The packages that `tests/run` selects. Cargo unifies features over them, so another selection
/// would compile most of them a second time.
const PACKAGES: &[&str] = &["--workspace", "--exclude", "otpost-benches"];

/// Builds an example, and returns the command that runs it.
fn example(name: &str) -> Command {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--quiet", "--all-features", "--examples"])
        .args(PACKAGES)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()
        .unwrap();
    assert!(status.success(), "the examples do not build");
    // This test is in `deps`, next to `examples`.
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples").join(name);
    let mut command = Command::new(built);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command
}

/// Runs an example of the library without a terminal, and returns its output.
fn run(name: &str) -> String {
    output(example(name), name)
}

fn output(mut command: Command, name: &str) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {printed}\n{errors}");
    printed
}

#[test]
fn quickstart() {
    let printed = run("quickstart");
    for line in [
        "The chance of guessing a code is 1 in 200000.",
        "We have sent a code to +41*****4567.",
        "is your Acme code. It is valid for 5 minutes. Do not share it.",
        ": the code is correct.",
        " again: the code has expired or was already used.",
        "Another message at once: the last message is too recent; try again in ",
        "Sent { provider: \"link-mobility\", message_id: Some(ProviderMessageId { .. }), segments: 1",
        "Replayed",
    ] {
        assert!(printed.contains(line), "{line:?} in\n{printed}");
    }
    // The wait is 30 s, less the time that the example took so far.
    let rest = printed.split("too recent; try again in ").nth(1).unwrap();
    let seconds: u32 = rest.split_once(" s.").unwrap().0.parse().unwrap();
    assert!((1..=30).contains(&seconds), "{printed}");
    assert!(!printed.contains("hunter2") && !printed.contains("41791234567"));
}

/// The first program of the README and of the crate page, with a typed code.
#[test]
fn login() {
    let program = include_str!("../../examples/login.rs");
    let block = program.split_once("\n\n").unwrap().1;
    assert!(include_str!("../../README.md").contains(block), "the README shows this program");
    let mut child = example("login")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let errors = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let message = errors.into_iter().find(|line| line.contains("is your Acme code")).unwrap();
    let code = message.split(' ').find(|word| word.len() == 6 && word.parse::<u32>().is_ok());
    writeln!(child.stdin.take().unwrap(), "{}", code.unwrap()).unwrap();
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    assert!(printed.ends_with("Type it:\nWelcome, +41*****4567.\n"), "{printed}");
    assert!(child.wait().unwrap().success());
}

#[test]
fn custom_post() {
    let printed = run("custom_post");
    for line in [
        "POST http://127.0.0.1:",
        "accept: application/json\ncontent-type: application/x-www-form-urlencoded\n",
        "messageText=***&destinationAddress=33*******78&username=acme&password=***",
        "accepted: message id 1-2637481",
        "responseCode 1: kind Unauthorized, fate Refused",
        "responseCode 13: kind Throttled, fate NotSent",
        "[\"012345 is your code & it is short-lived\", \"33612345678\"], 3 requests in all.",
    ] {
        assert!(printed.contains(line), "{line:?} in\n{printed}");
    }
    assert!(!printed.contains("hunter2"));
}

#[test]
fn message_doctor() {
    let printed = run("message_doctor");
    for line in [
        "1 segment in the GSM alphabet, 65 units; 95 more fit",
        "filled in on https://acme.example only",
        "2 segments in UCS-2",
        "outside of the GSM alphabet: U+2013 at byte 20: write `-`",
        "with smart encoding: 1 segment",
        "not filled in: add \"@acme.example #******\" as the last line",
        "is there a footer below it, or a line break?",
    ] {
        assert!(printed.contains(line), "{line:?} in\n{printed}");
    }
}

#[test]
fn kannel() {
    let printed = output(example("kannel"), "kannel");
    assert!(printed.contains("is your code: €{}>"), "{printed}");
    assert!(!printed.contains("foobar"));
}

#[test]
fn reports() {
    let printed = output(example("reports"), "reports");
    for line in [
        " is pending",
        "the gateway sent a report, and the answer was 200",
        "report refused: the request is not an authentic report of the gateway: ",
        "with the signature of the first one, and the answer was 403",
        "the first report again, which is late, and the answer was 200",
    ] {
        assert!(printed.contains(line), "{line:?} in\n{printed}");
    }
    // By the signed reports, by the one before the answer, and by those of Kannel, once each.
    assert_eq!(printed.matches("state of the challenge: delivered").count(), 3, "{printed}");
    assert_eq!(printed.matches(" is delivered\n").count(), 3, "{printed}");
    assert!(!printed.contains("auth token") && !printed.contains("4179123456"), "{printed}");
}

#[test]
fn failover() {
    let printed = run("failover");
    assert_eq!(printed.matches("accepted by link-mobility").count(), 4, "{printed}");
    assert_eq!(printed.matches("no response from the gateway (tcp)").count(), 5, "{printed}");
    assert!(printed.ends_with("the working gateway received 4 messages\n"), "{printed}");
}
