//! The commands of the README print what it shows.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::server;

/// The address in the README. The server of the test has another port.
const ADDRESS: &str = "127.0.0.1:8080";

/// The address of the sandbox in the README.
const SANDBOX: &str = "127.0.0.1:8025";

/// A sandbox that a transcript has started, and its address.
struct StartedSandbox {
    child: Child,
    address: String,
}

impl StartedSandbox {
    /// Runs the command on a free port, and returns as many lines as the README shows.
    fn start(command: &mut Command, lines: usize) -> (Self, String) {
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let printed: Vec<_> = stdout.by_ref().take(lines).map(Result::unwrap).collect();
        let printed = printed.join("\n");
        let (_, address) = printed.split_once("http://").unwrap();
        let address = address.split(' ').next().unwrap().to_owned();
        (Self { child, address }, printed)
    }
}

impl Drop for StartedSandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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

/// Returns the text with 0 in the place of each time, of each local port and of each id of the
/// sandbox, and with one blank between two words.
fn normal(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut shown = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let unit = words.iter().skip(at).nth(1);
            let is_time = unit.is_some_and(|unit| unit.trim_end_matches([':', ')', ';']) == "ms");
            let is_local = shown.last() == Some(&"from") && word.starts_with("127.0.0.1:");
            let is_id = shown.len() > 1 && shown.ends_with(&["message", "id"]) && word.len() == 16;
            shown.push(if is_id || (is_time && word.parse::<u64>().is_ok()) || is_local {
                "0"
            } else {
                word
            });
        }
        let shown = shown.join(" ");
        match shown.split_once("\"message_id\":\"") {
            Some((before, rest)) => {
                let (_, behind) = rest.split_once('"').unwrap();
                format!("{before}{behind}")
            }
            None => shown,
        }
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
        "catalogue",
        "check",
        "completions",
        "curl",
        "diagnose",
        "explain",
        "load",
        "man",
        "regions",
        "render",
        "sandbox",
        "schema",
        "segments",
        "send",
        #[cfg(feature = "serve")]
        "serve",
        "totp",
    ] {
        let start = format!("otpost {verb}");
        let is_shown = transcripts.iter().any(|it| it.command.contains(&start));
        assert!(is_shown, "the README shows no `{start}`");
    }
    let mut sandbox: Option<StartedSandbox> = None;
    for Transcript { command, output } in transcripts {
        let shell = |command: &str| {
            let mut shell = Command::new("bash");
            shell
                .args(["-c", command])
                .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts"))
                .env("PATH", &path)
                .env("ACME_USER", "acme")
                .env("ACME_TOKEN", server::TOKEN);
            shell
        };
        let printed = if command.starts_with("otpost sandbox ") {
            // `exec` and "$@" let the shell become the command, with the arguments of the test.
            let mut shell = shell(&format!("exec {command} \"$@\""));
            let lines = output.lines().count();
            let (started, printed) = StartedSandbox::start(shell.arg("bash"), lines);
            let printed = printed.replace(&started.address, SANDBOX);
            sandbox = Some(started);
            printed
        } else {
            let own = sandbox.as_ref().map_or(SANDBOX, |sandbox| &sandbox.address);
            let command = command.replace(ADDRESS, &address).replace(SANDBOX, own);
            let printed = String::from_utf8(shell(&command).output().unwrap().stdout).unwrap();
            printed.replace(&address, ADDRESS).replace(own, SANDBOX)
        };
        assert_eq!(normal(&printed), normal(&output), "$ {command}\n{printed}");
    }
}
