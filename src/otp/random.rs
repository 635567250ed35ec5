//! The only module that asks the operating system for randomness.

/// The random number generator failed. Nothing was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the random number generator failed")]
pub struct RandomError;

/// Fills `buffer` with random bytes from the operating system's generator.
///
/// # Errors
///
/// [`RandomError`] if the generator is not available or fails. Do not use the buffer then.
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
