use zeroize::Zeroizing;

/// Where values are put together before they are encoded. It is wiped, also when it has to grow: a `String` that grows
/// by itself leaves its old memory as it was.
#[derive(Default)]
pub(super) struct Scratch(Zeroizing<String>);

impl Scratch {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn push_str(&mut self, text: &str) {
        let needed = self.0.len().saturating_add(text.len());
        if needed > self.0.capacity() {
            let mut larger =
                Zeroizing::new(String::with_capacity(needed.max(128).saturating_mul(2)));
            larger.push_str(&self.0);
            self.0 = larger;
        }
        self.0.push_str(text);
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
