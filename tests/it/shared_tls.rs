//! Gateways with equal TLS options read the system's certificates once, and no longer than they exist.

use std::process::Command;

use otpost::HttpGateway;
use otpost::gateway::SpecError;
use otpost_testing::TestAuthority;

fn build() -> Result<HttpGateway, SpecError> {
    otpost::gateways::clickatell("key").build()
}

/// Runs in a separate process, because the file of the certificates is a setting of the process.
#[test]
fn certificates_are_read_once() {
    const ALONE: &str = "OTPOST_CERTIFICATES_ALONE";
    let Ok(file) = std::env::var(ALONE) else {
        let name = format!("otpost-shared-tls-{}.pem", std::process::id());
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, TestAuthority::new().unwrap().pem()).unwrap();
        let name = "shared_tls::certificates_are_read_once";
        let run = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env("SSL_CERT_FILE", &file)
            .env_remove("SSL_CERT_DIR")
            .env(ALONE, &file)
            .output()
            .unwrap();
        std::fs::remove_file(&file).unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        return;
    };
    let first = build().unwrap();
    std::fs::write(&file, "").unwrap();
    // The certificates of the first gateway: the file has none any more.
    let second = build().unwrap();
    drop(first);
    let third = build().unwrap();
    drop((second, third));
    // No gateway is left that holds them.
    assert_eq!(build().unwrap_err().path(), "connection");
}
