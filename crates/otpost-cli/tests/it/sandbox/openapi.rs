//! The responses are those of the description.

use serde_json::{Value, json};

use super::Running;

/// Checks a value by the part of JSON Schema that the description uses.
fn violations(document: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    if let Some(reference) = schema.get("$ref") {
        let pointer = reference.as_str().unwrap().trim_start_matches('#');
        return violations(document, document.pointer(pointer).unwrap(), value, path);
    }
    let mut found = Vec::new();
    if let Some(one_of) = schema.get("oneOf") {
        let one_of = one_of.as_array().unwrap().iter();
        let fits = one_of.filter(|one| violations(document, one, value, path).is_empty()).count();
        if fits != 1 {
            found.push(format!("{path}: {fits} alternatives fit {value}"));
        }
    }
    let kinds: Vec<&str> = match schema.get("type") {
        None => Vec::new(),
        Some(Value::String(kind)) => vec![kind],
        Some(kinds) => kinds.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect(),
    };
    let is_kind = |kind: &&str| match *kind {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "null" => value.is_null(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("{other}"),
    };
    if !kinds.is_empty() && !kinds.iter().any(is_kind) {
        found.push(format!("{path}: {value} is not one of {kinds:?}"));
    }
    if let Some(known) = schema.get("enum")
        && !known.as_array().unwrap().contains(value)
    {
        found.push(format!("{path}: {value} is not one of {known}"));
    }
    if let (Some(least), Some(number)) = (schema.get("minimum"), value.as_u64())
        && number < least.as_u64().unwrap()
    {
        found.push(format!("{path}: {number} is less than {least}"));
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        let (least, most) = (schema.get("minItems"), schema.get("maxItems"));
        let length = values.len() as u64;
        if least.is_some_and(|least| length < least.as_u64().unwrap())
            || most.is_some_and(|most| length > most.as_u64().unwrap())
        {
            found.push(format!("{path}: {length} items"));
        }
        for (at, value) in values.iter().enumerate() {
            found.extend(violations(document, items, value, &format!("{path}/{at}")));
        }
    }
    if let (Some(properties), Some(members)) = (schema.get("properties"), value.as_object()) {
        let properties = properties.as_object().unwrap();
        for name in schema["required"].as_array().unwrap() {
            if !members.contains_key(name.as_str().unwrap()) {
                found.push(format!("{path}: {name} is missing"));
            }
        }
        for (name, value) in members {
            match properties.get(name) {
                Some(schema) => {
                    found.extend(violations(document, schema, value, &format!("{path}/{name}")));
                }
                None => found.push(format!("{path}: {name} is not described")),
            }
        }
    }
    found
}

#[track_caller]
fn check(document: &Value, schema: &str, value: &Value) {
    let schema = &document["components"]["schemas"][schema];
    assert!(schema.is_object());
    let found = violations(document, schema, value, "");
    assert!(found.is_empty(), "{found:#?}\n{value:#}");
}

#[test]
fn responses_are_those_of_the_description() {
    let sandbox = Running::start(&["sample", "kannel", "message-central", "--slow", "1ms"]);
    let document = sandbox.get("/api/openapi.json").json();
    let printed = crate::otpost(&["sandbox", "--openapi"], "");
    assert_eq!(crate::json(&printed), document);
    for (at, id) in ["sample", "kannel", "message-central"].iter().enumerate() {
        for end in 0..28 {
            let to = format!("+1202555{end:04}");
            let body = json!({ "to": to, "text": "Zoë’s code is 012345", "code": "012345" });
            let body = body.to_string();
            let sent = sandbox.send("POST", &format!("/api/samples/{id}"), &[], &body);
            check(&document, "SampleResult", &sent.json());
        }
        let answer = [r#"{"outcome":"blocked"}"#, r#"{"example":1}"#, r#"{"fault":"reset"}"#][at];
        sandbox.set_answer(id, &format!("{{\"answer\":{answer},\"times\":{}}}", at + 1));
    }
    assert_eq!(sandbox.message("+12025550123", "012345").status, 403);
    sandbox.message("+12025550123", "012345 is your code.\n\n@acme.example #012345");
    // Requests that no spec has.
    sandbox.send("POST", "/g/kannel/", &[], "\u{fe}\0 sentinel");
    sandbox.send("DELETE", "/g/sample/messages?password=sentinel", &[("X-\u{7e}", "é")], "{}");
    check(&document, "Gateways", &sandbox.get("/api/gateways").json());
    let messages = sandbox.get("/api/messages").json();
    check(&document, "Messages", &messages);
    assert!(messages["messages"].as_array().unwrap().len() > 85);
    check(&document, "Code", &sandbox.get("/api/codes/+12025550123").json());
    check(&document, "Problem", &sandbox.get("/api/codes/+12025550199").json());
    check(&document, "Problem", &sandbox.get("/api/x").json());

    // A message that differs from the description is noticed.
    let good = messages["messages"][0].clone();
    check(&document, "Message", &good);
    for (name, value) in [
        ("seq", json!(0)),
        ("seq", json!("1")),
        ("call", json!("call")),
        ("more", json!(1)),
        ("autofill", json!({ "host": "a" })),
        ("request", json!({})),
        ("variables", json!([{ "name": "a", "value": 1, "is_secret": false }])),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        let schema = &document["components"]["schemas"]["Message"];
        assert!(!violations(&document, schema, &bad, "").is_empty(), "{name}");
    }
}

#[test]
fn reports_are_those_of_the_description() {
    // Telnyx signs with a private key, whose public key is shown.
    let arguments =
        ["twilio", "telnyx", "--reports", "http://127.0.0.1:9/r", "--deliver-after", "1h"];
    let sandbox = Running::start(&arguments);
    let document = sandbox.get("/api/openapi.json").json();
    check(&document, "Gateways", &sandbox.get("/api/gateways").json());
    sandbox.send("POST", "/api/samples/twilio", &[], "{}");
    let body = r#"{"statuses":["delivered"],"faults":["duplicated"],"code":"0"}"#;
    let sent = sandbox.send("POST", "/api/messages/m-1/reports", &[], body).json();
    check(&document, "Reports", &sent);
    assert_eq!(sandbox.get("/api/reports").json(), sent);
    assert_eq!(sent["reports"].as_array().unwrap().len(), 2);
}

#[test]
fn every_path_of_the_description_is_there() {
    let sandbox = Running::start(&["sample"]);
    let document = sandbox.get("/api/openapi.json").json();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 10);
    for (path, methods) in paths {
        let target = path.replace("{gateway}", "sample").replace("{number}", "+12025550123");
        let target = target.replace("{id}", "m-1");
        for (method, operation) in methods.as_object().unwrap() {
            // The stream has no end.
            if path == "/api/events" {
                continue;
            }
            let response = sandbox.send(&method.to_uppercase(), &target, &[], "");
            let status = response.status.to_string();
            let described = &operation["responses"][&status];
            assert!(described.is_object(), "{method} {path} has the status {status}");
        }
    }
}
