//! Puts the QR codes of one export together.

use alloc::vec::Vec;
use core::fmt;

use super::Migration;

/// The maximum number of missing parts that an error lists. A QR code can claim to be one of
/// billions.
const MAX_LISTED: usize = 100;

impl Migration {
    /// Combines the parts of one export, in any order. The result has all keys, in the order of the
    /// export, and is its only part.
    ///
    /// A part that was scanned twice counts once.
    ///
    /// # Errors
    ///
    /// [`MigrationCombineError`] if parts are missing, or do not belong to one export.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::otp::{KeyUri, Migration, MigrationCombineError, Secret};
    ///
    /// let key = KeyUri::totp(Secret::generate()?, "alice@example.com")?;
    /// let codes = Migration::export(&vec![key; 25], 7)?;
    /// let mut scanned = vec![
    ///     Migration::parse(codes[2].expose())?,
    ///     Migration::parse(codes[0].expose())?,
    /// ];
    /// let error = Migration::combine(scanned.clone()).unwrap_err();
    /// assert_eq!(error, MigrationCombineError::Missing { indices: vec![1], size: 3 });
    /// assert_eq!(error.to_string(), "incomplete export: scan also QR code 2 of 3");
    ///
    /// scanned.push(Migration::parse(codes[1].expose())?);
    /// assert_eq!(Migration::combine(scanned)?.keys.len(), 25);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn combine(parts: impl IntoIterator<Item = Self>) -> Result<Self, MigrationCombineError> {
        let mut parts: Vec<Self> = parts.into_iter().collect();
        parts.sort_by_key(|part| part.index);
        let Some((size, id)) = parts.first().map(|first| (first.size, first.id)) else {
            return Err(MigrationCombineError::Empty);
        };
        let is_of_it = |part: &Self| (part.size, part.id) == (size, id) && part.index < size;
        if !parts.iter().all(is_of_it) {
            return Err(MigrationCombineError::Foreign);
        }
        // They are sorted, so the same part stands beside itself.
        let twice = parts.iter().zip(parts.iter().skip(1));
        let mut twice = twice.filter(|(one, other)| one.index == other.index);
        if let Some((part, _)) = twice.find(|(one, other)| one.keys != other.keys) {
            return Err(MigrationCombineError::Conflict { index: part.index });
        }
        parts.dedup_by_key(|part| part.index);
        let is_missing = |index: &u32| parts.binary_search_by_key(index, |p| p.index).is_err();
        let indices: Vec<u32> = (0..size).filter(is_missing).take(MAX_LISTED).collect();
        if !indices.is_empty() {
            return Err(MigrationCombineError::Missing { indices, size });
        }
        let keys = parts.into_iter().flat_map(|part| part.keys).collect();
        Ok(Self { keys, size: 1, index: 0, id })
    }
}

/// The reason why parts are not one export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationCombineError {
    /// Two parts have the same index and different keys.
    #[error("contradicting QR codes: two are number {number} of the export and have different keys", number = u64::from(*index).saturating_add(1))]
    Conflict {
        /// The index of both parts, from 0.
        index: u32,
    },
    /// There are no parts.
    #[error("no QR codes: expected all of one export")]
    Empty,
    /// A part belongs to another export: its identifier or size differs, or its index is too large.
    #[error("QR codes of different exports: expected all of one export")]
    Foreign,
    /// Parts are missing.
    #[error("incomplete export: scan also {}", Numbered { indices, size: *size })]
    Missing {
        /// The indices of the missing parts, from 0, at most 100 of them.
        indices: Vec<u32>,
        /// The number of parts of the export.
        size: u32,
    },
}

/// Missing parts as an app numbers them, from 1.
struct Numbered<'a> {
    indices: &'a [u32],
    size: u32,
}

impl fmt::Display for Numbered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.indices.len() == 1 { "QR code " } else { "QR codes " })?;
        for (place, index) in self.indices.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { ", " })?;
            write!(f, "{}", u64::from(*index).saturating_add(1))?;
        }
        write!(f, " of {}", self.size)
    }
}
