use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// A store did not do what it was asked, or does not say whether it did. Nobody is let in by it.
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

/// What kept a store from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// What it keeps is not what was put into it.
    Corrupt,
    /// It takes no more.
    Full,
    /// It was not reached, or did not answer.
    Unavailable,
}

words! {
    StoreErrorKind, "kind of store error":
    Corrupt = "corrupt",
    Full = "full",
    Unavailable = "unavailable",
}

impl StoreError {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: StoreErrorKind) -> Self {
        Self(Box::new(StoreErrorInner { kind, source: None }))
    }

    /// With the error below. Its text must hold nothing of a challenge.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// What kept the store from it.
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
            Self::Corrupt => "the store holds something that was not put into it",
            Self::Full => "the store is full",
            Self::Unavailable => "the store does not answer",
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
