//! The commands that send nothing.

use std::path::PathBuf;
use std::sync::LazyLock;

use crate::{check, file, json, otpost, run, texts};

const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts/acme.toml");
const THROTTLED: &str = include_str!("../transcripts/throttled.txt");
const KEY: &str = include_str!("../transcripts/key.txt");

/// Renders with the token from a file.
fn render(more: &[&str]) -> std::process::Output {
    // Written once: tests run at the same time, and one must not read while another one writes.
    static FILE: LazyLock<PathBuf> = LazyLock::new(|| file("token.txt", "sentinel-token\n"));
    let token = format!("token=file:{}", FILE.display());
    let arguments = ["render", SPEC, "--var", "user=acme", "--var", &token];
    otpost(&[&arguments, more].concat(), "")
}

#[test]
fn render_masks_secrets_and_the_message() {
    let message = ["--to", "+12025550123", "--text", "Your code: 917342", "--code", "917342"];
    let shown = render(&message);
    check(&shown, 0, "POST https://sms.acme.example/send\n", "");
    check(&shown, 0, "\naccount=acme&to=12*******23&text=***\n\n1 segment in the GSM alphabet", "");
    let as_json = render(&[&message[..], &["--json"]].concat());
    let document = json(&as_json);
    assert_eq!(document["method"], "POST");
    assert_eq!(document["url"], "https://sms.acme.example/send");
    assert_eq!(document["headers"][2]["name"], "authorization");
    assert_eq!(document["body"], "account=acme&to=12*******23&text=***");
    assert_eq!(document["text"]["units"], 17);
    for output in [shown, as_json] {
        for hidden in ["sentinel", "2025550123", "917342"] {
            assert!(!texts(&output).0.contains(hidden), "{hidden}");
        }
    }
    let curl = render(&[&message[..], &["--curl"]].concat());
    check(&curl, 0, "--data-raw 'account=acme&to=12025550123&text=Your+code", "");
    assert!(!texts(&curl).0.contains("sentinel"));
}

#[test]
fn render_takes_a_sender_and_a_code_alone() {
    let code = ["--to", "+12025550123", "--code", "123456"];
    let curl = render(&[&code[..], &["--curl"]].concat());
    check(&curl, 0, "text=123456+is+your+code'", "");
    let sender = render(&[&code[..], &["--from", "Acme"]].concat());
    check(&sender, 0, "POST ", "");
    check(&render(&[&code[..], &["--from", "a\u{7}b"]].concat()), 2, "", "error: --from: ");
    check(&render(&["--to", "+12025550123"]), 2, "", "--text <TEXT>");
}

#[test]
fn var_refuses_a_secret_on_the_command_line() {
    let base = ["render", SPEC, "--to", "+12025550123", "--code", "123456", "--var"];
    for (var, problem) in [
        ("token=sentinel-1", "token=env:NAME or token=file:PATH"),
        ("token", "expected NAME=env:NAME or NAME=file:PATH"),
        ("sentinel-2", "expected NAME=env:NAME or NAME=file:PATH"),
        ("sentinel-3=env:A", "unknown variable: expected `user`, `token`"),
    ] {
        let output = otpost(&[&base[..], &[var]].concat(), "");
        check(&output, 2, "", problem);
        assert!(!texts(&output).1.contains("sentinel"), "{}", texts(&output).1);
    }
    let early = otpost(&["render", "--var", "token=sentinel-4"], "");
    check(&early, 2, "", "--to <NUMBER>");
    assert!(!texts(&early).1.contains("sentinel"));
    let missing = otpost(&[&base[..], &["user=acme"]].concat(), "");
    check(&missing, 1, "", "error: vars.token: it has no value: give it with --var token=env:NAME");
    let unset =
        otpost(&[&base[..], &["token=env:OTPOST_NOT_SET", "--var", "user=acme"]].concat(), "");
    check(&unset, 1, "", "error: vars.token: the environment variable is not set");
}

