//! The command, as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(feature = "send")]
mod broken;
mod catalogue;
#[cfg(feature = "sandbox")]
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a random choice among a few"
)]
#[path = "../../../../tests/it/dice.rs"]
mod dice;
#[cfg(all(feature = "send", unix))]
mod examples;
#[cfg(feature = "send")]
mod load;
#[cfg(feature = "send")]
mod network;
mod offline;
#[cfg(feature = "sandbox")]
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]
mod sandbox;
#[cfg(feature = "sandbox")]
#[path = "../../../../tests/it/scale.rs"]
mod scale;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "send")]
mod server;
#[cfg(all(feature = "sandbox", feature = "send", unix))]
mod transcripts;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const COMMAND: &str = "curl https://sms.acme.example/send -H 'Accept: application/json' \\\n  \
                       -d 'text=123456 is your code' -d to=12025550123 -d password=hunter2\n";
const SAMPLE: [&str; 4] = ["--to", "+12025550123", "--text", "123456 is your code"];

const SPEC: &str = r#"
spec = 1
id = "acme"
name = "Acme SMS"
[vars]
token = { secret = true }
[request]
method = "POST"
url = "https://sms.acme.example/send"
form = { to = "{{to|plain}}", text = "{{text}}" }
[auth]
bearer = { token = "{{token}}" }
[[response]]
when = { status = "200-299" }
then = { outcome = "accepted" }
"#;

/// Runs the command with this standard input.
fn otpost(arguments: &[&str], input: &str) -> Output {
    run(Command::new(env!("CARGO_BIN_EXE_otpost")).args(arguments), input.as_bytes())
}

fn run(command: &mut Command, input: &[u8]) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // A command that does not read its input has closed it already.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn curl(arguments: &[&str], input: &str) -> Output {
    otpost(&[&["curl"], SAMPLE.as_slice(), arguments].concat(), input)
}

#[track_caller]
fn check(output: &Output, code: i32, stdout: &str, stderr: &str) {
    let (printed, errors) = texts(output);
    assert_eq!(output.status.code(), Some(code), "{printed}\n{errors}");
    assert!(printed.contains(stdout), "{stdout:?} in\n{printed}");
    assert!(errors.contains(stderr), "{stderr:?} in\n{errors}");
    assert!(!stdout.is_empty() || printed.is_empty(), "{printed}");
    assert!(!stderr.is_empty() || errors.is_empty(), "{errors}");
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// Returns the JSON document on standard output.
#[track_caller]
fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Writes a file that no other test has.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// The first code block of the README in this language.
fn block(language: &str) -> &'static str {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn curl_prints_the_spec_and_the_report_apart() {
    let piped = curl(&[], COMMAND);
    check(&piped, 0, "password = \"{{password}}\"", "request.form.to: {{to|plain}}\n");
    assert_eq!(piped.stdout, curl(&[COMMAND], "").stdout);
    assert_eq!(piped.stdout, curl(&["-"], COMMAND).stdout);
    let (printed, errors) = texts(&piped);
    assert!(!printed.contains("request.form.to:") && !errors.contains("[request]"));
    assert_eq!(printed, block("toml"), "the README shows what is printed");
    assert!(include_str!("../../README.md").contains(COMMAND), "the README shows the command");
}

#[test]
fn curl_reads_a_command_with_the_code_alone() {
    let command = "curl https://sms.acme.example/send -d otp=123456 -d to=12025550123";
    let output = otpost(&["curl", "--to", "+12025550123", "--code", "123456"], command);
    check(&output, 0, "otp = \"{{code}}\"", "only the code was found");
}

#[test]
fn curl_and_check_work_in_a_pipe() {
    let (spec, _) = texts(&curl(&[], COMMAND));
    check(&otpost(&["check", "-"], &spec), 0, "-: ok\n", "");
}

