//! The messages, the codes and the next responses.

use std::io::BufRead;

use serde_json::{Value, json};

use super::{Running, sample_headers};

#[test]
fn message_is_shown_with_all_that_is_known_about_it() {
    let sandbox = Running::start(&["sample"]);
    let text = "012345 is your “Acme” code.\n\n@acme.example #012345";
    let response = sandbox.message("+41791234567", text);
    assert_eq!(response.status, 202, "{}", response.text());
    let id = response.json()["id"].as_str().unwrap().to_owned();
    let message = sandbox.messages().remove(0);
    for (name, expected) in [
        ("id", json!("m-1")),
        ("seq", json!(1)),
        ("gateway", json!("sample")),
        ("call", json!("message")),
        ("to", json!("+41791234567")),
        ("region", json!("CH")),
        ("sender", json!("Acme")),
        ("text", json!(text)),
        ("code", json!("012345")),
        ("is_delivered", json!(true)),
        ("encoding", json!("UCS-2")),
        ("parts", json!(1)),
        ("units", json!({ "used": 50, "capacity": 70 })),
        ("autofill", json!({ "host": "acme.example", "code": "012345" })),
        ("mismatches", json!([])),
        ("additional", json!([])),
        ("message_id", json!(id)),
        ("retry_of", json!(null)),
    ] {
        assert_eq!(message[name], expected, "{name}");
    }
    assert_eq!(
        message["expensive_characters"][0],
        json!({ "character": "“", "index": 15, "name": "U+201C", "replacement": "\"" })
    );
    assert_eq!(message["response"]["status"], 202);
    assert_eq!(message["rule"]["fate"], "accepted");
    assert_eq!(message["rule"]["explanation"], "response.0 matches: accepted");
    let shown = message.to_string();
    assert!(!shown.contains("sentinel"), "{shown}");
    assert!(shown.contains("[\"authorization\",\"Bearer ***\"]"), "{shown}");
}

#[test]
fn codes_are_those_of_the_newest_delivered_message() {
    let sandbox = Running::start(&["sample"]);
    let to = "+12025550123";
    assert_eq!(sandbox.get(&format!("/api/codes/{to}")).status, 404);
    sandbox.message(to, "Your code is 111111");
    sandbox.message(to, "Your code is 222222");
    sandbox.message("+12025550124", "Your code is 333333");
    sandbox.set_answer("sample", r#"{"answer":{"outcome":"content"},"times":1}"#);
    assert_eq!(sandbox.message(to, "Your code is 444444").status, 422);
    for number in ["+12025550123", "%2B12025550123", "12025550123"] {
        let code = sandbox.get(&format!("/api/codes/{number}")).json();
        assert_eq!((&code["code"], &code["id"]), (&json!("222222"), &json!("m-2")), "{number}");
        assert_eq!(code["text"], "Your code is 222222");
    }
    assert_eq!(sandbox.get(&format!("/api/codes/{to}?since=2")).status, 404);
    // Without a code, the message before counts.
    sandbox.message(to, "Hello");
    assert_eq!(sandbox.get(&format!("/api/codes/{to}")).json()["code"], "222222");
    let found = sandbox.get("/api/messages?to=+12025550124").json();
    assert_eq!((found["messages"].as_array().unwrap().len(), &found["last"]), (1, &json!(5)));
    let found = sandbox.get("/api/messages?since=3").json();
    assert_eq!(found["messages"][0]["id"], "m-4");
    assert_eq!(sandbox.send("DELETE", "/api/messages", &[], "").status, 204);
    assert_eq!(sandbox.get("/api/messages").json(), json!({ "messages": [], "last": 5 }));
    sandbox.message(to, "Your code is 555555");
    assert_eq!(sandbox.messages()[0]["id"], "m-6");
}

#[test]
fn waiting_ends_with_the_message() {
    let sandbox = Running::start(&["sample"]);
    let get = |target: &'static str| {
        let sandbox = &sandbox;
        // A message that never came would end the request with an empty list after a minute.
        move || sandbox.get(target)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(get("/api/codes/+12025550124?wait=60s"));
        let code = scope.spawn(get("/api/codes/+12025550123?wait=60s"));
        let any = scope.spawn(get("/api/messages?wait=60s"));
        sandbox.message("+12025550123", "Your code is 111111");
        assert_eq!(code.join().unwrap().json()["code"], "111111");
        assert_eq!(any.join().unwrap().json()["messages"][0]["id"], "m-1");
        sandbox.message("+12025550124", "Your code is 222222");
        assert_eq!(other.join().unwrap().json()["code"], "222222");
    });
    let late = sandbox.get("/api/messages?since=2&wait=10ms").json();
    assert_eq!(late, json!({ "messages": [], "last": 2 }));
}

