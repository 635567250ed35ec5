//! Credentials are in no response of the sandbox.

use std::io::{Read, Write};

use super::{Running, sample_headers};

/// `acme:sentinel-pass-4f1d`, as basic authentication encodes it.
const ENCODED: &str = "YWNtZTpzZW50aW5lbC1wYXNzLTRmMWQ=";

/// Reads events until the bytes contain `end`.
fn events(sandbox: &Running, end: &str) -> String {
    let mut stream = sandbox.connect();
    stream.write_all(&sandbox.request("GET", "/api/events?since=0", &[], "")).unwrap();
    let mut text = String::new();
    let mut buffer = [0; 4_096];
    while !text.contains(end) {
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    text
}

#[test]
fn given_credentials_are_in_no_response() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_otpost"));
    command.args(["sandbox", "sample", "kannel", "ozeki"]);
    command.args(["--var", "token=env:SANDBOX_A", "--var", "password=env:SANDBOX_B"]);
    command.args(["--var", "username=env:SANDBOX_C"]);
    command.env("SANDBOX_A", "sentinel-token-4f1d").env("SANDBOX_B", "sentinel-pass-4f1d");
    let sandbox = Running::start_with(command.env("SANDBOX_C", "acme"));
    let mut shown = vec![sandbox.get("/api/gateways").text()];
    for id in ["sample", "kannel", "ozeki"] {
        let sample = sandbox.send("POST", &format!("/api/samples/{id}"), &[], "");
        // The sample has the given values, and its command names them instead.
        assert_eq!(sample.json()["result"], "accepted", "{}", sample.text());
        assert!(sample.text().contains("as it stands in the request"), "{}", sample.text());
        shown.push(sample.text());
        shown.push(sandbox.send("PUT", &format!("/api/answers/{id}"), &[], "{}").text());
    }
    shown.push(sandbox.message("+12025550123", "012345").text());
    let wrong = [("Authorization", "Bearer other")];
    shown.push(sandbox.send("POST", "/g/sample/messages", &wrong, "{}").text());
    shown.push(sandbox.send("POST", "/g/ozeki/other", &sample_headers("a"), "").text());
    // In the wrong place, and at another gateway.
    let lost = [("Content-Type", "text/plain"), ("X-Lost", "sentinel-pass-4f1d")];
    let body = "the token sentinel-token-4f1d";
    shown.push(sandbox.send("POST", "/g/ozeki/x?a=sentinel-token-4f1d", &lost, body).text());
    let count = sandbox.messages().len();
    assert_eq!(count, 7);
    shown.push(events(&sandbox, &format!("\"seq\":{count}")));
    for target in ["/", "/api/messages", "/api/codes/+12025550123", "/api/openapi.json", "/api/x"] {
        shown.push(sandbox.get(target).text());
    }
    for text in shown {
        assert!(!text.contains("sentinel") && !text.contains(ENCODED), "{text}");
    }
}

#[test]
fn samples_without_given_values_can_be_run() {
    let sandbox = Running::start(&["sample"]);
    let gateways = sandbox.get("/api/gateways").json();
    let curl = gateways["gateways"][0]["sample_curl"].as_str().unwrap();
    assert!(curl.starts_with("AUTHORIZATION='Bearer sample'\n"), "{curl}");
}

#[test]
fn credentials_in_unknown_requests_are_masked() {
    let sandbox = Running::start(&["sample"]);
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"api_key\"\r\n\r\nsentinel-1\r\n\
                     --b\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\n12025550123\r\n--b--\r\n";
    let xml = "<sms><account user=\"acme\" pass='sentinel->1'/><a:AuthKey>sentinel-2</a:AuthKey>\
               <token><part>sentinel-3</part></token><to>12025550123</to></sms>";
    for (kind, body) in [
        (
            "Application/X-WWW-Form-Urlencoded",
            "password=sentinel-1&authkey=sentinel-2&to=12025550123",
        ),
        ("text/plain", "user_key=sentinel-1&to=12025550123"),
        (
            "application/json",
            r#"{"userKey":"sentinel-1","authId":["sentinel-2"],"to":"12025550123"}"#,
        ),
        ("Multipart/Form-Data; boundary=b", multipart),
        ("multipart/form-data; boundary=\"b\"", multipart),
        ("text/xml", xml),
        ("text/plain", "<sms><to>12025550123</to><password>sentinel-1"),
    ] {
        let headers =
            [("Content-Type", kind), ("X-Auth-Key", "sentinel-4"), ("X-UserKey", "sentinel-5")];
        sandbox.send("POST", "/g/sample/x?authkey=sentinel-6&from=Acme", &headers, body);
        let message = sandbox.messages().pop().unwrap();
        let shown = message["request"].to_string();
        assert!(!shown.contains("sentinel"), "{kind}: {shown}");
        assert!(shown.contains("12025550123") && shown.contains("from=Acme"), "{kind}: {shown}");
    }
    // The id of a message is no credential, although its name ends like that of one.
    sandbox.message("+12025550123", "012345");
    let message = sandbox.messages().pop().unwrap();
    let headers = message["request"]["headers"].as_array().unwrap();
    let id = headers.iter().find(|header| header[0] == "idempotency-key").unwrap();
    assert_eq!(id[1], message["client_id"]);
}