#[test]
fn curl_refuses_what_cannot_be_converted() {
    check(&curl(&[], "curl https://a.example -d @body"), 1, "", "error: curl: -d: the value is in");
    check(&curl(&[], ""), 1, "", "error: curl: the text has no `curl` command");
    let elsewhere = COMMAND.replace("12025550123", "12025550124");
    check(&curl(&[], &elsewhere), 1, "", "the recipient's number was not found");
    check(&curl(&[], &format!("{COMMAND}{}", " ".repeat(200_000))), 1, "", "longer than 64 KiB");
    // The end of what is read lies within a character of one of them.
    for before in ["", "x"] {
        let long = format!("{COMMAND}{before}{}", "é".repeat(100_000));
        check(&curl(&[], &long), 1, "", "longer than 64 KiB");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpost"));
    let output = run(command.arg("curl").args(SAMPLE), b"curl https://a.example/\xff");
    check(&output, 1, "", "error: the command is not UTF-8\n");
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    check(&otpost(&[], ""), 2, "", "Usage: otpost <COMMAND>");
    check(&otpost(&["frobnicate"], ""), 2, "", "unrecognized subcommand");
    check(&otpost(&["check"], ""), 2, "", "<FILE>");
    check(&otpost(&["curl", "--to", "+12025550123"], ""), 2, "", "--text <TEXT>");
    check(&otpost(&["curl", "--text", "x"], ""), 2, "", "--to <NUMBER>");
    let number = otpost(&["curl", "--to", "2025550123", "--text", "x"], COMMAND);
    check(&number, 2, "", "error: --to: ");
    assert!(!texts(&number).1.contains("2025550123"));
    check(&curl(&["--code", "a b"], COMMAND), 2, "", "error: --code: ");
}

#[test]
fn help_and_version_go_to_standard_output() {
    check(&otpost(&["--help"], ""), 0, "Check spec files", "");
    check(&otpost(&["--version"], ""), 0, concat!("otpost ", env!("CARGO_PKG_VERSION")), "");
    let verbs = [
        "catalogue",
        "check",
        "completions",
        "curl",
        "explain",
        "man",
        "regions",
        "render",
        "schema",
        "segments",
        "totp",
    ];
    let network = ["account", "diagnose", "load", "send"];
    let network = network.into_iter().filter(|_| cfg!(feature = "send"));
    let servers = [("sandbox", cfg!(feature = "sandbox")), ("serve", cfg!(feature = "serve"))];
    let servers = servers.into_iter().filter_map(|(verb, is_there)| is_there.then_some(verb));
    for verb in verbs.into_iter().chain(network).chain(servers) {
        let help = otpost(&[verb, "--help"], "");
        check(&help, 0, "Examples:\n  ", "");
        let help = texts(&help).0;
        let (_, examples) = help.split_once("Examples:\n").unwrap();
        assert_eq!(examples.lines().count(), 2, "{examples}");
        assert!(examples.lines().all(|line| line.contains(&format!("otpost {verb}"))));
    }
}

#[test]
fn schema_prints_the_file_of_the_repository() {
    let output = otpost(&["schema"], "");
    check(&output, 0, "\"$schema\": \"http://json-schema.org/draft-07/schema#\"", "");
    assert_eq!(texts(&output).0, include_str!("../../gateway.schema.json"));
    check(&otpost(&["schema", "x"], ""), 2, "", "unexpected argument");
}

#[test]
fn no_secret_is_printed() {
    let secrets = "curl -u acme:sentinel-1a https://sms.acme.example/send?key=sentinel-2b \
                   -H 'X-Token: sentinel-3c' -b sid=sentinel-4d -d password=sentinel-5e \
                   -d note=sentinel-6f -d to=12025550123 -d 'text=123456 is your code'";
    let broken = [
        secrets.replace("-u acme", "--frobnicate=sentinel-7g -u acme"),
        secrets.replace("12025550123", "12025550124"),
        secrets.replace("'text", "\"text"),
        format!("{secrets} sentinel-8h"),
    ];
    check(&curl(&[], secrets), 0, "{{password}}", "the variable `password`");
    for command in std::iter::once(secrets.to_owned()).chain(broken) {
        for output in [curl(&[], &command), curl(&[&command], "")] {
            let (printed, errors) = texts(&output);
            for hidden in ["sentinel", "2025550123", "is your code"] {
                assert!(!printed.contains(hidden), "{printed}");
                assert!(!errors.contains(hidden), "{errors}");
            }
        }
    }
    // A command without quotes around it becomes several arguments.
    let words: Vec<&str> = secrets.split(' ').collect();
    for words in [words.as_slice(), &["curl", "https://u:sentinel-9i@a.example"]] {
        let output = curl(words, "");
        check(&output, 2, "", "put the curl command between quotes");
        assert!(!texts(&output).1.contains("sentinel"));
    }
}

#[test]
fn check_prints_a_line_for_each_file() {
    let good = file("good.toml", SPEC);
    let bad = file("bad.toml", &SPEC.replace("{{text}}", "{{txt}}"));
    let broken = file("broken.toml", &SPEC.replace("spec = 1", "spec = "));
    let missing = good.with_file_name("missing.toml");
    let paths = [&good, &bad, &broken, &missing].map(|path| path.to_str().unwrap());

    let one = otpost(&["check", paths[0]], "");
    check(&one, 0, &format!("{}: ok\n", paths[0]), "");
    let all = otpost(&[&["check"], paths.as_slice()].concat(), "");
    check(&all, 1, &format!("{}: ok\n", paths[0]), "");
    let (printed, _) = texts(&all);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 4, "{printed}");
    assert!(lines[1].starts_with(&format!("{}: request.form.text: ", paths[1])), "{printed}");
    assert!(lines[1].contains("text"), "{printed}");
    assert!(lines[2].starts_with(&format!("{}: line 2: ", paths[2])), "{printed}");
    assert!(lines[3].starts_with(&format!("{}: the file cannot be read: ", paths[3])), "{printed}");
}

