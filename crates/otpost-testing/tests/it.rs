//! Runs the example as a user runs it.

#![cfg(feature = "tls")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

/// Runs an example that `cargo test` has built, and returns its output.
fn run(name: &str) -> String {
    let mut program = std::env::current_exe().unwrap();
    program.pop();
    program.pop();
    program.push("examples");
    program.push(name);
    let output = std::process::Command::new(program).stdin(std::process::Stdio::null()).output();
    let output = output.expect("`cargo test` without `--test` builds the examples first");
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {printed}\n{errors}");
    printed
}

#[test]
fn diagnose() {
    let printed = run("diagnose");
    for line in [
        "127.0.0.1:9 refused the connection (ECONNREFUSED)",
        "expired on 01 Jan 2021",
        "proxy 127.0.0.1:9 refused the connection",
        "the gateway was not reached",
    ] {
        assert!(printed.contains(line), "{line:?} in\n{printed}");
    }
}
