//! Redis from Debian's packages: single servers, replicas, and a cluster of six.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Server, accepts, free_ports, wait_until};

const SLOW: Duration = Duration::from_secs(20);

/// A running Redis.
#[derive(Debug)]
pub struct Redis {
    server: Option<Server>,
    port: u16,
    folder: PathBuf,
}

impl Redis {
    /// Starts a server that keeps nothing on disk.
    pub fn start() -> io::Result<Self> {
        Self::start_with(&[])
    }

    /// Starts one with more arguments.
    pub fn start_with(arguments: &[&str]) -> io::Result<Self> {
        let attempt = || {
            // A cluster's node takes the port 10,000 above as well.
            let [port] = free_ports()?;
            Self::start_on(port, arguments)
        };
        attempt().or_else(|_| attempt()).or_else(|_| attempt())
    }

    fn start_on(port: u16, arguments: &[&str]) -> io::Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("otpost-redis-{}-{port}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let log = fs::File::create(folder.join("log"))?;
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "no", "--daemonize", "no", "--dir"])
            .arg(&folder)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| {
                io::Error::new(
                    error.kind(),
                    "redis-server is missing. `tests/run` installs it on Debian and Ubuntu \
                     (package redis-server); elsewhere install Redis 6 or later",
                )
            })?;
        let mut redis = Self { server: Some(Server::new(child)), port, folder };
        // It listens before it takes its other port, and ends if it cannot. Only what it answers shows that it runs,
        // and its number that no other answers.
        if wait_until(SLOW, || !redis.is_running() || redis.is_answering()) && redis.is_running() {
            return Ok(redis);
        }
        let log = fs::read_to_string(redis.folder.join("log")).unwrap_or_default();
        Err(io::Error::other(format!("redis-server did not start:\n{log}")))
    }

    fn is_running(&mut self) -> bool {
        self.server.as_mut().is_some_and(Server::is_running)
    }

    fn is_answering(&self) -> bool {
        let id = self.server.as_ref().map(Server::id).unwrap_or_default();
        accepts(self.port) && self.cli(&["info", "server"]).contains(&format!("process_id:{id}\r"))
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(&mut self) {
        self.server = None;
    }

    /// What `redis-cli` answers.
    pub fn cli(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(arguments)
            .stdin(Stdio::null())
            .output();
        output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Three primaries with a replica each.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

impl RedisCluster {
    pub fn start() -> io::Result<Self> {
        let node = || Redis::start_with(&["--cluster-enabled", "yes"]);
        let nodes = (0..6).map(|_| node()).collect::<io::Result<Vec<_>>>()?;
        let output = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)))
            .args(["--cluster-replicas", "1", "--cluster-yes"])
            .stdin(Stdio::null())
            .output()?;
        let is_whole = |node: &Redis| node.cli(&["cluster", "info"]).contains("cluster_state:ok");
        if !output.status.success() || !wait_until(SLOW, || nodes.iter().all(is_whole)) {
            let said = String::from_utf8_lossy(&output.stdout);
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(io::Error::other(format!("the cluster did not form:\n{said}\n{why}")));
        }
        Ok(Self { nodes })
    }

    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Redis::url).collect()
    }

    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }
}
