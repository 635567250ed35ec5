//! What is sent: one text to one recipient, the code in it, and what a gateway may want to know besides.

mod id;
mod locale;
#[expect(
    clippy::module_inception,
    reason = "the type that the room is named for has a file of its own"
)]
mod message;
mod segments;
mod sender;
mod text;

pub use id::MessageId;
pub use locale::{Locale, LocaleError};
pub use message::{Message, MessageError};
pub use segments::{Encoding, Segments};
pub use sender::{SenderId, SenderIdError};
pub use text::{TextTemplate, TextTemplateError};
