//! Private and public keys without the feature `signatures`: an error that names it.

use otpost::gateway::GatewaySpec;

#[test]
fn private_keys_need_the_feature() {
    for (algorithm, is_known) in [("HS256", true), ("RS256", false), ("EdDSA", false)] {
        let spec = GatewaySpec::from_toml(&format!(
            r#"
            spec = 1
            id = "acme"
            name = "Acme"
            [vars]
            key = {{ secret = true }}
            [request]
            method = "POST"
            url = "https://sms.acme.example/send"
            json = {{ to = "{{{{to}}}}", text = "{{{{text}}}}" }}
            [auth.jwt]
            algorithm = "{algorithm}"
            key = "{{{{key}}}}"
            claims = {{ iss = "acme" }}
            "#
        ));
        match spec.unwrap().check() {
            Ok(_) => assert!(is_known, "{algorithm}"),
            Err(error) => {
                assert!(!is_known && error.path() == "auth.jwt.algorithm", "{error}");
                assert!(error.to_string().contains("feature `signatures`"), "{error}");
            }
        }
    }
}

/// The public keys that verify reports are needed by a receiver of reports, and not to send.
#[test]
fn gateways_with_signed_reports_send_without_the_feature() {
    let mut public = 0;
    for name in otpost::gateways::names() {
        let spec = GatewaySpec::builtin(name).unwrap();
        match spec.check() {
            Ok(_) => public += usize::from(name == "telnyx"),
            Err(error) => assert!(error.to_string().contains("feature `xml`"), "{name}: {error}"),
        }
    }
    assert_eq!(public, 1);
}

#[cfg(feature = "reqwest")]
#[test]
fn receivers_with_public_keys_name_the_feature() {
    let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let gateway = otpost::gateways::telnyx("key").var("report_public_key", key).build().unwrap();
    let error =
        otpost::report::ReportReceiver::new(&gateway, "https://app.example/reports").unwrap_err();
    assert_eq!(error.path(), "reports.auth.ed25519.key");
    assert!(error.to_string().contains("feature `signatures`"), "{error}");
}
