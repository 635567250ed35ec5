//! `diagnose` names the cause of broken setups, and what to do about it.

mod http;
mod network;
mod tls;

use std::process::Command;

use otpost_testing::{FaultServer, Script};

use crate::{file, json, run, texts};

/// A secret that no setup may show.
const TOKEN: &str = "sentinel-token-7c2e";

/// A setup: the origin of the gateway, and the lines of `[connection]`.
struct Setup {
    name: &'static str,
    origin: String,
    connection: String,
    environment: Vec<(&'static str, &'static str)>,
}

impl Setup {
    fn new(name: &'static str, origin: impl Into<String>) -> Self {
        // Long enough for a busy machine. Setups that wait for a limit have shorter ones.
        let connection = "connect_timeout = \"30s\"\ntimeout = \"60s\"\n".to_owned();
        Self { name, origin: origin.into(), connection, environment: Vec::new() }
    }

    fn with(mut self, line: impl AsRef<str>) -> Self {
        self.connection.push_str(line.as_ref());
        self.connection.push('\n');
        self
    }

    /// Sets short limits, for servers that do not respond.
    fn hasty(mut self) -> Self {
        self.connection = "connect_timeout = \"1s\"\ntimeout = \"2s\"\n".to_owned();
        self
    }

    fn with_environment(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.push((name, value));
        self
    }

    fn diagnose(&self, more: &[&str]) -> std::process::Output {
        let Self { origin, connection, .. } = self;
        let spec = format!(
            "spec = 1\nid = \"acme\"\nname = \"Acme SMS\"\n[vars]\ntoken = {{ secret = true }}\n\
             [request]\nmethod = \"POST\"\nurl = \"{origin}/send\"\n\
             form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n\
             [auth]\nbearer = {{ token = \"{{{{token}}}}\" }}\n[connection]\n{connection}\
             [[response]]\nwhen = {{ status = 202 }}\nthen = {{ outcome = \"accepted\" }}\n"
        );
        let path = file(&format!("broken-{}.toml", self.name), &spec);
        let mut command = Command::new(env!("CARGO_BIN_EXE_otpost"));
        command.arg("diagnose").arg(path).args(["--var", "token=env:ACME_TOKEN"]).args(more);
        // The proxy of the machine that runs the test is no part of the setup.
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        command.env("ACME_TOKEN", TOKEN).envs(self.environment.iter().copied());
        run(&mut command, b"")
    }
}

/// Checks that the setup fails at this stage, and that its cause and the fix are named.
#[track_caller]
fn check(setup: &Setup, stage: &str, cause: &str, fix: &str) {
    let output = setup.diagnose(&[]);
    let (printed, errors) = texts(&output);
    let name = setup.name;
    assert_eq!(output.status.code(), Some(1), "{name}\n{printed}\n{errors}");
    let mut lines = printed.lines().skip_while(|line| {
        !(line.starts_with(stage) && line.contains("FAILED") && line.contains(cause))
    });
    assert!(lines.next().is_some(), "{name}: {stage} {cause:?} in\n{printed}");
    assert!(lines.next().is_some_and(|line| line.contains(fix)), "{name}: {fix:?} in\n{printed}");
    assert!(printed.trim_end().lines().last().is_some_and(|line| line.contains("reached")));
    assert!(!format!("{printed}{errors}").contains("sentinel"), "{name}\n{printed}");
}

/// Checks that the setup is refused before anything is sent.
#[track_caller]
fn check_refused(setup: &Setup, problem: &str) {
    let output = setup.diagnose(&[]);
    let (printed, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{}\n{printed}\n{errors}", setup.name);
    assert!(errors.starts_with("error: ") && errors.contains(problem), "{}\n{errors}", setup.name);
    assert!(printed.is_empty() && !errors.contains("sentinel"), "{}\n{errors}", setup.name);
}

/// Starts a server that reads a request and sends this response.
async fn answering(response: &str) -> FaultServer {
    FaultServer::start(Script::new().read_request().write(response).hang()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_setups_are_told_from_a_good_one() {
    let server = answering("HTTP/1.1 405 No\r\nAllow: POST\r\nContent-Length: 0\r\n\r\n").await;
    let setup = Setup::new("good", server.origin());
    let output = setup.diagnose(&[]);
    let printed = texts(&output).0;
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert!(
        printed.contains("HTTP status 405 without credentials: the server responds"),
        "{printed}"
    );
    assert!(printed.ends_with("\nreached\n"), "{printed}");
    let document = json(&setup.diagnose(&["--json"]));
    assert_eq!((&document["reached"], &document["note"]), (&true.into(), &().into()));
    assert_eq!(document["findings"][2]["stage"], "headers");
}
