//! Conditions on lists, negations, and rules that nothing reaches.

use otpost::HttpGateway;
use otpost::gateway::{GatewaySpec, Lint, Outcome, Predicate, Rule};
use otpost::testing::ScriptedTransport;

use super::{answer, spec};

fn outcome(rule: Rule, body: &str) -> Outcome {
    let spec = spec().form("to", "{{to}}").form("t", "{{text}}").rule(rule);
    let gateway = HttpGateway::builder(spec.build()).build_with(ScriptedTransport::new()).unwrap();
    gateway.explain(&answer(200, &[], body).unwrap()).outcome()
}

fn holds(pointer: &str, is: Predicate, body: &str) -> bool {
    outcome(Rule::new(Outcome::Accepted).when_json(pointer, is), body) == Outcome::Accepted
}

#[test]
fn lists_are_judged_as_a_whole() {
    let all = || Predicate::all("0");
    let any = || Predicate::any(Predicate::one_of(["5", "10"]));
    for (body, of_all, of_any) in [
        (r#"{"messages":[{"status":"0"}]}"#, true, false),
        (r#"{"messages":[{"status":"0"},{"status":"0"}]}"#, true, false),
        (r#"{"messages":[{"status":"0"},{"status":"5"}]}"#, false, true),
        (r#"{"messages":[{"status":"10"}]}"#, false, true),
        // Nothing is not everything.
        (r#"{"messages":[]}"#, false, false),
        (r#"{"messages":{}}"#, false, false),
        (r#"{}"#, false, false),
        (r#"{"messages":"0"}"#, false, false),
        // An item without the member is not there, and null is no value.
        (r#"{"messages":[{"status":"0"},{}]}"#, true, false),
        (r#"{"messages":[{"status":"0"},{"status":null}]}"#, false, false),
        // The members of an object, as in gateways that list by number.
        (r#"{"messages":{"49176":{"status":"0"},"49177":{"status":"5"}}}"#, false, true),
    ] {
        assert_eq!(holds("/messages/*/status", all(), body), of_all, "{body}");
        assert_eq!(holds("/messages/*/status", any(), body), of_any, "{body}");
    }
    let nested = r#"{"a":[{"b":[1,2]},{"b":[3]}]}"#;
    assert!(holds("/a/*/b/*", Predicate::all(Predicate::between(1, 3)), nested));
    assert!(!holds("/a/*/b/*", Predicate::all(Predicate::between(1, 2)), nested));
    assert!(holds("/a/*/b/*", Predicate::any(3), nested));
}

#[test]
fn negations_hold_where_the_condition_does_not() {
    let not = || Predicate::not(Predicate::one_of(["0", "1"]));
    for (body, expected) in
        [(r#"{"s":"2"}"#, true), (r#"{"s":"1"}"#, false), (r#"{}"#, true), ("x", false)]
    {
        assert_eq!(holds("/s", not(), body), expected, "{body}");
    }
    assert!(!holds("/s", Predicate::not(Predicate::exists(false)), "{}"));
    let none = || Predicate::not(Predicate::any("5"));
    assert!(
        holds("/m/*", none(), r#"{"m":["1","2"]}"#) && !holds("/m/*", none(), r#"{"m":["1","5"]}"#)
    );
    let header = Rule::new(Outcome::Accepted).when_header("X-A", Predicate::not("no"));
    assert_eq!(outcome(header, ""), Outcome::Accepted);
}

#[cfg(feature = "xml")]
#[test]
fn elements_of_one_path_are_a_list() {
    let all = |body: &str| {
        outcome(Rule::new(Outcome::Accepted).when_xml("/r/m/s", Predicate::all("0")), body)
            == Outcome::Accepted
    };
    assert!(all("<r><m><s>0</s></m><m><s>0</s></m></r>"));
    assert!(!all("<r><m><s>0</s></m><m><s>1</s></m></r>") && !all("<r/>"));
    // Without a list, the first one counts, as before.
    let first = Rule::new(Outcome::Accepted).when_xml("/r/m/s", "0");
    assert_eq!(outcome(first, "<r><m><s>0</s></m><m><s>1</s></m></r>"), Outcome::Accepted);
}

#[test]
fn the_first_value_of_a_list_is_taken() {
    let rule = Rule::new(Outcome::Blocked).with_code("/m/*/error");
    let spec = spec().form("to", "{{to}}").form("t", "{{text}}").rule(rule).build();
    spec.check().unwrap();
}

#[test]
fn conditions_are_checked() {
    let with = |json: &str| {
        let toml = format!(
            "spec = 1\nid = \"a\"\nname = \"A\"\n[request]\nmethod = \"POST\"\nurl = \"https://acme.example/\"\n\
             form = {{ to = \"{{{{to}}}}\", t = \"{{{{text}}}}\" }}\n[[response]]\nwhen = {{ {json} }}\nthen = {{ outcome = \"accepted\" }}\n"
        );
        GatewaySpec::from_toml(&toml).and_then(|spec| {
            let written = spec.to_toml()?;
            assert!(GatewaySpec::from_toml(&written)? == spec, "{written}");
            Ok(())
        })
    };
    for good in [
        r#"json = { "/m/*/s" = { all = "0" } }"#,
        r#"json = { "/m/*/s" = { any = ["5", 10, true] } }"#,
        r#"json = { "/m/*/s" = { not = { any = { at_least = 400 } } } }"#,
        r#"json = { "/s" = { not = "x", exists = true } }"#,
        r#"header = { X-A = { not = ["a", "b"] } }"#,
    ] {
        with(good).unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    for (bad, words) in [
        (r#"json = { "/m/*/s" = "0" }"#, "several values"),
        (r#"json = { "/m/*/s" = { not = "0" } }"#, "several values"),
        (r#"json = { "/m/0/s" = { all = "0" } }"#, "only one value"),
        (r#"json = { "/m/*/s" = { all = { any = "0" } } }"#, "only one value"),
        (r#"json = { "/m/*/s" = { all = [] } }"#, "matches nothing"),
        (r#"json = { "/s" = { not = {} } }"#, "matches nothing"),
        (r#"header = { X-A = { any = "a" } }"#, "only one value"),
        (
            r#"json = { "/s" = { not = { not = { not = { not = { not = { not = 1 } } } } } } }"#,
            "nested too deeply",
        ),
        (r#"json = { "/s" = { none = 1 } }"#, "unknown field"),
    ] {
        let error = with(bad).expect_err(bad);
        assert!(
            error.path().starts_with("response.0.when") && error.to_string().contains(words),
            "{bad}: {error}"
        );
    }
}

#[test]
fn rules_that_nothing_reaches_are_found() {
    let accepted = || Rule::new(Outcome::Accepted);
    let blocked = || Rule::new(Outcome::Blocked);
    let duplicate = || Rule::new(Outcome::Duplicate).when_json("/a", 1);
    let check = |first: Rule, second: Rule| {
        let spec = spec().form("to", "{{to}}").form("t", "{{text}}").rule(first).rule(second);
        let spec = spec.idempotency(otpost::gateway::Idempotency::field("ref"));
        let error = spec.clone().build().check().err();
        assert!(spec.allow(Lint::UnreachableRule).build().check().is_ok());
        error.is_some_and(|error| {
            assert_eq!(error.path(), "response.1", "{error}");
            error.to_string().contains("unreachable-rule")
        })
    };
    for (first, second) in [
        (blocked(), accepted().when_status(200)),
        (blocked().when_status_in(400, 499), blocked().when_status(404)),
        (blocked().when_json("/a", 1), accepted().when_json("/a", 1).when_json("/b", 2)),
        (
            blocked().when_json("/a", Predicate::one_of([1, 2, 3])),
            accepted().when_json("/a", Predicate::one_of([3, 1])),
        ),
        (blocked().when_json("/a", Predicate::exists(true)), accepted().when_json("/a", 1)),
        (accepted().when_status_in(200, 299), accepted().when_json("/a", 1)),
        (blocked().when_body_regex("^x"), blocked().when_body_regex("^x").when_status(200)),
        (duplicate(), blocked().when_status(409).when_json("/a", 1)),
    ] {
        assert!(check(first.clone(), second.clone()), "{first:?} hides {second:?}");
    }
    for (first, second) in [
        (blocked().when_status(404), blocked().when_status_in(400, 499)),
        (accepted().when_json("/a", 1), blocked().when_json("/a", 1)),
        (blocked().when_json("/a", 1), accepted().when_json("/b", 1)),
        (
            blocked().when_json("/a", Predicate::one_of([1, 2])),
            accepted().when_json("/a", Predicate::one_of([1, 3])),
        ),
        (
            blocked().when_json("/a", Predicate::exists(true)),
            accepted().when_json("/a", Predicate::not(1)),
        ),
        (blocked().when_body_regex("^x"), blocked().when_body_regex("^y")),
        // A rule for duplicates without a status is about 200 to 299 and 400 to 499.
        (duplicate(), blocked().when_status(500).when_json("/a", 1)),
    ] {
        assert!(!check(first.clone(), second.clone()), "{first:?} hides {second:?}");
    }
}

#[test]
fn what_a_header_must_not_be_none_of_its_values_is() {
    let rule = || Rule::new(Outcome::Accepted).when_header("X-S", Predicate::not("error"));
    let gateway = HttpGateway::builder(
        spec().form("to", "{{to}}").form("t", "{{text}}").rule(rule()).build(),
    );
    let gateway = gateway.build_with(ScriptedTransport::new()).unwrap();
    let outcome = |headers: &[(&'static str, &str)]| {
        gateway.explain(&answer(200, headers, "").unwrap()).outcome()
    };
    assert_eq!(outcome(&[("x-s", "ok")]), Outcome::Accepted);
    assert_eq!(outcome(&[("x-s", "ok"), ("x-s", "error")]), Outcome::Unknown);
}
