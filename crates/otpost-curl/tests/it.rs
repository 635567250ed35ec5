//! The example, as a user runs it. The tests of the import are in the workspace member `tests`.

use otpost::PhoneNumber;
use otpost_curl::Sample;
use otpost_test_servers::run_example;

#[test]
fn from_curl() {
    let printed = run_example("from_curl");
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

/// A text that a person pastes must not end the process.
#[test]
fn import_refuses_commands_within_commands() {
    let sample = Sample::new(PhoneNumber::parse("+12025550123").unwrap(), "123456 is your code");
    for deep in [2, 6_000] {
        let command = format!("{}{}", "A=$(curl;".repeat(deep), ")".repeat(deep));
        let error = otpost_curl::import(&command, &sample).unwrap_err().to_string();
        assert!(error.contains("(substitution)"), "{error}");
    }
}
