//! Access to the sandbox: this machine and holders of the token, and no website.

use std::io::{BufReader, Read, Write};
use std::process::Command;

use serde_json::json;

use super::{Raw, Running, sample_headers};
use crate::{check, otpost};

const TOKEN: &str = "sentinel-0123456789";

#[test]
fn requests_of_websites_are_refused() {
    let sandbox = Running::start(&["sample"]);
    let own = format!("http://{}", sandbox.address);
    let paths = ["/", "/style.css", "/phone.js", "/api/messages", "/api/gateways", "/api/events"];
    for path in paths {
        for headers in [
            &[("Host", "attacker.example")][..],
            &[("Host", "127.0.0.1.attacker.example:8025")],
            &[("Origin", "http://attacker.example")],
            &[("Origin", "null")],
        ] {
            let response = sandbox.send("GET", path, headers, "");
            assert_eq!(response.status, 403, "{path} {headers:?}");
        }
    }
    let sites = [("Sec-Fetch-Site", "cross-site")];
    assert_eq!(sandbox.send("GET", "/api/messages", &sites, "").status, 403);
    // A link on another website may open the page.
    assert_eq!(sandbox.send("GET", "/", &sites, "").status, 200);
    assert_eq!(sandbox.send("GET", "/api/messages", &[("Origin", &own)], "").status, 200);
    assert_eq!(sandbox.send("GET", "/api/messages", &[("Host", "localhost:1")], "").status, 200);

    // A gateway has any name, and no website sends to it, not even by an image.
    let body = r#"{"to":"+12025550123","text":"012345"}"#;
    let send = |more: (&str, &str)| {
        let headers: Vec<_> = sample_headers("a").into_iter().chain([more]).collect();
        sandbox.send("POST", "/g/sample/messages", &headers, body).status
    };
    assert_eq!(send(("Origin", &own)), 403);
    assert_eq!(send(("Sec-Fetch-Site", "cross-site")), 403);
    assert_eq!(sandbox.messages().len(), 0);
    assert_eq!(send(("Host", "rest.acme.example")), 202);
    assert_eq!(sandbox.messages().len(), 1);
}

/// A website whose own name points to this machine sends requests to itself, without `Origin`.
#[test]
fn rebound_names_of_websites_are_refused_by_gateways() {
    let sandbox = Running::start(&["sample", "--host", "sandbox.test"]);
    let mozilla = ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101");
    let send = |more: &[(&str, &str)]| {
        let headers: Vec<_> = sample_headers("a").into_iter().chain(more.iter().copied()).collect();
        let body = r#"{"to":"+12025550123","text":"012345"}"#;
        sandbox.send("POST", "/g/sample/messages", &headers, body).status
    };
    let rebound = ("Host", "attacker.example:8025");
    assert_eq!(send(&[rebound, mozilla]), 403);
    // Scripts can replace the name of the browser, but not remove its languages.
    assert_eq!(send(&[rebound, ("User-Agent", "curl/8"), ("Accept-Language", "*")]), 403);
    assert_eq!(sandbox.send("GET", "/messages?to=1", &[rebound, mozilla], "").status, 403);
    assert_eq!(sandbox.messages().len(), 0);
    // An application can know a gateway by any name, and so can `fetch` of Node.js.
    assert_eq!(send(&[rebound, ("User-Agent", "curl/8")]), 202);
    let node = [rebound, ("Accept-Language", "*"), ("Sec-Fetch-Mode", "cors")];
    assert_eq!(send(&[node[0], node[1], node[2], ("User-Agent", "node")]), 409);
    assert_eq!(send(&[("Host", "sandbox.test"), mozilla]), 409);
    assert_eq!(send(&[("Host", "localhost:1"), mozilla]), 409);
}

