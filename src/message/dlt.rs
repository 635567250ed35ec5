use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::message::Message;

/// The place of a value in a registered template.
const PLACE: &str = "{#var#}";
/// otpost's own bound: those in use have 19 digits.
const MAX_ID: usize = 30;
/// The longest text, in bytes: that of a message, whose 1,530 characters take at most four bytes each.
const MAX_TEXT: usize = 1_530 * 4;
/// otpost's own bound for a value at its place; platforms have limits of their own, which change.
const MAX_VALUE: usize = 30;

/// A template that is registered for commercial messages in India, by its DLT (distributed ledger) platforms.
///
/// The text of a message has to be that of its template, letter for letter, so it is compared before it is sent. What a
/// platform takes as a value may be less than what is taken here.
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
/// // A spec has them as {{dlt.entity_id}} and {{dlt.template_id}}.
/// assert_eq!(message.var("dlt.template_id").map(|id| id.expose()), Some("1107123456789012345"));
///
/// let other = Message::new(to, "123456 is your code at Acme.")?;
/// assert!(other.with_dlt(&template).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DltTemplate {
    entity_id: Box<str>,
    template_id: Box<str>,
    /// What stands between the places.
    fixed: Vec<Box<str>>,
}

impl DltTemplate {
    /// The identities of the principal entity and of the template, and its text with `{#var#}` for each value.
    ///
    /// # Errors
    ///
    /// [`DltError::Id`] when an identity is not 1 to 30 digits, [`DltError::Template`] for a text without letters of its own, or
    /// with two places that nothing divides.
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
        let inner = fixed.get(1..fixed.len().saturating_sub(1)).unwrap_or_default();
        if inner.iter().any(|part| part.is_empty())
            || fixed.iter().all(|part| part.trim().is_empty())
        {
            return Err(DltError::Template);
        }
        Ok(Self { entity_id: entity_id.into(), template_id: template_id.into(), fixed })
    }

    /// The identity of the principal entity.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// The identity of the template.
    #[must_use]
    pub fn template_id(&self) -> &str {
        &self.template_id
    }

    /// Compares a text.
    ///
    /// # Errors
    ///
    /// [`DltError::Text`] where it is not as it was registered; a value has 1 to 30 characters.
    pub fn check(&self, text: &str) -> Result<(), DltError> {
        // No message is longer, and each place is tried at each character.
        if text.len() > MAX_TEXT {
            return Err(DltError::Text);
        }
        let mut parts = self.fixed.iter();
        let first = parts.next().map_or("", |part| part);
        let mut rests = match text.strip_prefix(first) {
            Some(rest) => vec![rest],
            None => return Err(DltError::Text),
        };
        // All places where the text can go on after each value, since a value may hold what follows it.
        for part in parts {
            let mut next = Vec::new();
            for rest in rests {
                for value in values(rest) {
                    next.extend(rest.get(value..).and_then(|rest| rest.strip_prefix(&**part)));
                }
            }
            next.sort_unstable_by_key(|rest| rest.len());
            next.dedup_by_key(|rest| rest.len());
            rests = next;
        }
        if rests.iter().any(|rest| rest.is_empty()) { Ok(()) } else { Err(DltError::Text) }
    }
}

/// Where a value that begins here may end.
fn values(text: &str) -> impl Iterator<Item = usize> {
    let ends = text.char_indices().map(|(at, c)| at.saturating_add(c.len_utf8()));
    ends.take(MAX_VALUE)
}

impl Message {
    /// With the identities of a template that is registered in India, after a look at the text.
    ///
    /// # Errors
    ///
    /// [`DltError::Text`] when the text is not as it was registered.
    pub fn with_dlt(self, template: &DltTemplate) -> Result<Self, DltError> {
        template.check(self.text().expose())?;
        Ok(self
            .with_var("dlt.entity_id", template.entity_id())
            .with_var("dlt.template_id", template.template_id()))
    }
}

impl Message {
    /// Whether it has the identities of a registered template, so that its text stays letter for letter.
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

/// What is wrong with a registered template, or with a text for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DltError {
    /// An identity that is none.
    #[error("an identity is 1 to 30 digits")]
    Id,
    /// A template that says nothing, or in which two values cannot be told apart.
    #[error("a template has text of its own, and something between its values")]
    Template,
    /// The text is not that of the template.
    #[error("the text is not as it was registered: send the registered text, or register this one")]
    Text,
}
