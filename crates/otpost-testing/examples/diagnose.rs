//! Diagnoses a connection to a gateway step by step: with a closed port, an expired certificate and
//! an unreachable proxy. Pass a URL to diagnose the connection to your own gateway.
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

    println!("A closed port:\n");
    let gateway = gateways::kannel("http://127.0.0.1:9", "tester", "foobar").build()?;
    println!("{}", gateway.diagnose().await);

    println!("An expired certificate:\n");
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

    println!("An unreachable proxy:\n");
    let proxied = TransportOptions::new().with_proxy("http://127.0.0.1:9");
    println!("{}", diagnose(&"https://sms.acme.example".parse()?, &proxied).await);
    Ok(())
}
