use zeroize::Zeroizing;

use crate::secret::push_wiped;

/// A buffer in which values are assembled before they are encoded. It is wiped, also when it grows.
#[derive(Default)]
pub(super) struct Scratch(Zeroizing<String>);

impl Scratch {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn push_str(&mut self, text: &str) {
        push_wiped(&mut self.0, text);
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
