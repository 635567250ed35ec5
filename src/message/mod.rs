//! Messages: the text and the code for one recipient, and the other values that a gateway may need.
//!
//! | to | use |
//! |---|---|
//! | compose a message with a code | [`TextTemplate`], [`Message::compose`] |
//! | allow a kind of link in a value of a text (none by default) | [`TextTemplate::with_link_allowed`], [`LinkKind`] |
//! | keep texts by purpose and language | [`MessageTemplates`] |
//! | count and limit segments | [`Segments`], [`SegmentPolicy`], [`smart_encode()`] |
//! | choose the sender | [`SenderId`], [`SenderPolicy`] |
//! | check texts against the rules of regions | [`TextWarning`], [`MessageTemplates::lint`] |
//! | have the code filled in by browsers and phones | [`Autofill`], [`OriginBound`] |
//! | send registered texts in India | [`DltTemplate`] |

mod autofill;
mod dlt;
mod id;
mod invisible;
mod links;
mod locale;
mod look_alike;
#[expect(clippy::module_inception, reason = "the main type of the module has its own file")]
mod message;
mod numbers;
mod policy;
mod redactor;
mod rendered;
mod scope;
mod segments;
mod sender;
#[cfg(feature = "serde")]
mod serde;
mod smart_encode;
mod text;
mod text_error;
mod text_lint;
mod texts;

pub use crate::template::{
    DateFormat, Filter, FilterError, TemplateError, TemplateErrorKind, TimeUnit,
};
pub use autofill::{Autofill, AutofillError, AutofillWarning, EmbeddedStyle, OriginBound};
pub use dlt::{DltError, DltTemplate};
pub use id::{MessageId, MessageIdError};
pub use links::LinkKind;
pub use locale::{Locale, LocaleError};
pub use message::{Message, MessageError};
pub use policy::{SegmentPolicy, TooManySegments};
#[cfg(feature = "provider")]
pub(crate) use scope::SendScope;
pub use segments::{Encoding, NonGsmCharacter, Segments};
pub use sender::{SenderId, SenderIdError, SenderKind, SenderPolicy, SenderRefused, SenderWarning};
pub use smart_encode::smart_encode;
pub use text::TextTemplate;
pub use text_error::TextTemplateError;
pub use text_lint::TextWarning;
pub use texts::{MessageTemplates, MessageTemplatesError, TemplateWarning};
