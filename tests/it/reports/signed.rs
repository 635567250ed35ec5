//! Signed reports, from the request to the state of the message.

use http::Request;
use otpost::HttpGateway;
use otpost::gateway::GatewaySpec;
use otpost::report::{ReportErrorKind, ReportReceiver, ReportRejection};
use otpost::testing::{ManualClock, ScriptedTransport};

use super::{HEAD, shown};

/// Signed as Sinch does, with the vendor's own vector: the body, a nonce and a time.
const SIGNED: &str = r#"
[vars]
webhook_secret = { secret = true, optional = true }
[reports]
method = ["POST"]
body = "json"
message_id = "/batch_id"
reference = ["query:ref", "/client_reference"]
status = "/status"
code = "/code"
statuses = { delivered = ["Delivered"] }
[reports.auth.hmac]
algorithm = "sha256"
key = "{{webhook_secret}}"
sign = "{{body}}.{{header:x-sinch-webhook-signature-nonce}}.{{header:x-sinch-webhook-signature-timestamp}}"
signature = "base64"
header = "x-sinch-webhook-signature"
timestamp = { header = "x-sinch-webhook-signature-timestamp", unit = "s" }
replay = { header = "x-sinch-webhook-signature-nonce" }
"#;

const BODY: &str = r#"{"at":"2025-01-13T09:22:40.914Z","batch_id":"01JHFFHQ0P99JPPNQPJDV7JTBP","client_reference":"a client reference","code":0,"operator_status_at":"2025-01-13T09:22:00Z","recipient":"33662162466","status":"Delivered","type":"recipient_delivery_report_sms"}"#;

fn gateway(secret: Option<&str>) -> HttpGateway {
    let spec = GatewaySpec::from_toml(&format!("{HEAD}{SIGNED}")).unwrap();
    spec.check().unwrap();
    let builder = HttpGateway::builder(spec).clock(ManualClock::at(1_736_760_161));
    let builder = match secret {
        Some(secret) => builder.var("webhook_secret", secret),
        None => builder,
    };
    builder.build_with(ScriptedTransport::new()).unwrap()
}

#[test]
fn a_signed_report_is_read_and_a_changed_one_is_not() {
    let url = "https://app.example/sms/reports";
    let receiver = ReportReceiver::new(&gateway(Some("SMSWebhooksSecret")), url).unwrap();
    let send = |query: &str, body: &str, signature: &str| {
        let request = Request::post(format!("/anything{query}"))
            .header("content-type", "application/json")
            .header("x-sinch-webhook-signature-nonce", "01JHFFHWYY7HSS4FWTMDTQEK8V")
            .header("x-sinch-webhook-signature-timestamp", "1736760161")
            .header("x-sinch-webhook-signature", signature);
        let parts = request.body(()).unwrap().into_parts().0;
        receiver.receive(&parts, body.as_bytes())
    };
    let signature = "ZoHei66PPN/kZjw7hFVfGhJOnml3iGNCMWoyQVcE5o0=";
    let received = send("", BODY, signature).unwrap();
    let expected = ["delivered 01JHFFHQ0P99JPPNQPJDV7JTBP a client reference 0"];
    assert_eq!(shown(&received), expected);
    // The signature does not cover the query, so the query names no message.
    assert_eq!(shown(&send("?ref=another", BODY, signature).unwrap()), expected);
    // The same request again has the same key.
    let again = send("", BODY, signature).unwrap();
    assert!(received.replay_key().is_some());
    assert_eq!(again.replay_key(), received.replay_key());

    let changed = BODY.replace("Delivered", "Failed");
    for (body, signature) in [(changed.as_str(), signature), (BODY, ""), (BODY, "AAAA")] {
        let error = send("", body, signature).unwrap_err();
        assert_eq!(error.kind(), ReportErrorKind::NotAuthentic);
        assert_eq!(error.answer().status(), 403);
        assert!(error.rejection().is_some() && error.to_string().contains(": "), "{error}");
    }
    let error = send("", &changed, signature).unwrap_err();
    assert_eq!(error.rejection(), Some(ReportRejection::Signature));
}

#[test]
fn sending_works_without_the_secret_of_reports_and_a_receiver_does_not() {
    let error = ReportReceiver::new(&gateway(None), "https://app.example/r").unwrap_err();
    assert!(error.path().starts_with("reports.auth"), "{error}");
    assert!(error.to_string().contains("webhook_secret"), "{error}");
    // A variable that only reports use is used.
    let unused = format!("{HEAD}{SIGNED}").replace("{{webhook_secret}}", "x");
    let error = GatewaySpec::from_toml(&unused).and_then(|spec| spec.check()).unwrap_err();
    assert!(!error.to_string().is_empty());
}
