use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::render_error::RenderError;
use super::values::{Slot, Values};

/// A value that is itself a document, such as JSON in a form field.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct NestedValue {
    pub(in crate::gateway) document: Arc<dyn NestedDocument>,
    /// The variables in it.
    pub(in crate::gateway) slots: Vec<Slot>,
    /// The variables of conditions in it.
    pub(in crate::gateway) conditions: Vec<Slot>,
    /// The variable without which all of it is left out.
    pub(in crate::gateway) absent: Option<String>,
    /// Set if it contains the recipient, the text or the code under a condition.
    pub(in crate::gateway) has_partial: bool,
}

/// A compiled document that is rendered as the text of a value.
pub(in crate::gateway) trait NestedDocument: fmt::Debug + Send + Sync {
    /// Returns the text. `None` if all of it is left out.
    fn text(&self, values: &Values<'_>) -> Result<Option<Zeroizing<String>>, RenderError>;
}
