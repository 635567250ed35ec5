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
    let shown = like.to_string().chars().rev().take_while(char::is_ascii_digit).count();
    let kept = like.e164().len().saturating_sub(shown);
    let digits = keys.digits(subject).into_iter();
    let digits = digits.map(|byte| char::from(b'0'.saturating_add(byte % 10)));
    let kept = like.e164().chars().take(kept);
    let number: String = kept.chain(digits.take(shown)).collect();
    PhoneNumber::parse(&number).unwrap_or_else(|_| like.clone())
}
