//! Keys for Steam Guard, whose codes are a feature of their own.

use super::{KeyKind, KeyUri};
use crate::otp::steam::Steam;

impl KeyUri {
    /// Returns the [`Steam`] of the key, or `None` for another kind.
    #[must_use]
    pub fn to_steam(&self) -> Option<Steam> {
        (self.kind == KeyKind::Steam).then(|| Steam::new(&self.secret))
    }
}
