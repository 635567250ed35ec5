//! Values that do not suit a spec, wherever they come from: found before anything is sent, and never repeated.

use otpost::gateway::{GatewaySpec, HttpGateway, VarSource};
use otpost::testing::ScriptedTransport;

const SPEC: &str = r#"
spec = 1
id = "acme"
name = "Acme SMS"
vars = { user = {}, password = { secret = true } }
[request]
method = "POST"
url = "https://sms.acme.example/v1/send"
form = { to = "{{to|plain}}", text = "{{text}}" }
[auth]
basic = { username = "{{user}}", password = "{{password}}" }
"#;

#[test]
fn values_that_are_given() {
    let spec = || GatewaySpec::from_toml(SPEC).unwrap();
    let refused = |builder: otpost::gateway::HttpGatewayBuilder| {
        let error = builder.build_with(ScriptedTransport::new()).unwrap_err();
        assert!(!error.to_string().contains("needle"), "{error}");
        (error.path().to_owned(), error.to_string())
    };
    let start = || HttpGateway::builder(spec()).var("user", "u");
    assert_eq!(refused(start()).0, "vars.password");
    assert!(refused(start()).1.contains(".var(\"password\", …)"));
    assert!(refused(start().var("pasword", "needle")).1.contains("did you mean `password`?"));
    assert!(refused(start().var("password", "")).1.contains("empty"));
    assert!(refused(start().var("password", "needle\r\nX: 1")).1.contains("line break"));
    assert!(
        refused(start().var("password", VarSource::env("OTPOST_TEST_NOT_SET")))
            .1
            .contains("OTPOST_TEST_NOT_SET")
    );
    assert!(
        refused(start().var("password", VarSource::file("/nowhere/needle")))
            .1
            .contains("cannot be read")
    );
    assert!(
        refused(start().var("password", "p").var("user", "a:needle"))
            .1
            .contains("contains a colon")
    );
    assert_eq!(
        refused(start().var("password", "p").var("user", "a:needle")).0,
        "auth.basic.username"
    );

    let folder = std::env::temp_dir().join(format!("otpost-secret-{}", std::process::id()));
    std::fs::write(&folder, "from a file\r\n").unwrap();
    let from_file = start().var("password", VarSource::file(&folder));
    let gateway = from_file.build_with(ScriptedTransport::new()).unwrap();
    std::fs::write(&folder, vec![b'x'; 70_000]).unwrap();
    assert!(refused(start().var("password", VarSource::file(&folder))).1.contains("64 KiB"));
    std::fs::remove_file(&folder).unwrap();
    let message =
        otpost::Message::new(otpost::PhoneNumber::parse("+41791234567").unwrap(), "x").unwrap();
    let prepared = gateway.prepare(&message).unwrap();
    let basic = prepared.expose_headers().find(|(name, _)| *name == "authorization").unwrap().1;
    assert_eq!(basic.to_str().unwrap(), "Basic dTpmcm9tIGEgZmlsZQ==");

    // A variable that every process has.
    let from_env = start().var("password", VarSource::env("PATH"));
    let prepared =
        from_env.build_with(ScriptedTransport::new()).unwrap().prepare(&message).unwrap();
    let expected = base64(&format!("u:{}", std::env::var("PATH").unwrap()));
    let basic = prepared.expose_headers().find(|(name, _)| *name == "authorization").unwrap().1;
    assert_eq!(basic.to_str().unwrap(), format!("Basic {expected}"));

    // The key of what cannot be sent is named when the gateway is built, also where only its length is wrong.
    let long = gateways_error("x".repeat(9_000));
    assert_eq!(long.path(), "auth.header.value", "{long}");

    let asked = start().secret_resolver(|name| (name == "password").then(|| "resolved".into()));
    asked.build_with(ScriptedTransport::new()).unwrap();
}

fn base64(text: &str) -> String {
    let filter = otpost::message::Filter::parse("base64").unwrap();
    filter.apply(text.into()).unwrap().into_owned()
}

fn gateways_error(key: String) -> otpost::gateway::SpecError {
    otpost::gateways::clickatell(key).build_with(ScriptedTransport::new()).unwrap_err()
}
