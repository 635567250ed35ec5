//! What is sent: one text to one recipient, the code in it, and what a gateway may want to know besides.

mod autofill;
mod dlt;
mod id;
mod invisible;
mod locale;
#[expect(
    clippy::module_inception,
    reason = "the type that the room is named for has a file of its own"
)]
mod message;
mod policy;
mod redactor;
mod segments;
mod sender;
#[cfg(feature = "serde")]
mod serde;
mod smart_encode;
mod text;
mod texts;

pub use autofill::{Autofill, AutofillError, AutofillWarning, EmbeddedStyle, OriginBound};
pub use dlt::{DltError, DltTemplate};
pub use id::{MessageId, MessageIdError};
pub use locale::{Locale, LocaleError};
pub use message::{Message, MessageError};
pub use policy::{SegmentPolicy, TooManyParts};
pub use segments::{Encoding, NonGsmCharacter, Segments};
pub use sender::{SenderId, SenderIdError, SenderKind, SenderPolicy, SenderWarning};
pub use smart_encode::smart_encode;
pub use text::{TextTemplate, TextTemplateError};
pub use texts::{MessageTemplates, MessageTemplatesError};
