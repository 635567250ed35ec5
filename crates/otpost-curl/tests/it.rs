//! The example, as a user runs it. The tests of the import are in the workspace member `tests`.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

/// Runs an example, which `cargo test` has built, and returns its output.
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
fn from_curl() {
    let printed = run("from_curl");
    for line in [
        "password = { secret = true }",
        "[request.form]\nmessageText = \"{{text}}\"\ndestinationAddress = \"{{to}}\"\nusername = \"{{username}}\"\npassword = \"{{password}}\"\n",
        "--location: omitted; a redirect would repeat the message",
        "request.form.password: the variable `password`",
        "[\"654321 is your code\", \"+33612345678\", \"acme\"]",
    ] {
        assert!(printed.contains(line), "{line:?} in\n{printed}");
    }
    // Only the command itself has it.
    assert_eq!(printed.matches("hunter2").count(), 1);
}
