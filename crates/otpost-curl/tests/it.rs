//! The example, as a user runs it. The tests of the import are in the workspace member `tests`.

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
