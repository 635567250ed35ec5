//! Reads phone numbers as people write them.

use alloc::format;
use alloc::string::String;

use super::error::PhoneNumberError;
use super::numbering::{calling_code_len, contains, has_trunk, without_trunk};
use crate::pasted::{Pasted, clean};

/// The maximum length of a text that is read as a number, in bytes.
const MAX_WRITTEN: usize = 256;

/// The digits of a number that a person wrote.
pub(super) struct WrittenNumber {
    pub(super) has_plus: bool,
    pub(super) digits: String,
    /// The index of a zero in parentheses.
    zero: Option<usize>,
}

impl WrittenNumber {
    /// Reads digits, and leaves out what people write between them: white space, dashes, dots,
    /// parentheses and the characters of `also`.
    pub(super) fn read(text: &str, also: &[char]) -> Result<Self, PhoneNumberError> {
        if text.len() > MAX_WRITTEN {
            return Err(PhoneNumberError::TooLong);
        }
        let mut written = Self { has_plus: false, digits: String::new(), zero: None };
        let mut before = [' '; 2];
        for Pasted { position, character, plain } in clean(text) {
            match plain {
                '0'..='9' => written.digits.push(plain),
                '+' if !written.has_plus && written.digits.is_empty() => written.has_plus = true,
                ')' if before == ['(', '0'] => {
                    written.zero = written.digits.len().checked_sub(1);
                }
                '-' | '.' | '(' | ')' => {}
                _ if also.contains(&plain) => {}
                // A second plus too. Dropping it would join two numbers.
                _ => return Err(PhoneNumberError::Character { character, position }),
            }
            let [_, last] = before;
            before = [last, plain];
        }
        Ok(written)
    }

    /// Returns the number in E.164 form. A trunk prefix after the calling code is removed, if a
    /// plan then contains the number.
    pub(super) fn into_e164(self) -> Result<String, PhoneNumberError> {
        if !self.has_plus {
            return Err(PhoneNumberError::NoPlus);
        }
        let digits = self.digits;
        if let Some(zero) = self.zero.filter(|zero| *zero == calling_code_len(&digits)) {
            let without: String = without_index(&digits, zero);
            match (contains(&digits), contains(&without)) {
                // In Italy the zero belongs to fixed lines, and both can be numbers.
                (true, true) => return Err(PhoneNumberError::TrunkPrefix),
                (false, true) => return Ok(format!("+{without}")),
                _ => {}
            }
        }
        if contains(&digits) {
            return Ok(format!("+{digits}"));
        }
        if let Some(without) = without_trunk(&digits) {
            return Ok(format!("+{without}"));
        }
        check_digits(&digits)?;
        Err(match has_trunk(&digits) {
            true => PhoneNumberError::TrunkPrefix,
            false => PhoneNumberError::Unassigned,
        })
    }
}

/// Checks the length of a number without its plus, and its first digit.
pub(super) fn check_digits(digits: &str) -> Result<(), PhoneNumberError> {
    // ITU-T E.164 §6 allows at most 15 digits. The minimum is otpost's own: no mobile number is
    // shorter.
    if !(7..=15).contains(&digits.len()) {
        return Err(PhoneNumberError::Length);
    }
    if digits.starts_with('0') {
        return Err(PhoneNumberError::LeadingZero);
    }
    Ok(())
}

fn without_index(digits: &str, index: usize) -> String {
    digits.chars().enumerate().filter(|(at, _)| *at != index).map(|(_, digit)| digit).collect()
}