#[test]
fn wrong_parameters_are_refused_and_not_repeated() {
    let sandbox = Running::start(&["sample"]);
    for (target, problem) in [
        ("/api/messages?wait=61s", "wait: expected a time of at most 60 s, such as 5s"),
        ("/api/messages?wait=5", "wait: expected a time of at most 60 s, such as 5s"),
        ("/api/messages?since=x", "since: expected the number of a message, from 0"),
        ("/api/messages?form=1", "unknown parameter: expected to, since, wait"),
        ("/api/events?since=x", "since: expected the number of a message, from 0"),
    ] {
        let response = sandbox.get(target);
        assert_eq!(
            (response.status, &response.json()["error"]),
            (400, &json!(problem)),
            "{target}"
        );
    }
    let response = sandbox.get("/api/codes/sentinel");
    assert_eq!(response.status, 400);
    assert!(response.text().contains("number: invalid phone number"), "{}", response.text());
    assert!(!response.text().contains("sentinel"));
    for (method, target, status) in [
        ("GET", "/api/nothing", 404),
        ("POST", "/api/messages", 405),
        ("GET", "/api/answers/sample", 405),
        ("PUT", "/", 405),
        ("PUT", "/api/answers/other", 404),
        ("GET", "/g/other/messages", 404),
    ] {
        // With several gateways, no path is that of a gateway by itself.
        let sandbox = Running::start(&["sample", "kannel"]);
        let response = sandbox.send(method, target, &[], "");
        assert_eq!(response.status, status, "{method} {target}: {}", response.text());
        assert!(response.json()["error"].is_string());
    }
}