#[test]
fn json_documents_of_check_and_curl_have_the_same_facts() {
    let good = file("good-json.toml", &SPEC[..SPEC.find("[[response]]").unwrap()]);
    let bad = file("bad-json.toml", &SPEC.replace("{{text}}", "{{txt}}"));
    let paths = [&good, &bad].map(|path| path.to_str().unwrap());
    let output = otpost(&["check", paths[0], paths[1], "--json"], "");
    assert_eq!(output.status.code(), Some(1));
    let files = &json(&output)["files"];
    assert_eq!((&files[0]["file"], &files[0]["ok"]), (&paths[0].into(), &true.into()));
    assert!(files[0]["warnings"][0].as_str().unwrap().contains("no rule is for `accepted`"));
    assert_eq!((&files[1]["ok"], &files[1]["warnings"]), (&false.into(), &serde_json::json!([])));
    assert!(files[1]["error"].as_str().unwrap().starts_with("request.form.text: "));

    let document = json(&curl(&["--json"], COMMAND));
    assert_eq!(document["spec"], block("toml"));
    assert_eq!(document["report"][0], "request.form.text: {{text}}");
    assert!(!document.to_string().contains("hunter2"));
}

#[test]
fn check_prints_warnings_before_the_line_of_a_file() {
    let output = otpost(&["check", "-"], &SPEC[..SPEC.find("[[response]]").unwrap()]);
    check(&output, 0, "-: warning: response: no rule is for `accepted`", "");
    assert!(texts(&output).0.ends_with("\n-: ok\n"));
}

#[test]
fn check_shows_no_value_of_a_file() {
    let literal = SPEC.replace("{{token}}", "sentinel-1a2b3c");
    let output = otpost(&["check", "-"], &literal);
    check(&output, 1, "-: auth.bearer.token: ", "");
    assert!(!texts(&output).0.contains("sentinel"));
    let binary = run(Command::new(env!("CARGO_BIN_EXE_otpost")).args(["check", "-"]), b"\xff");
    check(&binary, 1, "-: the file is not UTF-8\n", "");
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let good = file("piped.toml", SPEC);
    let script = format!(
        "set -o pipefail; '{}' check $(yes '{}' | head -2000) | head -1",
        env!("CARGO_BIN_EXE_otpost"),
        good.display()
    );
    check(&run(Command::new("bash").args(["-c", &script]), b""), 0, ": ok\n", "");
}
