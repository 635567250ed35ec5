//! Output and responses of the server contain nothing of the messages and no secret.

use super::gateway::TestGateway;
use super::{Bridge, CALLER, HOOKS, PASSWORD, SECRET};

/// Everything that must not be shown, in the requests below.
const HIDDEN: [&str; 10] = [
    "sentinel",
    "41791234567",
    "791234567",
    "417912345",
    "079 123",
    "612345678",
    "836251",
    "8362519",
    "Grüezi",
    "is your code",
];

#[test]
fn nothing_of_a_message_is_printed_or_returned() {
    // The gateway repeats everything that it knows.
    let words = format!(
        r#"{{"responseCode":1,"responseMessage":"no 41791234567 {PASSWORD} 836251 is your code"}}"#
    );
    let gateways = [
        TestGateway::accepting(),
        TestGateway::answering(200, &words),
        TestGateway::answering(500, &words),
        TestGateway::answering(200, &words.replace(":1,", ":77,")),
    ];
    let mut origins: Vec<_> = gateways.iter().map(TestGateway::origin).collect();
    origins.push("http://127.0.0.1:9".to_owned());
    let mut shown = String::new();
    for origin in &origins {
        let arguments = [&CALLER[..], &HOOKS[..], &["--limit-recipient", "2"]].concat();
        let bridge = Bridge::start(origin, &arguments);
        let key = [("x-api-key", SECRET)];
        let wrong = [("x-api-key", "sentinel-wrong-secret")];
        let supabase = r#"{"user":{"phone":"41791234567"},"sms":{"otp":"836251"}}"#;
        let zitadel = r#"{"contextInfo":{"recipientPhoneNumber":"+41791234567"},"templateData":{"text":"Grüezi 836251"}}"#;
        let mut responses = vec![
            bridge.json("/send", &key, r#"{"to":"+41791234567","code":"836251"}"#),
            bridge.form(&key, "to=%2B41791234567&text=Gr%C3%BCezi"),
            bridge.form(&key, "to=079 123 45 67x&text=Gr%C3%BCezi"),
            bridge.form(&key, "to=%2B33612345678&code=836251"),
            bridge.form(&key, "to=%2B41791234567&code=8362519x"),
            bridge.form(&key, "to=%2B41791234567&sentinel-field=836251"),
            bridge.form(&[], &format!("to=%2B41791234567&code=836251&secret={SECRET}x")),
            bridge.call("GET", "/send?to=%2B41791234567&code=836251", &wrong, b""),
            bridge.call("GET", "/sentinel-path?to=41791234567", &key, b""),
            bridge.call("BREW", "/send", &key, b""),
            bridge.json("/send", &key, r#"{"to":"sentinel","code":"836251""#),
            bridge.json("/hooks/ory", &key, r#"{"recipient":"+41791234567","body":"Grüezi"}"#),
            bridge.json("/hooks/zitadel", &[("zitadel-signature", "t=1,v1=sentinel")], zitadel),
            bridge.json("/send", &[("host", "sentinel.example")], "{}"),
            bridge.call("GET", "/metrics", &key, b""),
            bridge.supabase("msg_sentinel", supabase),
            bridge.supabase("msg_sentinel", supabase),
            bridge.zitadel(zitadel),
        ];
        responses.push(bridge.call("GET", "/metrics", &key, b""));
        // Eight lines at the start, and one for each request that is not for the metrics.
        let log = bridge.log_of(8 + responses.len() - 2);
        assert!(log.lines().filter(|line| line.starts_with("/send")).count() > 5, "{log}");
        for response in responses {
            shown.push_str(&format!("{}\n{}\n", response.head, response.body));
        }
        shown.push_str(&log);
    }
    assert!(shown.contains("accepted") && shown.contains("unauthorized"), "{shown}");
    for hidden in HIDDEN {
        assert!(!shown.contains(hidden), "{hidden} in\n{shown}");
    }
}
