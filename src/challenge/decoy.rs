//! The phone numbers of decoys. They belong to no user, and depend on the subject only.

use super::tenant_keys::TenantKeys;
use crate::phone::PhoneNumber;

/// Returns the name under which a subject is counted. It differs from every phone number.
pub(super) fn tagged(subject: &str) -> String {
    format!("decoy {subject}")
}

/// Returns the number `like` with different last digits: those that the masked form shows are
/// derived from the subject.
pub(super) fn number(keys: &TenantKeys, subject: &str, like: &PhoneNumber) -> PhoneNumber {
    // Count the visible digits in the masked form itself, so that the hint follows if the mask
    // changes.
    let shown = like.to_string().chars().rev().take_while(char::is_ascii_digit).count();
    let kept = like.e164().len().saturating_sub(shown);
    let digits = keys.digits(subject).into_iter();
    // 256 is not a multiple of 10, so the digits are slightly biased. This is harmless in a hint.
    let digits = digits.map(|byte| char::from(b'0'.saturating_add(byte % 10)));
    let kept = like.e164().chars().take(kept);
    let number: String = kept.chain(digits.take(shown)).collect();
    // Only digits at the end were replaced by digits, so the number stays valid and the fallback
    // cannot occur.
    PhoneNumber::parse(&number).unwrap_or_else(|_| like.clone())
}
