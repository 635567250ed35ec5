//! A program with its own spec, which needs nothing of the catalogue.

use otpost::gateway::GatewaySpec;

const SPEC: &str = r#"
spec = 1
id = "acme"
name = "Acme SMS"
[request]
method = "POST"
url = "https://sms.acme.example/send"
form = { to = "{{to|plain}}", text = "{{text}}" }
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    otpost_size::build_spec(GatewaySpec::from_toml(SPEC)?)
}