#[test]
fn explain_names_the_rule_and_the_fate() {
    let pasted = otpost(&["explain", SPEC], THROTTLED);
    check(&pasted, 0, "response.2 matches: throttled\nresult: not_sent: a rate limit", "");
    check(&pasted, 0, "code: E17\nthe gateway: too many messages to ***\nretry after: 30 s\n", "");
    let document = json(&otpost(&["explain", SPEC, "--json"], THROTTLED));
    assert_eq!(document["rule"], 2);
    assert_eq!(document["outcome"], "throttled");
    assert_eq!(document["why_not"].as_array().unwrap().len(), 2);
    assert_eq!(document["send"]["result"], "not_sent");
    assert_eq!(document["send"]["retry_after_s"], 30);

    let body = r#"{"id":"m-17"}"#;
    check(&otpost(&["explain", SPEC], body), 0, "result: accepted\nmessage id: m-17\n", "");
    check(&otpost(&["explain", SPEC, "--status", "401"], body), 0, "kind: unauthorized\n", "");
    let header = ["explain", SPEC, "--status", "429", "--header", "Retry-After: 3"];
    check(&otpost(&header, "{}"), 0, "retry after: 3 s\n", "");
    let unknown = otpost(&["explain", SPEC], "{}");
    check(&unknown, 0, "no rule matches; status 200 means: unknown\nresult: unknown: ", "");
}

#[test]
fn explain_refuses_what_is_no_response() {
    check(
        &otpost(&["explain", SPEC], "HTTP/1.1 x\n\n"),
        1,
        "",
        "error: the status line is invalid",
    );
    let header = otpost(&["explain", SPEC, "--header", "sentinel"], "");
    check(&header, 2, "", "error: --header: a header is invalid: expected `Name: value`\n");
    assert!(!texts(&header).1.contains("sentinel"));
    check(&otpost(&["explain", SPEC, "--status", "99"], ""), 2, "", "--status");
    check(&otpost(&["explain", "-"], ""), 2, "", "expected a file");
    let broken = SPEC.replace("acme.toml", "broken.toml");
    check(&otpost(&["explain", &broken], "{}"), 1, "", "broken.toml: request.form.text: ");
}

#[test]
fn segments_counts_and_names_characters() {
    let plain = otpost(&["segments", "123456 is your code"], "");
    check(&plain, 0, "1 segment in the GSM alphabet, 19 units; 141 more fit\nautofill: none", "");
    let text = format!("1 \u{2013} 2{}\n\n@acme.example #123456\n", "a".repeat(70));
    let read = otpost(&["segments", "-"], &text);
    check(&read, 0, "2 segments in UCS-2", "");
    check(&read, 0, "outside of the GSM alphabet: U+2013 at byte 2: write `-`\n", "");
    check(&read, 0, "autofill: on https://acme.example only\n", "");
    let document = json(&otpost(&["segments", "-", "--json"], &text));
    assert_eq!(document["text"]["segments"], 2);
    assert_eq!(document["non_gsm_characters"][0]["replacement"], "-");
    assert_eq!(document["smart_encoding"]["segments"], 1);
    assert_eq!(document["autofill_host"], "acme.example");
}

#[test]
fn regions_prints_what_is_known() {
    let all = otpost(&["regions"], "");
    check(&all, 0, "region  names", "");
    assert_eq!(texts(&all).0.lines().count(), 231);
    let two = otpost(&["regions", "my", "GG"], "");
    check(&two, 0, "MY\n  names as senders: replaced\n", "");
    check(&two, 0, "  text: begins with `RM0 `\n", "");
    check(&two, 0, "GG: no rules are known\nas of 20", "");
    let document = json(&otpost(&["regions", "BR", "GG", "AE", "--json"], ""));
    let [brazil, guernsey, emirates] = [0, 1, 2].map(|at| &document["regions"][at]);
    assert_eq!(brazil["quiet_hours"]["sunday"], true);
    assert_eq!((&brazil["reports"], &brazil["names"]), (&"carrier".into(), &"replaced".into()));
    assert_eq!((&guernsey["is_known"], &guernsey["names"]), (&false.into(), &().into()));
    assert_eq!(emirates["text_rules"][0]["rule"], "no_links");
    assert_eq!(emirates["bank_rule"]["is_verified"], false);
    assert_eq!(emirates["quiet_hours"], "never");
    check(&otpost(&["regions", "EU"], ""), 2, "", "expected two letters of ISO 3166-1");
}

