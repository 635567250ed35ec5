//! What takes text or patterns has a bound, and says so.

use otpost::gateway::{
    GatewaySpec, GatewaySpecBuilder, HttpGateway, Outcome, Predicate, Rule, SpecError,
};
use otpost::message::{DltTemplate, TextTemplate};
use otpost::testing::ScriptedTransport;
use otpost::transport::Response;
use otpost::{Code, PhoneNumber};
use otpost_curl::Sample;

/// What a search sees of a text.
const SEEN: usize = 4 * 1_024;

fn acme() -> GatewaySpecBuilder {
    let spec = GatewaySpec::builder("acme", "Acme").post("https://acme.example/send");
    spec.form("to", "{{to}}").form("text", "{{text}}")
}

fn check(rules: impl IntoIterator<Item = Rule>) -> Result<(), SpecError> {
    rules.into_iter().fold(acme(), GatewaySpecBuilder::rule).build().check().map(drop)
}

fn refused(regex: &str) -> Rule {
    Rule::new(Outcome::Blocked).when_status(400).when_body_regex(regex)
}

/// The engine with its own bounds, as it was used before.
fn naive_compiles(regex: &str) -> bool {
    regex_lite::Regex::new(regex).is_ok()
}

/// Programs of many states, of which each is tried at each character.
const EVIL: [&str; 6] = [
    "(a?){2000}b",
    "(?:a{0,100}){0,20}b",
    "(.*a){500}b",
    "[a-z]{1,400}!",
    r"(?:\w\w?){300}$",
    "(((((a{0,9}){0,9}){0,9})))x",
];

#[test]
fn bounds_of_a_program_refuse_it_when_the_spec_is_checked() {
    for regex in EVIL {
        assert!(naive_compiles(regex), "{regex}: the engine's own bound takes it");
        let error = check([refused(regex)]).unwrap_err();
        assert_eq!(error.path(), "response.0.when.body_regex", "{regex}");
        assert!(error.to_string().contains("8192 bytes"), "{error}");
        let json = Rule::new(Outcome::Blocked).when_json("/a", Predicate::regex(regex));
        assert_eq!(check([json]).unwrap_err().path(), "response.0.when.json./a");
        let header = Rule::new(Outcome::Blocked).when_header("X-A", Predicate::regex(regex));
        assert_eq!(check([header]).unwrap_err().path(), "response.0.when.header.X-A");
        let form = Rule::new(Outcome::Blocked).when_form("a", Predicate::regex(regex));
        assert_eq!(check([form]).unwrap_err().path(), "response.0.when.form.a");
    }
    let long = check([refused(&"a".repeat(2_049))]).unwrap_err();
    assert!(long.to_string().contains("2048 bytes"), "{long}");
    let deep = format!("{}a{}", "(".repeat(40), ")".repeat(40));
    assert!(check([refused(&deep)]).unwrap_err().to_string().contains("does not compile"));
    let syntax = check([refused("(a")]).unwrap_err();
    assert!(syntax.to_string().contains("does not compile"), "{syntax}");
    for regex in
        ["^OK", r"(?P<id>[0-9A-Fa-f-]{36})", "ERR[: ]+(?P<words>[^\r\n]{1,40})", r"\b\d{3,6}\b"]
    {
        check([refused(regex)]).unwrap();
    }
}

#[test]
fn bounds_hold_for_all_rules_together() {
    // Each alone is fine.
    let rule = |at: usize| refused(&format!("[a-z]{{1,90}}!{at}"));
    check([rule(0)]).unwrap();
    let error = check((0..64).map(rule)).unwrap_err();
    assert!(
        error.path().starts_with("response.") && error.path().ends_with("body_regex"),
        "{error}"
    );
    assert!(error.to_string().contains("32768 bytes"), "{error}");
    // An expression that is repeated is a search for each of its rules.
    let repeated = |status: u16| {
        Rule::new(Outcome::Blocked).when_status(status).when_body_regex("[a-z]{1,90}!")
    };
    let error = check((400..464).map(repeated)).unwrap_err();
    assert!(error.to_string().contains("32768 bytes"), "{error}");
    // As many small ones as any gateway has.
    check((0..50).map(|n| refused(&format!("^ERR {n}\\b")))).unwrap();
}

