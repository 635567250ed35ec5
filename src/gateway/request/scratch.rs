use zeroize::Zeroizing;

use crate::secret::push_wiped;

/// A buffer in which values are assembled before they are encoded. It is wiped, also when it grows.
#[derive(Default)]
pub(in crate::gateway) struct Scratch(Zeroizing<String>);

impl Scratch {
    pub(in crate::gateway) fn clear(&mut self) {
        self.0.clear();
    }

    pub(in crate::gateway) fn push_str(&mut self, text: &str) {
        push_wiped(&mut self.0, text);
    }

    pub(in crate::gateway) fn as_str(&self) -> &str {
        &self.0
    }
}
