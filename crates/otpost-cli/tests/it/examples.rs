//! The examples of each `--help` run as they are.

use std::path::Path;
use std::process::Command;

use crate::{otpost, server, texts};

/// The address in the examples, which is that of `otpost sandbox`.
const SANDBOX: &str = "127.0.0.1:8025";

/// A folder with the files that the examples name, which no other test has.
fn folder() -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    for inner in [
        "gateways",
        ".config/fish/completions",
        ".local/share/bash-completion/completions",
        ".local/share/man/man1",
    ] {
        std::fs::create_dir_all(folder.join(inner)).unwrap();
    }
    for (from, to) in [
        ("acme.toml", "acme.toml"),
        ("acme.toml", "gateways/acme.toml"),
        ("command.sh", "command.sh"),
        ("key.txt", "key.txt"),
        ("text.txt", "text.txt"),
        ("accepted.json", "body.json"),
    ] {
        std::fs::copy(source.join(from), folder.join(to)).unwrap();
    }
    std::fs::write(folder.join("token.txt"), server::TOKEN).unwrap();
    folder
}

#[test]
fn examples_of_the_help_run() {
    let address = format!("127.0.0.1:{}", server::start());
    let bin = Path::new(env!("CARGO_BIN_EXE_otpost")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let folder = folder();
    let mut count = 0;
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
        "schema",
        "segments",
        "send",
        "totp",
    ] {
        let help = texts(&otpost(&[verb, "--help"], "")).0;
        let (_, examples) = help.split_once("Examples:\n").unwrap();
        for example in examples.lines() {
            let output = Command::new("bash")
                .args(["-o", "pipefail", "-c", &example.replace(SANDBOX, &address)])
                .current_dir(&folder)
                .env("HOME", &folder)
                .env("PATH", &path)
                .env("ACME_TOKEN", server::TOKEN)
                .env("ACME_KEY", include_str!("../transcripts/key.txt").trim())
                .output()
                .unwrap();
            let (printed, errors) = texts(&output);
            assert_eq!(output.status.code(), Some(0), "{example}\n{printed}\n{errors}");
            count += 1;
        }
    }
    assert_eq!(count, 30, "two for each command");
    assert!(folder.join("latency.svg").exists());
}
