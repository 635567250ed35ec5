use std::time::SystemTime;

use crate::otp::Code;
use crate::phone::PhoneNumber;

/// A number with a fixed code, until it expires.
#[derive(Debug)]
pub(super) struct TestNumber {
    pub(super) number: PhoneNumber,
    pub(super) code: Code,
    pub(super) expires_at: SystemTime,
}

/// Returns the fixed code of a number, or `None` for a number that is not a test number, or not any
/// more.
pub(super) fn find<'a>(
    numbers: &'a [TestNumber],
    to: &PhoneNumber,
    now: SystemTime,
) -> Option<&'a Code> {
    let found = numbers.iter().find(|test| test.number == *to && now < test.expires_at);
    found.map(|test| &test.code)
}