#[test]
fn page_may_load_only_itself() {
    let sandbox = Running::start(&["sample"]);
    let page = sandbox.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self'; "), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let text = page.text();
    let files = text.split(['"', '\'']).filter(|it| it.ends_with(".js") || it.ends_with(".css"));
    let mut count = 0;
    for file in files {
        let path = format!("/{}", file.trim_start_matches("./").trim_start_matches('/'));
        assert_eq!(sandbox.get(&path).status, 200, "{path}");
        count += 1;
    }
    assert!(count >= 2, "{text}");
    let lower = text.to_lowercase();
    assert!(!lower.contains(" style=") && !lower.contains("<script>"), "inline code has no effect");
    // Its response has a length and no body.
    let mut stream = sandbox.connect();
    stream.write_all(&sandbox.request("HEAD", "/", &[("Connection", "close")], "")).unwrap();
    let mut head = String::new();
    stream.read_to_string(&mut head).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn token_is_required_for_other_machines() {
    for address in ["0.0.0.0:0", "[::]:0", "10.0.0.5:8025"] {
        let refused = otpost(&["sandbox", "sample", "--listen", address], "");
        check(&refused, 2, "", "expected also --token env:NAME or --token file:PATH");
    }
    for (source, code, problem) in [
        (TOKEN, 2, "--token: a value on the command line is visible to other users"),
        ("env:OTPOST_NOT_SET", 1, "--token: the environment variable is not set"),
        ("file:/nowhere/token", 1, "--token: the file cannot be read"),
    ] {
        let refused = otpost(&["sandbox", "sample", "--token", source], "");
        check(&refused, code, "", problem);
        assert!(!crate::texts(&refused).1.contains("sentinel"));
    }
    let short = crate::file("sandbox-short-token.txt", "sentinel\n");
    let short = format!("file:{}", short.display());
    let refused = otpost(&["sandbox", "--token", &short], "");
    check(&refused, 1, "", "expected 16 to 256 letters, digits, `-`, `.`, `_` or `~`");

    let mut command = Command::new(env!("CARGO_BIN_EXE_otpost"));
    command.args(["sandbox", "sample", "--listen", "0.0.0.0:0", "--token", "env:SANDBOX_TOKEN"]);
    let sandbox = Running::start_with(command.env("SANDBOX_TOKEN", TOKEN));
    for path in ["/", "/style.css", "/api/messages", "/api/events", "/?token=x"] {
        let response = sandbox.get(path);
        assert_eq!(response.status, 401, "{path}");
        assert!(!response.text().contains("sentinel"));
    }
    let bearer = format!("Bearer {TOKEN}");
    let bearer = [("Authorization", bearer.as_str())];
    assert_eq!(sandbox.send("GET", "/api/messages", &bearer, "").status, 200);
    let login = sandbox.get(&format!("/?token={TOKEN}"));
    assert_eq!((login.status, login.header("location")), (303, Some("/")));
    let cookie = login.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    for path in ["/", "/api/messages"] {
        assert_eq!(sandbox.send("GET", path, &[("Cookie", cookie)], "").status, 200, "{path}");
    }
    // Applications know no token of the sandbox.
    assert_eq!(sandbox.message("+12025550123", "012345").status, 202);
    let foreign = [bearer[0], ("Host", "attacker.example")];
    assert_eq!(sandbox.send("GET", "/api/messages", &foreign, "").status, 403);
}

#[test]
fn values_are_not_taken_from_the_command_line() {
    for (var, code, problem) in [
        ("token=sentinel-1", 2, "--var token: a value on the command line is visible"),
        ("sentinel-2", 2, "--var: expected NAME=env:NAME or NAME=file:PATH"),
        ("sentinel-3=env:A", 2, "--var: unknown variable: no gateway of the sandbox has it"),
        ("token=env:OTPOST_NOT_SET", 1, "--var token: the environment variable is not set"),
    ] {
        let refused = otpost(&["sandbox", "sample", "--var", var], "");
        check(&refused, code, "", problem);
        assert!(!crate::texts(&refused).1.contains("sentinel"));
    }
    let unknown = otpost(&["sandbox", "acme"], "");
    check(&unknown, 2, "", "unknown gateway `acme`: expected a spec file, sample, 2factor,");
    check(
        &otpost(&["sandbox", "missing.toml"], ""),
        1,
        "",
        "missing.toml: the file cannot be read",
    );
    let twice = otpost(&["sandbox", "sample", "sample"], "");
    check(&twice, 1, "", "two gateways have the id `sample`: expected different ids");
    check(&otpost(&["sandbox", "--slow", "2h"], ""), 2, "", "expected a time of at most one hour");
    let first = Running::start(&["sample"]);
    let busy = otpost(&["sandbox", "sample", "--listen", &first.address], "");
    check(&busy, 1, "", "another program uses the port: choose another one with --listen");
}

#[test]
fn large_requests_are_refused() {
    let sandbox = Running::start(&["sample"]);
    let long = "x".repeat(300 * 1_024);
    for (method, target) in [("POST", "/g/sample/messages"), ("PUT", "/api/answers/sample")] {
        let mut stream = sandbox.connect();
        // The sandbox need not read all of it, and then writing fails.
        let _ = stream.write_all(&sandbox.request(method, target, &[], &long));
        let response = Raw::read(&mut BufReader::new(stream));
        assert!(response.is_none_or(|response| response.status == 413), "{target}");
    }
    let mut stream = sandbox.connect();
    let _ = stream.write_all(&sandbox.request("GET", "/", &[("X-Long", &long)], ""));
    let response = Raw::read(&mut BufReader::new(stream));
    assert!(response.is_none_or(|response| response.status == 431));
    let many: Vec<_> = (0..200).map(|_| ("X-Many", "1")).collect();
    assert_eq!(sandbox.send("GET", "/", &many, "").status, 431);
    assert_eq!(sandbox.messages().len(), 0);
    // A long text with a long name is kept in part only.
    let body = json!({ "to": "+12025550123", "text": "x".repeat(100_000) }).to_string();
    assert_eq!(sandbox.send("POST", "/messages", &sample_headers("a"), &body).status, 202);
    let message = sandbox.messages().remove(0);
    assert_eq!(message["request"]["body"].as_str().unwrap().len(), 16 * 1_024);
}

#[test]
fn broken_requests_do_no_harm() {
    let sandbox = Running::start(&["sample"]);
    for bytes in [
        &b""[..],
        b"\0",
        b"GET",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab",
        b"POST /messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET http://attacker.example/api/messages HTTP/1.1\r\nHost: attacker.example\r\n\r\n",
        b"GET /api/messages HTTP/1.0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let mut stream = sandbox.connect();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        let rest = String::from_utf8_lossy(&rest).into_owned();
        assert!(!rest.starts_with("HTTP/1.1 2") && !rest.starts_with("HTTP/1.0 2"), "{rest}");
    }
    assert_eq!(sandbox.messages().len(), 0);
}
