//! The one place that asks the operating system for randomness.

/// The operating system gave no randomness. Nothing was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct RandomError;

/// Fills `buffer` from the operating system's generator.
///
/// # Errors
///
/// [`RandomError`] when the generator is not there or fails; the buffer must then not be used.
///
/// # Examples
///
/// ```
/// let mut nonce = [0; 16];
/// otpost::otp::fill_random(&mut nonce)?;
/// # Ok::<(), otpost::otp::RandomError>(())
/// ```
pub fn fill_random(buffer: &mut [u8]) -> Result<(), RandomError> {
    getrandom::fill(buffer).map_err(|_| RandomError)
}
