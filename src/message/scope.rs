#![cfg_attr(not(feature = "provider"), expect(dead_code, reason = "only providers send"))]

use alloc::sync::{Arc, Weak};

/// The spans in which a message is sent.
///
/// Wrappers send a message inwards, and any of them may be the outermost one. The message carries
/// the spans that are open, so that there is one span for the send and one for each attempt,
/// however many wrappers there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SendScope {
    /// No span is open, or nothing records them.
    #[default]
    None,
    /// The span of the send is open.
    Send {
        /// The number of attempts that have failed before.
        failed: u32,
    },
    /// The spans of the send and of the attempt are open.
    Attempt {
        /// The number of attempts that have failed before.
        failed: u32,
    },
}

impl SendScope {
    /// The scope of the next attempt, after so many that have failed in it.
    #[must_use]
    pub(crate) fn after(self, failures: usize) -> Self {
        match self {
            Self::None => Self::None,
            // A wrapper within an attempt starts attempts of its own, so their numbers continue.
            Self::Send { failed } | Self::Attempt { failed } => {
                let failures = u32::try_from(failures).unwrap_or(u32::MAX);
                Self::Send { failed: failed.saturating_add(failures) }
            }
        }
    }
}

/// The scope that a message carries, and whether it still holds.
///
/// A provider may keep a message and send it later, when the send that opened the spans is over. It
/// is then a message in no span, or the later send would be reported nowhere.
#[derive(Clone, Default)]
pub(super) struct OpenScope {
    scope: SendScope,
    // `Weak`, so that the end of the send ends the scope in all clones of the message.
    send: Weak<()>,
}

impl OpenScope {
    /// Returns the scope if it still holds.
    pub(super) fn current(&self) -> SendScope {
        if self.send.strong_count() == 0 { SendScope::None } else { self.scope }
    }

    pub(super) const fn set(&mut self, scope: SendScope) {
        self.scope = scope;
    }

    /// Begins the span of a send, which is open until `send` is dropped.
    pub(super) fn begin(send: &Arc<()>) -> Self {
        Self { scope: SendScope::Send { failed: 0 }, send: Arc::downgrade(send) }
    }
}
