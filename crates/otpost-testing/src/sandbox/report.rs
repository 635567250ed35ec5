use serde_json::Value;

/// A delivery report that a sandbox has sent to the application.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SandboxReport {
    /// The id in the sandbox, such as `r-17`.
    pub id: String,
    /// The `id` of the message in the sandbox.
    pub message: String,
    /// The id of the gateway.
    pub gateway: String,
    /// The meaning: `delivered`, `expired`, `pending`, `rejected`, `undeliverable` or `unknown`.
    pub status: String,
    /// The HTTP status with which the application responded.
    pub response: Option<u16>,
    /// The reason why there is no response.
    pub reason: Option<String>,
}

impl SandboxReport {
    /// Reads a report of the API. Returns `None` if it has another form.
    pub(super) fn read(json: &Value) -> Option<Self> {
        let text = |name: &str| json.get(name)?.as_str().map(str::to_owned);
        let response = json.get("response")?.as_u64().map(u16::try_from);
        Some(Self {
            id: text("id")?,
            message: text("message")?,
            gateway: text("gateway")?,
            status: text("status")?,
            response: response.transpose().ok()?,
            reason: text("reason"),
        })
    }
}
