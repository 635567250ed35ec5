//! The commands of the README print what it shows.

use std::path::Path;
use std::process::Command;

use crate::server;

/// The address in the README. The server of the test has another port.
const ADDRESS: &str = "127.0.0.1:8080";

/// A command of the README, and the output below it.
struct Transcript {
    command: String,
    output: String,
}

fn transcripts(readme: &str) -> Vec<Transcript> {
    let mut transcripts: Vec<Transcript> = Vec::new();
    for block in readme.split("```console\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        let mut is_command = false;
        for line in block.lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                transcripts.push(Transcript { command: command.to_owned(), output: String::new() });
                is_command = true;
            } else {
                let last = transcripts.last_mut().unwrap();
                let text = if is_command { &mut last.command } else { &mut last.output };
                text.push_str(if is_command { "\n" } else { "" });
                text.push_str(line);
                text.push_str(if is_command { "" } else { "\n" });
            }
            is_command = is_command && line.ends_with('\\');
        }
    }
    transcripts
}

/// Returns the text with 0 in the place of each time and of each local port, and with one blank
/// between two words.
fn normal(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut shown = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let is_time = words.iter().skip(at).nth(1) == Some(&"ms");
            let is_local = shown.last() == Some(&"from") && word.starts_with("127.0.0.1:");
            shown.push(if (is_time && word.parse::<u64>().is_ok()) || is_local {
                "0"
            } else {
                word
            });
        }
        shown.join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn readme_shows_what_the_commands_print() {
    let address = format!("127.0.0.1:{}", server::start());
    let bin = Path::new(env!("CARGO_BIN_EXE_otpost")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let transcripts = transcripts(include_str!("../../README.md"));
    for verb in [
        "account",
        "check",
        "completions",
        "curl",
        "diagnose",
        "explain",
        "man",
        "render",
        "schema",
        "segments",
        "send",
        "totp",
    ] {
        let start = format!("otpost {verb}");
        let is_shown = transcripts.iter().any(|it| it.command.contains(&start));
        assert!(is_shown, "the README shows no `{start}`");
    }
    for Transcript { command, output } in transcripts {
        let printed = Command::new("bash")
            .args(["-c", &command.replace(ADDRESS, &address)])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts"))
            .env("PATH", &path)
            .env("ACME_USER", "acme")
            .env("ACME_TOKEN", server::TOKEN)
            .output()
            .unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap().replace(&address, ADDRESS);
        assert_eq!(normal(&printed), normal(&output), "$ {command}\n{printed}");
    }
}