#[test]
fn bounds_of_what_is_searched_are_seen() {
    let rules = [
        refused(r"^ERR (?P<code>\d+)").with_code("group:code"),
        Rule::new(Outcome::NoCredit).when_status(400).when_body_regex("needle"),
        Rule::new(Outcome::Throttled).when_status(400).when_body_regex("^x+$"),
        Rule::new(Outcome::Regulatory).when_status(402).when_json("/a", Predicate::regex("^x+$")),
    ];
    let spec = rules.into_iter().fold(acme(), GatewaySpecBuilder::rule).build();
    let gateway = HttpGateway::builder(spec).build_with(ScriptedTransport::new()).unwrap();
    let explain = |status: u16, body: String| {
        let mut answer = Response::new(body.into());
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        gateway.explain(&answer).outcome()
    };
    let padded = |before: usize, word: &str, after: usize| {
        format!("{}{word}{}", "x".repeat(before), "y".repeat(after))
    };
    assert_eq!(explain(400, padded(0, "ERR 17", 60_000)), Outcome::Blocked);
    assert_eq!(explain(400, padded(SEEN - 7, "needle", 60_000)), Outcome::NoCredit);
    assert_eq!(explain(400, padded(100, "needle", 100)), Outcome::NoCredit);
    // Behind what is searched it is not found, and the status decides.
    assert_eq!(explain(400, padded(SEEN - 5, "needle", 60_000)), Outcome::Misconfigured);
    assert_eq!(explain(400, "x".repeat(SEEN)), Outcome::Throttled);
    // Whether it fits is decided behind what is searched: that leaves the answer open, where the naive search of the
    // beginning takes its end for that of the body.
    let long = "x".repeat(SEEN + 1);
    assert!(regex_lite::Regex::new("^x+$").unwrap().is_match(&long[..SEEN]));
    assert_eq!(explain(400, format!("{long}!")), Outcome::Unknown);
    // Characters of several bytes are not cut.
    for character in ["é", "€", "😀"] {
        assert_eq!(explain(400, character.repeat(SEEN)), Outcome::Misconfigured);
    }
    let value = |text: &str| explain(402, format!("{{\"a\":\"{text}\"}}"));
    assert_eq!(value("xxx"), Outcome::Regulatory);
    assert_eq!(value(&long), Outcome::NoCredit, "a longer value does not fit; the status decides");
}

#[test]
fn bounds_of_conditions_refuse_more_than_any_gateway_has() {
    let many = |count: usize| {
        (0..count).fold(Rule::new(Outcome::Blocked), |rule, n| rule.when_json(format!("/a{n}"), 1))
    };
    check([many(512)]).unwrap();
    assert_eq!(check([many(513)]).unwrap_err().path(), "response");
    assert_eq!(check([many(300), many(300)]).unwrap_err().path(), "response");
    let one_of =
        |count: i64| Rule::new(Outcome::Blocked).when_json("/a", Predicate::one_of(0..count));
    check([one_of(4_096)]).unwrap();
    assert_eq!(check([one_of(4_097)]).unwrap_err().path(), "response");
    let deep = Rule::new(Outcome::Blocked).when_json("/a".repeat(300), 1);
    assert_eq!(check([deep]).unwrap_err().path(), "response");
}

/// As TOML was read before: whatever its length.
fn naive_toml(text: &str) -> Result<toml::Table, toml::de::Error> {
    toml::from_str(text)
}

#[test]
fn bounds_of_a_spec_refuse_it_before_it_is_parsed() {
    let spec = "spec = 1\nid = \"acme\"\nname = \"Acme\"\n[request]\nmethod = \"GET\"\nurl = \"https://a.example/{{to}}/{{text}}\"\n";
    let padded = |length: usize| format!("{spec}{}", "#".repeat(length - spec.len()));
    GatewaySpec::from_toml(&padded(256 * 1_024)).unwrap();
    let long = padded(256 * 1_024 + 1);
    assert!(naive_toml(&long).is_ok());
    let error = GatewaySpec::from_toml(&long).unwrap_err();
    assert_eq!((error.path(), error.to_string().contains("256 KiB")), ("spec", true), "{error}");
    // Not parsed at all: what is no TOML is too long as well.
    let broken = "[[[".repeat(10_000_000);
    assert!(GatewaySpec::from_toml(&broken).unwrap_err().to_string().contains("256 KiB"));
}

#[test]
fn bounds_of_other_texts_refuse_what_is_longer() {
    let mega = "1".repeat(8 << 20);
    let to = || PhoneNumber::parse("+12025550123").unwrap();
    let command = "curl https://a.example -d to=12025550123 -d text=hello";
    let from_curl = |command: &str, text: &str| {
        otpost_curl::import(command, &Sample::new(to(), text)).unwrap_err().to_string()
    };
    assert!(from_curl(&format!("{command}{mega}"), "hello").contains("64 KiB"));
    assert!(from_curl(command, &mega).contains("64 KiB"));
    assert!(Code::parse(&mega).is_err());
    assert!(PhoneNumber::parse(&format!("+{mega}")).is_err());
    assert!(PhoneNumber::normalize(&format!("+{mega}")).is_err());
    assert!(TextTemplate::parse(&format!("{{{{code}}}}{mega}")).is_err());
    assert!(otpost::otp::KeyUri::parse(&format!("otpauth://totp/a?secret={mega}")).is_err());
    #[cfg(feature = "migration")]
    {
        let uri = format!("otpauth-migration://offline?data={mega}");
        assert!(otpost::otp::Migration::parse(&uri).is_err());
    }
    assert!(otpost::message::Locale::parse(&mega).is_err());
    assert!(otpost::message::SenderId::parse(&mega).is_err());
    assert!(otpost::message::Autofill::new(&mega).is_err());
    assert!(otpost::phone::Region::parse(&mega).is_err());
    assert!(DltTemplate::new("1", "2", &format!("{mega} {{#var#}}")).is_err());
    let template = DltTemplate::new("1", "2", "{#var#} is your code {#var#}").unwrap();
    template.check("123456 is your code for 5 minutes").unwrap();
    assert!(template.check(&format!("1 is your code {mega}")).is_err());
}
