use std::fmt;

use serde_json::Value;

/// A message in a sandbox.
///
/// # Security
///
/// `Debug` shows the id and the gateway only. The fields contain the number, the text and the code.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SandboxMessage {
    /// The id in the sandbox, such as `m-17`.
    pub id: String,
    /// The sequence number, from 1.
    pub seq: u64,
    /// The id of the gateway.
    pub gateway: String,
    /// The request of the spec: `account`, `erase`, `message` or `token`.
    pub call: String,
    /// The recipient in E.164. `None` if it is missing or invalid.
    pub to: Option<String>,
    /// The sender.
    pub sender: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// The code.
    pub code: Option<String>,
    /// `true` if the phone shows the message: it was accepted, even if the response was lost.
    pub is_delivered: bool,
    /// The differences from the spec.
    pub mismatches: Vec<String>,
    /// The meaning of the response, such as `accepted`.
    pub outcome: String,
    /// The fate for a client with the same spec: `accepted`, `not_sent`, `refused` or `unknown`.
    pub fate: String,
    /// The gateway's id of the message.
    pub message_id: Option<String>,
    /// The application's id of the message. A retry has the same one.
    pub client_id: Option<String>,
    /// The `id` of the earlier message with the same `client_id`.
    pub retry_of: Option<String>,
}

impl SandboxMessage {
    /// Reads a message of the API. Returns `None` if it has another form.
    pub(super) fn read(json: &Value) -> Option<Self> {
        let text = |name: &str| json.get(name)?.as_str().map(str::to_owned);
        let rule = |name: &str| json.get("rule")?.get(name)?.as_str().map(str::to_owned);
        let mismatches = json.get("mismatches")?.as_array()?.iter();
        Some(Self {
            id: text("id")?,
            seq: json.get("seq")?.as_u64()?,
            gateway: text("gateway")?,
            call: text("call")?,
            to: text("to"),
            sender: text("sender"),
            text: text("text"),
            code: text("code"),
            is_delivered: json.get("is_delivered")?.as_bool()?,
            mismatches: mismatches.filter_map(|it| it.as_str().map(str::to_owned)).collect(),
            outcome: rule("outcome")?,
            fate: rule("fate")?,
            message_id: text("message_id"),
            client_id: text("client_id"),
            retry_of: text("retry_of"),
        })
    }
}

impl fmt::Debug for SandboxMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxMessage")
            .field("id", &self.id)
            .field("gateway", &self.gateway)
            .finish_non_exhaustive()
    }
}
