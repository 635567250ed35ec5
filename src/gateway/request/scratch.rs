use std::mem;

use crate::secret::push_wiped;
use crate::wiped;

/// A buffer in which values are assembled before they are encoded. It is wiped, also when it grows.
///
/// The written part is wiped, as in [`Wiped`](crate::wiped::Wiped).
#[derive(Default)]
pub(in crate::gateway) struct Scratch(String);

impl Scratch {
    pub(in crate::gateway) fn clear(&mut self) {
        let mut bytes = mem::take(&mut self.0).into_bytes();
        wiped::clear(&mut bytes);
        bytes.clear();
        // An empty text is valid, so the buffer is kept.
        self.0 = String::from_utf8(bytes).unwrap_or_default();
    }

    pub(in crate::gateway) fn push_str(&mut self, text: &str) {
        push_wiped(&mut self.0, text);
    }

    pub(in crate::gateway) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        wiped::clear(&mut mem::take(&mut self.0).into_bytes());
    }
}
