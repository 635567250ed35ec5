//! Requests of a gateway with reports, authentic and forged, for the simulations.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use otpost::HttpGateway;
use otpost::gateway::GatewaySpec;
use otpost::report::{DeliveryReport, ReportReceiver, ReportStatus};
use otpost::testing::ScriptedTransport;
use sha2::Sha256;

use super::super::{FORM, HEAD, TOKEN, receiver};

const SECRET: &str = "a secret of the webhooks";

/// Reports in JSON, whose body is signed.
const SIGNED: &str = r#"
[vars]
secret = { secret = true }
[reports]
method = ["POST"]
body = "json"
message_id = "/id"
reference = "/ref"
status = "/status"
[reports.auth.hmac]
algorithm = "sha256"
key = "{{secret}}"
sign = "{{body}}"
signature = "base64"
header = "x-signature"
"#;

const STATUSES: &str = r#"
[reports.statuses]
delivered = ["DELIVRD"]
expired = ["EXPIRED"]
pending = ["ACCEPTD"]
rejected = ["REJECTD"]
undeliverable = ["UNDELIV"]
"#;

/// The way in which the sender of a forged request deceives.
#[derive(Clone, Copy)]
pub(super) enum Forgery {
    /// Another secret.
    Guessed,
    /// The signature of another report of the same message, which was sent unencrypted.
    Moved,
    /// No signature.
    Unsigned,
}

/// A gateway and the receiver of its reports.
pub(super) struct Wire {
    receiver: ReportReceiver,
    is_signed: bool,
}

impl Wire {
    /// A gateway that signs its reports.
    pub(super) fn signed() -> Self {
        let spec = GatewaySpec::from_toml(&format!("{HEAD}{SIGNED}{STATUSES}")).unwrap();
        let builder = HttpGateway::builder(spec).var("secret", SECRET);
        let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
        let receiver = ReportReceiver::new(&gateway, "https://app.example/sms/reports").unwrap();
        Self { receiver, is_signed: true }
    }

    /// A gateway that signs nothing, so that its URL is a secret.
    pub(super) fn unsigned() -> Self {
        let head = FORM.split("[reports.statuses]").next().unwrap();
        Self { receiver: receiver(&format!("{head}{STATUSES}")), is_signed: false }
    }

    /// Sends a request to the receiver, and returns the reports that it accepts.
    pub(super) fn send(
        &self,
        id: &str,
        status: ReportStatus,
        forgery: Option<Forgery>,
    ) -> Vec<DeliveryReport> {
        let (head, body) =
            if self.is_signed { signed(id, status, forgery) } else { plain(id, status, forgery) };
        let (parts, ()) = head.into_parts();
        let received = self.receiver.receive(&parts, body.as_bytes());
        received.map(|received| received.reports().to_vec()).unwrap_or_default()
    }
}

fn signed(id: &str, status: ReportStatus, forgery: Option<Forgery>) -> (Request<()>, String) {
    let body = |status| format!(r#"{{"id":"{id}","ref":"{id}","status":"{}"}}"#, word(status));
    let signature = match forgery {
        None => Some(sign(SECRET, &body(status))),
        Some(Forgery::Guessed) => Some(sign("a guess", &body(status))),
        Some(Forgery::Moved) => Some(sign(SECRET, &body(ReportStatus::Pending))),
        Some(Forgery::Unsigned) => None,
    };
    let mut request = Request::post("/sms/reports").header("content-type", "application/json");
    if let Some(signature) = signature {
        request = request.header("x-signature", signature);
    }
    (request.body(()).unwrap(), body(status))
}

fn sign(secret: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    BASE64.encode(&mac.chain_update(body).finalize().into_bytes())
}

fn plain(id: &str, status: ReportStatus, forgery: Option<Forgery>) -> (Request<()>, String) {
    let token = match forgery {
        None => TOKEN,
        Some(Forgery::Guessed) => "8f3c0d5e9a7b41c2864f0e1d2c3b4a58",
        Some(Forgery::Moved) => &TOKEN[1..],
        Some(Forgery::Unsigned) => "",
    };
    let request = Request::post(format!("/sms/reports/{token}?ref={id}"));
    (request.body(()).unwrap(), format!("id={id}&status={}", word(status)))
}

fn word(status: ReportStatus) -> &'static str {
    match status {
        ReportStatus::Delivered => "DELIVRD",
        ReportStatus::Expired => "EXPIRED",
        ReportStatus::Rejected => "REJECTD",
        ReportStatus::Undeliverable => "UNDELIV",
        ReportStatus::Pending => "ACCEPTD",
        _ => "OTHER",
    }
}