#[test]
fn answers_are_checked() {
    let sandbox = Running::start(&["sample"]);
    for (body, problem) in [
        ("", "the body: expected a JSON object with answer, times, to"),
        ("{", "the body: expected a JSON object with answer, times, to"),
        (r#"{"awnser":{}}"#, "the body: expected a JSON object with answer, times, to"),
        ("{}", "answer: expected an object with one of `outcome`, `example` and `fault`"),
        (r#"{"answer":{"outcome":"ok"}}"#, "answer.outcome: expected one of accepted, blocked,"),
        (r#"{"answer":{"fault":"x"}}"#, "answer.fault: expected one of error_500, garbage,"),
        (r#"{"answer":{"example":12}}"#, "answer.example: expected an index from 0 to 11"),
        (r#"{"answer":{"example":0},"times":0}"#, "times: expected null or a number from 1 to"),
        (r#"{"answer":{"example":0},"to":"1"}"#, "to: invalid phone number: "),
        (r#"{"answer":{"example":0},"to":1}"#, "to: expected a text"),
    ] {
        let response = sandbox.send("PUT", "/api/answers/sample", &[], body);
        assert_eq!(response.status, 400, "{body}");
        let found = response.json()["error"].as_str().unwrap().to_owned();
        assert!(found.starts_with(problem), "{body}: {found}");
    }
}

#[test]
fn answers_apply_to_the_number_first_then_to_magic_numbers_then_to_the_gateway() {
    let sandbox = Running::start(&["sample"]);
    let status = |to: &str| sandbox.message(to, "012345").status;
    let next = || {
        let gateway = sandbox.get("/api/gateways").json()["gateways"][0].clone();
        (gateway["next"].clone(), gateway["times"].clone())
    };
    assert_eq!(next(), (json!({ "outcome": "accepted" }), json!(null)));
    sandbox.set_answer("sample", r#"{"answer":{"outcome":"blocked"},"times":2}"#);
    assert_eq!(next(), (json!({ "outcome": "blocked" }), json!(2)));
    assert_eq!(status("+12025550123"), 403);
    assert_eq!(next(), (json!({ "outcome": "blocked" }), json!(1)));
    assert_eq!(status("+12025550001"), 429, "a magic number wins and uses nothing up");
    let own = r#"{"answer":{"outcome":"no_credit"},"times":1,"to":"+12025550001"}"#;
    sandbox.set_answer("sample", own);
    assert_eq!(status("+12025550001"), 402, "its own response wins");
    assert_eq!(status("+12025550001"), 429);
    // A request that the gateway refuses by itself uses nothing up either.
    let wrong = sandbox.send("POST", "/g/sample/messages", &sample_headers("a"), "{}");
    assert_eq!(wrong.status, 400);
    assert_eq!(next().1, json!(1));
    assert_eq!(status("+12025550123"), 403);
    assert_eq!(next(), (json!({ "outcome": "accepted" }), json!(null)));
    assert_eq!(status("+12025550123"), 202);
    sandbox.set_answer("sample", r#"{"answer":{"example":8}}"#);
    assert_eq!((status("+12025550123"), status("+12025550123")), (429, 429));
}

#[test]
fn retry_is_linked_and_delivered_once() {
    let sandbox = Running::start(&["sample"]);
    let body = r#"{"to":"+12025550123","text":"012345","from":"Acme"}"#;
    let send = || sandbox.send("POST", "/g/sample/messages", &sample_headers("id-1"), body).status;
    sandbox.set_answer("sample", r#"{"answer":{"outcome":"throttled"},"times":1}"#);
    assert_eq!((send(), send(), send()), (429, 202, 409));
    let found: Vec<[Value; 4]> = sandbox
        .messages()
        .iter()
        .map(|it| ["client_id", "retry_of", "is_delivered", "rule"].map(|name| it[name].clone()))
        .collect();
    let shown = |at: usize| (found[at][1].clone(), found[at][2].clone());
    assert_eq!(shown(0), (json!(null), json!(false)));
    assert_eq!(shown(1), (json!("m-1"), json!(true)));
    assert_eq!(shown(2), (json!("m-2"), json!(false)));
    assert_eq!(found[2][3]["outcome"], "duplicate");
    assert!(found.iter().all(|it| it[0] == "id-1"));
}

#[test]
fn mismatch_is_explained_where_the_application_sees_it() {
    let sandbox = Running::start(&["link-mobility"]);
    let form = [("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")];
    let body = "messageText=012345&destinationAddress=%2B41791234567&username=u&password=p";
    let headers = [form[0], ("Accept", "application/json")];
    // A single gateway is at the root too.
    for path in ["/g/link-mobility/restapi/v1/sms/send", "/restapi/v1/sms/send"] {
        let response = sandbox.send("POST", path, &headers, body);
        assert_eq!(response.status, 200);
        assert_eq!(response.json()["responseCode"], 100, "the vendor's own error");
        assert_eq!(
            response.header("x-otpost-reason"),
            Some(
                "form field `destinationAddress`: expected digits without a plus, found a plus and \
                 digits (12 characters)"
            )
        );
    }
    let message = sandbox.messages().remove(0);
    assert_eq!(message["is_delivered"], false);
    assert_eq!(message["rule"]["fate"], "refused");
    assert_eq!(message["mismatches"].as_array().unwrap().len(), 1);
    // The password is masked although it has too few characters to be searched.
    assert!(message["request"]["body"].as_str().unwrap().ends_with("&password=***"));
    let elsewhere = sandbox.send("POST", "/restapi/v2/sms/send", &headers, body);
    let reason = elsewhere.header("x-otpost-reason").unwrap();
    assert_eq!(reason, "path: expected `v1`, found letters and digits (2 characters)");
}

#[test]
fn strict_refuses_surplus_parts() {
    let body = r#"{"to":"+12025550123","text":"012345","from":"Acme","lang":"en"}"#;
    let usual = [("User-Agent", "acme/1"), ("Accept-Encoding", "gzip")];
    let headers: Vec<_> = sample_headers("a").into_iter().chain(usual).collect();
    let own: Vec<_> = headers.iter().copied().chain([("X-Acme", "1")]).collect();
    for arguments in [&["sample"][..], &["sample", "--strict"]] {
        let sandbox = Running::start(arguments);
        let is_strict = arguments.len() > 1;
        let more = sandbox.send("POST", "/messages", &headers, body);
        assert_eq!(more.status, if is_strict { 400 } else { 202 });
        let reason = more.header("x-otpost-reason");
        assert_eq!(reason, is_strict.then_some("/lang: expected none, found a value"));
        assert_eq!(sandbox.messages()[0]["additional"], json!(["/lang"]));
        let less = body.replace(r#","lang":"en""#, "");
        let less = less.replace("012345", "543210");
        let own = sandbox.send("POST", "/messages", &own, &less);
        assert_eq!(own.status, if is_strict { 400 } else { 409 }, "{}", own.text());
        let plain = sandbox.send("POST", "/messages", &headers, &less);
        assert_eq!(plain.status, if is_strict { 202 } else { 409 });
    }
}

#[test]
fn samples_arrive_through_every_gateway() {
    let sandbox = Running::start(&[]);
    let gateways = sandbox.get("/api/gateways").json();
    let gateways = gateways["gateways"].as_array().unwrap();
    assert_eq!(gateways.len(), 1 + otpost::gateways::names().count());
    for gateway in gateways {
        let id = gateway["id"].as_str().unwrap();
        let sent = sandbox.send("POST", &format!("/api/samples/{id}"), &[], "").json();
        assert_eq!((&sent["result"], &sent["reason"]), (&json!("accepted"), &json!(null)), "{id}");
        let base = gateway["base_url"].as_str().unwrap();
        assert!(sent["curl"].as_str().unwrap().contains(base), "{id}");
        let messages = sandbox.messages();
        let message = messages.iter().find(|it| it["id"] == sent["id"]).unwrap();
        assert_eq!((&message["code"], &message["is_delivered"]), (&json!("123456"), &json!(true)));
        // Some gateways have no ids of their own, and do not get ours in each request.
        if !message["message_id"].is_null() {
            assert_eq!(message["message_id"], sent["message_id"], "{id}");
        }
        // Digest authentication signs the path, which the sandbox puts behind the name of the gateway.
        if id == "dinstar" {
            continue;
        }
        // The command that is shown does the same.
        let curl = gateway["sample_curl"].as_str().unwrap();
        let output = std::process::Command::new("bash").args(["-c", curl]).output().unwrap();
        assert!(output.status.success(), "{id}: {curl}");
        let message = sandbox.messages().pop().unwrap();
        assert_eq!((&message["gateway"], &message["is_delivered"]), (&json!(id), &json!(true)));
        assert_eq!(message["mismatches"], json!([]), "{id}");
    }
    let own = r#"{"to":"+41791234567","text":"Code: 471147","code":"471147"}"#;
    let sent = sandbox.send("POST", "/api/samples/sample", &[], own).json();
    let message = sandbox.messages().pop().unwrap();
    assert_eq!((&message["id"], &message["code"]), (&sent["id"], &json!("471147")));
    let magic = r#"{"to":"+12025550022"}"#;
    let lost = sandbox.send("POST", "/api/samples/sample", &[], magic).json();
    assert_eq!((&lost["result"], &lost["message_id"]), (&json!("unknown"), &json!(null)));
    let wrong = sandbox.send("POST", "/api/samples/sample", &[], r#"{"to":"x"}"#);
    assert_eq!(wrong.status, 400);
}

#[test]
fn gateway_at_the_root_is_served() {
    let spec = crate::SPEC.replace("acme.example/send", "acme.example/");
    let path = crate::file("sandbox-root.toml", &spec);
    let sandbox = Running::start(&[path.to_str().unwrap(), "sample"]);
    let headers =
        [("Authorization", "Bearer a"), ("Content-Type", "application/x-www-form-urlencoded")];
    let sent = sandbox.send("POST", "/", &headers, "to=12025550123&text=012345");
    assert_eq!((sent.status, sent.header("x-otpost-reason")), (200, None), "{}", sent.text());
    assert_eq!(sandbox.messages()[0]["gateway"], "acme");
    // The page is still there.
    assert!(sandbox.get("/").header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(sandbox.send("POST", "/style.css", &[], "").status, 405);
}

#[test]
fn options_of_a_gateway_are_no_message() {
    for gateways in [&["sample"][..], &["sample", "kannel"]] {
        let sandbox = Running::start(gateways);
        for target in ["/messages", "/g/sample/messages"] {
            let options = sandbox.send("OPTIONS", target, &[], "");
            assert_eq!((options.status, options.header("allow")), (204, Some("POST")), "{target}");
        }
        for target in ["/message", "/g/sample/message"] {
            let wrong = sandbox.send("OPTIONS", target, &[], "");
            assert_eq!((wrong.status, wrong.header("allow")), (404, None), "{target}");
        }
        assert!(sandbox.messages().is_empty());
        // A website learns nothing.
        let origin = [("Origin", "http://a.example")];
        let website = sandbox.send("OPTIONS", "/g/sample/messages", &origin, "");
        assert_eq!((website.status, website.header("allow")), (403, None));
    }
}

#[test]
fn phone_stays_in_sight_with_the_whole_catalogue() {
    let mut sandbox = Running::start(&[]);
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line: &String| !line.starts_with("Programs")) {
        let mut line = String::new();
        assert_ne!(sandbox.stdout.read_line(&mut line).unwrap(), 0, "{lines:?}");
        lines.push(line);
    }
    // The first line is already read. A small terminal has 24.
    assert!(lines.len() < 10, "{lines:?}");
    assert!(lines[1].starts_with("  sample  http://127.0.0.1:"), "{lines:?}");
    let more = otpost::gateways::names().count();
    assert!(lines[2].starts_with(&format!("  and {more} gateways of `otpost catalogue`")));
}
