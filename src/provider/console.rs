use std::fmt;
use std::io::{self, Write};
use std::sync::Mutex;

use async_trait::async_trait;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind};
use crate::message::Message;

/// Prints messages in place of sending them: for development, where the phone is the terminal.
///
/// # Examples
///
/// ```
/// use otpost::provider::ConsoleProvider;
///
/// let to_stderr = ConsoleProvider::new();
/// let to_a_buffer = ConsoleProvider::with_writer(Vec::new());
/// # let _ = (to_stderr, to_a_buffer);
/// ```
///
/// # Security
///
/// It prints the text with the code in it, since that is its purpose. The number is masked. Keep it out of
/// production.
pub struct ConsoleProvider {
    writer: Mutex<Box<dyn Write + Send>>,
}

impl ConsoleProvider {
    /// Prints to the standard error.
    #[must_use]
    pub fn new() -> Self {
        Self::with_writer(io::stderr())
    }

    /// Prints to a writer.
    #[must_use]
    pub fn with_writer(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Mutex::new(Box::new(writer)) }
    }

    fn print(&self, message: &Message) -> io::Result<()> {
        // A thread that panicked while printing left a torn line, and nothing worse.
        let mut writer = self.writer.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // One write, so that two messages do not mix. Controls are escaped: a text must not drive the terminal.
        let text = message.text().expose().escape_debug().to_string();
        let line = format!("SMS to {}: {text}\n", message.to());
        writer.write_all(line.as_bytes())?;
        writer.flush()
    }
}

impl Default for ConsoleProvider {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ConsoleProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleProvider").finish_non_exhaustive()
    }
}

#[async_trait]
impl Provider for ConsoleProvider {
    fn name(&self) -> &str {
        "console"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        self.print(message).map_err(|error| {
            // Part of the line may have been read by somebody.
            SendError::new(SendErrorKind::Unavailable, Fate::Unknown).with_source(error)
        })?;
        Ok(Receipt::new(self.name()).with_message_id(message.id().as_str()))
    }
}
