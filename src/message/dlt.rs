use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::message::Message;

/// The placeholder for a value in a registered template.
const PLACE: &str = "{#var#}";
/// The maximum length of an id. This is otpost's own limit: the ids in use have 19 digits.
const MAX_ID: usize = 30;
/// The maximum length of a text in bytes: a message has at most 1,530 characters of 4 bytes.
const MAX_TEXT: usize = 1_530 * 4;
/// The maximum length of a value in characters. This is otpost's own limit: each platform has its
/// own, which can change.
const MAX_VALUE: usize = 30;

/// A message template registered in India, on a platform for DLT (distributed ledger technology).
///
/// India accepts a commercial message only if its text matches a registered template exactly. The
/// text is therefore compared before it is sent. A platform may accept fewer values than this
/// comparison.
///
/// # Examples
///
/// ```
/// use otpost::message::DltTemplate;
/// use otpost::{Message, PhoneNumber};
///
/// let template = DltTemplate::new(
///     "1101234567890123456",
///     "1107123456789012345",
///     "{#var#} is your Acme code. It is valid for {#var#} minutes.",
/// )?;
/// let to = PhoneNumber::parse("+919876543210")?;
/// let text = "123456 is your Acme code. It is valid for 5 minutes.";
/// let message = Message::new(to.clone(), text)?.with_dlt(&template)?;
/// // Gateway specs use the ids as {{dlt.entity_id}} and {{dlt.template_id}}.
/// let template_id = message.var("dlt.template_id").map(|id| id.expose());
/// assert_eq!(template_id, Some("1107123456789012345"));
///
/// let other = Message::new(to, "123456 is your code at Acme.")?;
/// assert!(other.with_dlt(&template).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "india")]
#[doc(alias = "trai")]
#[derive(Clone, PartialEq, Eq)]
pub struct DltTemplate {
    entity_id: Box<str>,
    template_id: Box<str>,
    /// The texts around the placeholders.
    fixed: Vec<Box<str>>,
}

impl DltTemplate {
    /// Creates a template from the id of the principal entity, the id of the template, and the
    /// registered text. Write `{#var#}` for each value in the text.
    ///
    /// # Errors
    ///
    /// - [`DltError::Id`] if an id does not have 1 to 30 digits.
    /// - [`DltError::Template`] if the text has no fixed part, has two placeholders without a text
    ///   between them, or has more than 6,120 bytes.
    pub fn new(entity_id: &str, template_id: &str, text: &str) -> Result<Self, DltError> {
        let is_id =
            |id: &str| (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
        if !is_id(entity_id) || !is_id(template_id) {
            return Err(DltError::Id);
        }
        if text.len() > MAX_TEXT {
            return Err(DltError::Template);
        }
        let fixed: Vec<Box<str>> = text.split(PLACE).map(Box::from).collect();
        // The parts between two placeholders. `split` returns at least one part. If it is the only
        // one, the range is invalid and the default is right: an empty list.
        let inner = fixed.get(1..fixed.len().saturating_sub(1)).unwrap_or_default();
        if inner.iter().any(|part| part.is_empty())
            // Such a template would match any short text.
            || fixed.iter().all(|part| part.trim().is_empty())
        {
            return Err(DltError::Template);
        }
        Ok(Self { entity_id: entity_id.into(), template_id: template_id.into(), fixed })
    }

    /// Returns the id of the principal entity.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Returns the id of the template.
    #[must_use]
    pub fn template_id(&self) -> &str {
        &self.template_id
    }

    /// Checks that a text matches the template. Each value has 1 to 30 characters.
    ///
    /// # Errors
    ///
    /// [`DltError::Text`] if the text does not match.
    pub fn check(&self, text: &str) -> Result<(), DltError> {
        // Refuse longer texts at once: the loop below tries each placeholder at each character.
        if text.len() > MAX_TEXT {
            return Err(DltError::Text);
        }
        let mut parts = self.fixed.iter();
        let first = parts.next().map_or("", |part| part);
        let mut rests = match text.strip_prefix(first) {
            Some(rest) => vec![rest],
            None => return Err(DltError::Text),
        };
        // A value may contain the fixed text that follows it, so the first match need not be the
        // right one. Keep every rest of the text at which the template can continue. Equal rests
        // are merged, so the number of rests never exceeds the length of the text.
        for part in parts {
            let mut next = Vec::new();
            for rest in rests {
                for value in values(rest) {
                    next.extend(rest.get(value..).and_then(|rest| rest.strip_prefix(&**part)));
                }
            }
            // All rests are ends of the same text, so those of the same length are equal.
            next.sort_unstable_by_key(|rest| rest.len());
            next.dedup_by_key(|rest| rest.len());
            rests = next;
        }
        if rests.iter().any(|rest| rest.is_empty()) { Ok(()) } else { Err(DltError::Text) }
    }
}

/// Returns the byte positions at which a value at the start of the text may end.
fn values(text: &str) -> impl Iterator<Item = usize> {
    let ends = text.char_indices().map(|(at, c)| at.saturating_add(c.len_utf8()));
    ends.take(MAX_VALUE)
}

impl Message {
    /// Sets the ids of a registered template, after checking that the text matches it. Gateway
    /// specs use them as `{{dlt.entity_id}}` and `{{dlt.template_id}}`.
    ///
    /// # Errors
    ///
    /// [`DltError::Text`] if the text does not match.
    pub fn with_dlt(self, template: &DltTemplate) -> Result<Self, DltError> {
        template.check(self.text().expose())?;
        Ok(self
            .with_var("dlt.entity_id", template.entity_id())
            .with_var("dlt.template_id", template.template_id()))
    }
}

impl Message {
    /// Returns `true` if the message has the id of a registered template, so that its text must not
    /// change.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.var("dlt.template_id").is_some()
    }
}

impl fmt::Debug for DltTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DltTemplate")
            .field("template_id", &self.template_id)
            .finish_non_exhaustive()
    }
}

/// An error in a registered template, or in a text for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DltError {
    /// An id does not have 1 to 30 digits.
    #[error("invalid DLT id: expected 1 to 30 digits")]
    Id,
    /// The template has no fixed text, has two placeholders without a text between them, or has
    /// more than 6,120 bytes.
    #[error(
        "invalid DLT template: expected fixed text, also between any two values, and at most 6120 bytes"
    )]
    Template,
    /// The text does not match the template.
    #[error(
        "the text does not match the DLT template: send the registered text, or register this one"
    )]
    Text,
}
