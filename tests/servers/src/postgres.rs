//! PostgreSQL from Debian's packages, in a folder of its own.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Server, free_ports, wait_until};

const SLOW: Duration = Duration::from_secs(30);
/// PostgreSQL does not run as root; this one is everywhere, and owns nothing.
const NOBODY: u32 = 65_534;

/// A running PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    server: Option<Server>,
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
    arguments: Vec<String>,
}

impl Postgres {
    /// Starts a new server with these settings, such as `fsync=off`.
    pub fn start(settings: &[&str]) -> io::Result<Self> {
        let bin = binaries().ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                "initdb and postgres are missing. `tests/run` installs them on Debian and Ubuntu \
                 (package postgresql); elsewhere install PostgreSQL 12 or later, and put its \
                 programs on the PATH",
            )
        })?;
        let [port] = free_ports()?;
        let folder =
            std::env::temp_dir().join(format!("otpost-postgres-{}-{port}", std::process::id()));
        fs::create_dir_all(&folder)?;
        if is_root() {
            chown(&folder, Some(NOBODY), Some(NOBODY))?;
        }
        let made = command(&bin.join("initdb"), &folder)
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(folder.join("data"))
            .output()?;
        if !made.status.success() {
            let said = String::from_utf8_lossy(&made.stderr).into_owned();
            return Err(io::Error::other(format!("initdb failed:\n{said}")));
        }
        let settings = settings.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]);
        let mut started = Self { server: None, bin, folder, port, arguments: settings.collect() };
        started.run()?;
        Ok(started)
    }

    /// Starts it again after it was killed; it recovers what it had acknowledged. It does not start while a process of
    /// the one before still ends.
    pub fn run(&mut self) -> io::Result<()> {
        let mut started = self.try_run();
        wait_until(SLOW, || {
            if started.is_err() {
                started = self.try_run();
            }
            started.is_ok()
        });
        started
    }

    fn try_run(&mut self) -> io::Result<()> {
        let log = File::create(self.folder.join("log"))?;
        let child = command(&self.bin.join("postgres"), &self.folder)
            .args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k", ""])
            .args(["-c", "max_connections=60", "-c", "logging_collector=off"])
            .args(&self.arguments)
            .arg("-D")
            .arg(self.folder.join("data"))
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Server::new(child);
        let is_ready = || {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            log.contains("ready to accept connections")
        };
        if !wait_until(SLOW, || !server.is_running() || is_ready()) || !server.is_running() {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            return Err(io::Error::other(format!("postgres did not start:\n{log}")));
        }
        self.server = Some(server);
        Ok(())
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Kills the server at once; its other processes see that, and end.
    pub fn kill(&mut self) {
        self.server = None;
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // In order, so that no shared memory is left.
            let _ = Command::new("kill").args(["-INT", &server.id().to_string()]).status();
            let _ = wait_until(SLOW, || !server.is_running());
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn binaries() -> Option<PathBuf> {
    let mut found: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path));
    found.into_iter().find(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A command, and not as root.
fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null()).env("HOME", folder);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
