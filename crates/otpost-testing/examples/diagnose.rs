//! What to do when a gateway "couldn't connect": the way to it step by step, for a wrong port, a
//! wrong certificate and a dead proxy, each with its sentence. Give a URL to go the way to a
//! gateway of your own.
//!
//! ```sh
//! cargo run -p otpost-testing --features tls --example diagnose
//! cargo run -p otpost-testing --features tls --example diagnose -- https://sms.acme.example
//! ```

use std::error::Error;

use otpost::gateways;
use otpost::transport::{TransportOptions, diagnose};
use otpost_testing::{FaultProtocol, FaultServer, Script, TestAuthority, TestCertificate};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(url) = std::env::args().nth(1) {
        let options = TransportOptions::new().with_http_allowed();
        println!("{}", diagnose(&url.parse()?, &options).await);
        return Ok(());
    }

    println!("A port where nobody listens:\n");
    let gateway = gateways::kannel("http://127.0.0.1:9", "tester", "foobar").build()?;
    println!("{}", gateway.diagnose().await);

    println!("A certificate that has expired:\n");
    let authority = TestAuthority::new()?;
    let expired = FaultServer::start_tls(
        Script::new().hang(),
        FaultProtocol::Http1,
        &authority,
        TestCertificate::Expired,
    )
    .await?;
    let trusting = TransportOptions::new().with_ca_certificates(authority.pem().into_bytes());
    println!("{}", diagnose(&expired.origin().parse()?, &trusting).await);

    println!("A proxy that is dead:\n");
    let proxied = TransportOptions::new().with_proxy("http://127.0.0.1:9");
    println!("{}", diagnose(&"https://sms.acme.example".parse()?, &proxied).await);
    Ok(())
}
