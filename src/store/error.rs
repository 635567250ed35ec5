use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// An error of a store. The operation failed, or its outcome is unknown.
///
/// It never counts as a success: reject the user, even if the store may have accepted the code.
///
/// # Examples
///
/// ```
/// use otpost::store::{StoreError, StoreErrorKind};
///
/// let error = StoreError::new(StoreErrorKind::Full);
/// assert_eq!(error.to_string(), "the store is full");
/// ```
#[derive(Clone)]
pub struct StoreError(Box<StoreErrorInner>);

#[derive(Clone)]
struct StoreErrorInner {
    kind: StoreErrorKind,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kind of a [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The stored data is invalid, or a challenge with this id exists already.
    Corrupt,
    /// The store has reached its capacity.
    Full,
    /// The store could not be reached, or did not respond.
    Unavailable,
}

words! {
    StoreErrorKind, "kind of store error":
    Corrupt = "corrupt",
    Full = "full",
    Unavailable = "unavailable",
}

impl StoreError {
    /// Creates an error of this kind.
    #[must_use]
    pub fn new(kind: StoreErrorKind) -> Self {
        Self(Box::new(StoreErrorInner { kind, source: None }))
    }

    /// Sets the source of the error. Its text must not contain any part of a challenge.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.0.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.kind, f)
    }
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Corrupt => "the store contains invalid data",
            Self::Full => "the store is full",
            Self::Unavailable => "the store is unavailable",
        })
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreError")
            .field("kind", &self.0.kind)
            .field("source", &self.0.source)
            .finish()
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
