//! Private keys without the feature `signatures`: an error that names it.

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
