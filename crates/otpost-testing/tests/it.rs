//! Runs the example as a user runs it.

#![cfg(feature = "tls")]

use otpost_test_servers::run_example;

#[test]
fn diagnose() {
    let printed = run_example("diagnose");
    for line in [
        "127.0.0.1:9 refused the connection (ECONNREFUSED)",
        "expired on 01 Jan 2021",
        "proxy 127.0.0.1:9 refused the connection",
        "the gateway was not reached",
    ] {
        assert!(printed.contains(line), "{line:?} in\n{printed}");
    }
}
