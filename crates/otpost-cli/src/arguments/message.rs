use clap::Args;
use otpost::message::SenderId;
use otpost::{Code, Message, PhoneNumber};

use crate::error::CommandError;

/// The message to send.
#[derive(Args)]
pub(crate) struct MessageArguments {
    /// The phone number of the recipient, such as `+12025550123`.
    #[arg(long, value_name = "NUMBER")]
    to: String,
    /// The text. Required without `--code`; otherwise it defaults to `CODE is your code`.
    #[arg(long, required_unless_present = "code")]
    text: Option<String>,
    /// The code, for gateways that get it apart from the text.
    #[arg(long)]
    code: Option<String>,
    /// The sender. Defaults to the gateway's own sender.
    #[arg(long, value_name = "SENDER")]
    from: Option<String>,
}

impl MessageArguments {
    /// Returns the message, or the problem with an argument without its value.
    pub(crate) fn message(&self) -> Result<Message, CommandError> {
        let wrong = |name: &str, error: &dyn std::fmt::Display| {
            CommandError::Usage(format!("{name}: {error}"))
        };
        let to = PhoneNumber::parse(&self.to).map_err(|error| wrong("--to", &error))?;
        let code = self.code.as_deref().map(Code::parse).transpose();
        let code = code.map_err(|error| wrong("--code", &error))?;
        let text = match (&self.text, &code) {
            (Some(text), _) => text.clone(),
            (None, Some(code)) => format!("{} is your code", code.expose()),
            // clap requires one of the two.
            (None, None) => String::new(),
        };
        let message = Message::new(to, text).map_err(|error| wrong("--text", &error))?;
        let message = code.into_iter().fold(message, Message::with_code);
        let sender = self.from.as_deref().map(SenderId::parse).transpose();
        let sender = sender.map_err(|error| wrong("--from", &error))?;
        Ok(sender.into_iter().fold(message, Message::with_sender))
    }
}
