use std::fmt;
use std::io::{self, Write};
use std::sync::Mutex;

use async_trait::async_trait;

use super::{Fate, Provider, Receipt, SendError, SendErrorKind};
use crate::message::Message;

/// A provider for development that prints messages instead of sending them.
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
/// It prints the text, including the code. The phone number is masked. Do not use it in production.
#[doc(alias = "stderr")]
pub struct ConsoleProvider {
    writer: Mutex<Box<dyn Write + Send>>,
}

impl ConsoleProvider {
    /// Creates a provider that prints to standard error.
    #[must_use]
    pub fn new() -> Self {
        Self::with_writer(io::stderr())
    }

    /// Creates a provider that prints to a writer.
    #[must_use]
    pub fn with_writer(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Mutex::new(Box::new(writer)) }
    }

    fn print(&self, message: &Message) -> io::Result<()> {
        // If a thread panicked while printing, its line is incomplete, but the writer can still be
        // used.
        let mut writer = self.writer.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // Write once, so that two messages do not mix. Escape control characters, so that a text
        // cannot control the terminal.
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
            // A part of the line may already have been read.
            SendError::new(SendErrorKind::Unavailable, Fate::Unknown).with_source(error)
        })?;
        Ok(Receipt::new(self.name()).with_message_id(message.id().as_str()))
    }
}
