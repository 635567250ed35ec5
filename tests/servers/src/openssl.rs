//! TLS servers of OpenSSL, and certificates such as appliances have. Modern libraries create
//! neither.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Server, accepts, free_ports, wait_until};

/// A folder of keys and certificates, which is removed at the end.
#[derive(Debug)]
pub struct OpensslFolder(PathBuf);

impl OpensslFolder {
    pub fn new() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("otpost-openssl-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// Runs a line of a shell in the folder, and returns its output.
    #[expect(clippy::panic, reason = "a test that cannot go on has failed")]
    pub fn run(&self, line: &str) -> String {
        let mut shell = Command::new("sh");
        let ran = shell.args(["-ec", line]).current_dir(&self.0).stdin(Stdio::null()).output();
        let output = ran.unwrap_or_else(|error| panic!("{line}: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Creates `NAME.pem` and `NAME.key`: a certificate that has signed itself.
    pub fn self_signed(&self, name: &str, options: &str) {
        self.run(&format!(
            "openssl req -x509 -nodes -keyout {name}.key -out {name}.pem -days 3650 \
             -subj /CN=127.0.0.1 {options}"
        ));
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    pub fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.path(file))
    }

    /// The pin of a certificate, by the command of the documentation.
    pub fn pin(&self, name: &str) -> String {
        self.run(&format!(
            "openssl x509 -in {name}.pem -pubkey -noout | openssl pkey -pubin -outform der |
                 openssl dgst -sha256 -binary | base64"
        ))
    }
}

impl Drop for OpensslFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `openssl s_server`.
#[derive(Debug)]
pub struct OpensslServer {
    port: u16,
    printed: Arc<Mutex<Vec<u8>>>,
    _server: Server,
}

impl OpensslServer {
    /// Starts a server with the certificate `NAME.pem`. With `-www` it answers each GET with a page.
    /// The option `-quiet` makes it send no response, and print the decrypted bytes.
    pub fn start(folder: &OpensslFolder, name: &str, options: &str) -> io::Result<Self> {
        let [port] = free_ports()?;
        let mut server = Command::new("openssl");
        let address = format!("127.0.0.1:{port}");
        // Level 0 allows what the server would refuse by itself.
        server
            .current_dir(&folder.0)
            .args(["s_server", "-accept", &address, "-cipher", "ALL:@SECLEVEL=0"])
            .args(["-cert", &format!("{name}.pem"), "-key", &format!("{name}.key")])
            .args(options.split_whitespace())
            // Kept open: at its end, the server would send nothing again and again.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = server.spawn()?;
        let printed = Arc::new(Mutex::new(Vec::new()));
        if let Some(mut output) = child.stdout.take() {
            let printed = printed.clone();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = output.read(&mut buffer) {
                    let bytes = buffer.get(..count).unwrap_or_default();
                    printed.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
                }
            });
        }
        let mut server = Server::new(child);
        let limit = Duration::from_secs(60);
        if !wait_until(limit, || accepts(port) || !server.is_running()) || !server.is_running() {
            return Err(io::Error::other("openssl s_server did not start"));
        }
        Ok(Self { port, printed, _server: server })
    }

    pub fn origin(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The output of the server.
    pub fn printed(&self) -> Vec<u8> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
