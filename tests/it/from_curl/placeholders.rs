//! Placeholders of documentation become variables wherever they stand, and a code is found whole or not at all.

use otpost::testing::ScriptedTransport;
use otpost::{Code, PhoneNumber};
use otpost_curl::Sample;

use super::{message, sample};

/// One name in the notations of vendors.
const NOTATIONS: [&str; 10] = [
    "{AUTH_KEY}",
    "<AUTH_KEY>",
    "[auth_key]",
    "YOUR_AUTH_KEY",
    "your-auth-key",
    "yourAuthKey",
    "Your Auth Key",
    "$AUTH_KEY",
    "${AUTH_KEY}",
    "%AUTH_KEY%",
];

/// A command with the value in each place.
fn commands(value: &str) -> Vec<String> {
    const MESSAGE: &str = "-d to=12025550123 -d 'text=123456 is your code'";
    vec![
        format!("curl 'https://a.example/send?x={value}' {MESSAGE}"),
        format!("curl 'https://a.example/send/{value}/sms' {MESSAGE}"),
        format!("curl https://a.example/send -d 'x={value}&y=1' {MESSAGE}"),
        format!("curl https://a.example/send -H 'X-Thing: {value}' {MESSAGE}"),
        format!("curl https://a.example/send -H 'Authorization: Bearer {value}' {MESSAGE}"),
        format!("curl https://a.example/send -u 'shop:{value}' {MESSAGE}"),
        format!(
            "curl https://a.example/send --form-string 'x={value}' -F to=12025550123 -F 'text=123456 is your code'"
        ),
        format!(
            "curl https://a.example/send --json '{{\"to\":\"12025550123\",\"text\":\"123456 is your code\",\"x\":[\"{value}\"]}}'"
        ),
        format!(
            "curl https://a.example/send -H 'Content-Type: text/xml' -d '<s><to>12025550123</to><t>123456 is your code</t><x>{value}</x></s>'"
        ),
    ]
}

#[test]
fn placeholders_become_variables_in_each_place() {
    let mut checked = 0;
    for notation in NOTATIONS {
        for command in commands(notation) {
            // In XML, angle brackets are an element.
            if notation.starts_with('<') && command.contains("text/xml") {
                continue;
            }
            let import = otpost_curl::import(&command, &sample())
                .unwrap_or_else(|error| panic!("{error}: {command}"));
            let toml = import.spec().to_toml().unwrap();
            assert!(toml.contains("auth_key = { secret = true }"), "{command}\n{toml}");
            assert!(!toml.contains(notation), "{command}\n{toml}");
            let notes = import.notes().iter();
            assert_eq!(notes.filter(|note| note.kind() == "unfilled").count(), 1, "{command}");
            // Without its value no request is sent, and with it the value is sent.
            let build = |gateway: otpost::gateway::HttpGatewayBuilder| {
                gateway.build_with(ScriptedTransport::new())
            };
            let error = build(import.gateway()).unwrap_err().to_string();
            assert!(error.contains("auth_key"), "{command}: {error}");
            let gateway = build(import.gateway().var("auth_key", "n0tReal76")).unwrap();
            let request = gateway.prepare(&message()).unwrap();
            let sent =
                format!("{}{}", request.to_curl().expose_script().expose(), request.expose_url());
            // A basic header has `shop:n0tReal76` in Base64.
            let is_sent = sent.contains("n0tReal76") || sent.contains("c2hvcDpuMHRSZWFsNzY=");
            assert!(is_sent, "{command}\n{sent}");
            checked += 1;
        }
    }
    assert_eq!(checked, 89);
}

#[test]
fn literals_that_look_like_placeholders_stay() {
    for literal in
        ["{x}", "<b>", "$HOME", "[tag]", "my-campaign", "OTP_LOGIN", "a{b", "100%", "yours"]
    {
        let command = format!(
            "curl https://a.example/send --data-urlencode 'x={literal}' -d to=12025550123 -d 'text=123456 is your code'"
        );
        let import = otpost_curl::import(&command, &sample()).unwrap();
        let toml = import.spec().to_toml().unwrap();
        assert!(toml.contains(literal), "{literal}\n{toml}");
        assert_eq!(import.spec().vars().count(), 0, "{toml}");
    }
}

/// A search for the digits alone.
fn naive_finds(value: &str) -> bool {
    value.contains("852596")
}

#[test]
fn code_is_not_found_in_longer_values() {
    let sample = Sample::new(PhoneNumber::parse("+12025550123").unwrap(), "852596 is your code")
        .with_code(Code::parse("852596").unwrap());
    let import = |name: &str, value: &str| {
        let command = format!("curl https://a.example/send -d to=12025550123 -d '{name}={value}'");
        otpost_curl::import(&command, &sample)
    };
    for name in ["token", "password", "x", "otp", "ref"] {
        let whole = import(name, "852596").unwrap().spec().to_toml().unwrap();
        assert!(whole.contains(&format!("{name} = \"{{{{code}}}}\"")), "{whole}");
        for value in [
            "9852596",
            "8525960",
            "a852596",
            "852596b",
            "2026-852596",
            "1.852596",
            "852596-1",
            "3f1c9a52-7d0e-4b6f-8a21-852596000000",
        ] {
            assert!(naive_finds(value));
            let error = import(name, value).unwrap_err().to_string();
            assert!(error.contains("neither text nor code"), "{name}={value}: {error}");
        }
    }
}
