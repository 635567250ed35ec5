//! Kannel 1.4.5 from Debian's packages, with a simulated phone network that prints what the phone would show.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Server, accepts, free_ports, wait_until};

const BEARERBOX: &str = "/usr/sbin/bearerbox";
const FAKESMSC: &str = "/usr/lib/kannel/test/fakesmsc";
const SMSBOX: &str = "/usr/sbin/smsbox";
const SLOW: Duration = Duration::from_secs(20);

/// A running Kannel.
#[derive(Debug)]
pub struct Kannel {
    // In the order in which they are stopped.
    phone: Option<Server>,
    _smsbox: Server,
    _bearerbox: Server,
    screen: Arc<Mutex<String>>,
    admin: u16,
    sendsms: u16,
    folder: PathBuf,
}

impl Kannel {
    /// Starts Kannel and a phone network.
    pub fn start() -> io::Result<Self> {
        if let Some(missing) = [BEARERBOX, FAKESMSC, SMSBOX].iter().find(|p| !Path::new(p).exists())
        {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!(
                    "{missing} is missing. `tests/run` installs Kannel on Debian and Ubuntu \
                     (packages kannel and kannel-extras); elsewhere install Kannel 1.4.5 with its \
                     test tools at these paths"
                ),
            ));
        }
        // A port can be taken between being found free and being used; then all is tried anew.
        Self::try_start().or_else(|_| Self::try_start()).or_else(|_| Self::try_start())
    }

    fn try_start() -> io::Result<Self> {
        let [admin, smsbox_port, smsc, sendsms] = free_ports()?;
        let folder =
            std::env::temp_dir().join(format!("otpost-kannel-{}-{admin}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let config = folder.join("kannel.conf");
        fs::write(&config, configuration(admin, smsbox_port, smsc, sendsms))?;
        let started = |what: &str, ready: bool| {
            let log = || fs::read_to_string(folder.join(format!("{what}.log"))).unwrap_or_default();
            if ready {
                Ok(())
            } else {
                Err(io::Error::other(format!("{what} did not start:\n{}", log())))
            }
        };

        let mut bearerbox =
            spawn(&folder, "bearerbox", Command::new(BEARERBOX).args(["-v", "1"]).arg(&config))?;
        let ready = wait_until(SLOW, || accepts(smsc) && accepts(admin));
        started("bearerbox", ready && bearerbox.is_running())?;
        let screen = Arc::default();
        let phone = phone(smsc, &screen)?;
        let mut smsbox =
            spawn(&folder, "smsbox", Command::new(SMSBOX).args(["-v", "1"]).arg(&config))?;
        let ready = wait_until(SLOW, || accepts(sendsms));
        started("smsbox", ready && smsbox.is_running())?;
        let kannel = Self {
            phone: Some(phone),
            _smsbox: smsbox,
            _bearerbox: bearerbox,
            screen,
            admin,
            sendsms,
            folder: folder.clone(),
        };
        started("bearerbox", wait_until(SLOW, || kannel.is_online()))?;
        Ok(kannel)
    }

    /// Scheme, host and port of the page that sends.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.sendsms)
    }

    /// Waits until the phone shows something that contains `text`, and answers all that it has shown.
    pub fn wait_for(&self, text: &str) -> Option<String> {
        let shown = || self.screen.lock().map(|screen| screen.clone()).unwrap_or_default();
        wait_until(SLOW, || shown().contains(text)).then(shown)
    }

    /// Switches the phone network off: Kannel keeps what it gets.
    pub fn stop_phone(&mut self) -> bool {
        self.phone = None;
        wait_until(SLOW, || !self.is_online())
    }

    /// Takes the route away: Kannel refuses what it gets.
    pub fn stop_route(&self) -> bool {
        let _ = self.admin("stop-smsc?smsc=fake1&");
        wait_until(SLOW, || self.admin("status.txt?").is_ok_and(|status| status.contains("(dead")))
    }

    fn is_online(&self) -> bool {
        self.admin("status.txt?")
            .is_ok_and(|status| status.contains("(online") && status.contains("fake1"))
    }

    fn admin(&self, page: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.admin))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET /{page}password=adminpw HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for Kannel {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn spawn(folder: &Path, name: &str, command: &mut Command) -> io::Result<Server> {
    let log = File::create(folder.join(format!("{name}.log")))?;
    let child = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    Ok(Server::new(child))
}

/// The simulated phone network. What the phone shows stands on its standard error.
fn phone(smsc: u16, screen: &Arc<Mutex<String>>) -> io::Result<Server> {
    let mut child = Command::new(FAKESMSC)
        .args(["-v", "0", "-H", "127.0.0.1", "-r", &smsc.to_string()])
        .args(["-i", "1", "-m", "0", "999 13013 text hi"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(stderr) = child.stderr.take() {
        let screen = screen.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                if let Some((_, shown)) = String::from_utf8_lossy(&line).split_once("Got message ")
                    && let Ok(mut screen) = screen.lock()
                {
                    screen.push_str(shown);
                    screen.push('\n');
                }
            }
        });
    }
    Ok(Server::new(child))
}

fn configuration(admin: u16, smsbox: u16, smsc: u16, sendsms: u16) -> String {
    format!(
        "group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = adminpw
smsbox-port = {smsbox}
smsbox-interface = 127.0.0.1
box-allow-ip = \"127.0.0.1\"
dlr-storage = internal
sms-outgoing-queue-limit = 3

group = smsc
smsc = fake
smsc-id = fake1
host = 127.0.0.1
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
global-sender = 13013

group = sendsms-user
username = tester
password = foobar
user-deny-ip = \"\"
user-allow-ip = \"127.0.0.1\"
concatenation = true
max-messages = 10

group = sms-service
keyword = default
text = \"No service specified\"
"
    )
}