#[test]
fn totp_prints_the_code_and_the_time_left() {
    // RFC 6238, appendix B, in six digits.
    let rfc = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n";
    check(&otpost(&["totp", "--at", "59"], rfc), 0, "287082 for 1 s\n", "");
    let document = json(&otpost(&["totp", "--at", "1111111109", "--json"], rfc));
    assert_eq!((&document["code"], &document["seconds_left"]), (&"081804".into(), &1.into()));
    let key = file("key.txt", KEY);
    let key = format!("file:{}", key.display());
    check(&otpost(&["totp", "--at", "1700000000", "--key", &key], ""), 0, " for 10 s\n", "");
    let now = otpost(&["totp"], rfc);
    check(&now, 0, " for ", "");
    let qr = otpost(&["totp", "--qr"], KEY);
    check(&qr, 0, "█████████", "");
    assert!(texts(&qr).0.ends_with(" s\n"));
}

#[test]
fn totp_repeats_nothing_of_a_key() {
    let secret = "GEZDGNBVGY3TQOJQ1";
    for (arguments, input, code) in [
        (&["totp"][..], secret, 1),
        (&["totp"], "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ1", 1),
        (&["totp"], "otpauth://hotp/a?secret=GEZDGNBVGY3TQOJQ&counter=1", 1),
        (&["totp", "--key", secret], "", 2),
        (&["totp", "--key", "env:OTPOST_NOT_SET"], "", 1),
        (&["totp", "--key", "file:/nowhere/key"], "", 1),
        (&["totp", "--key", "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ"], "", 2),
        (&["totp", secret], "", 2),
    ] {
        let output = otpost(arguments, input);
        check(&output, code, "", "error: ");
        assert!(!texts(&output).1.contains("GEZDGNBV"), "{}", texts(&output).1);
    }
}

#[test]
fn tree_without_the_feature_send_has_no_tls() {
    let tree = |features: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO"));
        command.args(["tree", "-p", "otpost-cli", "-e", "normal", "--prefix", "none"]);
        texts(&run(command.args(features).current_dir(env!("CARGO_MANIFEST_DIR")), b"")).0
    };
    let has =
        |tree: &str, name: &str| tree.lines().any(|line| line.starts_with(&format!("{name} ")));
    let (all, offline) = (tree(&[]), tree(&["--no-default-features"]));
    let sandbox = tree(&["--no-default-features", "--features", "sandbox"]);
    assert!(has(&offline, "clap") && has(&offline, "otpost"), "{offline}");
    for name in ["aws-lc-rs", "reqwest", "rustls", "tokio"] {
        assert!(has(&all, name) && !has(&offline, name), "{name}");
        assert_eq!(has(&sandbox, name), name == "tokio", "{name}");
    }
}

#[test]
fn completions_and_man_pages_name_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = otpost(&["completions", shell], "");
        check(&script, 0, "segments", "");
        check(&script, 0, "catalogue", "");
        #[cfg(feature = "send")]
        check(&script, 0, "connections", "");
    }
    check(&otpost(&["completions", "sentinel"], ""), 2, "", "bash");
    let all = otpost(&["man"], "");
    check(&all, 0, "otpost\\-segments(1)", "");
    let network = ["diagnose", "load", "send"].into_iter().filter(|_| cfg!(feature = "send"));
    for verb in
        ["catalogue", "check", "curl", "explain", "render", "totp"].into_iter().chain(network)
    {
        let page = otpost(&["man", verb], "");
        check(&page, 0, &format!(".TH otpost-{verb} 1"), "");
        check(&page, 0, "Examples:", "");
    }
    check(&otpost(&["man", "frobnicate"], ""), 2, "", "unknown command");
}
