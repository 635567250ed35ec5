//! TLS by a crypto provider of the application's, which here nobody installs.

use otpost::provider::Stage;
use otpost::transport::{ReqwestTransport, TransportOptions};

#[test]
fn a_missing_crypto_provider_is_an_error_and_no_panic() {
    let error = ReqwestTransport::new(&TransportOptions::new()).unwrap_err();
    assert_eq!(error.stage(), Stage::Config);
    assert!(error.to_string().contains("no crypto provider"), "{error}");
    let error = otpost::gateways::clickatell("key").build().unwrap_err();
    assert_eq!(error.path(), "connection");
}
