//! Attempts to use the server as an open relay.

use std::process::Output;

use super::gateway::TestGateway;
use super::{Bridge, SECRET, command};
use crate::texts;

fn output(arguments: &[&str]) -> Output {
    command("http://127.0.0.1:9").args(arguments).output().unwrap()
}

/// Checks that the command does not start.
#[track_caller]
fn refuses_to_start(arguments: &[&str], message: &str) {
    let output = output(arguments);
    let (printed, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(printed.is_empty() && errors.contains(message), "{errors}");
    assert!(!errors.contains("listening") && !errors.contains("sentinel"), "{errors}");
}

#[test]
fn the_server_does_not_start_without_regions() {
    refuses_to_start(&[], "--regions <REGIONS>");
    refuses_to_start(&["--regions", ""], "--regions");
    refuses_to_start(&["--regions", "all"], "two letters of ISO 3166-1");
    refuses_to_start(&["--regions", "CH,*"], "two letters of ISO 3166-1");
}

#[test]
fn other_machines_need_credentials() {
    let open = "other machines can reach this address";
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8026"] {
        refuses_to_start(&["--regions", "CH", "--listen", listen], open);
    }
    let start = |caller: &str, message: &str| {
        let arguments = ["--regions", "CH", "--listen", "0.0.0.0:0", "--caller", caller];
        refuses_to_start(&arguments, message);
    };
    start("vpn=sentinel-secret-in-clear", "a secret on the command line is visible");
    start("sentinel-secret-in-clear", "expected NAME=env:NAME or NAME=file:PATH");
    start("vpn=env:NOT_SET_ANYWHERE", "the environment variable is not set");
    start("vpn=file:/nonexistent/file", "the file cannot be read");
    start("a b=env:VPN_SECRET", "a name has 1 to 32 ASCII letters");
    let short = crate::file("serve-short.txt", "fifteen bytes..\n");
    start(&format!("vpn=file:{}", short.display()), "the secret must have at least 16 bytes");
    let lines = crate::file("serve-lines.txt", "a secret of two\nlines of text\n");
    start(&format!("vpn=file:{}", lines.display()), "the secret must be one line of text");
    refuses_to_start(&["--regions", "CH", "--supabase", "env:VPN_SECRET"], "expected `v1,whsec_`");
    let twice = ["--caller", "vpn=env:VPN_SECRET", "--caller", "vpn=env:VPN_SECRET"];
    refuses_to_start(&[&["--regions", "CH"], &twice[..]].concat(), "the name is given twice");
}

#[test]
fn a_hook_alone_does_not_open_the_other_endpoints() {
    let gateway = TestGateway::accepting();
    let message = r#"{"to":"+41791234567","code":"123456"}"#;
    let ory = r#"{"recipient":"+41791234567","body":"Hello"}"#;
    let start = |listen: &str, options: &[&str]| {
        let bridge = Bridge::start_on(listen, &gateway.origin(), options);
        bridge.code_to("+41791234567").is(401, "unauthenticated", "not_sent");
        let secret = [("x-api-key", SECRET)];
        bridge.json("/send", &secret, message).is(401, "unauthenticated", "not_sent");
        bridge.json("/hooks/ory", &[], ory).is(401, "unauthenticated", "not_sent");
        bridge.call("GET", "/metrics", &[], b"").is(401, "unauthenticated", "not_sent");
        assert!(
            bridge.log().contains("/send and /hooks/ory: nobody, because there is no --caller")
        );
        bridge
    };
    // A hook and a host name belong to a proxy, which forwards the requests of everyone. With the
    // default configuration of nginx, they look like requests of programs on this machine.
    for listen in ["0.0.0.0:0", "127.0.0.1:0"] {
        let bridge = start(listen, &["--supabase", "env:SUPABASE_SECRET"]);
        bridge.zitadel("{}").is_refused(404, "invalid_request", "the hook is not enabled");
    }
    start("127.0.0.1:0", &["--zitadel", "env:ZITADEL_KEY"]);
    start("127.0.0.1:0", &["--host", "otpost.internal"]);
    assert_eq!(gateway.count(), 0);
}

#[test]
fn only_mobiles_in_the_regions_get_messages() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &[]);
    for (number, message) in [
        ("+33612345678", "no messages are sent to FR"),
        // The Bahamas share +1 with the United States.
        ("+12424567890", "no messages are sent to BS"),
        ("+41900123456", "no messages are sent to premium-rate numbers"),
        ("+41446681800", "no messages are sent to fixed lines"),
        ("+41800123456", "no messages are sent to toll-free numbers"),
        ("+870773111632", "no messages are sent to numbers without a region"),
        // The premium-rate numbers of no country.
        ("+979123456789", "no messages are sent to numbers without a region"),
    ] {
        bridge.code_to(number).is_refused(422, "invalid_recipient", message);
    }
    // Surplus digits, which networks ignore, would be other names of the same phone.
    bridge.code_to("+417912345670").is_refused(400, "invalid_request", "invalid phone number");
    assert_eq!(gateway.count(), 0);
    bridge.code_to("+41791234567").is(200, "accepted", "accepted");
    bridge.code_to("+12025550123").is(200, "accepted", "accepted");

    let lines = Bridge::start(&gateway.origin(), &["--allow-kind", "fixed_line"]);
    lines.code_to("+41446681800").is(200, "accepted", "accepted");
    lines.code_to("+41900123456").is(422, "invalid_recipient", "not_sent");
}
